"""One table of a case, for reading: counts, and rows as Arrow."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow as pa

from undertow.errors import UsageError, did_you_mean
from undertow.schema import TABLES

if TYPE_CHECKING:
    from undertow.case import Case


@dataclass(frozen=True)
class TableView:
    """One table of a case, for reading."""

    case: Case
    name: str

    @property
    def columns(self) -> tuple[str, ...]:
        """The column names."""
        return TABLES[self.name].names

    def count(self, *, where: str | None = None) -> int:
        """How many rows there are, or fulfil ``where``."""
        if where is None:
            return sum(part.rows for part in self.case.ledger.parts() if part.table == self.name)
        return int(self._select("count(*) AS n", where)["n"][0].as_py())

    def to_arrow(self, columns: Sequence[str] | None = None, *, where: str | None = None) -> pa.Table:
        """The rows (those that fulfil ``where``) as an Arrow table with the given columns, or all."""
        for column in columns or ():
            if column not in self.columns:
                raise UsageError(f"{self.name} has no column {column!r}", todo=did_you_mean(column, self.columns))
        return self._select(", ".join(f'"{column}"' for column in columns or self.columns), where)

    def _select(self, what: str, where: str | None) -> pa.Table:
        from undertow.engines.expressions import checked_condition

        condition = "" if where is None else f" WHERE {checked_condition(where, self.name)}"
        return self.case.query(f"SELECT {what} FROM {self.name}{condition}")

    def __len__(self) -> int:
        """How many rows there are."""
        return self.count()
