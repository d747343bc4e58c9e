"""How many accounts would come to use a text by themselves: at the rate of an organic control, or of a given probability.

*Against a control.* Null: the accounts of the set use the text at the same rate a post as the accounts of an
organic control. Account a with n_a posts uses it with probability 1 - (1 - r)^n_a, so that an account counts once
however often it repeats itself; r is fitted to both sets together. Given that K accounts use the text in all, the
number in the set is Binomial(K, E_set / (E_set + E_control)) with E the sums of those probabilities, and p is its
upper tail (the conditional test of two Poisson rates, Przyborowski and Wilenski 1940, on exposures).

*Of a given probability* (:func:`log_at_least`): for the test of wording against the set itself (:mod:`chance`).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from undertow.analyses.text_families.arrays import Int64
from undertow.text.normalise import letters

Floats = NDArray[np.float64]

TESTABLE_LETTERS = 20.0
"""Letters (see :func:`undertow.text.normalise.letters`) from which a text is testable without a
control: three or four words, of which the set has some elsewhere; of one word that only the family has ("yep",
"test") only a control can say anything."""


def testable(text: str) -> bool:
    """Whether the test against the set itself can say anything of a normalised text: long enough without hashtags.

    >>> testable("yep"), testable("#onlytags #andmore #andmoretags"), testable("the harbour lights are new")
    (False, False, True)
    """
    body = text[: text.index("#")].rstrip() if "#" in text else text
    return letters(body) >= TESTABLE_LETTERS


@dataclass(frozen=True)
class AgainstControl:
    """``p_value`` of the first test; ``rate_ratio`` is accounts per exposure in the set over that in the control
    (None when the control has none), ``expected`` the accounts of the set expected under the null."""

    p_value: float
    rate_ratio: float | None
    expected: float


def against_control(
    accounts_with_text: int, posts_by_account: Int64, control_with_text: int, control_posts_by_account: Int64
) -> AgainstControl:
    """Whether more accounts of the set use a text than at the control's rate.

    ``posts_by_account``: posts of each account, of the text's language where known. Raises ValueError when a set
    has fewer accounts than use the text, or none at all.

    >>> found = against_control(12, np.full(100, 50), 0, np.full(100, 50))
    >>> round(found.p_value, 5), found.expected
    (0.00024, 6.0)
    """
    for users, posts in ((accounts_with_text, posts_by_account), (control_with_text, control_posts_by_account)):
        if not 0 <= users <= len(posts) or not len(posts):
            raise ValueError(f"{users} accounts cannot use a text in a set of {len(posts)}")
    total = accounts_with_text + control_with_text
    if total == 0:
        return AgainstControl(1.0, None, 0.0)
    rate = _fitted_rate(total, np.concatenate([posts_by_account, control_posts_by_account]))
    exposed, control = (_users(rate, posts) for posts in (posts_by_account, control_posts_by_account))
    share = exposed / (exposed + control)
    from scipy.stats import binom

    p_value = float(binom.sf(accounts_with_text - 1, total, share))
    ratio = accounts_with_text / exposed / (control_with_text / control) if control_with_text else None
    return AgainstControl(min(1.0, p_value), ratio, round(total * share, 9))


def _users(rate: float, posts: Int64) -> float:
    """Expected accounts that use a text of this rate a post."""
    return float(-np.expm1(posts * math.log1p(-rate)).sum())


def _fitted_rate(users: int, posts: Int64) -> float:
    """The rate a post at which ``users`` accounts are expected to use a text; by bisection on its logarithm."""
    reachable = min(float(users), _users(1 - 1e-9, posts) - 1e-6)
    low, high = -30.0, math.log(1 - 1e-9)
    for _ in range(100):
        middle = (low + high) / 2
        if _users(math.exp(middle), posts) < reachable:
            low = middle
        else:
            high = middle
    return math.exp((low + high) / 2)


def log_at_least(others: Int64, log_probability: Floats, posts_by_account: Int64) -> Floats:
    """Natural logarithms of the chances that so many ``others`` (one number a text) hit on a text, when each post is it
    with the given probability: the accounts that do are Poisson with mean the sum over accounts of 1 - (1 - q)^n_a.

    0 (no evidence) where that mean is above ``others`` - 1.
    """
    from undertow.analyses.text_families.kernel_chance import log_poisson_tail

    sizes, accounts = np.unique(posts_by_account, return_counts=True)
    found = np.zeros(len(others))
    for place, (count, log_q) in enumerate(zip(others.tolist(), log_probability.tolist(), strict=True)):
        rate = min(math.exp(log_q), 1 - 1e-12)
        mean = float(-(np.expm1(sizes * math.log1p(-rate)) * accounts).sum())
        found[place] = log_poisson_tail(count, mean)
    return found
