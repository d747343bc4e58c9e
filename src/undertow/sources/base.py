"""What every reader of raw files has in common: its input, its options, and what it hands back.

A reader turns one file into staged Parquet files of canonical rows, streaming: its memory does not grow with
the file. It never touches the case; :mod:`undertow.case` merges what was staged. Every input record ends in a
staged row or in quarantine: ``records_read == records_staged + records_quarantined``.
"""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import IO, Protocol

_CHUNK = 1 << 20

Progress = Callable[[int, int], None]
"""Called with (bytes done, bytes in all) while a file is read."""


def no_progress(done: int, total: int) -> None:
    """The progress callback that does nothing."""


@dataclass(frozen=True, kw_only=True)
class SourceFile:
    """One input file as it lies on disk, with its hash.

    ``shown`` is the name that people see (``takedown.zip!part-1.csv`` for a member of an archive, which has
    been unpacked to ``path``); ``sha256`` is of the bytes at ``path``.
    """

    path: Path
    shown: str
    sha256: str
    size: int

    @property
    def source_id(self) -> str:
        """The short name that rows carry: the first 16 hex digits of the file's SHA-256."""
        return self.sha256[:16]

    @classmethod
    def of(cls, path: Path, shown: str | None = None) -> SourceFile:
        """The file at ``path``, hashed."""
        digest = hashlib.sha256()
        size = 0
        with path.open("rb", buffering=0) as file:
            while chunk := file.read(_CHUNK):
                digest.update(chunk)
                size += len(chunk)
        return cls(path=path, shown=shown or path.name, sha256=digest.hexdigest(), size=size)


@dataclass(frozen=True, kw_only=True)
class ReadOptions:
    """What a person may say about a file that the file does not say itself.

    ``mapping`` gives canonical column -> column of the file (``--map created_at=Date``), ``platform`` the
    platform where the file does not name it, ``escape`` the CSV escape character where it cannot be told.
    ``read_at``: when the file is read, after which nothing in it can be (None: no bound); a case sets it.
    """

    mapping: Mapping[str, str] = field(default_factory=dict)
    platform: str | None = None
    escape: str | None = None
    encoding: str | None = None
    read_at: dt.datetime | None = None
    memory_limit_mb: int = 600
    threads: int = 2
    progress: Progress = no_progress


@dataclass(frozen=True, kw_only=True)
class Extraction:
    """What a reader made of one file.

    ``staged`` maps table name -> Parquet file with exactly the table's canonical columns in their order, plus
    a last column ``record`` (int64, from 1: the input record that the row came from) where the table has no
    ``source_row``. ``counted`` names the tables that decide whether a record brought something new: a record
    is *kept* when at least one row that it gave to a counted table is new to the case, else a *duplicate*.
    Each record that is not quarantined gives at least one row to a counted table.
    """

    format: str
    staged: Mapping[str, Path]
    counted: tuple[str, ...]
    records_read: int
    records_quarantined: int
    quarantine: Path | None = None
    notes: tuple[str, ...] = ()


class Reader(Protocol):
    """A reader of one layout of raw files."""

    format: str
    """The name for ``--format``, e.g. ``twitter-archive-posts``."""
    description: str
    """One line for ``undertow add --help`` and the error that lists the known layouts."""

    def read(self, source: SourceFile, staging: Path, options: ReadOptions) -> Extraction:
        """Read ``source`` into Parquet files in the folder ``staging``.

        Raises :class:`undertow.errors.InputError` when the file cannot be read at all.
        """
        ...


class Quarantine:
    """A JSON Lines file of the records that could not be read, each with where it is, why, and its bytes.

    Fields: ``file``, ``record`` (from 1), ``byte_offset`` (of the record's first byte, after decompression;
    null where unknown), ``line`` (physical line, from 1; null where unknown), ``reasons``, ``raw`` (base64).
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.count = 0
        self._file: IO[str] | None = None

    def __enter__(self) -> Quarantine:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file is not None:
            self._file.close()

    def put(
        self,
        *,
        file: str,
        record: int,
        byte_offset: int | None,
        line: int | None,
        reasons: tuple[str, ...],
        raw: bytes,
    ) -> None:
        """Write one record; the file appears with the first."""
        if self._file is None:
            self._file = self.path.open("w", encoding="utf-8", newline="\n")
        entry = {
            "file": file,
            "record": record,
            "byte_offset": byte_offset,
            "line": line,
            "reasons": list(reasons),
            "raw": base64.b64encode(raw).decode("ascii"),
        }
        self._file.write(json.dumps(entry, ensure_ascii=False) + "\n")
        self.count += 1

    @property
    def written(self) -> Path | None:
        """The file, or None when nothing was quarantined."""
        return self.path if self.count else None
