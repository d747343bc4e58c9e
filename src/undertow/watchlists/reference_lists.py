"""Published lists, read as they are: handles, the state-media matrix, domain quality and types, takedown indicators.

What their words mean is in ``data/reference_lists.toml``; the lists themselves are not part of the program.
Each record gives entries, or the reason why it gives none.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from types import MappingProxyType
from typing import Any

from undertow.sources.links import domain
from undertow.watchlists.classes import data_lines
from undertow.watchlists.entries import Entry, EntryError, entry

Fields = Mapping[str, str]


@dataclass(frozen=True)
class Told:
    """What is known beside the record: the file's name, and what a person stated."""

    shown: str
    platform: str | None

    def entry(self, fields: Fields, spec: Mapping[str, Any], *, platform: str | None = None) -> Entry:
        """The entry that ``fields`` state, with the list's own source unless it has none."""
        return entry(fields, platform=platform, source=spec.get("source", self.shown))


@cache
def reference_lists() -> Mapping[str, Mapping[str, Any]]:
    """Name -> how the list is known and read, from the data file."""
    text = resources.files(__package__).joinpath("data/reference_lists.toml").read_text(encoding="utf-8")
    return MappingProxyType(tomllib.loads(text))


def recognised(columns: tuple[str, ...]) -> str | None:
    """The reference list that has these columns: the one with the most columns of its own."""
    have = {name.strip().lower() for name in columns}
    fitting = [
        (len(spec["columns"]), name)
        for name, spec in reference_lists().items()
        if have.issuperset(column.lower() for column in spec["columns"])
    ]
    return max(fitting)[1] if fitting else None


def entries_of(name: str, fields: Fields, told: Told) -> list[Entry]:
    """The entries of one record of the list ``name``; :class:`EntryError` when it gives none."""
    folded = {key.strip().lower(): value.strip() for key, value in fields.items()}
    return _RECORDS[name](folded, reference_lists()[name], told)


@cache
def _account_links() -> Mapping[str, tuple[str, re.Pattern[str]]]:
    return {host: (platform, re.compile(path)) for host, platform, path in data_lines("platform_links.tsv")}


def fanged(text: str) -> str:
    """An indicator as it was before it was made harmless: ``example[.]com`` is ``example.com``.

    >>> fanged("hxxps://example[.]com/a")
    'https://example.com/a'
    """
    plain = text.replace("[.]", ".").replace("(.)", ".").replace("[:]", ":").strip()
    return re.sub(r"^hxxp", "http", plain, flags=re.IGNORECASE)


def account_of_link(url: str) -> tuple[str, str] | None:
    """(platform, handle) of a link to an account; None for other links.

    >>> account_of_link("https://www.twitter.com/@example?lang=en"), account_of_link("https://example.org/x")
    (('twitter', 'example'), None)
    """
    host = domain(url)
    known = _account_links().get((host or "").removeprefix("m."))
    if known is None:
        return None
    path = re.split(r"[?#]", re.sub(r"^(?:[A-Za-z]+://)?[^/]*/?", "", url))[0]
    found = known[1].match(path)
    return None if found is None else (known[0], found.group(1))


def _class(word: str, spec: Mapping[str, Any], what: str) -> str:
    """What a list's word means as an actor class; :class:`EntryError` where it means none."""
    found = spec["classes"].get(word.lower())
    if found is None:
        raise EntryError(f"the {what} {word!r} stands for no actor class")
    return str(found)


def _handles(fields: Fields, spec: Mapping[str, Any], told: Told) -> list[Entry]:
    said = {"actor_class": _class(fields["kind"], spec, "kind"), "note": fields["description"]}
    return [told.entry({"handle": fields["handle"], **said}, spec, platform=told.platform or spec["platform"])]


def _matrix(fields: Fields, spec: Mapping[str, Any], told: Told) -> list[Entry]:
    typology = fields["typology"]
    said = {
        "actor_class": _class(typology, spec, "typology"),
        "country": fields["country"],
        "owner": fields["media company"],
        "note": f"{fields['main assets']} ({typology})",
    }
    website = domain(fields["url"])
    found = []
    if website is not None and account_of_link(fields["url"]) is None:
        found.append(told.entry({"domain": website, **said}, spec))
    for column in spec["links"]:
        account = account_of_link(fields.get(column.lower(), ""))
        if account is not None:
            found.append(told.entry({"handle": account[1], **said}, spec, platform=account[0]))
    if not found:
        raise EntryError("it names no website of its own and no account")
    return found


def _quality(fields: Fields, spec: Mapping[str, Any], told: Told) -> list[Entry]:
    return [told.entry({"domain": fields["domain"], "quality": fields["pc1"]}, spec)]


def _types(fields: Fields, spec: Mapping[str, Any], told: Told) -> list[Entry]:
    types = [fields[name] for name in ("type", "2nd type", "3rd type") if fields.get(name)]
    if not types:
        raise EntryError("it has no type")
    return [
        _site(fields[""], {"actor_class": _class(types[0], spec, "type"), "note": ", ".join(types)}, spec, told)
    ]


def _labels(fields: Fields, spec: Mapping[str, Any], told: Told) -> list[Entry]:
    said = {
        "actor_class": _class(fields["type"], spec, "type"),
        "note": fields["label"],
        "source": fields["source"],
    }
    return [_site(fields["url"], said, spec, told)]


def _indicators(fields: Fields, spec: Mapping[str, Any], told: Told) -> list[Entry]:
    procedure = fields["procedure"]
    said = {"actor_class": spec["class"], "note": procedure}
    account = account_of_link(fanged(fields["indicator"]))
    if account is not None and procedure.startswith(tuple(spec["account_procedures"])):
        return [told.entry({"handle": account[1], **said}, spec, platform=account[0])]
    if procedure.startswith(tuple(spec["domain_procedures"])):
        return [_site(fanged(fields["indicator"]), said, spec, told)]
    raise EntryError("it names no account or domain of the operation")


def _values(fields: Fields, spec: Mapping[str, Any], told: Told) -> list[Entry]:
    said = {"actor_class": spec["class"], "note": fields["comment"]}
    value = fanged(fields["indicator_value"])
    account = account_of_link(value)
    if account is not None:
        return [told.entry({"handle": account[1], **said}, spec, platform=account[0])]
    return [_site(value, said, spec, told)]


def _site(text: str, said: Fields, spec: Mapping[str, Any], told: Told) -> Entry:
    """The entry of a domain, or of the address of its home page; :class:`EntryError` for a page within a site."""
    found = domain(text)
    rest = re.sub(r"^(?:[A-Za-z]+://)?[^/]*", "", text)
    if found is None or rest not in ("", "/") or any(character.isspace() for character in text):
        raise EntryError("it is no domain of its own")
    return told.entry({"domain": found, **said}, spec)


_RECORDS: Mapping[str, Callable[[Fields, Mapping[str, Any], Told], list[Entry]]] = {
    "handles": _handles,
    "state-media-matrix": _matrix,
    "domain-quality": _quality,
    "domain-types": _types,
    "domain-labels": _labels,
    "takedown-indicators": _indicators,
    "takedown-values": _values,
}
