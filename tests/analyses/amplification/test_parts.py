"""Daily series, measures and episodes against slow, obvious ones."""

from __future__ import annotations

from collections import Counter, defaultdict

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from undertow.analyses.amplification import measures, rises
from undertow.analyses.amplification.measures import concentration, registered_in_bursts, share_of
from undertow.analyses.amplification.reading import Reach, Target
from undertow.analyses.amplification.series import NO_OBJECT, daily_series

ACTIONS = st.lists(
    st.tuples(st.integers(0, 1), st.integers(0, 5), st.integers(NO_OBJECT, 3), st.integers(0, 4)), max_size=40
)


@settings(max_examples=150, deadline=None)
@given(ACTIONS)
def test_series_are_as_counted_by_hand(actions: list[tuple[int, int, int, int]]) -> None:
    columns = [np.array([row[i] for row in actions], dtype=np.int64) for i in range(4)]
    made = daily_series(*columns, n_targets=2, first_day=0, n_days=5)
    for target in range(2):
        met: set[int] = set()
        for day in range(5):
            rows = {(by, what) for t, by, what, d in actions if t == target and d == day}
            audience = Counter(what for _, what in rows if what != NO_OBJECT)
            top = min(audience, key=lambda what: (-audience[what], what)) if audience else NO_OBJECT
            broad = {by for by, what in rows if what != top or what == NO_OBJECT}
            everyone = {by for by, _ in rows}
            assert made.amplifiers[target, day] == len(everyone)
            assert made.top[target, day] == top
            assert made.broad[target, day] == len(broad)
            assert made.new[target, day] == len(broad - met)
            assert made.objects[target, day] == len(audience)
            met |= everyone


