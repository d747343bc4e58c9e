"""The reproduction bundle: what a reader with the same raw files needs to get the same numbers, and no post's text.

A zip file with ``manifest.json`` (raw files with their SHA-256 and how they were read, the runs with their parameters,
versions, the number of posts), ``findings.json`` and ``tables/`` in canonical form, ``posts.parquet`` (a hash of each
post) and ``case.toml``. In canonical form accounts are numbered in the order in which each table first names them, so
that a table can be compared without knowing whom it names, and whatever the key of the pseudonyms is.
"""

from __future__ import annotations

import hashlib
import io
import json
import re
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib import metadata
from pathlib import Path
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.parquet as pq

from undertow.case import SETTINGS, Case
from undertow.errors import InputError, UsageError
from undertow.exports.tables import plain
from undertow.finding import Finding
from undertow.pseudonyms import ACCOUNT_COLUMNS, Pseudonyms
from undertow.published import Published
from undertow.reports.files import write_whole
from undertow.schema import POST_CONTENT

LAYOUT = 1
MANIFEST, FINDINGS, POSTS = "manifest.json", "findings.json", "posts.parquet"
_PACKAGES = ("duckdb", "igraph", "leidenalg", "numba", "numpy", "pyarrow", "scipy", "statsmodels")
_PSEUDONYM = re.compile(r"\b(?:acct|post)-[a-z2-7]{10}\b")
_HASHED = ("platform", "post_id", *(column.name for column in POST_CONTENT))


@dataclass(frozen=True, kw_only=True)
class Bundle:
    """A bundle that was read: its manifest, settings, findings and tables in canonical form, the posts' hashes."""

    manifest: Mapping[str, Any]
    settings: str
    findings: tuple[Mapping[str, Any], ...]
    tables: Mapping[str, Sequence[Mapping[str, Any]]]
    posts: frozenset[str]


def write_bundle(published: Published, path: Path) -> None:
    """Write the bundle to ``path``; the same case gives the same bytes.

    Raises :class:`UsageError` where a run's condition names accounts and the export is pseudonymised: without the
    condition nobody could run it again.
    """
    case = published.case
    runs = _runs(case)
    settings = (case.path / SETTINGS).read_text(encoding="utf-8")
    if published.pseudonyms is not None:
        stated = [(name, str(value)) for run in runs for name, value in run.items()]
        for name, value in [*stated, (SETTINGS, settings)]:
            if published.pseudonyms.condition(value) != value:
                raise UsageError(
                    f"{name} names accounts or words of posts: a pseudonymised bundle may not hold them, and without "
                    "them nobody can run it again",
                    where="--to bundle",
                    todo="add --identifiable, or run the analysis without that condition",
                )
    files = {
        MANIFEST: _json(_manifest(published, runs)),
        SETTINGS: settings.encode(),
        FINDINGS: _json([canonical_finding(each, published.pseudonyms) for each in case.findings()]),
        POSTS: _parquet(pa.table({"hash": sorted(post_hashes(case))})),
    }
    for name, rows in canonical_tables(case.findings(), published.pseudonyms).items():
        files[f"tables/{name}.json"] = _json(rows)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in sorted(files.items()):
            entry = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))  # the same bytes at any time
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, content)
    write_whole(path, packed.getvalue())


def read_bundle(path: Path) -> Bundle:
    """The bundle at ``path``; :class:`InputError` for a file that is none, or of another layout."""
    todo = "give a file that undertow export --to bundle has written"
    try:
        with zipfile.ZipFile(path) as archive:
            manifest = json.loads(archive.read(MANIFEST))
            if manifest["layout"] != LAYOUT:
                raise InputError(
                    f"the bundle has layout {manifest['layout']}, this Undertow reads {LAYOUT}",
                    where=str(path),
                    todo=f"use Undertow {manifest['version']}",
                )
            tables = {
                name.removeprefix("tables/").removesuffix(".json"): json.loads(archive.read(name))
                for name in archive.namelist()
                if name.startswith("tables/")
            }
            hashes = pq.read_table(io.BytesIO(archive.read(POSTS)))["hash"].to_pylist()
            findings = tuple(json.loads(archive.read(FINDINGS)))
            settings = archive.read(SETTINGS).decode("utf-8")
    except OSError as error:
        raise InputError(f"it cannot be read: {error.strerror}", where=str(path), todo=todo) from error
    except (zipfile.BadZipFile, KeyError, ValueError, TypeError, pa.ArrowInvalid) as error:
        raise InputError("this is not a reproduction bundle", where=str(path), todo=todo) from error
    return Bundle(manifest=manifest, settings=settings, findings=findings, tables=tables, posts=frozenset(hashes))


