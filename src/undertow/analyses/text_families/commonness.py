"""Is a family's text one that people come up with by themselves? Two tests, each with its null stated.

*Against a control.* Null: the accounts of the set use the text at the same rate a post as the accounts of an
organic control. Account a with n_a posts uses it with probability 1 - (1 - r)^n_a, so that an account counts once
however often it repeats itself; r is fitted to both sets together. Given that K accounts use the text in all, the
number in the set is Binomial(K, E_set / (E_set + E_control)) with E the sums of those probabilities, and p is its
upper tail (the conditional test of two Poisson rates, Przyborowski and Wilenski 1940, on exposures).

*Against the set itself.* Null: posts are composed independently, word after word, as the rest of the set is. The
probability q that a post is this text comes from a bigram model of the posts outside the family (absolute
discounting, backing off to single words); the number of accounts that hit on it by chance is Poisson with mean
sum over accounts of 1 - (1 - q)^n_a. Greetings get a large q, a sentence of twelve words none to speak of. The test
says that a text is too long or odd to be hit on twice; it cannot know a quotation or a share button: for these
there are the control and :func:`conventional`. Nor can it judge a word that only this family has ("yep", "test"): of
texts under :data:`TESTABLE_LETTERS` letters (:func:`testable`) only a control can say anything.
"""

from __future__ import annotations

import itertools
import math
import re
import tomllib
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources

import numpy as np

from undertow.analyses.text_families.arrays import Int64
from undertow.analyses.text_families.guards import tokens
from undertow.text.normalise import letters, normalise

_START, _END = "\x02", "\x03"
_DISCOUNT = 0.75  # Ney, Essen and Kneser 1994 find optima of 0.6 to 0.8 for bigrams


TESTABLE_LETTERS = 20.0
"""Letters (see :func:`undertow.text.normalise.letters`) from which a text is testable without a
control: three or four words, of which the model has seen some elsewhere."""


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


class Composition:
    """A bigram model of a set of texts, from which one family can be left out.

    ``texts``: distinct normalised texts; ``weights``: how many accounts posted each (an account that repeats
    itself is one). P(w | v) = max(c(v,w) - d, 0) / c(v) + d t(v) / c(v) P(w), with t(v) the kinds of words after v
    and P(w) = (c(w) + 1) / (N + V + 1).
    """

    def __init__(self, texts: Sequence[str], weights: Sequence[int]) -> None:
        self.pairs: Counter[tuple[str, str]] = Counter()
        self.words: Counter[str] = Counter()
        self.before: Counter[str] = Counter()
        self._kinds: dict[str, int] = defaultdict(int)
        for text, weight in zip(texts, weights, strict=True):
            self._count(text, int(weight), self.pairs, self.words, self.before)
        for first, _ in self.pairs:
            self._kinds[first] += 1
        self.total = sum(self.words.values())

    @staticmethod
    def _count(
        text: str, weight: int, pairs: Counter[tuple[str, str]], words: Counter[str], before: Counter[str]
    ) -> None:
        sequence = [_START, *tokens(text), _END]
        for first, second in itertools.pairwise(sequence):
            pairs[first, second] += weight
            before[first] += weight
            words[second] += weight

    def log_probability(self, text: str, left_out: Mapping[str, int] | None = None) -> float:
        """Natural logarithm of the probability that a post is ``text``, with ``left_out`` (text -> weight) out."""
        pairs: Counter[tuple[str, str]] = Counter()
        words: Counter[str] = Counter()
        before: Counter[str] = Counter()
        for other, weight in (left_out or {}).items():
            self._count(other, weight, pairs, words, before)
        total = self.total - sum(words.values())
        gone: Counter[str] = Counter(
            first for pair, count in pairs.items() if self.pairs[pair] <= count for first in pair[:1]
        )
        vocabulary = len(self.words)
        sequence = [_START, *tokens(text), _END]
        found = 0.0
        for first, second in itertools.pairwise(sequence):
            alone = (self.words[second] - words[second] + 1) / (total + vocabulary + 1)
            context = self.before[first] - before[first]
            if context > 0:
                seen = max(self.pairs[first, second] - pairs[first, second] - _DISCOUNT, 0.0)
                kinds = self._kinds[first] - gone[first]
                found += math.log(seen / context + _DISCOUNT * kinds / context * alone)
            else:
                found += math.log(alone)
        return found


