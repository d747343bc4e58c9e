"""Which accounts are consistent with a change of hands, and when: several independent aspects replaced at one moment.

The rule, explained in ``docs/explanation/account_histories.md``: at one moment at least two kinds of evidence are
replaced where a pause ends; three where none does; and one more where neither language nor profile nor deletions are
among them (people come back with a new phone and new topics). Aspects that share a cause count once: language and topics
are one kind, the content.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

import numpy as np

from undertow.analyses.account_histories.activity import Activity
from undertow.analyses.account_histories.arrays import Bools, Floats, Ints
from undertow.analyses.account_histories.aspects import (
    Aspects,
    Change,
    likelihood_ratio,
    marks_change,
    returns_change,
    sights_change,
)
from undertow.analyses.account_histories.moments import Moments, boundaries, moments
from undertow.statistics.multiple_testing import adaptive_filter, combine_smallest, partial_conjunction

ASPECTS = ("language", "topics", "client", "hours", "partners", "deletions", "profile")
LANGUAGE, TOPICS, CLIENT, HOURS, PARTNERS, DELETIONS, PROFILE = range(7)

KINDS: Mapping[str, tuple[int, ...]] = MappingProxyType(
    {
        "content": (LANGUAGE, TOPICS),
        "client": (CLIENT,),
        "hours": (HOURS,),
        "partners": (PARTNERS,),
        "deletions": (DELETIONS,),
        "profile": (PROFILE,),
    }
)
"""Kinds of evidence, which are counted, and the aspects in each."""

TELLING = (LANGUAGE, DELETIONS, PROFILE)
"""Aspects that people who come back to their own account seldom replace; without one of them more is asked for."""

REPLACED_P = 0.05
"""An aspect is told as replaced at a moment where its p-value, after all that was tried, is at most this."""

REPLACED = (0.6, 0.6, 0.6, 0.35, 0.6)
"""Least effect of each aspect for it to count as replaced: share of days (language, client; hours: in a half day), or
of the usual returns that fail to come (topics, partners). Fixed on simulations that no reported rate comes from."""


@dataclass(frozen=True)
class Rule:
    """What counts: fewest active days on each side, the days from which a silence is a pause, and the level."""

    side_days: int = 5
    pause_days: float = 30.0
    level: float = 0.05


@dataclass(frozen=True)
class Changes:
    """Accounts with enough days, one row each, at their strongest moment.

    ``p_value``, ``effect`` and ``mark`` have shape (rows, aspects); p is NaN where an aspect was not examined.
    ``needed`` is how many kinds of evidence had to be replaced, ``p`` the partial-conjunction p-value, ``q`` after the
    correction over accounts, ``called`` those at the level.
    """

    moments: Moments
    p_value: Floats
    effect: Floats
    mark: Ints
    needed: Ints
    p: Floats
    q: Floats
    called: Bools

    def __len__(self) -> int:
        return len(self.p)


def replaced_aspects(p_value: Floats) -> list[int]:
    """The aspects that are told as replaced, given the p-values (aspects,) of one moment."""
    return [int(place) for place in np.flatnonzero(p_value <= REPLACED_P)]


def kinds_of(p_value: Floats) -> Floats:
    """The p-values of the kinds of evidence (rows, kinds); NaN where none of a kind's aspects was examined."""
    return np.stack([combine_smallest(p_value[:, list(members)]) for members in KINDS.values()], axis=1)


def _needed(p_value: Floats, pause: Floats, rule: Rule) -> Ints:
    telling = (p_value[:, list(TELLING)] <= REPLACED_P).any(axis=1)  # NaN is not
    return 2 + (pause < rule.pause_days).astype(np.int64) + ~telling


def _one_fewer(kinds: Floats, needed: Ints) -> Floats:
    """What the partial conjunction would be if one kind of evidence fewer were asked for, at the same factor."""
    made = (~np.isnan(kinds)).sum(axis=1)
    ranked = np.sort(np.where(np.isnan(kinds), 1.0, kinds), axis=1)
    fewer = ranked[np.arange(len(kinds)), needed - 2] * np.maximum(made - needed + 1, 1)
    return np.asarray(np.minimum(1.0, fewer), dtype=np.float64)


def decided(changes: Changes, p_value: Floats, rule: Rule) -> Changes:
    """The same moments with other p-values of the aspects, decided anew."""
    kinds = kinds_of(p_value)
    needed = _needed(p_value, changes.moments.pause, rule)
    p = partial_conjunction(kinds, needed)
    q = adaptive_filter(np.minimum(_one_fewer(kinds, needed), p), p)
    return replace(changes, p_value=p_value, needed=needed, p=p, q=q, called=q <= rule.level)


def strongest(found: Activity, aspects: Aspects, rule: Rule) -> Changes:
    """Every account's strongest moment, decided."""
    days = found.days
    rows = boundaries(days, rule.side_days)
    score = np.zeros(len(rows))
    for marks in (aspects.language, aspects.client, aspects.hours):
        score += likelihood_ratio(marks, days, rows)
    tried = moments(days, rows, score)
    each: tuple[Change, ...] = (
        marks_change(aspects.language, days, tried, least_effect=REPLACED[LANGUAGE]),
        returns_change(found.topics, days, tried, least_effect=REPLACED[TOPICS]),
        marks_change(aspects.client, days, tried, least_effect=REPLACED[CLIENT]),
        marks_change(aspects.hours, days, tried, least_effect=REPLACED[HOURS]),
        returns_change(found.partners, days, tried, least_effect=REPLACED[PARTNERS]),
        sights_change(found.counters, days, tried),
        sights_change(found.profiles, days, tried),
    )
    p_value = np.stack([change.p_value for change in each], axis=1)
    p = partial_conjunction(kinds_of(p_value), _needed(p_value, tried.pause, rule))
    order = np.lexsort((tried.row, -tried.pause, p, tried.account))
    first = order[np.r_[True, np.diff(tried.account[order]) != 0]] if len(order) else order
    none = np.zeros(len(first))
    kept = Changes(
        moments=tried.take(first),
        p_value=p_value[first],
        effect=np.stack([change.effect for change in each], axis=1)[first],
        mark=np.stack([change.mark for change in each], axis=1)[first],
        needed=none.astype(np.int64),
        p=none,
        q=none,
        called=none.astype(np.bool_),
    )
    return decided(kept, kept.p_value, rule)
