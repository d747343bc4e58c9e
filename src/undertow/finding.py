"""Finding, Estimate and Evidence: what every analysis returns.

A finding is a sentence with its number, its error bar, the chance model it was held against, what else could
explain it, and the query that returns the posts behind it. It is immutable; :func:`Finding.to_json` and
:func:`Finding.from_json` are inverse to each other.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from html import escape
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    import pyarrow as pa

Strength = Literal["none", "weak", "moderate", "strong"]
Aspect = Literal["narrative framing", "behaviour", "technical", "targeting", "intent"]

STRENGTHS: tuple[Strength, ...] = ("none", "weak", "moderate", "strong")
ASPECTS: tuple[Aspect, ...] = ("narrative framing", "behaviour", "technical", "targeting", "intent")


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """A number with its interval.

    ``low`` and ``high`` bound the interval at confidence ``level`` and are null where none can be given;
    ``n`` counts the posts and ``n_accounts`` the accounts behind the number. ``null_value`` is what the number would be
    if there were nothing to find (1 for a ratio), where that is known: reports draw it beside the interval.
    """

    value: float | None
    low: float | None = None
    high: float | None = None
    level: float = 0.95
    unit: str
    n: int
    n_accounts: int | None = None
    null_value: float | None = None

    def __post_init__(self) -> None:
        for name in ("value", "low", "high", "null_value"):
            number = getattr(self, name)
            if number is not None and not math.isfinite(number):
                raise ValueError(f"Estimate.{name} must be finite or None, not {number}")


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """The rows behind a finding: a query over the case's tables, and how many rows it returns."""

    sql: str
    rows: int


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One finding of one analysis.

    Fields up to ``filter`` are what ``undertow show --json`` prints. ``result`` and ``figure`` carry the table
    and the Vega-Lite chart that the case stores under the names in ``table`` and ``chart``; they are not part
    of the JSON and not compared.
    """

    id: str
    question: str
    statement: str
    estimate: Estimate
    p_value: float | None
    null_model: str | None
    method: str
    assumptions: tuple[str, ...]
    alternatives: tuple[str, ...]
    strength: Strength
    aspect: Aspect
    disarm: tuple[str, ...] = ()
    table: str | None = None
    chart: str | None = None
    evidence: Evidence
    filter: str | None = None
    result: pa.Table | None = field(default=None, compare=False, repr=False)
    figure: Mapping[str, Any] | None = field(default=None, compare=False, repr=False)

    def __post_init__(self) -> None:
        if self.strength not in STRENGTHS:
            raise ValueError(f"{self.id}: strength must be one of {', '.join(STRENGTHS)}, not {self.strength!r}")
        if self.aspect not in ASPECTS:
            raise ValueError(f"{self.id}: aspect must be one of {', '.join(ASPECTS)}, not {self.aspect!r}")
        if self.p_value is not None and not 0 <= self.p_value <= 1:
            raise ValueError(f"{self.id}: p_value must be in [0, 1], not {self.p_value}")
        if not self.alternatives:
            raise ValueError(f"{self.id}: every finding names what else could explain it (alternatives)")

    @property
    def key(self) -> str:
        """The id, with the filter where the finding holds for a part of the posts only."""
        return self.id if self.filter is None else f"{self.id} [{self.filter}]"

    def to_json(self) -> dict[str, Any]:
        """The finding as JSON-ready values, in the order of the fields; ``filter`` and ``null_value`` only where there is
        one."""
        document: dict[str, Any] = {}
        for item in fields(self):
            if item.name in ("result", "figure") or (item.name == "filter" and self.filter is None):
                continue
            value = getattr(self, item.name)
            if isinstance(value, (Estimate, Evidence)):
                value = {part.name: getattr(value, part.name) for part in fields(value)}
                if value.get("null_value", 0) is None:
                    del value["null_value"]
            elif isinstance(value, tuple):
                value = list(value)
            document[item.name] = value
        return document

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Finding:
        """The finding that :meth:`to_json` wrote."""
        values = dict(document)
        values["estimate"] = Estimate(**values["estimate"])
        values["evidence"] = Evidence(**values["evidence"])
        for name in ("assumptions", "alternatives", "disarm"):
            values[name] = tuple(values[name])
        return cls(**values)

    def _repr_html_(self) -> str:
        """A card for notebooks."""
        from undertow.wording import interval_words

        rows = [("strength", self.strength), ("estimate", interval_words(self.estimate))]
        if self.p_value is not None:
            rows.append(("p", f"{self.p_value:.2g} (null: {self.null_model})"))
        rows.append(("also possible", "; ".join(self.alternatives)))
        rows.append(("evidence", f"{self.evidence.rows:,} rows"))
        body = "".join(f"<tr><th>{escape(name)}</th><td>{escape(value)}</td></tr>" for name, value in rows)
        return f"<div><strong>{escape(self.key)}</strong><p>{escape(self.statement)}</p><table>{body}</table></div>"
