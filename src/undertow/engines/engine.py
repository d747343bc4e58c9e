"""An engine that runs portable steps over a case: logging and errors once here, the rest in small hooks."""

from __future__ import annotations

import abc
import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import pyarrow as pa
from sqlglot import exp

from undertow.engines.dialects import Dialect
from undertow.engines.portable import LIST_TABLES, scalar_sql
from undertow.engines.steps import Step, Value
from undertow.errors import EngineError
from undertow.schema import TABLES

_log = logging.getLogger(__name__)


class Engine(abc.ABC):
    """Runs registered steps over the Parquet parts of a case; a context manager."""

    dialect: Dialect

    def __init__(self, parts: Mapping[str, Sequence[Path]], where: exp.Expression | None = None) -> None:
        """Make the portable tables out of ``parts`` (table -> files); posts only where ``where`` holds."""
        self._kept: set[str] = set()
        self._open()
        condition = None if where is None else self.dialect.translate(where)
        for table in TABLES.values():
            raw = f"raw_{table.name}"
            self._read_parquet(raw, list(parts.get(table.name, ())), table.arrow)
            filtered = condition if table.name == "posts" else None
            self._define(table.name, scalar_sql(table, raw, self.dialect, filtered))
        selected = "raw_posts" if condition is None else f"(SELECT * FROM raw_posts WHERE {condition})"
        for listed in LIST_TABLES:
            self._define(listed.name, self.dialect.exploded(selected, listed.column, listed.fields))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def run(self, step: Step, **parameters: Value) -> pa.Table:
        """The result of ``step`` with exactly its declared schema; the order of the rows is not defined.

        Raises :class:`EngineError` when the engine refuses the query.
        """
        sql = self._translated(step, parameters)
        result = self._fetch(sql, step.name)
        if result.column_names != step.output.names:
            raise EngineError(f"{step.name} gave the columns {result.column_names}, not {step.output.names}")
        return result.cast(step.output)

    def keep(self, step: Step, **parameters: Value) -> None:
        """Run ``step`` and keep its result for later steps, under ``step.table``."""
        self._materialise(step.table, self._translated(step, parameters), step.name)
        self._kept.add(step.table)

    def _translated(self, step: Step, parameters: Mapping[str, Value]) -> str:
        missing = [name for name in step.inputs if name not in self._kept and not self._has(name)]
        if missing:
            raise EngineError(f"{step.name} needs {', '.join(missing)}, which was not kept before")
        sql = self.dialect.translate(step.bound(parameters))
        _log.debug("%s on %s: %s", step.name, self.dialect.name, sql)
        return sql

    @staticmethod
    def _has(name: str) -> bool:
        from undertow.engines.portable import PORTABLE_TABLES

        return name in PORTABLE_TABLES

    @abc.abstractmethod
    def close(self) -> None:
        """Free what the engine holds."""

    @abc.abstractmethod
    def _open(self) -> None:
        """Start or join a session."""

    @abc.abstractmethod
    def _read_parquet(self, name: str, files: Sequence[Path], schema: pa.Schema) -> None:
        """Make the relation ``name`` out of ``files``; empty, with ``schema``, when there are none."""

    @abc.abstractmethod
    def _define(self, name: str, sql: str) -> None:
        """Make the view ``name``."""

    @abc.abstractmethod
    def _materialise(self, name: str, sql: str, step: str) -> None:
        """Make the table ``name`` with the rows of ``sql``."""

    @abc.abstractmethod
    def _fetch(self, sql: str, step: str) -> pa.Table:
        """All rows of ``sql``."""
