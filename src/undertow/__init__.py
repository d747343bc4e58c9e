"""Undertow: find and document covert influence operations, with evidence that stands up.

>>> import tempfile
>>> import undertow
>>> case = undertow.Case.create(tempfile.mkdtemp() + "/case", title="An example")
>>> len(case.posts)
0

Public names are here; what is not exported here is free to change.
"""

from __future__ import annotations

import importlib
import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from undertow.analyses.run import analyse
    from undertow.attribution.assessment import Assessment, assess
    from undertow.case import Case
    from undertow.errors import CaseError, InputError, TamperedError, UndertowError, UsageError
    from undertow.finding import Estimate, Evidence, Finding
    from undertow.inputs import Input
    from undertow.reports.of_case import report_of
    from undertow.sources.base import ReadOptions
    from undertow.table_view import TableView
    from undertow.verify import Verification, verify

_WHERE = {
    "Assessment": "undertow.attribution.assessment",
    "Case": "undertow.case",
    "CaseError": "undertow.errors",
    "Estimate": "undertow.finding",
    "Evidence": "undertow.finding",
    "Finding": "undertow.finding",
    "Input": "undertow.inputs",
    "InputError": "undertow.errors",
    "ReadOptions": "undertow.sources.base",
    "TableView": "undertow.table_view",
    "TamperedError": "undertow.errors",
    "UndertowError": "undertow.errors",
    "UsageError": "undertow.errors",
    "Verification": "undertow.verify",
    "analyse": "undertow.analyses.run",
    "assess": "undertow.attribution.assessment",
    "report_of": "undertow.reports.of_case",
    "verify": "undertow.verify",
}

__all__ = [
    "Assessment",
    "Case",
    "CaseError",
    "Estimate",
    "Evidence",
    "Finding",
    "Input",
    "InputError",
    "ReadOptions",
    "TableView",
    "TamperedError",
    "UndertowError",
    "UsageError",
    "Verification",
    "analyse",
    "assess",
    "report_of",
    "verify",
]


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used, so that ``import undertow`` stays quick."""
    if name in _WHERE:
        found = getattr(importlib.import_module(_WHERE[name]), name)
        globals()[name] = found
        return found
    raise AttributeError(f"module 'undertow' has no attribute {name!r}")


def __dir__() -> list[str]:
    """The public names."""
    return [*__all__, "__version__"]


class _Package(ModuleType):
    """Keeps ``undertow.verify`` the function: importing the submodule of that name would put the module there."""

    def __setattr__(self, name: str, value: object) -> None:
        if not (name in _WHERE and isinstance(value, ModuleType)):
            super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Package
