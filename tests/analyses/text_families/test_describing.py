"""Templates, spread and commonness."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from undertow.analyses.text_families.commonness import against_control
from undertow.analyses.text_families.families import find_families
from undertow.analyses.text_families.ready_made import circulation, conventional
from undertow.analyses.text_families.spread import MICROSECONDS_AN_HOUR, coverage, spread
from undertow.analyses.text_families.template import template

HOUR = MICROSECONDS_AN_HOUR


def test_a_template_shows_its_slots_with_their_fillers() -> None:
    texts = [
        f"thanks to the fund {thing} brings jobs to {place}"
        for thing, place in [
            ("the bridge", "Eastvale"),
            ("the clinic", "Eastvale"),
            ("the bridge", "Brookmouth"),
            ("a seed bank", "Saltmarsh"),
        ]
    ]
    found = template(texts, [4, 1, 1, 1], fixed_share=0.9)
    assert [segment.slot for segment in found.segments] == [False, True, False, True]
    assert found.segments[0].words == ("thanks", "to", "the", "fund")
    assert found.segments[1].fillers[0] == (("the", "bridge"), 5)
    assert sum(count for _, count in found.segments[3].fillers) == 7
    assert found.slots == 2


def test_one_text_has_no_slots() -> None:
    found = template(["grey cats sleep"], [9])
    assert (str(found), found.slots, found.fixed) == ("grey cats sleep", 0, 1.0)
    with pytest.raises(ValueError, match="at least one"):
        template([], [])


def test_an_insertion_is_a_slot() -> None:
    found = template(["cats are grey", "cats are really grey"], [9, 2])
    assert str(found) == "cats are [ | really] grey"


@settings(max_examples=100, deadline=None)
@given(st.lists(st.lists(st.sampled_from("abcdef"), min_size=1, max_size=8).map(" ".join), min_size=1, max_size=5))
def test_filling_the_slots_with_the_medoids_words_gives_the_medoid(texts: list[str]) -> None:
    found = template(texts, [1] * len(texts))
    assert " ".join(word for segment in found.segments for word in segment.words) == texts[0]


def test_spread_of_a_family() -> None:
    times = [5 * HOUR, None, 1 * HOUR, 1 * HOUR, 9 * HOUR, 0]
    found = spread(
        np.array([0, 1, 2, 3, 4]), times, ["a", "b", "c", "d", "a", "z"], ["en", None, "en", "ru", "en", "x"]
    )
    assert (found.first_post, found.first_account, found.tied_first) == (2, None, 2)  # c and d share the minute
    assert (found.posts, found.accounts, found.span_hours) == (5, 4, 8.0)
    assert (found.half_hours, found.most_hours, found.busiest_hour) == (0.0, 8.0, 2)
    assert found.own_repeats == pytest.approx(0.2)
    assert found.languages == (("en", 3), ("ru", 1), ("und", 1))


def test_spread_without_times() -> None:
    found = spread(np.array([0]), [None], ["a"])
    assert (found.first_at, found.span_hours, found.busiest_hour) == (None, None, 0)
    with pytest.raises(ValueError, match="at least one"):
        spread(np.array([], np.int64), [], [])


def test_against_control_is_calibrated() -> None:
    """Both sets draw from one rate: p is at most alpha in a share alpha of the draws, within error."""
    rng = np.random.default_rng(5)
    posts, control = rng.integers(1, 200, 300), rng.integers(1, 60, 500)
    draws = 600
    p = []
    for rate in np.full(draws, 0.002):
        users = int((rng.random(300) < 1 - (1 - rate) ** posts).sum())
        others = int((rng.random(500) < 1 - (1 - rate) ** control).sum())
        p.append(against_control(users, posts, others, control).p_value)
    for alpha in (0.01, 0.05, 0.2):
        assert np.mean(np.array(p) <= alpha) <= alpha + 3 * np.sqrt(alpha * (1 - alpha) / draws)


def test_against_control_has_power_and_saturates() -> None:
    posts = np.full(200, 20)
    assert against_control(30, posts, 2, posts).p_value < 1e-5
    assert against_control(200, posts, 200, posts).p_value > 0.4
    few, many = np.full(200, 5), np.full(200, 5000)
    assert against_control(150, many, 20, few).p_value > 0.01, "the busy have more chances"
    with pytest.raises(ValueError, match="cannot use"):
        against_control(3, np.array([1]), 0, posts)


def test_conventions_and_headlines() -> None:
    assert conventional(["The latest Veritas Daily! https://x Thanks to @a @b"]) == ("application",)
    assert conventional(["#One #Two https://t.co/1", "#Two"]) == ("hashtags only",)
    assert conventional(["The bridge was finished two months early"]) == ()
    found = circulation(
        [["https://a.example/1"], ["https://a.example/1", "https://b.example"], ["https://a.example/1"]]
    )
    assert found.headline
    assert (found.commonest_link, found.domains) == ("https://a.example/1", 2)
    assert not circulation([[], ["https://a.example"]]).headline
    assert not circulation([]).headline


def test_coverage_counts_posts_and_accounts() -> None:
    shared = "the lantern bridge was finished two months early this year"
    own = "we waited for the ferry all afternoon and came back late"
    posts = [shared, shared, own, own, shared.replace("was", "was not"), "something else", None]
    found = coverage(find_families(posts), ["a", "b", "c", "c", "d", "e", "e"])
    assert (found.posts, found.in_families, found.in_shared, found.near_misses) == (7, 4, 2, 1)
    assert (found.accounts, found.accounts_in_families, found.accounts_in_shared) == (5, 3, 2)
    assert (found.families, found.shared) == (2, 1)
    assert coverage(find_families([]), []).in_shared == 0
    with pytest.raises(ValueError, match="accounts given"):
        coverage(find_families(posts), ["a"])
