"""What every finding on second lives is made from, and the posts behind it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from undertow.analyses.account_histories.arrays import Ints
from undertow.analyses.account_histories.changes import ASPECTS
from undertow.analyses.account_histories.study import Study
from undertow.analyses.base import Scope, evidence
from undertow.case import Case
from undertow.finding import Evidence
from undertow.sql import one_of
from undertow.wording import count, joined

EVIDENCE_ACCOUNTS = 200
"""Accounts whose posts the evidence query of a finding returns, the strongest first; the method says how many."""

EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


def moment(microseconds: int) -> dt.datetime:
    """A time in UTC."""
    return EPOCH + dt.timedelta(microseconds=microseconds)


def day(microseconds: int) -> str:
    """The day (UTC) of a time.

    >>> day(86_400_000_000)
    '1970-01-02'
    """
    return str(moment(microseconds).date())


@dataclass(frozen=True)
class Context:
    """The case, the posts in scope, and the study of them."""

    case: Case
    scope: Scope
    study: Study
    seed: int

    @property
    def n_examined(self) -> int:
        """Accounts with enough active days on both sides of some moment."""
        return len(self.study.changes)

    @property
    def n_posts(self) -> int:
        """Posts of the examined accounts."""
        return int(self.study.found.posts[self.study.changes.moments.account].sum())

    def platform(self, account: int) -> str:
        """The platform of account number ``account``."""
        return str(self.study.found.platform[account].as_py())

    def account_id(self, account: int) -> str:
        """The id of account number ``account``."""
        return str(self.study.found.account_id[account].as_py())

    def strongest(self) -> Ints:
        """The called accounts, strongest first."""
        called = self.study.changes.called
        accounts, p = self.study.changes.moments.account[called], self.study.changes.p[called]
        order = np.lexsort((accounts, p))
        return accounts[order]

    def no_rows(self) -> Evidence:
        """Evidence of a finding behind which no post stands."""
        return evidence(self.case, self.scope.posts("FALSE"))

    def posts_of(self, accounts: Sequence[int] | Ints) -> tuple[Evidence, str]:
        """The posts of the first :data:`EVIDENCE_ACCOUNTS` of these accounts, and in words whose they are."""
        shown = [int(account) for account in accounts[:EVIDENCE_ACCOUNTS]]
        if not shown:
            return self.no_rows(), ""
        listed = one_of(((self.platform(account), self.account_id(account)) for account in shown), "account_id")
        words = (
            "The rows behind it are the posts of these accounts."
            if len(shown) == len(accounts)
            else f"The rows behind it are the posts of the first {len(shown):,} of these {len(accounts):,} accounts."
        )
        return evidence(self.case, self.scope.posts(listed)), words

    def not_examined(self, *, why_too: bool = False) -> str:
        """In words: accounts with too few days, and aspects that could be examined in none (and why); "" for none."""
        study = self.study
        few = study.found.n_accounts - self.n_examined
        said = []
        if few:
            said.append(
                f"{count(few, 'account')} of {study.found.n_accounts:,} have too few active days to tell (fewer than "
                f"{study.rule.side_days} on both sides of every moment)"
            )
        timeless = int(study.found.without_time.sum())
        if timeless:
            said.append(f"{count(timeless, 'post')} without a time {'is' if timeless == 1 else 'are'} left out")
        reasons = missing(study)
        if reasons and self.n_examined:
            names = [f"{name} ({why})" if why_too else name for name, why in reasons.items()]
            said.append(f"{'N' if not said else 'n'}ot examined: {joined(names)}")
        return f" {'; '.join(said)}." if said else ""


def missing(study: Study) -> dict[str, str]:
    """Aspects that were examined in no account, and why."""
    found = study.found
    reasons = {}
    empty = {
        "language": (found.languages, "no language tags, and no letters to read"),
        "topics": (found.topics, "no hashtags or links"),
        "client": (found.clients, "no client is given"),
        "hours": (found.hours, "times are known to the day only"),
        "partners": (found.partners, "no mentions, replies or reposted accounts"),
    }
    for place, name in enumerate(ASPECTS):
        if len(study.changes) and not np.isnan(study.changes.p_value[:, place]).all():
            continue
        if name in empty:
            uses, why = empty[name]
            reasons[name] = "too little of it varies" if len(uses.row) else why
        else:
            sights = found.counters if name == "deletions" else found.profiles
            what = "post counters" if name == "deletions" else "profiles"
            reasons[name] = (
                f"{what} were seen once at most" if not len(sights.account) else "nothing of it was seen to change"
            )
    return reasons
