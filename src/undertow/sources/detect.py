"""Which reader fits a file, decided by its content and never by its name alone.

A file is looked at once (:class:`Head`: what kind it is, its first bytes, its columns or first JSON values), and
each registered format says how well the head fits (``recognise``, 0 to 1). Members of a zip are unpacked first.

How a format plugs in: an object with the attributes of :class:`Format`, and its line in
:data:`undertow.sources.READERS`. ``recognise`` must be cheap and must not raise.
"""

from __future__ import annotations

import csv
import io
import itertools
import logging
import re
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Protocol

from undertow.errors import InputError, did_you_mean
from undertow.sources import READERS, reader
from undertow.sources.base import Reader, ReadOptions, SourceFile
from undertow.sources.guessing import as_options, guessed_map
from undertow.sources.head import Head, Kind, look
from undertow.sources.unpack import is_zip, unpack

_log = logging.getLogger(__name__)

SURE_ENOUGH = 0.5
"""The least ``recognise`` at which a format is used without being asked for."""

MAPPED: dict[Kind, str] = {"csv": "mapped", "parquet": "mapped", "json": "mapped-jsonl"}
"""The format that reads a file of each kind by a column map (``--map``)."""


class Format(Reader, Protocol):
    """A reader that can be chosen by content."""

    kinds: frozenset[Kind]
    """The kinds of file it reads: csv (any delimiter), json (JSON and JSON Lines), parquet."""
    columns: tuple[str, ...]
    """The columns (or keys) without which a file is not in this layout; for the error that names the nearest."""

    def recognise(self, head: Head) -> float:
        """How well ``head`` fits this format: 0 not at all, above 0.5 enough to use it, 1 no doubt."""
        ...


def detect(
    path: Path, staging: Path, options: ReadOptions | None = None, *, layout: str | None = None
) -> list[tuple[SourceFile, Reader]]:
    """The data files at ``path`` (one; or each member of a zip, unpacked into ``staging``), each with its reader.

    ``layout`` (a format's name, from ``--format``) overrides detection. Raises
    :class:`undertow.errors.InputError` for what cannot be read (missing, empty, of an unknown layout, cut off,
    encrypted), and UsageError for an unknown ``layout``.
    """
    options = options or ReadOptions()
    if path.is_dir():
        raise InputError("this is a folder", where=str(path), todo="Give the files in it one by one.")
    if not path.exists():
        raise InputError("there is no such file", where=str(path), todo="Check the path.")
    if not path.is_file():
        raise InputError("this is a pipe or a device", where=str(path), todo="Write it to a file and give that.")
    chosen = reader(layout) if layout is not None else None
    if is_zip(path):
        files = unpack(path, staging)
        return [
            (SourceFile.of(member.path, member.shown), _choose(member.path, member.shown, options, chosen))
            for member in files
        ]
    return [(SourceFile.of(path), _choose(path, path.name, options, chosen))]


def _choose(path: Path, shown: str, options: ReadOptions, chosen: Format | None) -> Format:
    head = look(path, shown, encoding=options.encoding)
    if chosen is not None:
        if head.kind not in chosen.kinds:
            raise InputError(
                f"this is a {head.kind} file, and the format {chosen.format} is read from {_or(chosen.kinds)}",
                where=shown,
                todo="Leave out --format to have the format detected.",
            )
        return chosen
    if options.mapping:
        name = MAPPED[head.kind]
        if name in READERS:
            return reader(name)
    scored = sorted(
        ((candidate.recognise(head), candidate.format, candidate) for candidate in _fitting(head)), key=_order
    )
    if scored and scored[0][0] > SURE_ENOUGH:
        _log.debug("%s: %s", shown, scored[0][1])
        return scored[0][2]
    raise unknown_layout(head)


def _order(scored: tuple[float, str, Format]) -> tuple[float, str]:
    return -scored[0], scored[1]


def _fitting(head: Head) -> list[Format]:
    formats = (reader(name) for name in READERS)
    return [candidate for candidate in formats if head.kind in candidate.kinds]


