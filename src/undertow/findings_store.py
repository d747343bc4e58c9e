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

    Findings may share a table or a chart; two different ones under one name are a ValueError.
    """
    folder.mkdir()
    contents: dict[str, object] = {}
    for finding in findings:
        for name, content in ((finding.table, finding.result), (finding.chart, finding.figure)):
            if name is None or content is None:
                continue
            if name in contents and contents[name] is not content and contents[name] != content:
                raise ValueError(f"two different results are called {name}")
            contents[name] = content
    for name, content in contents.items():
        path = folder / _file(name)
        if isinstance(content, Mapping):
            path.write_text(json.dumps(content, ensure_ascii=False, sort_keys=True), encoding="utf-8")
        else:
            pq.write_table(content, path, compression="zstd")
    (folder / DOCUMENT).write_text(dumps(findings), encoding="utf-8")
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.iterdir())}


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
