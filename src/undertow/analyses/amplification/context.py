"""What the findings on reach share: the actions, the case, and how a finding is put together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa

from undertow.analyses import base
from undertow.analyses.amplification.evidence import amplifying
from undertow.analyses.amplification.measures import Share
from undertow.analyses.amplification.reading import Reach, Target
from undertow.case import Case
from undertow.engines.partials import ByPart
from undertow.finding import Aspect, Estimate, Evidence, Finding
from undertow.statistics.strength import Scale, rate
from undertow.wording import count, share

_NAMED = "a repost whose text names an account need not be a repost of it: it may quote, answer or attack it"
QUESTION = "Whose reach is inflated, by whom, since when?"


@dataclass(frozen=True)
class Context:
    """The actions on the accounts that are looked at, with the case and the scope they come from."""

    case: Case
    scope: base.Scope
    reach: Reach
    seed: int
    parts: ByPart
    _rows: dict[str, int] = field(default_factory=dict)
    """Rows of evidence that were counted: findings share it."""

    def evidence(self, sql: str) -> Evidence:
        """The evidence that ``sql`` returns, counted part by part where that is possible, and once."""
        if sql not in self._rows:
            counted = self.parts.rows(sql)
            self._rows[sql] = base.evidence(self.case, sql).rows if counted is None else counted
        return Evidence(sql=sql, rows=self._rows[sql])

    def rng(self, number: int) -> np.random.Generator:
        """The random numbers of one finding."""
        return np.random.default_rng([self.seed, number])

    @property
    def whose(self) -> str:
        """Whose reach it is, in words."""
        number = len(self.reach.targets)
        if self.reach.watched:
            return count(number, "watched account")
        if self.by_name:
            return f"the {count(number, 'account')} that reposts name most"
        return f"the {count(number, 'most amplified account')}"

    @property
    def by_name(self) -> bool:
        """Whether most actions are reposts that only name the account: nothing says that they repost it."""
        return len(self.reach) > 0 and float(self.reach.by_mention.mean()) > 0.5

    @property
    def source_words(self) -> str:
        """How the amplified accounts are known, where it is not by ids."""
        by_mention = float(self.reach.by_mention.mean()) if len(self.reach) else 0.0
        by_text = float(self.reach.by_text.mean()) if len(self.reach) else 0.0
        if by_mention + by_text < 0.01:
            return ""
        return (
            f" Sources are known by name or text, not by id: {by_mention:.0%} of the actions are reposts whose text "
            f"mentions the account, {by_text:.0%} reposts of a text that it had posted before."
        )

    def amplifying(self, targets: Sequence[Target]) -> str:
        """The condition that a post amplifies ``targets``: that of the posts that were counted."""
        reach = self.reach
        return amplifying(
            targets,
            self.scope.posts(),
            by_post=bool(reach.by_post.any()),
            by_text=bool(reach.by_text.any()),
            by_mention=bool(reach.by_mention.any()),
        )

    def finding(
        self,
        id_: str,
        statement: str,
        *,
        estimate: Estimate,
        method: str,
        alternatives: tuple[str, ...],
        assumptions: tuple[str, ...] = (),
        scale: Scale | None = None,
        p_value: float | None = None,
        null_model: str | None = None,
        tested: bool = False,
        guards: Mapping[str, bool] | None = None,
        aspect: Aspect = "behaviour",
        sql: str | None = None,
        table: tuple[str, pa.Table] | None = None,
        chart: tuple[str, Mapping[str, Any]] | None = None,
    ) -> Finding:
        """A finding of this analysis, rated by the one rule; without ``scale`` it describes and rates nothing."""
        rating = rate(
            low=estimate.low if scale else None,
            high=estimate.high if scale else None,
            scale=scale or Scale(0.0, 0.5, 1.0),
            n_accounts=estimate.n_accounts or 0,
            p_value=p_value,
            tested=tested,
            guards={
                **(guards or {}),
                "most actions are on an account known by id, not by its name alone": not self.by_name,
            },
        )
        said = "; ".join(rating.reasons) or "no reservation"
        return Finding(
            id=f"amplification.{id_}",
            question=QUESTION,
            statement=statement,
            estimate=estimate,
            p_value=p_value,
            null_model=null_model,
            method=f"{method}{self.source_words} Strength: {said if scale else 'a description, not rated'}.",
            assumptions=assumptions,
            alternatives=((_NAMED, *alternatives) if self.by_name else alternatives),
            strength=rating.strength if scale else "none",
            aspect=aspect,
            table=None if table is None else f"amplification_{table[0]}.parquet",
            chart=None if chart is None else f"amplification_{chart[0]}.vl.json",
            evidence=self.evidence(sql or self.scope.posts(self.amplifying(self.reach.targets))),
            result=None if table is None else table[1],
            figure=None if chart is None else chart[1],
        )

    def too_little(self, id_: str, what: str, unit: str) -> Finding:
        """The finding that there is too little to tell, and why."""
        return self.finding(
            id_,
            f"Too little to tell: {what}.",
            estimate=Estimate(value=None, unit=unit, n=len(self.reach), n_accounts=len(self.reach.amplifiers)),
            method="Nothing could be computed.",
            alternatives=("what was collected does not hold what would be needed",),
        )


def share_words(found: Share) -> str:
    """``41% (95% interval 38% to 44%)``."""
    value, low, high = (share(number, found.low, found.high) for number in (found.value, found.low, found.high))
    return f"{value} (95% interval {low} to {high})"


def share_estimate(found: Share, unit: str) -> Estimate:
    """The share as a finding's estimate."""
    return Estimate(
        value=found.value, low=found.low, high=found.high, unit=unit, n=found.n, n_accounts=found.n_accounts
    )
