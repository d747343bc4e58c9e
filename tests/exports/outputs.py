"""The words of every output that there is of a case."""

from __future__ import annotations

import io
import json
import unicodedata
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

import undertow
from undertow.case import Case
from undertow.exports import graph_files
from undertow.exports.bundle import write_bundle
from undertow.exports.document import document
from undertow.exports.networks import network
from undertow.exports.stix import bundle
from undertow.exports.tables import write_tables
from undertow.published import published
from undertow.reports import render_html


def strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, part in value.items():
            yield from strings(key)
            yield from strings(part)
    elif isinstance(value, (list, tuple)):
        for part in value:
            yield from strings(part)


def everything(case: Case, folder: Path, *, identifiable: bool = False) -> dict[str, str]:
    """The words of every output there is, by its name."""
    shown = published(case, identifiable=identifiable)
    found: dict[str, str] = {"report": render_html(undertow.report_of(case, identifiable=identifiable))}
    for layout in ("csv", "jsonl", "parquet"):
        write_tables(shown, folder / layout, layout)
        for path in sorted((folder / layout).glob(f"*.{layout}")):
            if layout == "parquet":
                table = pq.read_table(path)
                found[path.name] = "\n".join([*strings(table.to_pylist()), str(table.schema)])
            elif layout == "jsonl":
                lines = path.read_text("ascii").splitlines()
                found[path.name] = "\n".join(text for line in lines for text in strings(json.loads(line)))
            else:
                found[path.name] = path.read_text("utf-8")
    made = network(shown.findings)
    found["gexf"] = graph_files.gexf(made, shown).decode()
    found["graphml"] = graph_files.graphml(made, shown).decode()
    for name, content in (("json", document(shown)), ("stix", bundle(shown))):
        found[name] = "\n".join(strings(json.loads(content)))
    write_bundle(shown, folder / "bundle.zip")
    with zipfile.ZipFile(folder / "bundle.zip") as archive:
        for name in archive.namelist():
            content = archive.read(name)
            if name.endswith(".parquet"):
                found[name] = "\n".join(strings(pq.read_table(io.BytesIO(content)).to_pylist()))
            else:
                decoded = content.decode()
                found[name] = "\n".join(strings(json.loads(decoded))) if name.endswith(".json") else decoded
    return found


def folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()