def canonical_finding(finding: Finding, pseudonyms: Pseudonyms | None) -> dict[str, Any]:
    """A finding as the bundle holds it: its words as published, its table and chart by name only."""
    shown = finding if pseudonyms is None else pseudonyms.finding(replace(finding, result=None, figure=None))
    made: dict[str, Any] = _unnamed({"key": shown.key} | shown.to_json())
    return made


def _unnamed(value: Any) -> Any:
    """``value`` without pseudonyms, which another case's key makes otherwise."""
    if isinstance(value, str):
        return _PSEUDONYM.sub("an account", value)
    if isinstance(value, dict):
        return {key: _unnamed(part) for key, part in value.items()}
    return [_unnamed(part) for part in value] if isinstance(value, list) else value


def canonical_tables(findings: Iterable[Finding], pseudonyms: Pseudonyms | None) -> dict[str, list[dict[str, Any]]]:
    """Table -> its rows, with the accounts numbered in the order in which the table first names them."""
    tables: dict[str, list[dict[str, Any]]] = {}
    for finding in findings:
        if finding.table is None or finding.result is None:
            continue
        name = finding.table.removesuffix(".parquet")
        if name not in tables:
            tables[name] = canonical_rows(finding.result, pseudonyms)
    return tables


def canonical_rows(table: pa.Table, pseudonyms: Pseudonyms | None) -> list[dict[str, Any]]:
    """The rows of one table with accounts numbered, and names out of its other texts."""
    numbers: dict[str, str] = {}

    def numbered(value: Any) -> Any:
        if isinstance(value, str):
            return ", ".join(numbers.setdefault(name, f"account {len(numbers) + 1}") for name in value.split(", "))
        return [numbered(part) for part in value] if isinstance(value, list) else value

    rows: list[dict[str, Any]] = table.to_pylist()
    for row in rows:
        for name in row:
            if name in ACCOUNT_COLUMNS and row[name]:
                row[name] = numbered(row[name])
    if pseudonyms is not None:
        others = [name for name in table.column_names if name not in ACCOUNT_COLUMNS]
        shown = pseudonyms.table(table.select(others)).to_pylist()
        for row, other in zip(rows, shown, strict=True):
            row.update(_unnamed(other))
    made: list[dict[str, Any]] = json.loads(json.dumps([plain(row) for row in rows]))
    return made


def post_hashes(case: Case) -> list[str]:
    """A hash of each post over all its content: who has the post can compute it, and nobody else can."""
    hashes = []
    for batch in case.query(f"SELECT {', '.join(_HASHED)} FROM posts").to_batches(max_chunksize=10_000):
        columns = [batch.column(name).to_pylist() for name in _HASHED]
        hashes += [hashlib.sha256(orjson.dumps(row)).hexdigest()[:32] for row in zip(*columns, strict=True)]
    return hashes


def versions() -> dict[str, str]:
    """The versions of the packages that numbers may depend on."""
    return {name: metadata.version(name) for name in _PACKAGES}


def _manifest(published: Published, runs: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    case = published.case
    inputs = [
        {
            "name": published.sentence(entry.name),
            "sha256": entry.sha256,
            "bytes": entry.bytes,
            "format": entry.format,
            "options": dict(entry.options),
            "read": entry.read,
            "kept": entry.kept,
            "duplicate": entry.duplicate,
            "quarantined": entry.quarantined,
        }
        for entry in case.inputs
    ]
    return {
        "layout": LAYOUT,
        "title": published.title,
        "version": published.version,
        "packages": versions(),
        "ledger_head": published.head,
        "identifiable": published.identifiable,
        "inputs": inputs,
        "runs": list(runs),
        "posts": case.posts.count(),
    }


def _runs(case: Case) -> list[dict[str, Any]]:
    """The parameters of every run whose findings may be in the latest generation."""
    lines = case.ledger.lines
    changed = max((line.seq for line in lines if line.added or line.removed), default=0)
    return [dict(line.parameters) for line in lines if line.findings is not None and line.seq > changed]


def _json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=True, indent=1, sort_keys=False).encode("ascii") + b"\n"


def _parquet(table: pa.Table) -> bytes:
    made = io.BytesIO()
    pq.write_table(table, made, compression="zstd")
    return made.getvalue()
