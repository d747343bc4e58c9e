"""Watchlists and published reference lists: rows of ``labels`` (see :mod:`undertow.watchlists`)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from undertow.errors import InputError
from undertow.sources.base import Extraction, ReadOptions, SourceFile
from undertow.sources.head import BROKEN_STREAM, Head, Kind, broken_stream, compression_of, look, open_bytes
from undertow.sources.record_rows import RecordRows
from undertow.watchlists.entries import COLUMNS, SUBJECTS, Entry, EntryError
from undertow.watchlists.reading import csv_records, read_entries
from undertow.watchlists.reference_lists import Told, entries_of, recognised, reference_lists

_YAML = (".yaml", ".yml")
LARGEST = 64 << 20
"""Bytes of a list: lists are read whole, and what is larger is no list that people keep."""


def whole_text(source: SourceFile, options: ReadOptions) -> str:
    """The file's text; InputError when it is too large, damaged, or in another encoding."""
    try:
        with open_bytes(source.path) as file:
            raw = file.read(LARGEST + 1)
    except BROKEN_STREAM as error:
        raise broken_stream(source.shown, compression_of(source.path), error) from error
    if len(raw) > LARGEST:
        raise InputError(
            f"it is larger than {LARGEST >> 20} MB, and lists are read whole",
            where=source.shown,
            todo="Split it, or name the layout that it really has (--format).",
        )
    encoding = options.encoding or "utf-8"
    try:
        return raw.decode(encoding).removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise InputError(
            f"the file is not in {encoding}",
            where=f"{source.shown}, line {line}",
            todo="Save it as UTF-8, or give its encoding (--encoding cp1252, latin-1, ...).",
        ) from error


def is_yaml(path: Path, shown: str) -> bool:
    """Whether the file is YAML, by its name."""
    return Path(shown).suffix.lower() in _YAML or path.suffix.lower() in _YAML


@dataclass(frozen=True)
class WatchlistReader:
    """The reader of the project's own watchlists: a file with a mistake is refused whole, for its editor to mend."""

    format: str = "watchlist"
    description: str = "a watchlist (CSV, YAML): accounts, handles and domains with their actor class"
    columns: tuple[str, ...] = ("handle", "actor_class")
    kinds: frozenset[Kind] = frozenset({"csv"})

    def recognise(self, head: Head) -> float:
        """By the columns, or by the sections of a YAML file."""
        if is_yaml(head.path, head.shown):
            return 0.95
        have = {name.strip() for name in head.columns}
        return 0.95 if have.intersection(SUBJECTS) and have.issuperset(("actor_class",)) and _ours(have) else 0.0

    def read(self, source: SourceFile, staging: Path, options: ReadOptions) -> Extraction:
        """Read ``source`` into labels; InputError with every line that is wrong."""
        text = whole_text(source, options)
        entries = read_entries(
            text, source.shown, yaml_=is_yaml(source.path, source.shown), platform=options.platform
        )
        with RecordRows(source, staging, self.format) as rows:
            for entry in entries:
                rows.keep(entry.rows())
            return rows.finish(expected="a watchlist")


def _ours(have: set[str]) -> bool:
    """Whether most of the columns are a watchlist's; a mistyped one is then said, not guessed around."""
    return len(have.intersection(COLUMNS)) * 2 > len(have)


@dataclass(frozen=True)
class ReferenceListReader:
    """The reader of published lists; records that name nobody who can be looked up go to quarantine."""

    name: str
    kinds: frozenset[Kind] = frozenset({"csv"})

    @property
    def format(self) -> str:
        """The list's name."""
        return self.name

    @property
    def description(self) -> str:
        """What the list is."""
        return str(reference_lists()[self.name]["description"])

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns by which it is known."""
        return tuple(name for name in reference_lists()[self.name]["columns"] if name)

    def recognise(self, head: Head) -> float:
        """Whether the columns are there, and no other list has more of its own there."""
        return 0.9 if recognised(tuple(head.columns)) == self.name else 0.0

    def read(self, source: SourceFile, staging: Path, options: ReadOptions) -> Extraction:
        """Read ``source`` into labels."""
        told = Told(source.shown, options.platform)
        with RecordRows(source, staging, self.format) as rows:
            for record in csv_records(whole_text(source, options), source.shown):
                try:
                    entries = entries_of(self.name, record.fields, told)
                except EntryError as error:
                    rows.refuse(str(error), record.raw.encode(), offset=None, line=record.line)
                    continue
                rows.keep([row for entry in entries for row in entry.rows()])
            return rows.finish(expected="a list of accounts or domains")


def list_entries(path: Path, *, platform: str | None = None) -> tuple[list[Entry], list[str]]:
    """The entries of a watchlist or reference list, and why each other record gives none.

    Raises :class:`InputError` for a file that is neither, or a watchlist with mistakes.
    """
    options = ReadOptions(platform=platform)
    if not path.is_file():
        raise InputError("there is no such file", where=str(path), todo="Check the path.")
    source = SourceFile.of(path)
    head = look(path, path.name)
    if WATCHLIST.recognise(head) > 0:
        text = whole_text(source, options)
        return read_entries(text, source.shown, yaml_=is_yaml(path, path.name), platform=platform), []
    name = recognised(tuple(head.columns))
    if name is None:
        raise InputError(
            f"neither a watchlist nor a list that Undertow knows; its columns are: {', '.join(head.columns[:20])}",
            where=path.name,
            todo=f"Call the columns {', '.join(COLUMNS)} (one of {', '.join(SUBJECTS)}, and actor_class).",
        )
    found: list[Entry] = []
    left_out: list[str] = []
    for record in csv_records(whole_text(source, options), source.shown):
        try:
            found += entries_of(name, record.fields, Told(source.shown, platform))
        except EntryError as error:
            left_out.append(str(error))
    return found, left_out


WATCHLIST = WatchlistReader()
REFERENCE: Mapping[str, ReferenceListReader] = {name: ReferenceListReader(name) for name in reference_lists()}
(
    HANDLES, STATE_MEDIA_MATRIX, DOMAIN_QUALITY, DOMAIN_TYPES, DOMAIN_LABELS, TAKEDOWN_INDICATORS, TAKEDOWN_VALUES,
) = REFERENCE.values()  # fmt: skip
