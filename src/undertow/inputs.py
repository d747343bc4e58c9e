"""What became of each raw file that was added to a case."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from undertow.sources.base import ReadOptions


@dataclass(frozen=True, kw_only=True)
class Input:
    """What became of one input file: ``read == kept + duplicate + quarantined``, in records.

    ``known`` says that the file (by its hash) was in the case already, and nothing was read.
    """

    name: str
    format: str
    sha256: str
    bytes: int
    read: int
    kept: int
    duplicate: int
    quarantined: int
    quarantine: str | None = None
    options: Mapping[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    known: bool = False

    def to_json(self) -> dict[str, Any]:
        """The input as the ledger has it."""
        document = {name: getattr(self, name) for name in self.__dataclass_fields__ if name != "known"}
        return document | {"options": dict(self.options), "notes": list(self.notes)}

    @classmethod
    def from_json(cls, document: Mapping[str, Any], *, known: bool = False) -> Input:
        """The input that :meth:`to_json` wrote."""
        return cls(**{**document, "notes": tuple(document["notes"])}, known=known)


def stated(options: ReadOptions) -> dict[str, Any]:
    """The options that a person stated, for the ledger."""
    named = {"platform": options.platform, "escape": options.escape, "encoding": options.encoding}
    stated: dict[str, Any] = {name: value for name, value in named.items() if value is not None}
    if options.mapping:
        stated["mapping"] = dict(options.mapping)
    return stated
