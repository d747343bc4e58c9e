"""One line of a watchlist: an account, handle or domain, and what is asserted of it."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass

from undertow.errors import did_you_mean
from undertow.sources.links import domain
from undertow.sources.row_types import LabelRow
from undertow.watchlists.classes import actor_classes

ACTOR_CLASS = "actor_class"
COUNTRY, OWNER, QUALITY, NOTE, WITHDRAWN = (
    "actor_country", "actor_owner", "actor_quality", "actor_note", "actor_withdrawn",
)  # fmt: skip
LABELS = (ACTOR_CLASS, COUNTRY, OWNER, QUALITY, NOTE, WITHDRAWN)
"""The labels that watchlists give; what belongs together shares subject, dates and ``asserted_by``."""

WEB = "web"
"""The platform of domains."""

SUBJECTS = ("account_id", "handle", "domain")
COLUMNS = (
    "platform", *SUBJECTS, "actor_class", "country", "owner", "quality", "valid_from", "valid_to", "source",
    "note", "withdrawn",
)  # fmt: skip
"""The columns of a watchlist; all but one subject and ``actor_class`` (or ``quality``) may be missing."""

_DAY_US = 86_400_000_000
_HANDLE = re.compile(r"[^\s@,/]{1,100}")
_PLATFORM = re.compile(r"[a-z0-9_.-]{1,40}")
_YES, _NO = ("yes", "true", "1"), ("", "no", "false", "0")


class EntryError(ValueError):
    """What is wrong with one line, and what to do."""


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One line of a watchlist: ``subject`` is an account id, a handle (without @) or a domain.

    ``valid_from`` and ``valid_to`` are the first and the last day on which it holds; ``withdrawn`` takes back
    what the same source has said of the subject and class before.
    """

    subject_type: str
    platform: str
    subject: str
    actor_class: str | None = None
    country: str | None = None
    owner: str | None = None
    quality: float | None = None
    valid_from: dt.date | None = None
    valid_to: dt.date | None = None
    source: str
    note: str | None = None
    withdrawn: bool = False

    def rows(self) -> list[LabelRow]:
        """The rows of ``labels`` that say this."""
        said = {
            (WITHDRAWN if self.withdrawn else ACTOR_CLASS): self.actor_class,
            COUNTRY: self.country,
            OWNER: self.owner,
            QUALITY: None if self.quality is None else repr(self.quality),
            NOTE: self.note,
        }
        return [
            LabelRow(
                subject_type=self.subject_type,
                platform=self.platform,
                subject_id=self.subject,
                label=label,
                value=value,
                valid_from=None if self.valid_from is None else _micros(self.valid_from),
                valid_to=None if self.valid_to is None else _micros(self.valid_to) + _DAY_US,
                asserted_by=self.source,
            )
            for label, value in said.items()
            if value is not None
        ]

    def fields(self) -> dict[str, str]:
        """The line as it stands in a CSV watchlist, by :data:`COLUMNS`; empty where nothing is said."""
        subject = "account_id" if self.subject_type == "account" else self.subject_type
        shown: dict[str, object] = {
            "platform": self.platform,
            subject: self.subject,
            "withdrawn": "yes" if self.withdrawn else None,
            **{
                name: getattr(self, name)
                for name in (
                    "actor_class",
                    "country",
                    "owner",
                    "quality",
                    "valid_from",
                    "valid_to",
                    "source",
                    "note",
                )
            },
        }
        return {name: "" if shown.get(name) is None else str(shown[name]) for name in COLUMNS}


def _micros(day: dt.date) -> int:
    return (day - dt.date(1970, 1, 1)).days * _DAY_US


def entry(fields: Mapping[str, str], *, platform: str | None, source: str) -> Entry:
    """The entry that the ``fields`` of one line state; ``platform`` and ``source`` are the defaults.

    Raises :class:`EntryError` for what is missing, contradictory or not in the vocabulary.
    """
    given = {name: value.strip() for name, value in fields.items() if value.strip()}
    named = [name for name in SUBJECTS if name in given]
    if len(named) != 1:
        raise EntryError(
            f"it names {' and '.join(named)}: give each a line of its own"
            if named
            else "it names nobody: give an account_id, a handle or a domain"
        )
    subject_type = "account" if named[0] == "account_id" else named[0]
    withdrawn = _flag(given.get("withdrawn", ""))
    actor_class = given.get("actor_class")
    quality = _quality(given.get("quality"))
    if actor_class is None and (quality is None or withdrawn):
        raise EntryError(f"actor_class is missing: give one of {', '.join(actor_classes())}")
    if actor_class is not None and actor_class not in actor_classes():
        raise EntryError(f"there is no actor class {actor_class!r}: {did_you_mean(actor_class, actor_classes())}")
    first, last = (_day(given.get(name), name) for name in ("valid_from", "valid_to"))
    if first is not None and last is not None and first > last:
        raise EntryError(f"valid_from {first} is after valid_to {last}: exchange them")
    return Entry(
        subject_type=subject_type,
        platform=_platform(given.get("platform") or platform, subject_type),
        subject=_subject(given[named[0]], subject_type),
        actor_class=actor_class,
        country=given.get("country"),
        owner=given.get("owner"),
        quality=quality,
        valid_from=first,
        valid_to=last,
        source=given.get("source") or source,
        note=given.get("note"),
        withdrawn=withdrawn,
    )


def _subject(text: str, subject_type: str) -> str:
    if subject_type == "account":
        return text
    if subject_type == "handle":
        handle = text.removeprefix("@")
        if not _HANDLE.fullmatch(handle):
            raise EntryError(f"{text!r} is not a handle: write it without spaces, @ or links")
        return handle
    found = domain(text)
    if found is None or text.lower().rstrip(".").removeprefix("www.") != found:
        raise EntryError(f"{text!r} is not a domain: write only the domain, for example example.org")
    return found


def _platform(text: str | None, subject_type: str) -> str:
    if subject_type == "domain":
        return WEB
    if text is None:
        raise EntryError("platform is missing: give it in the line, at the top of a YAML file, or with --platform")
    if not _PLATFORM.fullmatch(text.lower()):
        raise EntryError(f"{text!r} is not the name of a platform: write for example twitter")
    return text.lower()


def _day(text: str | None, name: str) -> dt.date | None:
    if text is None:
        return None
    try:
        return dt.date.fromisoformat(text)
    except ValueError as error:
        raise EntryError(f"{name} {text!r} is not a day: write for example 2020-01-31") from error


def _quality(text: str | None) -> float | None:
    if text is None:
        return None
    try:
        value = float(text)
    except ValueError as error:
        raise EntryError(f"quality {text!r} is not a number from 0 to 1") from error
    if not 0 <= value <= 1:
        raise EntryError(f"quality {text!r} is not a number from 0 to 1")
    return value


def _flag(text: str) -> bool:
    if text.lower() not in (*_YES, *_NO):
        raise EntryError(f"withdrawn {text!r} is neither yes nor no")
    return text.lower() in _YES
