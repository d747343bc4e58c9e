from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
import pytest

from undertow.statistics.scheduler import running_median, spike_test

Ints = npt.NDArray[np.int64]


def organic(rng: np.random.Generator, accounts: int) -> tuple[Ints, Ints, Ints]:
    """Accounts that post in bursts of several posts within a few minutes, at any time."""
    names, minutes = [], []
    for account in range(accounts):
        for _ in range(int(min(rng.pareto(1.2) * 4 + 1, 300))):
            start, posts = int(rng.integers(60)), int(rng.geometric(0.4))
            names += [account] * posts
            minutes += ((start + rng.integers(0, 4, posts)) % 60).tolist()
    return np.array(names), np.array(minutes), np.ones(len(names), dtype=np.int64)


def test_organic_posting_is_called_scheduled_no_oftener_than_stated() -> None:
    trials = 120
    p_values = np.array(
        [
            spike_test(*organic(rng, 80), rng=rng, draws=99).p_value
            for rng in (np.random.default_rng([1, trial]) for trial in range(trials))
        ]
    )
    for level in (0.05, 0.2, 0.5):
        error = math.sqrt(level * (1 - level) / trials)
        assert (p_values <= level).mean() <= level + 3 * error
    assert (p_values <= 0.5).mean() >= 0.5 - 4 * math.sqrt(0.25 / trials), "nor much less often"


def test_a_shared_schedule_is_found_and_measured() -> None:
    rng = np.random.default_rng(2)
    names, minutes, counts = organic(rng, 150)
    scheduled = rng.random(names.size) < 0.1
    minutes[scheduled] = rng.choice([0, 30], scheduled.sum())
    found = spike_test(names, minutes, counts, rng=rng)
    assert found.spikes == (0, 30)
    assert found.p_value == pytest.approx(1 / 500)
    assert found.low is not None
    assert found.high is not None
    assert found.low < 0.1 < found.high
    assert found.excess_share == pytest.approx(0.1, abs=0.02)


def test_one_accounts_habit_is_no_shared_schedule() -> None:
    rng = np.random.default_rng(3)
    names, minutes, counts = organic(rng, 60)
    habit = np.full(names.size // 5, 17)
    found = spike_test(
        np.concatenate([names, np.full(habit.size, 60)]),
        np.concatenate([minutes, habit]),
        np.concatenate([counts, np.ones_like(habit)]),
        rng=rng,
    )
    assert found.p_value > 0.2
    assert found.spikes == ()
    assert found.excess_share == 0
    assert found.low is None


def test_rows_and_names_do_not_matter_and_turning_the_clock_turns_the_spikes() -> None:
    rng = np.random.default_rng(4)
    names, minutes, counts = organic(rng, 40)
    minutes[::9] = 5
    one = spike_test(names, minutes, counts, rng=np.random.default_rng(1), draws=99)
    order = rng.permutation(names.size)
    two = spike_test(names[order], minutes[order], counts[order], rng=np.random.default_rng(1), draws=99)
    assert one == two
    later = spike_test(names, (minutes + 13) % 60, counts, rng=np.random.default_rng(1), draws=99)
    assert later.excess_share == pytest.approx(one.excess_share)
    assert later.spikes == tuple(sorted((spike + 13) % 60 for spike in one.spikes))


def test_running_median_agrees_with_its_definition() -> None:
    values = np.random.default_rng(5).integers(0, 50, 60)
    expected = [np.median([values[(place + step) % 60] for step in range(-5, 6)]) for place in range(60)]
    assert running_median(values).tolist() == expected


def test_bad_input_is_refused() -> None:
    rng = np.random.default_rng(6)
    with pytest.raises(ValueError, match="no post"):
        spike_test([], [], [], rng=rng)
    with pytest.raises(ValueError, match=r"0\.\.59"):
        spike_test([0], [60], [1], rng=rng)
