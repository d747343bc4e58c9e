"""A generation of findings as files: ``findings.json``, one Parquet file a table, one Vega-Lite file a chart."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from undertow.finding import Finding

DOCUMENT = "findings.json"


def dumps(findings: Sequence[Finding]) -> str:
    """The JSON array that ``show --json`` prints and ``findings.json`` holds."""
    return json.dumps([finding.to_json() for finding in findings], ensure_ascii=False, indent=1) + "\n"


def _file(name: str) -> str:
    """``name`` as a file's name: of one part, without surprises."""
    if not name or name.startswith(".") or any(c in name for c in "/\\\0:"):
        raise ValueError(f"{name!r} cannot be a file's name")
    return name


def save(findings: Sequence[Finding], folder: Path) -> dict[str, str]:
    """Write the findings with their tables and charts into the new ``folder``; returns file -> SHA-256.

    Findings may share a table or a chart. Where two have different ones of one name, as of two runs with different
    settings, the later one's file is named after its finding too. Two such of one finding are a ValueError.
    """
    folder.mkdir()
    contents: dict[str, object] = {}
    findings = [_placed(finding, contents) for finding in findings]
    for name, content in contents.items():
        path = folder / _file(name)
        if isinstance(content, Mapping):
            path.write_text(json.dumps(content, ensure_ascii=False, sort_keys=True), encoding="utf-8")
        else:
            pq.write_table(content, path, compression="zstd")
    (folder / DOCUMENT).write_text(dumps(findings), encoding="utf-8")
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.iterdir())}


def _placed(finding: Finding, contents: dict[str, object]) -> Finding:
    """``finding`` with the names under which its table and chart are put into ``contents``."""

    def name(file: str | None, content: object) -> str | None:
        if file is None or content is None:
            return file
        stem, _, ending = file.partition(".")
        for tried in (file, f"{stem}-{finding.id.partition('.')[2]}.{ending}"):
            there = contents.setdefault(tried, content)
            if there is content or there == content:
                return tried
        raise ValueError(f"two different results are called {file}")

    return replace(finding, table=name(finding.table, finding.result), chart=name(finding.chart, finding.figure))


def load(folder: Path) -> list[Finding]:
    """The findings that :func:`save` wrote, each with its table and chart."""
    documents: list[dict[str, Any]] = json.loads((folder / DOCUMENT).read_text(encoding="utf-8"))
    tables: dict[str, Any] = {}
    findings = []
    for document in documents:
        finding = Finding.from_json(document)
        for name in (finding.table, finding.chart):
            if name is not None and name not in tables and (folder / _file(name)).exists():
                path = folder / name
                tables[name] = (
                    pq.read_table(path)
                    if path.suffix == ".parquet"
                    else json.loads(path.read_text(encoding="utf-8"))
                )
        findings.append(
            replace(
                finding,
                result=None if finding.table is None else tables.get(finding.table),
                figure=None if finding.chart is None else tables.get(finding.chart),
            )
        )
    return findings