def unknown_layout(head: Head) -> InputError:
    """The error for a file whose columns no reader knows: what was found, the nearest layout, what to do."""
    candidates = [candidate for candidate in _fitting(head) if candidate.columns]
    if not head.columns:
        what = f"no known layout: a {head.kind} file without columns that could be recognised"
        return InputError(what, where=head.shown, todo=f"Known layouts: {_layouts(_fitting(head))}.")
    found = ", ".join(head.columns[:40]) + (", ..." if len(head.columns) > 40 else "")
    advice = (
        "Say which column is what (--map created_at=COLUMN --map account_id=COLUMN ...), or name the layout with "
        f"--format ({', '.join(READERS)})."
    )
    if head.kind in MAPPED and (guess := guessed_map(head.columns, lost := lost_ids(head))):
        advice += f" By their names it may be (check it before you use it): {as_options(guess)}"
        if lost:
            advice += (
                f" (not offered for ids: {', '.join(lost)}, which {'has' if len(lost) == 1 else 'have'} numbers in float "
                "notation, in which ids lose digits)"
            )
    if head.kind == "csv" and _looks_like_data(head.columns):
        return InputError(
            f"no known layout: the first record looks like data, not like column names ({_cut(found)})",
            where=head.shown,
            todo="Add a first line with the column names. " + advice,
        )
    what = f"no known layout; its columns are: {found}"
    if candidates:
        have = set(head.columns)
        nearest = max(candidates, key=lambda c: (len(have & set(c.columns)) / len(c.columns), c.format))
        missing = [column for column in nearest.columns if column not in have]
        if len(missing) < len(nearest.columns):
            guesses = [hint for column in missing[:5] if (hint := _renamed(column, have))]
            what += f". Nearest is {nearest.format}, which also needs: {', '.join(missing)}" + "".join(guesses)
        else:
            what += f". Known layouts: {_layouts(candidates)}"
    return InputError(what, where=head.shown, todo=advice)


_LOST = re.compile(r"\d{16,}\.\d*|\d+(\.\d*)?[eE]\+?\d+")
"""A number in float notation whose digits, as those of an id, are not all there."""
_LOOKED_AT = 2_000


def lost_ids(head: Head) -> tuple[str, ...]:
    """The columns of a table that hold long numbers in float notation, by its first records."""
    if head.kind == "parquet":
        import pyarrow.parquet as pq

        batch = next(pq.ParquetFile(head.path).iter_batches(_LOOKED_AT), None)
        if batch is None:
            return ()
        columns = {
            name: (str(value) for value in batch.column(name).to_pylist() if isinstance(value, str | float))
            for name in batch.schema.names
        }
        return tuple(name for name, values in columns.items() if any(map(_LOST.fullmatch, values)))
    if head.kind != "csv":
        return ()
    rows = csv.reader(io.StringIO(head.sample, newline=""), delimiter=head.delimiter)
    found: set[int] = set()
    with suppress(csv.Error):
        for row in itertools.islice(rows, 1, _LOOKED_AT):
            found.update(place for place, value in enumerate(row) if _LOST.fullmatch(value.strip()))
    return tuple(name for place, name in enumerate(head.columns) if place in found)


def _renamed(column: str, have: set[str]) -> str:
    hint = did_you_mean(column, sorted(have))
    return f" (for {column}: {hint})" if hint.startswith("did you mean") else ""


def _looks_like_data(columns: Iterable[str]) -> bool:
    names = list(columns)
    odd = sum(
        1 for name in names if name.replace(".", "", 1).lstrip("-").isdigit() or "://" in name or len(name) > 80
    )
    return odd > 0 and odd >= len(names) / 10


def _layouts(formats: Iterable[Format]) -> str:
    return "; ".join(f"{candidate.format} ({candidate.description})" for candidate in formats) or "none"


def _cut(text: str, limit: int = 200) -> str:
    return text if len(text) <= limit else text[:limit] + "..."


def _or(kinds: Iterable[str]) -> str:
    return " or ".join(sorted(kinds))
