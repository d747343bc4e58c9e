"""Which families of a set are more than people come up with by themselves: the study behind the findings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from undertow.analyses.text_families.arrays import Bool, Int64
from undertow.analyses.text_families.chance import against_set
from undertow.analyses.text_families.commonness import against_control, testable
from undertow.analyses.text_families.families import Families, find_families
from undertow.analyses.text_families.posts import OwnPosts
from undertow.analyses.text_families.ready_made import circulation, conventional
from undertow.analyses.text_families.verify import Similarity
from undertow.statistics.multiple_testing import benjamini_hochberg

HEADLINE = "headline on one link"


@dataclass(frozen=True)
class Judged:
    """A family of the set and what was made of it.

    ``number``: its place in :attr:`Families.families`; ``posts``: its posts in the set; ``accounts``: how many
    posted it; ``p_value``: of coincidence, None when it was not tested (one account, or too short without a control);
    ``p_wording`` and ``p_times``: those of its two tests; ``together_accounts`` posted within the
    ``together_seconds`` of the window that the second names; ``q_value``: the p-value after correction for all that
    were tested; ``control_accounts``: how many accounts of the control posted it; ``ready_made``: kinds of ready-made
    text (looked at when beyond chance); ``beyond``: posted by two accounts or more, beyond chance at the level;
    ``called``: the posts that are, where only their time says so: those in the window.
    """

    number: int
    posts: Int64
    accounts: int
    p_value: float | None = None
    p_wording: float | None = None
    p_times: float | None = None
    together_seconds: int = 0
    together_accounts: int = 0
    together_from: int = 0
    q_value: float | None = None
    control_accounts: int | None = None
    ready_made: tuple[str, ...] = ()
    beyond: bool = False
    called: Int64 | None = None

    @property
    def counts(self) -> Int64:
        """The posts that stand for the family: those called, else all."""
        return self.posts if self.called is None else self.called

    @property
    def counted(self) -> bool:
        """Whether its posts count as copy-paste: beyond chance and not ready-made."""
        return self.beyond and not self.ready_made


@dataclass(frozen=True)
class Study:
    """The families of a set, each judged, largest in the set first.

    ``found`` has the set's posts only (its texts may include the control's). ``control_share``: share of the
    control's own posts that would count as copy-paste, None without one. ``level``: false discovery rate over ``tests``,
    the distinct texts that could have been the middle of a family: that most are in none is part of what is tested.
    """

    posts: OwnPosts
    found: Families
    judged: tuple[Judged, ...]
    tests: int
    level: float
    control_posts: int | None = None
    control_share: float | None = None

    @property
    def shared(self) -> tuple[Judged, ...]:
        """The families of two accounts or more."""
        return tuple(family for family in self.judged if family.accounts >= 2)

    @property
    def counted(self) -> tuple[Judged, ...]:
        """The families whose posts count as copy-paste."""
        return tuple(family for family in self.judged if family.counted)

    @property
    def tested(self) -> tuple[Judged, ...]:
        """The families with a p-value."""
        return tuple(family for family in self.judged if family.p_value is not None)

    @property
    def p_value(self) -> float | None:
        """The smallest p-value times the number of tests; None where none could be made."""
        values = [family.p_value for family in self.judged if family.p_value is not None]
        return min(1.0, min(values) * self.tests) if values else None

    def in_families(self, families: Sequence[Judged]) -> Bool:
        """For each post of the set, whether it is in one of ``families``."""
        inside = np.zeros(len(self.posts), bool)
        for family in families:
            inside[family.counts] = True
        return inside


@dataclass(frozen=True)
class Sought:
    """The families of a set, and of its control, looked for together.

    ``of_set`` has the set's posts only and ``of_control`` the control's; both have the families of all.
    """

    posts: OwnPosts
    of_set: Families
    control: OwnPosts | None
    of_control: Families | None


def sought(posts: OwnPosts, control: OwnPosts | None, *, similarity: Similarity, seed: int) -> Sought:
    """The families of ``posts``, looked for together with those of ``control``."""
    if control is None:
        return Sought(posts, find_families(posts.texts, similarity=similarity, seed=seed), None, None)
    together = find_families([*posts.texts, *control.texts], similarity=similarity, seed=seed)
    return Sought(
        posts,
        _part(together, slice(len(posts))),
        control,
        _part(together, slice(len(posts), len(posts) + len(control))),
    )


def study(
    families: Sought, *, languages: Sequence[str | None], control_languages: Sequence[str | None] = (), level: float
) -> Study:
    """Which of the ``families`` are beyond chance at the false discovery rate ``level``; ``languages`` are those of the
    own posts, ``control_languages`` of the control's."""
    posts, found, control, elsewhere = families.posts, families.of_set, families.control, families.of_control
    if control is None or elsewhere is None:
        return Study(posts, found, *_judged(found, posts, languages, level, None), level)
    of_control = _Elsewhere(_accounts_of(elsewhere, control), _users(elsewhere, control), control.by_account())
    judged_control, _ = _judged(elsewhere, control, control_languages, level, None)
    false = [family for family in judged_control if family.counted]
    return Study(
        posts,
        found,
        *_judged(found, posts, languages, level, of_control),
        level,
        control_posts=len(control),
        control_share=sum(len(family.counts) for family in false) / len(control) if len(control) else 0.0,
    )


