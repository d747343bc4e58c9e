"""What of a case is published: its findings and its assessment, with pseudonyms unless somebody asked for names."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from undertow.attribution import Assessment, assess
from undertow.errors import UsageError
from undertow.finding import Finding
from undertow.pseudonyms import Pseudonyms

if TYPE_CHECKING:
    from undertow.case import Case


@dataclass(frozen=True, kw_only=True)
class Published:
    """A case as others may see it.

    ``made_at`` is the time of the ledger line that the findings belong to and ``version`` the Undertow that made
    them; ``head`` names the state of the case. ``pseudonyms`` is None where names are shown.
    """

    case: Case
    title: str
    question: str
    findings: tuple[Finding, ...]
    assessment: Assessment
    made_at: str
    version: str
    head: str
    pseudonyms: Pseudonyms | None

    @property
    def identifiable(self) -> bool:
        """Whether names of accounts are in it."""
        return self.pseudonyms is None

    def sentence(self, text: str) -> str:
        """A sentence of the program as it may be published."""
        return text if self.pseudonyms is None else self.pseudonyms.sentence(text)

    def condition(self, sql: str) -> str:
        """A condition or setting as it may be published."""
        return sql if self.pseudonyms is None else self.pseudonyms.condition(sql)


def published(case: Case, *, identifiable: bool = False) -> Published:
    """What of ``case`` may be published.

    Raises :class:`UsageError` when it has no findings yet. Asking and recording that names are shown is the caller's.
    """
    line = case.ledger.findings()
    if line is None:
        raise UsageError("the case has no findings yet", where=str(case.path), todo="run: undertow analyse CASE")
    findings, assessment = case.findings(), assess(case)
    pseudonyms = None if identifiable else Pseudonyms.of_case(case)
    if pseudonyms is not None:
        findings = pseudonyms.findings(findings)
        assessment = assessment.published(pseudonyms.finding, pseudonyms.sentence, pseudonyms.content)
    question = str(case.settings.get("question", ""))
    return Published(
        case=case,
        title=case.title if pseudonyms is None else pseudonyms.sentence(case.title),
        question=question if pseudonyms is None else pseudonyms.sentence(question),
        findings=tuple(findings),
        assessment=assessment,
        made_at=line.time,
        version=line.version,
        head=case.head,
        pseudonyms=pseudonyms,
    )
