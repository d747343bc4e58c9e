"""What is called a change of hands, what is not, and when it was."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from made_lives import DAY, ONE, OTHER, Habit, Stretch, called, crowd, rows, studied, twice

from undertow.analyses.account_histories.changes import ASPECTS, CLIENT, LANGUAGE, Rule
from undertow.analyses.account_histories.context import missing


def test_another_hand_after_a_pause_is_called_and_dated(tmp_path: Path) -> None:
    result = studied(tmp_path, {"changed": twice(ONE, OTHER), **crowd()})
    assert called(result) == {"changed"}
    moment = result.moments_us[0]
    lives = [life for life in result.histories if life.account == 0]
    assert [life.language for life in lives] == ["en", "ru"]
    assert lives[1].first == moment
    assert lives[0].last < moment - 100 * DAY
    assert [event.kind for event in result.events][:1] == ["earlier life"]
    assert {"pause", "language", "client", "hours"} <= {event.kind for event in result.events}


@pytest.mark.parametrize(
    ("name", "second"),
    [
        ("nothing changed", ONE),
        ("a new phone", replace(ONE, client="Desk")),
        ("another language only", replace(ONE, language="ru")),
        ("new phone and topics", replace(ONE, client="Desk", topics="b")),
        ("moved: other hours", replace(ONE, hour=6.0)),
    ],
)
def test_a_pause_and_too_little_change_is_not_called(name: str, second: Habit, tmp_path: Path) -> None:
    assert called(studied(tmp_path, {name: twice(ONE, second), **crowd(5)})) == set()


def test_without_a_pause_more_must_change(tmp_path: Path) -> None:
    two = replace(ONE, language="ru", client="Desk")
    accounts = {
        "two kinds": twice(ONE, two, pause=0),
        "two kinds, pause": twice(ONE, two),
        "over night": twice(ONE, OTHER, pause=0),
        **crowd(5),
    }
    assert called(studied(tmp_path, accounts)) == {"two kinds, pause", "over night"}


def test_side_by_side_is_no_change(tmp_path: Path) -> None:
    """Two hands at the same time differ in everything, and at no moment."""
    both = (Stretch(ONE, 0, 90), Stretch(OTHER, 0, 90))
    result = studied(tmp_path, {"both": both, **crowd(5)})
    assert called(result) == set()
    assert [result.splits.first[row] for row in result.splits.split(0.05)] in (["Desk"], ["Phone"])
    assert result.splits.account.tolist() == [0]


def test_a_client_that_everybody_leaves_is_the_sets_own_change(tmp_path: Path) -> None:
    """The same account is called among accounts that keep the client, and not where all of them leave it meanwhile."""
    second = replace(ONE, client="New", hour=6.0, language="ru", topics="b", partners="p")
    one = twice(replace(ONE, client="Old"), replace(second, hour=18.0))
    stay = {f"stay{n}": (Stretch(replace(ONE, client="Old"), 0, 120),) for n in range(30)}
    leave = {
        f"leave{n}": (Stretch(replace(ONE, client="Old"), 0, 60), Stretch(replace(ONE, client="New"), 200, 60))
        for n in range(30)
    }
    assert called(studied(tmp_path / "stay", {"changed": one, **stay})) == {"changed"}
    result = studied(tmp_path / "leave", {"changed": one, **leave})
    assert result.corrections.with_the_set["client"] == 1
    assert called(result) == set()


def test_tags_that_the_letters_contradict_do_not_count(tmp_path: Path) -> None:
    """The platform tags the second life otherwise, and the letters are those of the first."""
    tagged = replace(OTHER, hour=18.0, text="a quiet evening by the river with the old friends again")
    result = studied(tmp_path, {"mistagged": twice(ONE, tagged), **crowd(5)})
    assert result.corrections.not_in_letters == 1
    assert "mistagged" not in called(
        studied(tmp_path / "x", {"mistagged": twice(ONE, replace(tagged, topics="a"))})
    )


def test_emptied_counters_and_new_names_are_kinds_of_evidence(tmp_path: Path) -> None:
    accounts = {"emptied": twice(ONE, replace(ONE, hour=6.0), posts=110), **crowd(5)}
    assert called(studied(tmp_path / "plain", accounts)) == set()
    own = [row for row in rows(accounts) if row["account_id"] == "emptied"]
    counters = [
        {
            "platform": "synthetic",
            "account_id": "emptied",
            "observed_at": row["created_at"],
            "posts": 400 + number if number < 110 else number - 109,
            "source_id": "s",
        }
        for number, row in enumerate(own)
    ]
    result = studied(tmp_path / "seen", accounts, account_counters=counters)
    assert called(result) == {"emptied"}
    assert "posts deleted" in {event.kind for event in result.events}


def test_what_is_missing_is_said(tmp_path: Path) -> None:
    bare = replace(ONE, client=None, topics="a")
    result = studied(tmp_path, {"one": (Stretch(bare, 0, 40),)})
    assert "no client" in missing(result)["client"]
    assert "once" in missing(result)["profile"]
    nothing = studied(tmp_path / "few", {"few": (Stretch(ONE, 0, 4),)})
    assert len(nothing.changes) == 0
    assert nothing.accounts.size == 0


def test_languages_from_letters_where_there_are_no_tags(tmp_path: Path) -> None:
    untagged = [
        replace(habit, language=None, text=text)
        for habit, text in ((ONE, "a quiet evening"), (OTHER, "сегодня утром"))
    ]
    result = studied(tmp_path, {"untagged": twice(*untagged), **crowd(0)})
    assert result.found.languages_from.startswith("the letters")
    assert called(result) == {"untagged"}


def test_order_and_names_and_whole_weeks_do_not_matter(tmp_path: Path) -> None:
    accounts = {"changed": twice(ONE, OTHER), **crowd(8)}
    plain = studied(tmp_path / "a", accounts)
    later = {
        f"x{name}": tuple(replace(stretch, first=stretch.first + 70) for stretch in stretches)
        for name, stretches in accounts.items()
    }
    moved = studied(tmp_path / "b", later)
    assert np.array_equal(plain.changes.p, moved.changes.p)
    assert (moved.moments_us - plain.moments_us).tolist() == [70 * DAY]


def test_three_lives_are_found_one_by_one(tmp_path: Path) -> None:
    third = replace(OTHER, language="es", client="Web", hour=13.0, topics="c", partners="r")
    stretches = (*twice(ONE, OTHER), Stretch(third, 900, 40))
    result = studied(tmp_path, {"sold twice": stretches, **crowd(5)})
    assert [life.language for life in result.histories] == ["en", "ru", "es"]
    assert len(result.called) == 2


def test_aspects_keep_their_places() -> None:
    assert (ASPECTS[LANGUAGE], ASPECTS[CLIENT]) == ("language", "client")
    assert Rule().side_days >= 3
