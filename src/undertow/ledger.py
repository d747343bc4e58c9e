"""The custody record of a case: one line of JSON a command, append-only, each line bound to the one before.

A line's ``hash`` is the SHA-256 of its other fields as canonical JSON, and ``prev`` is the hash of the line
before; so a line that was changed, removed or put in is found. A chain cannot show that its tail was cut off:
the head's hash is printed in every report, and ``undertow verify --head`` checks it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from undertow.errors import TamperedError
from undertow.storage import Disk

GENESIS = "0" * 64
SNAPSHOT_EVERY = 100
"""A line whose seq is a multiple of this carries the whole list of parts, so that readers need not go back
further."""


@dataclass(frozen=True, order=True)
class Part:
    """One immutable Parquet file of a table."""

    table: str
    file: str
    sha256: str
    rows: int

    def to_json(self) -> dict[str, Any]:
        """The part as the ledger has it."""
        return {"table": self.table, "file": self.file, "sha256": self.sha256, "rows": self.rows}


@dataclass(frozen=True, kw_only=True)
class Line:
    """One line of the ledger."""

    seq: int
    prev: str
    time: str
    version: str
    command: str
    parameters: Mapping[str, Any] = field(default_factory=dict)
    inputs: tuple[Mapping[str, Any], ...] = ()
    added: tuple[Part, ...] = ()
    removed: tuple[Part, ...] = ()
    quarantine: Mapping[str, str] = field(default_factory=dict)
    case_toml: str = ""
    findings: Mapping[str, Any] | None = None
    snapshot: tuple[Part, ...] | None = None
    hash: str = ""

    def body(self) -> dict[str, Any]:
        """All fields but the hash, JSON-ready."""
        return {
            "seq": self.seq,
            "prev": self.prev,
            "time": self.time,
            "version": self.version,
            "command": self.command,
            "parameters": dict(self.parameters),
            "inputs": [dict(entry) for entry in self.inputs],
            "added": [part.to_json() for part in self.added],
            "removed": [part.to_json() for part in self.removed],
            "quarantine": dict(self.quarantine),
            "case_toml": self.case_toml,
            "findings": None if self.findings is None else dict(self.findings),
            "snapshot": None if self.snapshot is None else [part.to_json() for part in self.snapshot],
        }

    def encode(self) -> bytes:
        """The line as it stands in the file, with its hash and newline."""
        body = self.body()
        body["hash"] = _digest(body)
        return _canonical(body) + b"\n"


def _canonical(document: Mapping[str, Any]) -> bytes:
    return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode("ascii")


def _digest(body: Mapping[str, Any]) -> str:
    return hashlib.sha256(_canonical(body)).hexdigest()


_COMPARE = "compare with a copy of the case, or with the head's hash in a report; do not go on with this case"


def _is_whole(raw: bytes) -> bool:
    """Whether ``raw`` is a ledger line with the right hash."""
    try:
        _decode(raw, 0, "")
    except TamperedError:
        return False
    return True


def _decode(raw: bytes, number: int, where: str) -> Line:
    broken = f"line {number} of the ledger has been changed"
    todo = _COMPARE
    try:
        document = json.loads(raw)
        claimed = document.pop("hash")
        if _digest(document) != claimed:
            raise TamperedError(f"{broken}: its hash is wrong", where=where, todo=todo)
        if _canonical({**document, "hash": claimed}) != raw:
            raise TamperedError(f"{broken}: it is not written as it was", where=where, todo=todo)
        snapshot = document["snapshot"]
        return Line(
            seq=document["seq"],
            prev=document["prev"],
            time=document["time"],
            version=document["version"],
            command=document["command"],
            parameters=document["parameters"],
            inputs=tuple(document["inputs"]),
            added=tuple(Part(**part) for part in document["added"]),
            removed=tuple(Part(**part) for part in document["removed"]),
            quarantine=document["quarantine"],
            case_toml=document["case_toml"],
            findings=document["findings"],
            snapshot=None if snapshot is None else tuple(Part(**part) for part in snapshot),
            hash=claimed,
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise TamperedError(f"{broken}: it is not a ledger line", where=where, todo=todo) from error


@dataclass(frozen=True)
class Ledger:
    """The valid lines of a ledger, read once; ``valid_bytes`` is where the last of them ends."""

    lines: tuple[Line, ...]
    valid_bytes: int

    @classmethod
    def read(cls, path: Path) -> Ledger:
        """Read the file at ``path``: a torn tail (no newline, or NULs) is left out, a changed line is refused.

        Raises :class:`TamperedError` for a complete line whose hash or chain is wrong.
        """
        data = path.read_bytes() if path.exists() else b""
        valid = data.rfind(b"\n") + 1
        last = data.rfind(b"\n", 0, max(valid - 1, 0)) + 1
        if b"\0" in data[last:valid]:  # only the line's last pages reached the disk: no line has a NUL
            if _is_whole(data[last:valid].split(b"\0", 1)[0]):  # a line that was complete has lost its newline
                raise TamperedError(
                    "the end of the ledger has been changed: a complete line runs on",
                    where=str(path),
                    todo=_COMPARE,
                )
            valid = last
        lines: list[Line] = []
        previous = GENESIS
        for number, raw in enumerate(data[:valid].split(b"\n")[:-1], start=1):
            line = _decode(raw, number, str(path))
            if line.prev != previous or line.seq != number:
                raise TamperedError(
                    f"line {number} of the ledger does not follow line {number - 1}",
                    where=str(path),
                    todo="a line was removed or put in; compare with a copy of the case",
                )
            previous = line.hash
            lines.append(line)
        return cls(tuple(lines), valid)

    @property
    def head(self) -> str:
        """The hash of the last line."""
        return self.lines[-1].hash if self.lines else GENESIS

    @property
    def next_seq(self) -> int:
        """The number of the line to come."""
        return len(self.lines) + 1

    def parts(self) -> tuple[Part, ...]:
        """The parts of all tables now: the fold of added and removed since the last snapshot."""
        return _fold(self.lines)

    def inputs(self) -> tuple[Mapping[str, Any], ...]:
        """Every input that was added, in order."""
        return tuple(entry for line in self.lines for entry in line.inputs)

    def findings(self) -> Line | None:
        """The line of the latest generation of findings."""
        return next((line for line in reversed(self.lines) if line.findings is not None), None)

    def append(self, path: Path, line: Line, disk: Disk) -> Ledger:
        """Append ``line`` durably: this is the commit. Returns the ledger with it."""
        if line.seq % SNAPSHOT_EVERY == 0:
            line = Line(**{**_fields(line), "snapshot": _fold((*self.lines, line))})
        encoded = line.encode()
        disk.append(path, encoded)
        disk.sync(path)
        return Ledger((*self.lines, _decode(encoded[:-1], line.seq, str(path))), self.valid_bytes + len(encoded))


def _fields(line: Line) -> dict[str, Any]:
    return {name: getattr(line, name) for name in Line.__dataclass_fields__}


def _fold(lines: tuple[Line, ...]) -> tuple[Part, ...]:
    """The parts that hold after ``lines``, from the last snapshot on, in the order in which they were added."""
    start = next((i for i in range(len(lines) - 1, -1, -1) if lines[i].snapshot is not None), None)
    parts: dict[tuple[str, str], Part] = {}
    if start is not None:
        parts = {(part.table, part.file): part for part in lines[start].snapshot or ()}
    for line in lines[0 if start is None else start + 1 :]:
        for part in line.removed:
            del parts[part.table, part.file]
        for part in line.added:
            parts[part.table, part.file] = part
    return tuple(parts.values())


def recover(path: Path, disk: Disk) -> Ledger:
    """The ledger at ``path``, with a torn tail cut off durably. To be called under the case's lock."""
    ledger = Ledger.read(path)
    if path.exists() and path.stat().st_size > ledger.valid_bytes:
        disk.truncate(path, ledger.valid_bytes)
        disk.sync(path)
    return ledger
