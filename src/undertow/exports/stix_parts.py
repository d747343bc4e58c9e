"""What every STIX object of an export shares: deterministic ids, times, marking, author; OpenCTI's two further types."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import stix2
from stix2.properties import ListProperty, StringProperty

from undertow.errors import UsageError, did_you_mean
from undertow.reports.neutral import neutral

NAMESPACE = uuid.UUID("6b0a4a6e-2f0e-5c1c-9a35-6f0a1d1f7c11")
"""The namespace of all ids that Undertow gives: UUIDv5 of the case's first ledger line, the type and a key."""

OPENCTI = "extension-definition--ea279b3e-5c71-4632-ac08-831c66a786ba"
"""OpenCTI's own extension, under which its types ``channel`` and ``narrative`` are declared (new-sdo)."""

_EPOCH = "2022-01-01T00:00:00.000Z"
_TLP = {"clear": stix2.TLP_WHITE, "green": stix2.TLP_GREEN, "amber": stix2.TLP_AMBER, "red": stix2.TLP_RED}
TLP = tuple(_TLP)
"""The markings that an export can carry."""

CONFIDENCE = {"low": 15, "moderate": 50, "high": 85}
"""Analytic confidence on STIX's scale of 0 to 100 (its table for None, Low, Med, High)."""


def marking(name: str) -> Any:
    """The marking of the Traffic Light Protocol called ``name``; :class:`UsageError` for another."""
    if name not in _TLP:
        raise UsageError(f"there is no marking {name!r}", where="--tlp", todo=did_you_mean(name, TLP))
    return _TLP[name]


@dataclass(frozen=True, kw_only=True)
class Maker:
    """Makes objects with ids that stay the same from export to export, so that a new one updates the old."""

    case: str
    created: str
    modified: str
    author: str
    marking: str

    def id(self, kind: str, key: str) -> str:
        """The id of the object of type ``kind`` with this ``key`` in this case."""
        return f"{kind}--{uuid.uuid5(NAMESPACE, f'{self.case}|{kind}|{key}')}"

    def common(self, kind: str, key: str) -> dict[str, Any]:
        """The properties that all objects of this export share."""
        return {
            "id": self.id(kind, key),
            "created": self.created,
            "modified": max(self.created, self.modified),
            "created_by_ref": self.author,
            "object_marking_refs": [self.marking],
        }


def text(words: str) -> str:
    """Words as a property: without characters that would steer whatever shows them."""
    return neutral(words)


@cache
def custom() -> tuple[type, type]:
    """OpenCTI's ``channel`` and ``narrative``, registered with the parser, which refuses unknown types otherwise."""

    def made(name: str, kinds: str, *, declare: bool) -> type:
        properties = [
            ("name", StringProperty(required=True)),
            ("description", StringProperty()),
            ("aliases", ListProperty(StringProperty)),
            (kinds, ListProperty(StringProperty)),
        ]

        class New:
            """One of OpenCTI's types."""

            with_extension = OPENCTI  # what the decorator sets; an extension itself can be registered only once

        registered: type = stix2.v21.CustomObject(name, properties, extension_name=OPENCTI if declare else None)(
            New
        )
        return registered

    return made("channel", "channel_types", declare=True), made("narrative", "narrative_types", declare=False)


def extension(author: str) -> Any:
    """The declaration of the extension that channels and narratives belong to."""
    return stix2.v21.ExtensionDefinition(
        id=OPENCTI,
        created=_EPOCH,
        modified=_EPOCH,
        created_by_ref=author,
        name="OpenCTI",
        description="Channels and narratives as OpenCTI has them.",
        schema="https://github.com/OpenCTI-Platform/opencti",
        version="1.0.0",
        extension_types=["new-sdo"],
    )


def present(values: Mapping[str, Any]) -> dict[str, Any]:
    """``values`` without those that are empty: STIX has no null."""
    return {name: value for name, value in values.items() if value not in (None, "", [], {})}


def unique(objects: Sequence[Any]) -> list[Any]:
    """Each object once, in order."""
    return list({each["id"]: each for each in objects}.values())
