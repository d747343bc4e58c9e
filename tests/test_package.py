"""The package as others see it: public names, conventions of the interface, what an import costs."""

from __future__ import annotations

import ast
import importlib
import inspect
import json
import pkgutil
import re
import subprocess
import sys
import types
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import undertow
from undertow.analyses import load_all

HEAVY = ("duckdb", "numpy", "pyarrow", "scipy", "sqlglot", "numba", "pyspark", "rich", "vl_convert")
MOST_POSITIONAL = 3


def test_public_names_resolve_and_are_sorted() -> None:
    assert undertow.__all__ == sorted(undertow.__all__)
    assert set(undertow.__all__) == set(undertow._WHERE)
    assert set(undertow.__all__) <= set(dir(undertow))
    for name in undertow.__all__:
        found = getattr(undertow, name)
        assert found.__module__ == undertow._WHERE[name], f"{name} lives in {found.__module__}"
    assert not hasattr(undertow, "no_such_name")


def test_no_docstring_is_broken_in_two_strings() -> None:
    """A docstring is one string over several lines: quotes at the end of one line and the start of the next are text."""
    source = Path(undertow.__file__).parent
    broken = [
        f"{file}: {node.lineno}"
        for file in sorted(source.rglob("*.py"))
        for node in ast.walk(ast.parse(file.read_text("utf-8")))
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        if isinstance(node.value.value, str) and re.search(r'"\n\s*"', node.value.value)
    ]
    assert broken == []


def public_callables() -> Iterator[tuple[str, Callable[..., object]]]:
    """Public functions, and public methods of public classes."""
    for name in undertow.__all__:
        found = getattr(undertow, name)
        if inspect.isfunction(found):
            yield name, found
            continue
        for method, value in vars(found).items():
            function = value.__func__ if isinstance(value, (classmethod, staticmethod)) else value
            if inspect.isfunction(function) and not method.startswith("_"):
                yield f"{name}.{method}", function


def test_a_submodule_does_not_hide_the_function_of_its_name() -> None:
    program = "import undertow.verify, undertow; undertow.Verification; assert callable(undertow.verify)"
    assert loaded_after(program)


def modules() -> list[types.ModuleType]:
    walked = pkgutil.walk_packages(undertow.__path__, "undertow.")
    return [importlib.import_module(found.name) for found in walked if found.name != "undertow.__main__"]


def positional(function: Callable[..., object]) -> list[str]:
    kinds = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    parameters = inspect.signature(function).parameters.values()
    return [p.name for p in parameters if p.kind in kinds and p.name not in ("self", "cls")]


@pytest.mark.parametrize(("name", "function"), [pytest.param(*pair, id=pair[0]) for pair in public_callables()])
def test_public_functions_take_few_positional_arguments(name: str, function: Callable[..., object]) -> None:
    assert len(positional(function)) <= MOST_POSITIONAL, f"{name}{inspect.signature(function)}"


@pytest.mark.parametrize(("name", "function"), [pytest.param(*pair, id=pair[0]) for pair in public_callables()])
def test_public_functions_are_documented_and_annotated(name: str, function: Callable[..., object]) -> None:
    assert inspect.getdoc(function), f"{name} has no docstring"
    signature = inspect.signature(function)
    bare = [
        p.name for p in signature.parameters.values() if p.annotation is p.empty and p.name not in ("self", "cls")
    ]
    assert not bare, f"{name}: {bare} without annotation"
    assert signature.return_annotation is not signature.empty, f"{name} has no return annotation"


def test_what_works_on_a_case_takes_it_first() -> None:
    for name, function in public_callables():
        names = positional(function)
        assert "case" not in names or names[0] == "case", f"{name}{names}"
    for name, module in load_all().items():
        assert positional(module.analyse) == ["case", "parameters"], name


def test_every_module_says_what_it_is_for() -> None:
    bare = [module.__name__ for module in modules() if not (module.__doc__ or "").strip()]
    assert not bare


def loaded_after(code: str) -> list[str]:
    """The heavy packages that are loaded after running ``code`` in a fresh interpreter."""
    program = f"{code}\nimport json, sys\nprint(json.dumps([m for m in {HEAVY!r} if m in sys.modules]))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    loaded: list[str] = json.loads(done.stdout.splitlines()[-1])
    return loaded


def test_import_is_light() -> None:
    assert loaded_after("import undertow") == []


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["run", "--help"], ["analyse", "--help"]])
def test_help_is_light(arguments: list[str]) -> None:
    code = f"import sys\nsys.argv = ['undertow', *{arguments!r}]\nfrom undertow.cli import main\n"
    code += "try:\n    main()\nexcept SystemExit as stop:\n    assert not stop.code, stop.code"
    assert loaded_after(code) == []


def test_heavy_imports_would_be_seen() -> None:
    """The checks above can fail: a public name that needs Arrow loads it."""
    assert "pyarrow" in loaded_after("import undertow\nundertow.Case")
