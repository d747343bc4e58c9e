"""The questions, one module (or package) each.

An analysis module has ``QUESTION`` (its question in words), ``FINDINGS`` (finding id -> what it says),
``READS`` (:class:`undertow.analyses.reads.Reads`: the tables and files that it opens),
``Parameters`` (a dataclass of its settings, derived from :class:`undertow.analyses.base.Parameters`) and
``analyse(case, parameters) -> list[Finding]``. A new question is one new module and its line in ``ANALYSES``.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, cast

from undertow.errors import UsageError, did_you_mean

if TYPE_CHECKING:
    from undertow.analyses.base import Analysis

ANALYSES: Mapping[str, str] = MappingProxyType(
    {
        "posting_hours": "undertow.analyses.posting_hours",
        "account_origins": "undertow.analyses.account_origins",
        "account_histories": "undertow.analyses.account_histories",
        "automation": "undertow.analyses.automation",
        "coordination": "undertow.analyses.coordination",
        "text_families": "undertow.analyses.text_families",
        "narratives": "undertow.analyses.narratives",
        "targeting": "undertow.analyses.targeting",
        "amplification": "undertow.analyses.amplification",
        "propagation": "undertow.analyses.propagation",
        "advertising": "undertow.analyses.advertising",
    }
)
"""Every analysis: its name, and the module that answers it. They run in this order."""


def load(name: str) -> Analysis:
    """The analysis ``name``; :class:`UsageError` when there is none."""
    if name not in ANALYSES:
        raise UsageError(f"there is no analysis {name!r}", where="--only", todo=did_you_mean(name, ANALYSES))
    return cast("Analysis", importlib.import_module(ANALYSES[name]))


def load_all() -> Mapping[str, Analysis]:
    """All analyses, imported."""
    return {name: load(name) for name in ANALYSES}
