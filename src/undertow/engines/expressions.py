"""Expressions and queries that people write: parsed, checked and bound before they run.

They may read the case's tables and nothing else: one SELECT (or one boolean expression), no table function that
reads files, no statement that writes. A name that does not exist gets an error that says what there is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

import duckdb
import pyarrow as pa
import sqlglot
from sqlglot import exp

from undertow.engines import embedded
from undertow.errors import CaseError, UsageError, did_you_mean
from undertow.schema import TABLES
from undertow.sql import literal

_TABLE_FUNCTIONS = {"unnest", "range", "generate_series"}

CHANGING = frozenset((
    "age", "currval", "current_connection_id", "current_database", "current_date", "current_localtime",
    "current_localtimestamp", "current_query", "current_query_id", "current_role", "current_schema",
    "current_schemas", "current_setting", "current_time", "current_timestamp", "current_transaction_id",
    "current_user", "gen_random_uuid", "get_current_time", "get_current_timestamp", "getenv", "getvariable",
    "in_search_path", "localtime", "localtimestamp", "nextval", "now", "pg_backend_pid", "random",
    "session_user", "setseed", "setval", "sleep_ms", "today", "transaction_timestamp", "txid_current",
    "user", "uuid", "uuidv4", "uuidv7", "version", "write_log",
))  # fmt: skip
"""Functions that give another answer at another time or on another machine: two runs must have one result. Of
``age``, only the form with one argument (it measures from today)."""


def _parse(sql: str, what: str) -> exp.Expression:
    try:
        statements = [s for s in sqlglot.parse(sql, read="duckdb") if s is not None]
    except sqlglot.errors.SqlglotError as error:
        detail = str(error).splitlines()[0]
        raise UsageError(
            f"{what} is not valid SQL: {detail}", where=sql, todo="check quotes and brackets"
        ) from error
    if not statements:
        raise UsageError(
            f"{what} is empty", where=repr(sql), todo="leave it out, or write for example: language = 'ru'"
        )
    if len(statements) != 1:
        raise UsageError(f"{what} must be one expression, not {len(statements)}", where=sql, todo="leave out ;")
    return statements[0]


def _check_reads(tree: exp.Expression, sql: str, known: Iterable[str]) -> None:
    """Refuse what is not reading, and tables that do not exist."""
    for node in tree.walk():
        if isinstance(node, (exp.DML, exp.DDL, exp.Command, exp.Into)) and not isinstance(node, exp.Query):
            raise UsageError("only reading is allowed here", where=sql, todo="write a SELECT or a condition")
        if isinstance(node, exp.TableSample) or _changes(node):
            written = node.sql(dialect="duckdb", comments=False).strip()
            raise UsageError(
                f"{written} gives another answer at another time, and findings must not",
                where=sql,
                todo="write the value out, for example: created_at < TIMESTAMP '2020-01-01'",
            )
    named = {cte.alias_or_name for cte in tree.find_all(exp.CTE)}
    for hidden in sorted(named & set(known)):
        raise UsageError(f"WITH {hidden} hides the case's own table", where=sql, todo="give it another name")
    tables = [*known, *named]
    for table in tree.find_all(exp.Table):
        if isinstance(table.this, exp.Func):
            function = table.this.name or table.this.sql_name()
            if function.lower() not in _TABLE_FUNCTIONS:
                raise UsageError(
                    f"the function {function} cannot be read from here",
                    where=sql,
                    todo=f"the case's tables are: {', '.join(known)}",
                )
        elif table.db or table.name not in tables:
            raise UsageError(f"there is no table {table.name!r}", where=sql, todo=did_you_mean(table.name, tables))


def _changes(function: exp.Expression) -> bool:
    if not isinstance(function, exp.Func) or isinstance(
        function, exp.Connector
    ):  # AND and OR hold whole conditions
        return False
    name = function.sql(dialect="duckdb", comments=False).partition("(")[0].strip().lower()
    return name in CHANGING and (name != "age" or len(function.expressions) == 1)


def condition(text: str, table: str = "posts") -> exp.Expression:
    """The syntax tree of a boolean expression on ``table``; its top-level names are checked.

    Raises :class:`UsageError` for what is not one expression, writes, or names what does not exist.
    """
    tree = _parse(text, "the condition")
    if isinstance(tree, (exp.Query, exp.DML, exp.DDL, exp.Command, exp.Alias, exp.Star, exp.Set, exp.Use)):
        raise UsageError(
            "this is a statement, not a condition", where=text, todo="write for example: language = 'ru'"
        )
    _check_reads(tree, text, TABLES)
    columns = TABLES[table].names
    for column in tree.find_all(exp.Column):
        if column.find_ancestor(exp.Query) or column.find_ancestor(exp.Lambda):
            continue  # bound by the engine, whose error names them
        parts = [part.name for part in column.parts]
        if column.name in columns or parts[0] in (table, *columns):
            continue
        todo = did_you_mean(column.name, columns)
        if not todo.startswith("did you mean"):
            todo = f"text stands in single quotes: {literal(column.name)}; {todo}"
        raise UsageError(f"{table} has no column {column.name!r}", where=text, todo=todo)
    bind_condition(tree, table, text)
    return tree


def bind_condition(tree: exp.Expression, table: str, text: str) -> None:
    """Let the engine bind the condition against empty tables: every name, every type."""
    connection = embedded.connect(memory_limit_mb=256, threads=1, only_under=[])
    try:
        for known in TABLES.values():
            embedded.view(connection, known, [])
        bound = _bind(connection, tree.sql(dialect="duckdb", comments=False), table)
    except duckdb.Error as error:
        raise _refused(error, text) from error
    finally:
        connection.close()
    if bound != "BOOLEAN":
        raise UsageError(
            f"the condition must be true or false for each row, and is {bound}",
            where=text,
            todo="compare it with something, for example: likes > 100",
        )


def _bind(connection: duckdb.DuckDBPyConnection, condition_sql: str, table: str) -> str:
    """The type of the condition, for which a row must be able to be chosen (no aggregate, no window)."""
    found = str(connection.sql(f"SELECT ({condition_sql}) AS c FROM {table}").types[0])
    if found == "BOOLEAN":
        connection.sql(f"SELECT 1 FROM {table} WHERE ({condition_sql})")
    return found


def checked_condition(text: str, table: str = "posts") -> str:
    """The condition as safe DuckDB SQL, in brackets."""
    return f"({condition(text, table).sql(dialect='duckdb', comments=False)})"


def checked_query(sql: str, known: Iterable[str] = tuple(TABLES)) -> str:
    """One SELECT over the tables ``known``, as safe DuckDB SQL."""
    tree = _parse(sql, "the query")
    if not isinstance(tree, exp.Query):
        raise UsageError("only a SELECT can be run on a case", where=sql, todo="write a SELECT")
    _check_reads(tree, sql, known)
    return str(tree.sql(dialect="duckdb", comments=False))


def tables_of(sql: str) -> tuple[str, ...]:
    """The canonical tables that a checked query names."""
    named = {table.name for table in sqlglot.parse_one(sql, read="duckdb").find_all(exp.Table)}
    return tuple(name for name in TABLES if name in named)


def run_checked(
    connect: Callable[[], duckdb.DuckDBPyConnection], sql: str, parameters: Mapping[str, object] | None = None
) -> pa.Table:
    """Run a checked query; the engine's complaints become a :class:`UsageError`."""
    connection = connect()
    try:
        return embedded.read(connection, sql, parameters)
    except duckdb.IOException as error:
        raise CaseError(
            f"a file of the case cannot be read: {str(error).splitlines()[0]}", todo="run: undertow verify CASE"
        ) from error
    except duckdb.Error as error:
        raise _refused(error, sql) from error
    finally:
        connection.close()


def _refused(error: duckdb.Error, sql: str) -> UsageError:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    hint = next((line for line in lines[1:] if line.lower().startswith(("candidate", "did you mean"))), "")
    return UsageError(
        lines[0], where=sql, todo=hint or "see the tables and columns with: undertow show CASE --tables"
    )
