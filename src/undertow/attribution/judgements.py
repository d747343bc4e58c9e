"""What people decide about a case: each with a name and a reason, each one line of the ledger.

Nothing here is ever changed: a later judgement takes the place of an earlier one about the same thing, and one that
was wrong is withdrawn by another line.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, get_args

from undertow.errors import UsageError

if TYPE_CHECKING:
    from undertow.case import Case

COMMAND = "assess"
"""The command that judgements stand under in the ledger."""

Kind = Literal["rating", "code", "hypothesis", "remove", "evidence", "assessment", "tag", "withdraw"]
KINDS: tuple[Kind, ...] = get_args(Kind)


@dataclass(frozen=True, kw_only=True)
class Judgement:
    """One decision: what kind it is, who made it and why, and its own fields in ``values``.

    ``seq`` and ``time`` are those of its ledger line. ``stale`` says that the case's tables or findings have changed
    since, so that it was made about something else.
    """

    seq: int
    time: str
    kind: Kind
    by: str
    because: str
    values: Mapping[str, Any]
    stale: bool

    @property
    def subject(self) -> tuple[str, ...]:
        """What it is about: a later judgement with the same subject takes its place."""
        value = self.values
        if self.kind == "rating":
            return (self.kind, value["finding"], value["hypothesis"])
        if self.kind == "code":
            return (self.kind, value["finding"])
        if self.kind in ("hypothesis", "remove"):
            return ("hypothesis", value["hypothesis"])
        if self.kind == "evidence":
            return (self.kind, value["id"])
        if self.kind == "assessment":
            return (self.kind, self.by, value["hypothesis"])
        if self.kind == "tag":
            return (self.kind, value["technique"], value.get("finding") or "")
        return (self.kind, str(value["seq"]))


def all_judgements(case: Case) -> tuple[Judgement, ...]:
    """Every judgement in the ledger, in order, the withdrawn and the replaced among them."""
    lines = case.ledger.lines
    changed = max(
        (line.seq for line in lines if line.added or line.removed or line.findings is not None), default=0
    )
    found = []
    for line in lines:
        if line.command != COMMAND or line.parameters.get("kind") not in KINDS:
            continue
        values = dict(line.parameters)
        kind, by, because = (values.pop(name) for name in ("kind", "by", "because"))
        found.append(
            Judgement(
                seq=line.seq,
                time=line.time,
                kind=kind,
                by=by,
                because=because,
                values=values,
                stale=line.seq < changed,
            )
        )
    return tuple(found)


def in_force(judgements: tuple[Judgement, ...]) -> tuple[Judgement, ...]:
    """Those that hold: not withdrawn, and the last about each subject, in the order in which they were made."""
    withdrawn = {each.values["seq"] for each in judgements if each.kind == "withdraw"}
    standing = [each for each in judgements if each.kind != "withdraw" and each.seq not in withdrawn]
    last = {each.subject: each for each in standing}
    return tuple(each for each in standing if last[each.subject] is each)


def record(case: Case, kind: Kind, *, by: str, because: str, **values: Any) -> Case:
    """Write a judgement into the ledger; returns the case with it.

    Raises :class:`UsageError` without a name or a reason.
    """
    for text, option, what in ((by, "--by", "a name"), (because, "--because", "a reason")):
        if not text.strip():
            raise UsageError(
                f"a judgement needs {what}", where=option, todo=f"give {what}: it stands in the ledger"
            )
    return case.note(COMMAND, {"kind": kind, "by": by.strip(), "because": because.strip(), **values})
