"""Watchlists as an analyst edits them, CSV or YAML: every line checked, all that is wrong said at once."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import yaml

from undertow.errors import InputError, did_you_mean
from undertow.sources.head import DELIMITERS, header
from undertow.watchlists.entries import COLUMNS, Entry, EntryError, entry

SHOWN_PROBLEMS = 10
"""Problems of one file that its error shows; it says how many there are."""

_DEFAULTS = ("platform", "source", "actor_class", "country", "owner", "valid_from", "valid_to")
_SECTIONS = ("accounts", "domains")
_YAML_SHAPE = "write accounts: and domains:, each a list of lines like  - {handle: name, actor_class: diplomat}"


@dataclass(frozen=True)
class CsvRecord:
    """One record of a CSV file: its physical line, its raw text, its fields by column."""

    line: int
    raw: str
    fields: Mapping[str, str]


def csv_records(text: str, shown: str) -> Iterator[CsvRecord]:
    """The records of a small CSV file under its header; blank lines are left out.

    Raises :class:`InputError` for a record that cannot be read (an open quote), with its line.
    """
    delimiter = header(text)[0]
    lines = io.StringIO(text, newline="").readlines()
    reader = csv.reader(lines, delimiter=delimiter if delimiter in DELIMITERS else ",", strict=True)
    names: list[str] | None = None
    before = 0
    try:
        for values in reader:
            raw, line, before = "".join(lines[before : reader.line_num]), before + 1, reader.line_num
            if not any(value.strip() for value in values):
                continue
            if names is None:
                names = [value.strip() for value in values]
                continue
            padded = [*values, *[""] * (len(names) - len(values))]
            pairs = reversed(list(zip(names, padded, strict=False)))  # of columns with one name, the first counts
            yield CsvRecord(line, raw, dict(pairs))
    except csv.Error as error:
        raise InputError(
            f"the record cannot be read: {error}", where=f"{shown}, line {before + 1}", todo="Check its quotes."
        ) from error


def read_entries(text: str, shown: str, *, yaml_: bool, platform: str | None) -> list[Entry]:
    """All entries of the watchlist ``text`` in order.

    Raises :class:`InputError` that lists what is wrong, line by line, when anything is.
    """
    numbered = _yaml_lines(text, shown) if yaml_ else _csv_lines(text, shown)
    entries: list[Entry] = []
    problems: list[str] = []
    for line, fields in numbered:
        try:
            unknown = [name for name in fields if name not in COLUMNS]
            if unknown:
                raise EntryError(f"there is no column {unknown[0]!r}: {did_you_mean(unknown[0], COLUMNS)}")
            entries.append(entry(fields, platform=platform, source=shown))
        except EntryError as error:
            problems.append(f"line {line}: {error}")
    if problems:
        more = len(problems) - SHOWN_PROBLEMS
        listed = [*problems[:SHOWN_PROBLEMS], *([f"and {more} more"] if more > 0 else [])]
        raise InputError(
            "the watchlist has mistakes:\n  " + "\n  ".join(listed),
            where=shown,
            todo="Mend these lines and add the file again; nothing of it was taken.",
        )
    if not entries:
        raise InputError("the watchlist has no lines", where=shown, todo=f"Write lines under {', '.join(COLUMNS)}.")
    return entries


def _csv_lines(text: str, shown: str) -> Iterator[tuple[int, Mapping[str, str]]]:
    names = [name.strip() for name in header(text)[1]]
    unknown = [name for name in names if name not in COLUMNS]
    if unknown or len(set(names)) < len(names):
        what = f"there is no column {unknown[0]!r}" if unknown else "a column occurs twice"
        raise InputError(what, where=f"{shown}, line 1", todo=did_you_mean(unknown[0] if unknown else "", COLUMNS))
    for record in csv_records(text, shown):
        yield record.line, {name: record.fields[name] for name in names}


def _yaml_lines(text: str, shown: str) -> Iterator[tuple[int, Mapping[str, str]]]:
    """Lines of a YAML watchlist, with its defaults; every scalar is taken as written, so that NO is Norway."""
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = shown if mark is None else f"{shown}, line {mark.line + 1}"
        said = getattr(error, "problem", None) or str(error)
        raise InputError(f"this is not YAML: {said}", where=where, todo="Check indents, colons, quotes.") from error
    except RecursionError as error:
        raise InputError("it is nested too deeply for a watchlist", where=shown, todo=_YAML_SHAPE) from error
    top = _mapping(root, shown)
    strange = [key for key in top if key not in (*_DEFAULTS, *_SECTIONS)]
    if strange:
        line = top[strange[0]].start_mark.line + 1
        known = (*_SECTIONS, *_DEFAULTS)
        raise InputError(
            f"there is no key {strange[0]!r}", where=f"{shown}, line {line}", todo=did_you_mean(strange[0], known)
        )
    defaults = {key: _scalar(node, key, shown) for key, node in top.items() if key in _DEFAULTS}
    for section in _SECTIONS:
        node = top.get(section)
        if node is None or (isinstance(node, yaml.ScalarNode) and not node.value):
            continue
        if not isinstance(node, yaml.SequenceNode):
            raise InputError(
                f"{section} is not a list", where=f"{shown}, line {node.start_mark.line + 1}", todo=_YAML_SHAPE
            )
        for item in node.value:
            fields = {key: _scalar(value, key, shown) for key, value in _mapping(item, shown).items()}
            yield item.start_mark.line + 1, defaults | fields


def _mapping(node: yaml.Node | None, shown: str) -> dict[str, yaml.Node]:
    if not isinstance(node, yaml.MappingNode):
        where = shown if node is None else f"{shown}, line {node.start_mark.line + 1}"
        raise InputError("keys and values were expected here", where=where, todo=_YAML_SHAPE)
    found: dict[str, yaml.Node] = {}
    for key, value in node.value:
        name = _scalar(key, "a key", shown)
        if name in found:
            raise InputError(
                f"the key {name!r} occurs twice",
                where=f"{shown}, line {key.start_mark.line + 1}",
                todo="Leave one of them out.",
            )
        found[name] = value
    return found


def _scalar(node: yaml.Node, name: str, shown: str) -> str:
    if not isinstance(node, yaml.ScalarNode):
        raise InputError(
            f"{name} is not one value", where=f"{shown}, line {node.start_mark.line + 1}", todo="Write one text."
        )
    plain_null = node.style is None and node.value in ("", "~", "null", "Null", "NULL")
    return "" if plain_null else str(node.value)