@dataclass(frozen=True)
class AgainstSet:
    """``p_value`` of the second test, the ``expected`` accounts by chance, and the ``log_probability`` of the text."""

    p_value: float
    expected: float
    log_probability: float


def against_set(accounts_with_text: int, posts_by_account: Int64, log_probability: float) -> AgainstSet:
    """Whether more accounts use a text than would hit on it, each post being it with the given probability.

    The first account needs no explanation: p is the chance of at least ``accounts_with_text - 1`` others.
    """
    from scipy.stats import poisson

    rate = min(math.exp(log_probability), 1 - 1e-12)
    expected = _users(rate, posts_by_account)
    p_value = 1.0 if accounts_with_text <= 1 else float(poisson.sf(accounts_with_text - 2, expected))
    return AgainstSet(min(1.0, p_value), expected, log_probability)


ONLY_TAGS = "hashtags only"
"""The kind of text that has no words beside hashtags: sharing those is taking part in a topic."""


@cache
def _conventions() -> tuple[tuple[str, re.Pattern[str]], ...]:
    text = resources.files(__package__).joinpath("data/conventions.toml").read_text(encoding="utf-8")
    return tuple((rule["kind"], re.compile(rule["pattern"], re.IGNORECASE)) for rule in tomllib.loads(text)["rule"])


def conventional(raw_texts: Iterable[str], *, share: float = 0.5) -> tuple[str, ...]:
    """What kinds of ready-made text (``data/conventions.toml``: share buttons, applications, greetings, ...) at
    least ``share`` of a family's raw texts are; a name for each, commonest first. None is evidence of anything.

    >>> conventional(["I added a video to a @YouTube playlist https://t.co/1", "good morning"])
    ('share button', 'greeting')
    """
    texts = list(raw_texts)
    found: Counter[str] = Counter()
    for text in texts:
        found.update({kind for kind, pattern in _conventions() if pattern.search(text)})
        if not normalise(text).body:
            found[ONLY_TAGS] += 1
    kinds = [*(kind for kind, _ in _conventions()), ONLY_TAGS]
    order = {kind: number for number, kind in reversed(list(enumerate(kinds)))}
    return tuple(
        kind
        for kind, count in sorted(found.items(), key=lambda item: (-item[1], order[item[0]]))
        if count >= share * len(texts)
    )


@dataclass(frozen=True)
class Circulation:
    """Signs of a headline passed on: the share of posts with a link, the share of the commonest link, and how many
    different domains. A headline on one link, posted by many, needs no agreement between them."""

    with_link: float
    commonest_link: str | None
    commonest_share: float
    domains: int

    @property
    def headline(self) -> bool:
        """Most posts carry a link, and most of those the same one."""
        return self.with_link >= 0.8 and self.commonest_share >= 0.5


def circulation(links: Sequence[Sequence[str]]) -> Circulation:
    """How the posts of a family are tied to links: ``links`` gives each post's, unwound as far as known."""
    linked = [set(found) for found in links if found]
    counts = Counter(link for found in linked for link in found)
    ranked = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    domains = {link.split("://")[-1].split("/")[0].lower() for link in counts}
    return Circulation(
        with_link=len(linked) / len(links) if links else 0.0,
        commonest_link=ranked[0][0] if ranked else None,
        commonest_share=ranked[0][1] / len(linked) if ranked else 0.0,
        domains=len(domains),
    )