@given(st.lists(st.tuples(st.integers(1, 9), st.integers(0, 3)), min_size=2, max_size=150))
def test_weighted_inequality_is_that_of_the_repeated_list(pairs: list[tuple[int, int]]) -> None:
    counts = np.sort(np.array([count for count, _ in pairs], dtype=float))
    weights = np.array([[weight for _, weight in pairs]], dtype=float)
    repeated = np.repeat(counts, weights[0].astype(int))
    if repeated.size == 0:
        return
    top, gini = measures._unequal(counts, weights)
    n = repeated.size
    assert gini[0] == pytest.approx(np.abs(repeated[:, None] - repeated).sum() / (2 * n * n * repeated.mean()))
    assert top[0] == pytest.approx(np.sort(repeated)[::-1][: max(1, -(-n // 100))].sum() / repeated.sum())


def test_intervals_of_concentration_and_shares_cover() -> None:
    rng = np.random.default_rng(3)
    population = rng.pareto(3.0, 200_000) + 1
    ascending = np.sort(population)
    truth = 2 * (np.arange(1, ascending.size + 1) * ascending).sum() / (ascending.size * ascending.sum()) - 1
    rate = rng.beta(2, 6, 200_000)
    hits = {"gini": 0, "share": 0}
    draws = 120
    for _ in range(draws):
        chosen = rng.integers(0, population.size, 400)
        amplifier = np.repeat(np.arange(400), np.ceil(population[chosen]).astype(int) * 3)
        found = concentration(np.repeat(np.arange(400), (population[chosen] * 40).astype(int)), rng)
        assert found is not None
        hits["gini"] += found.gini[1] <= truth <= found.gini[2]
        share = share_of(rng.random(amplifier.size) < rate[chosen][amplifier], amplifier, rng)
        assert share is not None
        hits["share"] += share.low <= rate.mean() <= share.high
    least = 0.90 - 3.3 * (0.9 * 0.1 / draws) ** 0.5  # bootstrap intervals of heavy tails are a little short
    assert hits["share"] / draws >= least
    assert hits["gini"] / draws >= least


def test_registration_bursts_are_found_and_steady_registration_is_not() -> None:
    rng = np.random.default_rng(4)
    steady = rng.integers(0, 1000, 600) * measures.DAY_US + measures.PLAUSIBLE_US[0]
    none = registered_in_bursts(steady)
    assert none is not None
    assert not none.inside.any()
    batch = np.concatenate([steady, np.full(25, 500 * measures.DAY_US + measures.PLAUSIBLE_US[0]), [-1]])
    found = registered_in_bursts(batch)
    assert found is not None
    assert (found.known, found.bursts) == (625, 1)
    assert found.inside[600:625].all()
    assert found.inside.sum() < 30
    assert registered_in_bursts(np.full(50, -1)) is None
    assert registered_in_bursts(batch[-20:]) is None


@pytest.mark.parametrize("effects", ["gamma", "lognormal"])
def test_unruly_days_are_no_registration_bursts(effects: str) -> None:
    rng = np.random.default_rng([8, len(effects)])
    alarms = 0
    for _ in range(60):
        day = rng.gamma(2, 0.75, 700) if effects == "gamma" else 2 * np.exp(rng.normal(0, 0.5, 700))
        days = np.repeat(np.arange(700), rng.poisson(day))
        found = registered_in_bursts(days * measures.DAY_US + measures.PLAUSIBLE_US[0])
        assert found is not None
        alarms += found.bursts > 0
    assert alarms <= 9  # of 60 at 5%: more in one of 3,000 seeds


def reach_of(time: list[int], origin: list[int], precision: int) -> Reach:
    """Reposts of one post each by accounts of their own; times in seconds."""
    n = len(time)
    zero = np.zeros(n, np.int64)
    return Reach(
        targets=(Target("p", "t", (), None, None),), watched=True, amplifiers=tuple(("p", str(k)) for k in range(n)),
        target=zero, amplifier=np.arange(n), object=np.arange(n), kind=zero,
        time=np.array(time) * 1_000_000, origin=np.array(origin) * 1_000_000, precision_s=np.full(n, precision),
        by_mention=zero > 0, by_post=zero > 0, by_text=zero > 0, all_actions=zero + 1, own_posts=zero[:1], likes=zero[:1],
    )  # fmt: skip


def test_reposts_in_the_minute_of_a_post_known_to_the_second_are_in_the_same_minute() -> None:
    found = measures.speed(reach_of([0, 60, 120, 240], [30, 90, 150, 210], 60))
    assert not found.to_second
    assert found.after_post.tolist() == [0, 0, 0, 60]


def test_reposts_of_which_only_the_day_is_known_have_no_delay() -> None:
    assert measures.speed(reach_of([86_400] * 4, [86_400] * 4, 86_400)).after_post.size == 0


def test_boosting_is_called_and_a_post_that_goes_round_is_not() -> None:
    rng = np.random.default_rng(5)
    rows: dict[str, list[np.ndarray]] = defaultdict(list)

    def act(target: int, who: np.ndarray, what: int, day: int) -> None:
        for name, value in (("target", target), ("object", what), ("day", day)):
            rows[name].append(np.full(who.size, value))
        rows["amplifier"].append(who)

    for target in range(5):
        for day in range(160):
            for post in range(4):
                size = rng.poisson(15 * rng.lognormal(0, 0.3))
                act(target, rng.integers(0, 800, size) + 1000 * target, 10 * day + post, day)
    for post in range(4):
        act(0, np.arange(10_000 + 30 * post, 10_030 + 30 * post), 1200 + post, 120)  # 120 boosters
    act(1, np.arange(20_000, 21_000), 1201, 120)  # one post goes round
    columns = {name: np.concatenate(parts) for name, parts in rows.items()}
    series = daily_series(
        columns["target"], columns["amplifier"], columns["object"], columns["day"],
        n_targets=5, first_day=0, n_days=160,
    )  # fmt: skip
    found = rises.anomalies(series)
    assert [(e.target, e.first, e.last) for e in rises.episodes(found)] == [(0, 120, 120)]
