"""An engine that runs portable steps over a case: logging and errors once here, the rest in small hooks."""

from __future__ import annotations

import abc
import contextlib
import logging
import threading
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import pyarrow as pa
from sqlglot import exp

from undertow.engines.dialects import Dialect
from undertow.engines.portable import LIST_TABLES, PORTABLE_TABLES, scalar_sql
from undertow.engines.steps import Step, Value
from undertow.errors import EngineError
from undertow.schema import TABLES

_log = logging.getLogger(__name__)


class Engine(abc.ABC):
    """Runs registered steps over the Parquet parts of a case; a context manager."""

    dialect: Dialect
    _refusals: tuple[type[Exception], ...]
    """What the engine raises when it refuses a query."""

    def __init__(self, parts: Mapping[str, Sequence[Path]], where: exp.Expression | None = None) -> None:
        """Run on the case's tables in ``parts`` (table -> files); on those posts only for which ``where`` holds.

        ``where`` is a condition on the canonical ``posts``. Raises :class:`EngineError` when the engine is missing,
        or refuses the condition.
        """
        self._parts = parts
        self._kept: set[str] = set()
        self._provided: set[str] = set()
        self._one_query = threading.Lock()
        with self._refusing("the engine"):
            self._open()
        try:
            self._condition = None if where is None else self.dialect.translate(self._on_raw_tables(where))
            if where is not None:
                with self._refusing("the condition"):
                    self._provide("posts")
        except BaseException:
            self.close()
            raise

    def _provide(self, name: str) -> None:
        """Make the portable table ``name``, when it is not there yet."""
        if name in self._provided:
            return
        listed = next((table for table in LIST_TABLES if table.name == name), None)
        self._provide_raw(name if listed is None else "posts")
        if listed is not None:
            source = "raw_posts"
            if self._condition is not None:
                source = f"(SELECT * FROM raw_posts AS posts WHERE {self._condition})"
            self._define(name, self.dialect.exploded(source, listed.column, listed.fields))
        else:
            condition = self._condition if name == "posts" else None
            self._define(name, scalar_sql(TABLES[name], f"raw_{name}", self.dialect, condition))
        self._provided.add(name)

    def _provide_raw(self, name: str) -> None:
        raw = f"raw_{name}"
        if raw not in self._provided:
            self._read_parquet(raw, list(self._parts.get(name, ())), TABLES[name].arrow)
            self._provided.add(raw)

    def _on_raw_tables(self, where: exp.Expression) -> exp.Expression:
        """A condition whose sub-queries read the canonical tables (with times and lists), not the portable ones."""

        def rewrite(node: exp.Expression) -> exp.Expression:
            if isinstance(node, exp.Table) and node.name in TABLES:
                with self._refusing("the condition"):
                    self._provide_raw(node.name)
                return exp.alias_(exp.to_table(f"raw_{node.name}"), node.alias_or_name, table=True)
            return node

        return where.transform(rewrite)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def run(self, step: Step, **parameters: Value) -> pa.Table:
        """The result of ``step`` with exactly its declared schema; the order of the rows is not defined.

        Several threads may ask; one query runs at a time, on all cores. Raises
        :class:`EngineError` when the engine refuses the query.
        """
        with self._one_query:
            sql = self._translated(step, parameters)
            with self._refusing(step.name):
                result = self._fetch(sql)
        if result.column_names != step.output.names:
            raise self._unlike(step, result.schema)
        try:
            return result.cast(step.output)
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
            raise self._unlike(step, result.schema) from error

    def keep(self, step: Step, **parameters: Value) -> None:
        """Run ``step`` and keep its result for later steps, under ``step.table``.

        Raises :class:`EngineError` when the engine refuses the query, or its columns do not have exactly the
        declared types (later steps would compute in others).
        """
        sql = self._translated(step, parameters)
        with self._refusing(step.name):
            schema = self._materialise(step.table, sql)
        if [(field.name, field.type) for field in schema] != [(field.name, field.type) for field in step.output]:
            raise self._unlike(step, schema)
        self._kept.add(step.table)

    def _translated(self, step: Step, parameters: Mapping[str, Value]) -> str:
        missing = [name for name in step.inputs if name not in self._kept and name not in PORTABLE_TABLES]
        if missing:
            raise EngineError(
                f"it needs {', '.join(missing)}, which was not kept before",
                where=step.name,
                todo="keep the steps that it reads first",
            )
        sql = self.dialect.translate(step.bound(parameters))
        with self._refusing(step.name):
            for name in step.inputs:
                if name not in self._kept:
                    self._provide(name)
        _log.debug("%s on %s: %s", step.name, self.dialect.name, sql)
        return sql

    def _unlike(self, step: Step, schema: pa.Schema) -> EngineError:
        found = ", ".join(f"{field.name} {field.type}" for field in schema)
        stated = ", ".join(f"{field.name} {field.type}" for field in step.output)
        return EngineError(
            f"on {self.dialect.name} it gave ({found}), and states ({stated})",
            where=step.name,
            todo="mend the step: cast what differs",
        )

    @contextlib.contextmanager
    def _refusing(self, what: str) -> Iterator[None]:
        """Turn the engine's own errors into one shape."""
        try:
            yield
        except self._refusals as error:
            said = next((line.strip() for line in str(error).splitlines() if line.strip()), type(error).__name__)
            raise EngineError(
                f"the engine {self.dialect.name} refused it: {said}",
                where=what,
                todo="check the values in the condition"
                if self.dialect.name == "duckdb"
                else "try --engine duckdb",
            ) from error

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
    def _materialise(self, name: str, sql: str) -> pa.Schema:
        """Make the table ``name`` with the rows of ``sql``, in the place of an earlier one; returns its schema."""

    @abc.abstractmethod
    def _fetch(self, sql: str) -> pa.Table:
        """All rows of ``sql``."""