def _part(found: Families, part: slice) -> Families:
    """The families with only a part of the posts."""
    texts = found.text_of_post[part]
    return replace(
        found,
        text_of_post=texts,
        weights=np.bincount(texts[texts >= 0], minlength=len(found.texts)).astype(np.int64),
    )


def _posts_of(found: Families) -> list[tuple[int, Int64]]:
    """The families that posts are in, with their posts ascending; the most posts first."""
    family = found.family_of_post
    inside = np.flatnonzero(family >= 0)
    order = inside[np.argsort(family[inside], kind="stable")]
    cuts = np.flatnonzero(np.diff(family[order])) + 1
    groups = [(int(family[group[0]]), group) for group in np.split(order, cuts) if len(group)]
    return sorted(groups, key=lambda item: (-len(item[1]), item[0]))


def _accounts_of(found: Families, posts: OwnPosts) -> dict[int, int]:
    """How many accounts posted in each family."""
    return {number: len(np.unique(posts.account[group])) for number, group in _posts_of(found)}


@dataclass(frozen=True)
class _Elsewhere:
    """Of the control: accounts in each family, accounts that posted each text, and posts of each account."""

    of_family: Mapping[int, int]
    of_text: Int64
    by_account: Int64


def _judged(
    found: Families, posts: OwnPosts, languages: Sequence[str | None], level: float, control: _Elsewhere | None
) -> tuple[tuple[Judged, ...], int]:
    """The families, and how many texts could have been the middle of one that is tested."""
    users = _users(found, posts)
    families = [
        Judged(number, group, len(np.unique(posts.account[group])))
        for number, group in _posts_of(found)
        if len(group) >= 2  # one alone in the set has its family in the control
    ]
    places = [place for place, family in enumerate(families) if family.accounts >= 2]
    long_enough = [
        place for place in places if testable(found.texts[found.families[families[place].number].medoid])
    ]
    chance = against_set(
        found,
        posts,
        languages,
        [families[place].number for place in long_enough],
        [families[place].posts for place in long_enough],
        users=users,
        others=control.of_text if control is not None else np.zeros_like(users),
    )
    for row, place in enumerate(long_enough):
        families[place] = replace(
            families[place],
            p_value=float(np.exp(chance.both[row])),
            p_wording=float(np.exp(chance.wording[row])),
            p_times=float(np.exp(chance.times[row])),
            together_seconds=int(chance.together.window[row]),
            together_accounts=int(chance.together.accounts[row]),
            together_from=int(chance.together.first[row]),
        )
    if control is not None and len(control.by_account):
        by_account = posts.by_account()
        for place in places:
            family = families[place]
            elsewhere = control.of_family.get(family.number, 0)
            p_value = family.p_value
            if elsewhere or p_value is None:
                against = against_control(family.accounts, by_account, elsewhere, control.by_account).p_value
                p_value = against if p_value is None else max(p_value, against)
            families[place] = replace(family, p_value=p_value, control_accounts=elsewhere)
    tested = [place for place in places if families[place].p_value is not None]
    asked = [text for text in np.flatnonzero(users).tolist() if control is not None or testable(found.texts[text])]
    tests = max(len(asked), len(tested))
    q_values = benjamini_hochberg([families[place].p_value or 0.0 for place in tested], tests=tests)
    called = [
        families[place].p_value or 0.0 for place, q_value in zip(tested, q_values, strict=True) if q_value < level
    ]
    for place, q_value in zip(tested, q_values, strict=True):
        judged = replace(families[place], q_value=float(q_value), beyond=bool(q_value < level))
        if judged.beyond:
            judged = replace(judged, called=_called(judged, posts, max(called)))
            judged = replace(judged, ready_made=ready_made(posts, judged.counts))
        families[place] = judged
    return tuple(families), tests


def _called(family: Judged, posts: OwnPosts, largest: float) -> Int64 | None:
    """The posts in the window of a family whose wording alone would not have passed (``largest``: p that passed)."""
    if family.p_wording is None or 2 * family.p_wording <= largest or not family.together_seconds:
        return None
    last = family.together_from + family.together_seconds * 1_000_000
    times = [posts.times[post] for post in family.posts.tolist()]
    return family.posts[[time is not None and family.together_from <= time <= last for time in times]]


def _users(found: Families, posts: OwnPosts) -> Int64:
    """How many accounts posted each text."""
    known = found.text_of_post >= 0
    size = max(len(posts.accounts), 1)
    pairs = np.unique(found.text_of_post[known] * size + posts.account[known])
    return np.bincount(pairs // size, minlength=len(found.texts)).astype(np.int64)


def ready_made(posts: OwnPosts, some: Int64) -> tuple[str, ...]:
    """The kinds of ready-made text that ``some`` of the posts are, a headline on one link among them."""
    kinds = conventional([posts.texts[post] or "" for post in some.tolist()])
    return (*kinds, HEADLINE) if circulation([posts.links[post] for post in some.tolist()]).headline else kinds
