"""Did accounts change hands: repurposed, bought or stolen? Their lives, and the moments between them.

Counting is in :mod:`.steps` (portable SQL), the aspects in :mod:`.aspects`, the rule in :mod:`.changes`. Methods and error
rates: ``docs/explanation/account_histories.md``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

import pyarrow as pa

from undertow.analyses import base
from undertow.analyses.account_histories import (
    aspects_finding,
    clients_finding,
    deletions_finding,
    pauses_finding,
    previous_finding,
    second_lives_finding,
    tables,
    waves_finding,
)
from undertow.analyses.account_histories.changes import Rule
from undertow.analyses.account_histories.context import Context
from undertow.analyses.account_histories.study import study
from undertow.analyses.account_histories.wording import QUESTION as QUESTION  # part of the analysis's interface
from undertow.analyses.derived import Derived
from undertow.analyses.reads import Reads
from undertow.case import Case
from undertow.errors import UsageError
from undertow.finding import Finding

FINDINGS: Mapping[str, str] = MappingProxyType(
    {
        second_lives_finding.ID: "accounts in which several habits were replaced at one moment, and their lives",
        second_lives_finding.CHAINS_ID: "the ordered events around each change: words, silence, deletions",
        waves_finding.ID: "whether the changes crowd into some weeks, beyond single changes at random times",
        previous_finding.ID: "languages, hours, places and contents of the lives before",
        aspects_finding.ID: "what was examined and replaced aspect by aspect, and what could not be examined and why",
        pauses_finding.ID: "silences longer than an account's own rhythm lets expect",
        deletions_finding.ID: "accounts whose counter of posts fell by half, and how many counted posts are not held",
        clients_finding.ID: "accounts with two clients side by side that differ in hours, links or words",
    }
)

READS = Reads(tables=frozenset({"accounts", "account_counters", "posts"}))


@dataclass(frozen=True, kw_only=True)
class Parameters(base.Parameters):
    """The settings of this analysis."""

    level: float = field(default=0.05, metadata={"help": "false discovery rate at which accounts are called"})
    side_days: int = field(default=5, metadata={"help": "fewest active days before and after a change"})
    pause_days: float = field(default=30.0, metadata={"help": "days of silence that make a pause"})
    wave_days: int = field(default=14, metadata={"help": "days within which changes of many accounts make a wave"})
    draws: int = field(default=2000, metadata={"help": "random draws of the tests for waves"})

    def __post_init__(self) -> None:
        if not 0 < self.level < 0.5:
            raise UsageError(
                f"{self.level:g} is not a false discovery rate",
                where="account_histories.level",
                todo="give a share, for example 0.05",
            )
        for name, least in (("side_days", 3), ("wave_days", 1), ("draws", 99)):
            if getattr(self, name) < least:
                raise UsageError(
                    f"{getattr(self, name)} is too few",
                    where=f"account_histories.{name}",
                    todo=f"give {least} or more",
                )
        if not self.pause_days > 0:
            raise UsageError(
                f"{self.pause_days:g} days are no pause",
                where="account_histories.pause_days",
                todo="give more than 0",
            )

    @property
    def rule(self) -> Rule:
        """What counts as a change of hands."""
        return Rule(side_days=self.side_days, pause_days=self.pause_days, level=self.level)


def _context(case: Case, parameters: Parameters) -> Context:
    with base.open_engine(case, parameters) as engine:
        return Context(case, parameters.scope, study(engine, parameters.rule), parameters.seed)


def analyse(case: Case, parameters: Parameters) -> list[Finding]:
    """The findings on second lives among the posts in scope."""
    context = _context(case, parameters)
    return [
        second_lives_finding.finding(context),
        second_lives_finding.chains(context),
        waves_finding.finding(context, wave_days=parameters.wave_days, draws=parameters.draws),
        previous_finding.finding(context),
        aspects_finding.finding(context),
        pauses_finding.finding(context),
        deletions_finding.finding(context, draws=parameters.draws),
        clients_finding.finding(context),
    ]


def _changes(case: Case, parameters: Parameters) -> pa.Table:
    return tables.changes(_context(case, parameters))


DERIVED: Mapping[str, Derived] = MappingProxyType(
    {
        "account_histories.changes": Derived(
            "changes of hands: account, time of the first post after (microseconds UTC), pause, aspects, p and q",
            tables.CHANGES,
            _changes,
        )
    }
)
