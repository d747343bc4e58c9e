"""Derived tables: what one analysis publishes for others, made on demand and kept in the case.

An analysis that others build on has ``DERIVED``: the name of each table (``<analysis>.<table>``) and how it is
made. Readers ask for it by name and never import that analysis's internals:

>>> from undertow.analyses.derived import derived  # doctest: +SKIP
>>> members = derived(case, "text_families.members", parameters)  # doctest: +SKIP

A table is kept in ``CASE/derived/<name>/<key>/`` with its SHA-256, and ``key`` is the hash of everything it
depends on (:mod:`undertow.analyses.reads`): the parts of the tables that are read, the control's, the scope, the seed,
the settings of the analysis and of those that it reads from, and the program's own source. So it is never out of date;
what a case holds there may be deleted at any time and is made again.
"""

from __future__ import annotations

import functools
import hashlib
import json
import logging
import shutil
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

from undertow.analyses import ANALYSES, base, load
from undertow.analyses.reads import as_read, rests_on
from undertow.errors import did_you_mean
from undertow.storage import sha256_of

if TYPE_CHECKING:
    from undertow.case import Case

_log = logging.getLogger(__name__)

TABLE_FILE = "table.parquet"
RECORD_FILE = "table.json"


@dataclass(frozen=True)
class Derived:
    """One published table: what a row says, its schema, and the function of (case, the analysis's parameters)."""

    meaning: str
    schema: pa.Schema
    make: Callable[[Case, Any], pa.Table]


def derived(
    case: Case, name: str, parameters: base.Parameters, *, settings: Mapping[str, object] | None = None
) -> pa.Table:
    """The derived table ``name`` for the scope, engine, seed and control of ``parameters``.

    It is made with the settings of the command that ``parameters`` belong to; ``settings`` come before them, and
    ``case.toml`` after. Raises KeyError
    for a table that no analysis publishes, and what making it raises.
    """
    analysis = name.partition(".")[0]
    published = _published(analysis)
    if name not in published:
        raise KeyError(f"no analysis publishes {name!r}; {did_you_mean(name, published) or 'check its name'}")
    return _kept(case, name, published[name], as_read(case, analysis, parameters, settings))


def is_published(name: str) -> bool:
    """Whether an analysis publishes the table ``name``: for a reader that can do without it."""
    return name in _published(name.partition(".")[0])


def _published(analysis: str) -> Mapping[str, Derived]:
    return getattr(load(analysis), "DERIVED", {}) if analysis in ANALYSES else {}


def keep(case: Case, name: str, parameters: base.Parameters, table: pa.Table) -> None:
    """Keep ``table`` as the derived table ``name``: for an analysis that has made it on the way to its findings.

    ``parameters`` are the analysis's own, those that it was made with. Raises TypeError for a table that is not as
    its entry in ``DERIVED`` states.
    """
    _check(name, table, _published(name.partition(".")[0])[name])
    _store(table, _folder(case, name, parameters))


def _folder(case: Case, name: str, parameters: base.Parameters) -> Path:
    document = {"rests on": rests_on(case, name.partition(".")[0], parameters), "program": program()}
    key = hashlib.sha256(json.dumps(document, sort_keys=True).encode()).hexdigest()[:32]
    return case.path / "derived" / name / key


def _check(name: str, table: pa.Table, wanted: Derived) -> None:
    if table.schema != wanted.schema:
        raise TypeError(f"{name} was made with {table.schema}, and states {wanted.schema}")


def _kept(case: Case, name: str, wanted: Derived, parameters: base.Parameters) -> pa.Table:
    folder = _folder(case, name, parameters)
    if (table := _read(folder, wanted)) is not None:
        _log.debug("%s: kept as %s", name, folder.name)
        return table
    table = wanted.make(case, parameters)
    _check(name, table, wanted)
    _store(table, folder)
    return table


def _read(folder: Path, wanted: Derived) -> pa.Table | None:
    """The table in ``folder``, or None where it is not there whole and unchanged."""
    try:
        stated = json.loads((folder / RECORD_FILE).read_text(encoding="utf-8"))
        if stated["sha256"] != sha256_of(folder / TABLE_FILE):
            _log.warning("%s was changed by hand and is made again", folder / TABLE_FILE)
            return None
        table = pq.read_table(folder / TABLE_FILE)
    except (OSError, ValueError, KeyError, TypeError):
        return None  # not there, or not whole
    return table if table.schema == wanted.schema else None


def _store(table: pa.Table, folder: Path) -> None:
    """Keep ``table`` in ``folder``, whole or not at all; a case that cannot be written goes without."""
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        staged = Path(tempfile.mkdtemp(prefix="making-", dir=folder.parent))
    except OSError as error:
        _log.info("%s is not kept: %s", folder, error.strerror)
        return
    try:
        pq.write_table(table, staged / TABLE_FILE, compression="zstd")
        record = {"sha256": sha256_of(staged / TABLE_FILE), "rows": table.num_rows}
        (staged / RECORD_FILE).write_text(json.dumps(record), encoding="utf-8")
        shutil.rmtree(folder, ignore_errors=True)
        staged.replace(folder)
    except OSError as error:  # another process has put it there meanwhile, or the disk is full
        _log.info("%s is not kept: %s", folder, error.strerror)
    finally:
        shutil.rmtree(staged, ignore_errors=True)


@functools.cache
def program() -> str:
    """The hash of the package's own files: a changed method never meets a table of the method before."""
    import undertow

    root = Path(undertow.__file__).parent
    files = sorted(path for path in root.rglob("*") if path.is_file() and path.suffix != ".pyc")
    digest = hashlib.sha256()
    for path in files:
        digest.update(f"{path.relative_to(root)} {sha256_of(path)}\n".encode())
    return digest.hexdigest()
