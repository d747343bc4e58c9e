"""Whom chance is not learnt from: accounts that co-act beyond what the others' chance explains.

Screening calls nobody. It may take out an account too many, which costs a sample of chance one of its accounts; it must
not take out many that only seem alike, such as the fans of a fast topic, or chance is learnt without them and then they
are called. So each of its two rules is bounded in how many accounts it takes out by chance.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from undertow.analyses.coordination.actions import Bool, Float
from undertow.analyses.coordination.shares import Shares

if TYPE_CHECKING:
    from undertow.analyses.coordination.chance import PairTests

ROUNDS = 3
_LEVEL = 0.05
_BY_CHANCE = 0.01
"""Share of the tested accounts that the rule of pairs may take out by chance alone in a round. A false discovery rate sets
no such bound: where thousands of publishers' pairs are called, its threshold is so loose that the fans of a fast topic
are taken out (measured: see the docs)."""
_WEAK = 10.0
"""Pairs are weak evidence up to so many times the p that the rule of pairs asks for."""
_MANY_BY_CHANCE = 1e-6
"""Share of the accounts that have so many weak pairs by chance, were its pairs independent: they are not."""


def beyond_chance(tests: PairTests, n_tested: int, n_accounts_tested: int, most_partners: Float) -> Bool:
    """Which accounts are taken out (one value an account).

    Those of a pair with q below 0.05 and a p so small that the pairs tested take out 1% of the accounts by chance; and
    those with more pairs at ten times that p than one account in a million has by chance (Poisson): the members of a
    group are in many pairs, none of which need be strong. ``most_partners`` bounds the tested pairs of each account.
    """
    from scipy.stats import poisson

    n_accounts = len(most_partners)
    repeated = tests.take(tests.n_occasions >= 2)
    most_p = _BY_CHANCE * n_accounts_tested / (2 * max(n_tested, 1))  # a pair takes out two accounts
    strong = (repeated.q_value < _LEVEL) & (repeated.p_value <= most_p)
    out = np.zeros(n_accounts, bool)
    out[repeated.left[strong]] = True
    out[repeated.right[strong]] = True
    weak = repeated.take(repeated.p_value <= _WEAK * most_p)
    number = np.bincount(np.concatenate((weak.left, weak.right)), minlength=n_accounts)
    by_chance = poisson.sf(number - 1, np.maximum(_WEAK * most_p * most_partners, 1e-300))
    return np.asarray(out | ((number >= 2) & (by_chance <= _MANY_BY_CHANCE)))


def most_partners(shares: Shares) -> Float:
    """At most so many others share two objects with each account.

    Each of them is met in two of the account's objects, and in one that is not the largest.
    """
    others = shares.object_size[shares.object] - 1.0
    total = np.bincount(shares.account, weights=others, minlength=shares.n_accounts)
    largest = np.zeros(shares.n_accounts)
    np.maximum.at(largest, shares.account, others)
    return np.asarray(np.minimum(total / 2, total - largest), dtype=np.float64)
