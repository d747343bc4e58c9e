"""The words are true: reference pages, commands, conditions, links and examples in the documentation."""

from __future__ import annotations

import importlib.util
import itertools
import os
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
import types
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

import undertow
from undertow.analyses import load_all
from undertow.analyses.base import settings
from undertow.cli import commands
from undertow.engines.expressions import condition
from undertow.schema import TABLES
from undertow.sources import READERS

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
PAGES = sorted([*DOCS.rglob("*.md"), *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md"))])
REFERENCE = DOCS / "reference"
FENCE = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)


def name_of(page: Path) -> str:
    return str(page.relative_to(ROOT))


def blocks(page: Path, *languages: str) -> list[str]:
    return [body for language, body in FENCE.findall(page.read_text("utf-8")) if language in languages]


def prose(page: Path) -> str:
    return FENCE.sub("", page.read_text("utf-8"))


def script(name: str) -> types.ModuleType:
    spec = importlib.util.spec_from_file_location(name, DOCS / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


# --- the reference ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("page", ["cli.md", "tables.md", "findings.md", "formats.md"])
def test_reference_is_what_the_program_says(page: str) -> None:
    written = script("generate_reference").pages()[page]
    assert (REFERENCE / page).read_text("utf-8") == written, "the program has changed: run make docs"


def parameters(command: click.Command) -> list[click.Parameter]:
    """The parameters of a command, and of those nested in it."""
    nested = command.commands.values() if isinstance(command, click.Group) else ()
    return [*command.params, *(parameter for inner in nested for parameter in parameters(inner))]


def test_every_command_and_option_is_documented() -> None:
    text = (REFERENCE / "cli.md").read_text("utf-8")
    for name, command in commands.commands.items():
        assert f"## undertow {name}\n" in text
        assert command.help, f"undertow {name} has no help"
        section = text.split(f"## undertow {name}\n")[1].split("\n## ")[0]
        for parameter in parameters(command):
            if isinstance(parameter, click.Option):
                assert parameter.help, f"undertow {name} {parameter.opts[0]} has no help"
                assert all(option in section for option in parameter.opts)


def test_every_finding_and_setting_is_documented() -> None:
    text = (REFERENCE / "findings.md").read_text("utf-8")
    for name, analysis in load_all().items():
        assert analysis.QUESTION in text
        for finding, meaning in analysis.FINDINGS.items():
            assert finding.startswith(f"{name}.")
            assert meaning
            assert f"`{finding}`" in text
        for setting, (_, help_) in settings(analysis.Parameters).items():
            assert help_, f"the setting {name}.{setting} has no help"
            assert f"`{name}.{setting}`" in text


def test_every_format_table_and_column_is_documented() -> None:
    formats, tables = ((REFERENCE / page).read_text("utf-8") for page in ("formats.md", "tables.md"))
    for name in READERS:
        assert f"| `{name}` |" in formats
    for table in TABLES.values():
        section = tables.split(f"## {table.name}\n")[1].split("\n## ")[0]
        for column in table.columns:
            assert f"| `{column.name}` |" in section


def test_every_public_name_is_in_the_library_page() -> None:
    text = (REFERENCE / "library.md").read_text("utf-8")
    missing = [name for name in undertow.__all__ if f"::: undertow.{name}\n" not in text]
    assert not missing


def test_the_readme_names_what_is_answered() -> None:
    """Each question that ``undertow analyse`` answers stands in the README."""
    text = " ".join((ROOT / "README.md").read_text("utf-8").split()).lower()
    for name, analysis in load_all().items():
        assert analysis.QUESTION.rstrip("?").lower() in text, f"the README does not say that {name} is answered"


# --- commands and conditions in the text -----------------------------------------------------------------------


def shell_commands(page: Path) -> Iterator[list[str]]:
    for body in blocks(page, "sh", "console", "bash"):
        for line in body.replace("\\\n", " ").splitlines():
            for part in line.removeprefix("$ ").split(";"):
                command = part.split(" | ")[0].split(" > ")[0].strip()
                if re.match(r"(UNDERTOW_\w+=\S+ )?undertow( |$)", command):
                    words = shlex.split(command, comments=True)
                    yield words[words.index("undertow") + 1 :]


def test_commands_in_the_text_exist() -> None:
    seen = 0
    for page in PAGES:
        for words in shell_commands(page):
            if not words or words[0].startswith("-"):
                continue
            where = f"{name_of(page)}: undertow {' '.join(words)}"
            assert words[0] in commands.commands, where
            known = {option for p in parameters(commands.commands[words[0]]) for option in p.opts} | {
                "--help",
                "-h",
            }
            unknown = [word for word in words if re.match(r"--?[a-z]", word) and word.split("=")[0] not in known]
            assert not unknown, where
            seen += 1
    assert seen > 20


def test_conditions_and_settings_in_the_text_hold() -> None:
    conditions = keys = 0
    for page in PAGES:
        for words in shell_commands(page):
            refused = "langage" in " ".join(words)  # an example of a mistake
            for option, value in itertools.pairwise(words):
                if option == "--where" and not refused:
                    condition(value)
                    conditions += 1
                if option == "--set":
                    key, _, value_ = value.partition("=")
                    analysis, _, setting = key.partition(".")
                    assert setting in settings(load_all()[analysis].Parameters), f"{name_of(page)}: {value}"
                    if setting.startswith("group_"):
                        condition(value_)
                    keys += 1
    assert conditions > 4
    assert keys > 4


def test_finding_ids_in_the_text_exist() -> None:
    known = {finding for analysis in load_all().values() for finding in analysis.FINDINGS}
    known |= {f"{name}.{setting}" for name, a in load_all().items() for setting in settings(a.Parameters)}
    known |= {table for analysis in load_all().values() for table in getattr(analysis, "DERIVED", {})}
    endings = ("py", "md", "parquet", "vl")
    for page in PAGES:
        for name in load_all():
            for found in re.findall(rf"\b{name}\.([a-z0-9_]+)", page.read_text("utf-8")):
                assert found in endings or f"{name}.{found}" in known, f"{name_of(page)}: {name}.{found}"


def test_toml_examples_are_read(tmp_path: Path) -> None:
    from undertow.analyses.base import parsed_settings
    from undertow.sources.mapping import read_map

    [written] = blocks(DOCS / "how-to" / "own-data.md", "toml")
    file = tmp_path / "map.toml"
    file.write_text(written, "utf-8")
    assert read_map(file)["label.category"] == "Board"
    [written] = blocks(DOCS / "how-to" / "parts-of-a-case.md", "toml")
    for name, given in tomllib.loads(written)["parameters"].items():
        type_ = load_all()[name].Parameters
        type_(**parsed_settings(name, type_, given))


# --- links -----------------------------------------------------------------------------------------------------


def slug(heading: str) -> str:
    """The anchor of a heading, as the documentation generator makes it."""
    plain = re.sub(r"[`*]|\[([^\]]*)\]\([^)]*\)", r"\1", heading)
    return re.sub(r"[\s-]+", "-", re.sub(r"[^\w\s-]", "", plain).strip().lower())


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_internal_links_resolve(page: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", prose(page)):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        file = page if not path else (page.parent / path)
        assert file.is_file(), f"{name_of(page)} links to {target}"
        if anchor:
            headings = [slug(h) for h in re.findall(r"^#+ (.*)$", prose(file), re.MULTILINE)]
            assert anchor in headings, f"{name_of(page)} links to {target}"


def test_every_decision_is_listed() -> None:
    listed = (DOCS / "decisions" / "index.md").read_text("utf-8")
    pages = sorted(p for p in (DOCS / "decisions").glob("*.md") if p.name != "index.md")
    numbers = [int(page.name.partition("-")[0]) for page in pages]
    assert len(set(numbers)) == len(numbers), "two decisions have one number"
    for number, page in zip(numbers, pages, strict=True):
        title = page.read_text("utf-8").splitlines()[0].removeprefix("# ")
        assert title.startswith(f"{number}. ")
        assert f"| {number} | [{title.partition('. ')[2]}]({page.name}) |" in listed
        assert all(f"**{part}.**" in page.read_text("utf-8") for part in ("Context", "Choice", "Cost"))


def test_the_picture_is_small_enough() -> None:
    picture = DOCS / "images" / "report.png"
    assert picture.stat().st_size <= script("make_picture").MOST_BYTES
    for page in (ROOT / "README.md", DOCS / "index.md"):
        assert "images/report.png" in page.read_text("utf-8")


# --- examples that run -----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def folder(takedown: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with simulated files under the names that the examples use."""
    here = tmp_path_factory.mktemp("examples")
    for table in ("posts", "users"):
        shutil.copy(takedown / f"synthetic_takedown_{table}.csv.gz", here / f"takedown_{table}.csv.gz")
    return here


def test_python_examples_run(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(folder)
    for page in ("README.md", "docs/how-to/parts-of-a-case.md", "docs/reference/library.md"):
        found = blocks(ROOT / page, "python")
        assert found, f"{page} has no example"
        for source in found:
            exec(compile(source, page, "exec"), {"__name__": "__example__"})
    assert "posts fall in office hours" in capsys.readouterr().out
    assert undertow.verify(undertow.Case.open("case")).ok


def example(containing: str, name: str, monkeypatch: pytest.MonkeyPatch) -> types.ModuleType:
    """The Python block of CONTRIBUTING with these words, as the module ``name``."""
    [source] = [body for body in blocks(ROOT / "CONTRIBUTING.md", "python") if containing in body]
    module = types.ModuleType(name)
    monkeypatch.setitem(sys.modules, name, module)
    exec(compile(source, f"CONTRIBUTING.md: {name}", "exec"), module.__dict__)
    return module


def test_the_example_of_an_analysis_works(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from undertow import analyses
    from undertow.analyses import run
    from undertow.engines import steps

    load_all()
    monkeypatch.setattr(steps, "_STEPS", dict(steps._STEPS))  # the example's step is gone afterwards
    module = example("QUESTION =", "undertow.analyses.saturdays", monkeypatch)
    assert steps.unproved(module.DAYS.tree) == []
    for place in (analyses, run):
        monkeypatch.setattr(place, "ANALYSES", {"saturdays": "undertow.analyses.saturdays"})
    case, _ = undertow.Case.create(tmp_path / "case").add(folder / "takedown_posts.csv.gz")
    [whole] = undertow.analyse(case, only=["saturdays"], settings={"saturdays.offset": 480})
    assert whole.estimate.n == case.posts.count()
    assert whole.evidence.rows == case.posts.count()
    assert whole.estimate.value is not None
    assert 0 < whole.estimate.value < 1
    [nothing] = undertow.analyse(case, only=["saturdays"], where="language = 'xx'")
    assert (nothing.strength, nothing.estimate.value) == ("none", None)
    assert undertow.verify(case.record([whole, nothing], {})).ok


def test_the_example_of_a_calibration_holds() -> None:
    import numpy as np
    from scipy.stats import binomtest

    [source] = [b for b in blocks(ROOT / "CONTRIBUTING.md", "python") if "def test_false_alarms" in b]

    def sign_test(more: int, decided: int) -> float:
        return float(binomtest(more, decided, 0.5).pvalue)

    def liberal(more: int, decided: int) -> float:
        return sign_test(more, decided) / 3

    for test, holds in ((sign_test, True), (liberal, False)):
        names: dict[str, object] = {"np": np, "sign_test": test}
        exec(compile(source, "CONTRIBUTING.md", "exec"), names)
        check = names["test_false_alarms_stay_at_their_rate"]
        assert isinstance(check, types.FunctionType)
        if holds:
            check()
        else:
            with pytest.raises(AssertionError):
                check()


def test_the_example_of_a_source_works(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from undertow import sources
    from undertow.sources import detect

    example("class Board", "undertow.sources.board", monkeypatch)
    readers = {**READERS, "board": sources.Entry("undertow.sources.board", "BOARD")}
    for place in (sources, detect):
        monkeypatch.setattr(place, "READERS", readers)
    file = tmp_path / "board.csv"
    file.write_text("who,when,what\nanna,1614586500,hello\nboris,soon,hello\nanna,1614586500,hello\n", "utf-8")
    case, [entry] = undertow.Case.create(tmp_path / "case").add(file)
    assert (entry.format, entry.read, entry.kept, entry.quarantined) == ("board", 3, 2, 1)
    assert case.posts.to_arrow(["account_id", "text"]).to_pylist() == [{"account_id": "anna", "text": "hello"}] * 2


# --- the tutorial ----------------------------------------------------------------------------------------------


def test_the_tutorial_can_be_renewed(tmp_path: Path) -> None:
    """Commands are found with their continued lines, and only the output is replaced."""
    tutorial = script("renew_tutorial")
    text = "before\n```console\n$ echo a \\\n    b\nold\n$ echo c >&2\n```\n```sh\n$ not run\n```\n"
    renewed = "before\n```console\n$ echo a \\\n    b\na b\n$ echo c >&2\nc\n```\n```sh\n$ not run\n```\n"
    assert tutorial.renewed(text, tmp_path) == renewed
    found = [c for body in blocks(DOCS / "tutorial.md", "console") for c in tutorial.commands(body)]
    assert any(command.startswith("$ undertow verify") for command in found)


def test_the_tutorial_is_of_simulated_data() -> None:
    found = [words for words in shell_commands(DOCS / "tutorial.md") if words[0] in ("run", "add")]
    files = [word for words in found for word in words[1:] if ".csv" in word]
    assert files
    assert all("synthetic_" in file for file in files)


# --- the whole -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_no_machine_is_in_the_text(page: Path) -> None:
    found = re.search(r"(?<![\w.])/(work|tmp|home|root|Users)/", page.read_text("utf-8"))
    assert found is None, f"{name_of(page)} names a path of a machine: {found}"


def test_the_documentation_builds(tmp_path: Path) -> None:
    if importlib.util.find_spec("mkdocs") is None and "CI" not in os.environ:
        pytest.skip("mkdocs is not installed (the extra docs)")
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(tmp_path / "site")],
        cwd=ROOT,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    library = (tmp_path / "site" / "reference" / "library.html").read_text("utf-8")
    assert 'id="undertow.Case.add"' in library, "the library's page lacks its docstrings"
    contributing = (tmp_path / "site" / "how-to" / "extend.html").read_text("utf-8")
    assert "Add a source" in contributing, "CONTRIBUTING is not included"
