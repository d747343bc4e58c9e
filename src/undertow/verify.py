"""``undertow verify``: the ledger's chain, every file's hash, and every count of a case."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pyarrow.parquet as pq

from undertow.case import LEDGER, SETTINGS, Case
from undertow.engines import embedded
from undertow.engines.expressions import checked_query
from undertow.errors import UsageError
from undertow.schema import TABLES
from undertow.storage import sha256_of


@dataclass(frozen=True)
class Check:
    """One thing that was checked; ``problem`` is empty when it holds."""

    what: str
    problem: str = ""

    @property
    def ok(self) -> bool:
        """Whether it holds."""
        return not self.problem


@dataclass(frozen=True)
class Verification:
    """All checks of a case. ``changed`` lists what people may change (``case.toml``) and did."""

    head: str
    lines: int
    checks: tuple[Check, ...]
    changed: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether everything holds."""
        return all(check.ok for check in self.checks)

    @property
    def problems(self) -> tuple[Check, ...]:
        """The checks that failed."""
        return tuple(check for check in self.checks if not check.ok)


def verify(case: Case, *, head: str | None = None) -> Verification:
    """Check the case against its ledger.

    ``head`` is a hash from a report (at least 8 hex digits): the ledger must contain that line, so that a tail
    that was cut off is found. The chain itself was checked when the case was opened (it raises
    :class:`undertow.errors.TamperedError`).
    """
    checks = [Check(f"ledger: {len(case.ledger.lines)} lines, each bound to the one before")]
    if head is not None:
        checks.append(_head(case, head))
    checks += _parts(case)
    checks += _quarantine(case)
    checks += _findings(case)
    if all(check.ok for check in checks):  # else the rows are not those that were counted, if they can be read
        connection = case.connect()
        try:
            checks += _evidence(case, connection)
            checks += _accounting(case, connection)
        finally:
            connection.close()
    problem = _compare(case.path / SETTINGS, case.ledger.lines[-1].case_toml)
    changed: tuple[str, ...] = (f"{SETTINGS} was edited since the last command: {problem}",) if problem else ()
    torn = (case.path / LEDGER).stat().st_size - case.ledger.valid_bytes
    if torn > 0:
        changed += (
            f"the ledger ends in {torn} bytes of a line that was never finished (a command was killed, or its end was "
            "cut off: compare with the head in a report); the next command takes them away",
        )
    return Verification(case.head, len(case.ledger.lines), tuple(checks), changed)


def _head(case: Case, head: str) -> Check:
    if len(head) < 8 or any(c not in "0123456789abcdef" for c in head.lower()):
        raise UsageError(
            f"{head!r} is not a head's hash", where="--head", todo="copy at least 8 hex digits from the report"
        )
    what = f"head {head}"
    if any(line.hash.startswith(head.lower()) for line in case.ledger.lines):
        return Check(what)
    return Check(what, "the ledger has no such line: its tail was cut off, or the report is of another case")


def _parts(case: Case) -> Iterator[Check]:
    for part in case.ledger.parts():
        path = case.path / "tables" / part.table / part.file
        what = f"{part.table}/{part.file}"
        problem = _compare(path, part.sha256)
        if not problem:
            metadata = pq.read_metadata(path)
            names = tuple(metadata.schema.to_arrow_schema().names)
            if metadata.num_rows != part.rows:
                problem = f"it has {metadata.num_rows} rows, the ledger says {part.rows}"
            elif not set(TABLES[part.table].names) <= set(names):
                problem = "its columns are not those of the table"
        yield Check(what, problem)


def _quarantine(case: Case) -> Iterator[Check]:
    for line in case.ledger.lines:
        for file, sha256 in line.quarantine.items():
            path = case.path / "quarantine" / file
            problem = _compare(path, sha256)
            if not problem:
                with path.open("rb") as entries:
                    count = sum(1 for _ in entries)
                stated = sum(entry["quarantined"] for entry in line.inputs if entry["quarantine"] == file)
                problem = "" if count == stated else f"it has {count} records, the ledger says {stated}"
            yield Check(f"quarantine/{file}", problem)


def _findings(case: Case) -> Iterator[Check]:
    for line in case.ledger.lines:
        if line.findings is None:
            continue
        folder = case.path / "findings" / str(line.findings["seq"])
        for file, sha256 in line.findings["files"].items():
            yield Check(f"findings/{folder.name}/{file}", _compare(folder / file, sha256))


def _evidence(case: Case, connection: duckdb.DuckDBPyConnection) -> Iterator[Check]:
    """The evidence queries of the latest findings, where the tables are still those that were analysed."""
    line = case.ledger.findings()
    if line is None or any(later.added or later.removed for later in case.ledger.lines[line.seq :]):
        return
    document = case.path / "findings" / str(line.seq) / "findings.json"
    for finding in json.loads(document.read_text(encoding="utf-8")):
        evidence = finding["evidence"]
        what = f"evidence of {finding['id']}" + (f" [{finding['filter']}]" if "filter" in finding else "")
        try:
            counted = checked_query(f"SELECT count(*) AS n FROM ({evidence['sql']})")
            rows = embedded.read(connection, counted)["n"][0].as_py()
        except (UsageError, duckdb.Error) as error:
            yield Check(what, f"its query cannot be run: {_why(error)}")
        else:
            problem = "" if rows == evidence["rows"] else f"{rows} rows, the finding says {evidence['rows']}"
            yield Check(what, problem)


def _why(error: UsageError | duckdb.Error) -> str:
    return error.what if isinstance(error, UsageError) else str(error).splitlines()[0]


def _accounting(case: Case, connection: duckdb.DuckDBPyConnection) -> Iterator[Check]:
    for entry in case.inputs:
        total = entry.kept + entry.duplicate + entry.quarantined
        problem = "" if total == entry.read else f"{entry.read} records read, {total} accounted for"
        yield Check(f"records of {entry.name}", problem)
    sources = {entry.sha256[:16] for entry in case.inputs}
    for name in TABLES:
        if not case.parts(name):
            continue
        rows = embedded.read(connection, f"SELECT DISTINCT source_id FROM {name}")["source_id"].to_pylist()
        strangers = sorted(set(rows) - sources)
        problem = f"rows from {', '.join(strangers)}, which was never added" if strangers else ""
        yield Check(f"{name}: every row comes from an input", problem)
    repeated = "SELECT count(*) - count(DISTINCT (platform, post_id)) AS n FROM posts"
    twice = embedded.read(connection, repeated)["n"][0].as_py()
    yield Check("posts: one row a post", "" if twice == 0 else f"{twice} rows too many")


def _compare(path: Path, sha256: str) -> str:
    if not path.is_file():
        return "the file is missing"
    return "" if sha256_of(path) == sha256 else "its content has been changed"
