"""Codebooks: what their rules match, what their errors say, and that the shipped ones do what they state."""

from __future__ import annotations

import csv
import json
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from undertow.cli import commands
from undertow.codebooks import Matcher, find, read, shipped
from undertow.codebooks.check import check, languages
from undertow.codebooks.matching import TermError, pattern
from undertow.codebooks.reader import parsed
from undertow.codebooks.rules import RuleError, parse
from undertow.errors import InputError, UsageError

LABELS = Path(__file__).parent / "data" / "us_protests_labels.csv"

BOOK = """\
codebook: example
version: "1"
title: An example
terms:
  harbour:
    - {term: "harbour*", language: en, why: "the place"}
    - {term: "港口", language: zh-Hans, why: "the place"}
    - {term: "#SaveOurPort", language: en, why: "its hashtag"}
  closure:
    - {term: "shut down", language: en, why: "the event"}
    - {term: "关闭", language: zh-Hans, why: "the event"}
    - {term: "gift", language: de, why: "poison, which in English is a present", only: true}
  film:
    - {term: "harbour lights film", language: en, why: "no place"}
themes:
  - id: closing
    title: The harbour closes
    rule: harbour NEAR/3 closure
    exclude: [film]
    examples:
      - {text: "They shut down the harbour", match: true}
      - {text: "The harbour is open", match: false}
frames: []
"""


def book(text: str = BOOK) -> Matcher:
    return Matcher(parsed(text.encode(), "example.yaml"))


def matches(text: str, language: str | None = None) -> bool:
    matcher = book()
    return bool(matcher.themes(matcher.find(text, language)))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("They SHUT DOWN the Ｈarbours", True),
        ("港口被關閉", True),  # Traditional, and without spaces
        ("關閉港口", True),
        ("#SaveOurPort or they shut down", True),
        ("#saveourport or they shut down", True),
        ("They shut it down: the harbour", False),
        ("They shut down one two three four harbour", False),  # four words between
        ("The harbour-lights film was shut down", False),  # harbour stands within an excluded phrase
        ("@harbour shut down", False),  # a mention is no word
        ("underharbour shut down", False),
        ("", False),
    ],
)
def test_rules_match_words_wherever_and_however_they_are_written(text: str, expected: bool) -> None:
    assert matches(text) is expected


def test_a_term_of_one_language_only_needs_that_language() -> None:
    assert matches("harbour gift", "de")
    assert not matches("harbour gift", "en")
    assert not matches("harbour gift")


def test_words_of_a_phrase_are_found_in_a_hashtag_that_joins_them() -> None:
    assert matches("harbour #shutdown")
    assert matches("harbour #ShutDownNow")
    assert not matches("harbour shutdown")


@given(st.text(max_size=60), st.text(max_size=60))
def test_what_stands_before_and_after_takes_no_hit_away(before: str, after: str) -> None:
    plain = matches("they shut down the harbour")
    marks = {"@", "#"}
    if not (set(before[-1:]) & marks):
        assert matches(f"{before} . they shut down the harbour . {after}") is plain


HITS = st.dictionaries(st.sampled_from("abc"), st.lists(st.integers(0, 12), max_size=3), max_size=3)


@given(HITS, st.integers(0, 6))
def test_near_is_what_counting_the_words_between_gives(places: dict[str, list[int]], words: int) -> None:
    hits = {name: [(place, place + 1) for place in listed] for name, listed in places.items()}
    a, b = places.get("a", []), places.get("b", [])
    near = any(0 <= abs(x - y) - 1 <= words for x in a for y in b if x != y)
    before = any(0 <= y - x - 1 <= words for x in a for y in b if x != y)
    assert parse(f"a NEAR/{words} b").holds(hits) is near
    assert parse(f"a BEFORE/{words} b").holds(hits) is before
    assert parse("a OR b AND NOT c").holds(hits) is (bool(a) or (bool(b) and not places.get("c")))
    assert parse("(a OR b) AND NOT (c)").holds(hits) is ((bool(a) or bool(b)) and not places.get("c"))


@pytest.mark.parametrize(
    ("rule", "column", "said"),
    [
        ("a AND", 6, "ends"),
        ("a b", 3, "'b' was not expected"),
        ("(a", 1, "not closed"),
        ("a NEAR/2 (b AND c)", 3, "compares places"),
        ("a & b", 3, "no part of a rule"),
        ("(" * 60 + "a" + ")" * 60, 41, "too deeply"),
    ],
)
def test_a_rule_that_cannot_be_read_says_where(rule: str, column: int, said: str) -> None:
    with pytest.raises(RuleError) as error:
        parse(rule)
    assert error.value.column == column
    assert said in error.value.what


@pytest.mark.parametrize("term", ["", "*", "a*", "**ab", "a*b", "...", "#tag word"])
def test_terms_that_cannot_be_looked_for_are_refused(term: str) -> None:
    with pytest.raises(TermError):
        pattern(term)


@pytest.mark.parametrize(
    ("old", "new", "line", "said"),
    [
        ("version:", "verison:", 2, "did you mean 'version'"),
        ("exclude: [film]", "exclude: [fil]", 19, "did you mean 'film'"),
        ("harbour NEAR/3 closure", "harbour NEAR closure", 18, "character 9"),
        ("harbour NEAR/3 closure", "port NEAR/3 closure", 18, "no group of terms"),
        ('term: "gift"', 'term: "*"', 12, "cannot be looked for"),
        ('why: "no place"', 'because: "no place"', 14, "not known here"),
        ("match: true", "match: perhaps", 21, "neither true nor false"),
        ("language: de", "language: German", 12, "no language tag"),
        ("title: An example", "title: An example: two", 3, "YAML cannot be read"),
        ("codebook: example", "codebook: Example!", 1, "is no name"),
    ],
)
def test_errors_say_the_file_the_line_and_what_to_do(old: str, new: str, line: int, said: str) -> None:
    with pytest.raises(InputError) as error:
        book(BOOK.replace(old, new, 1))
    assert error.value.where == f"example.yaml, line {line}"
    assert said in f"{error.value.what} {error.value.todo}"
    assert error.value.todo


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"- 1", b"[" * 3000, b"a: &x [*x]", b"codebook: x\n"])
def test_what_is_no_codebook_is_one_clear_error(content: bytes) -> None:
    with pytest.raises(InputError):
        parsed(content, "strange.yaml")


def test_an_example_that_fails_is_named_with_what_was_found() -> None:
    report = check(book(BOOK.replace("The harbour is open", "The harbour will shut down")).codebook)
    assert not report.ok
    (problem,) = report.problems
    assert problem.line == 22
    assert "harbour: harbour*" in problem.what


def test_an_example_of_each_kind_is_asked_for() -> None:
    report = check(book(BOOK.replace('      - {text: "The harbour is open", match: false}\n', "")).codebook)
    assert [problem.failed for problem in report.problems] == [True]


@pytest.mark.parametrize("name", shipped())
def test_shipped_codebooks_do_what_their_examples_say(name: str) -> None:
    codebook = find(name)
    assert check(codebook).problems == ()
    assert codebook.name == name
    spoken = languages(codebook)
    assert spoken["en"] >= 20
    assert spoken["zh"] + spoken["zh-Hans"] + spoken["zh-Hant"] >= 15
    assert len(spoken) >= 5


@pytest.mark.parametrize("name", shipped())
def test_shipped_codebooks_match_traditional_and_simplified_alike(name: str) -> None:
    from opencc import OpenCC

    matcher = Matcher(find(name))
    to_traditional = OpenCC("s2t").convert
    for part in matcher.codebook.parts:
        for example in part.examples:
            found, other = matcher.find(example.text), matcher.find(to_traditional(example.text))
            assert matcher.themes(found) == matcher.themes(other)
            assert matcher.frames(found) == matcher.frames(other)


def test_praise_and_blame_belong_to_the_actor_they_stand_with() -> None:
    matcher = Matcher(find("covid_19"))
    ids = [frame.id for frame in matcher.codebook.frames]

    def frames(text: str) -> list[str]:
        return [ids[number] for number in matcher.frames(matcher.find(text))]

    assert frames("China is great, America is in chaos") == ["china_praised_america_disparaged"]
    assert frames("America is great, China is in chaos") == ["america_praised_china_disparaged"]
    assert frames("China is not great, America is in chaos") == []
    assert frames("China and America are great") == []


def test_slogans_speak_for_themselves_and_a_praise_taken_back_is_blame() -> None:
    matcher = Matcher(read(LABELS.parent / "contrast.yaml"))
    ids = [frame.id for frame in matcher.codebook.frames]

    def frames(text: str) -> list[str]:
        return [ids[number] for number in matcher.frames(matcher.find(text))]

    assert frames("#NeverHillary #TrumpForPresident") == ["trump_praised"]
    assert frames("#TrumpForPresident and more") == []
    assert frames("Trump is great, but I dont support Hillary") == ["trump_praised"]
    assert frames("Trump is great, and I support Hillary") == []


def test_a_codebook_is_found_by_name_or_file_and_a_slip_is_named(tmp_path: Path) -> None:
    (tmp_path / "own.yaml").write_text(BOOK, encoding="utf-8")
    assert find("own.yaml", tmp_path).name == "example"
    assert read(tmp_path / "own.yaml").sha256 == find("own.yaml", tmp_path).sha256
    with pytest.raises(UsageError, match="did you mean 'taiwan'"):
        find("taiwann")
    with pytest.raises(InputError, match="no such file"):
        find("nowhere.yaml", tmp_path)


def test_the_command_checks_and_shows(tmp_path: Path) -> None:
    from click.testing import CliRunner

    runner = CliRunner()
    own = tmp_path / "own.yaml"
    own.write_text(BOOK, encoding="utf-8")
    assert runner.invoke(commands, ["codebook", "check", str(own), "taiwan"]).exit_code == 0
    own.write_text(BOOK.replace("is open", "was shut down"), encoding="utf-8")
    failed = runner.invoke(commands, ["codebook", "check", str(own)])
    assert failed.exit_code == 1
    assert f"{own}, line 22: failed" in failed.output
    documents = json.loads(runner.invoke(commands, ["codebook", "list", "--json"]).output)
    assert [document["codebook"] for document in documents] == list(shipped())
    copy = tmp_path / "copy.yaml"
    assert runner.invoke(commands, ["codebook", "show", "taiwan", "-o", str(copy)]).exit_code == 0
    assert read(copy).sha256 == find("taiwan").sha256


def test_accuracy_on_posts_that_were_labelled_by_reading(shared_data: Path) -> None:
    """The second sample was labelled after version 1.1 was frozen; the documentation states these numbers."""
    import pyarrow.parquet as pq

    texts = pq.read_table(shared_data / "ira_troll_tweets" / "tweets.parquet", columns=["content"])["content"]
    with LABELS.open(encoding="utf-8") as file:
        labels = [row for row in csv.DictReader(file) if row["sample"] == "2"]
    assert len(labels) == 330
    drawn = Counter(row["stratum"] for row in labels)
    matcher = Matcher(find("us_protests"))
    ids = [part.id for part in matcher.codebook.themes]
    for theme, precision, recall in (("police_violence", 0.796, 0.685), ("street_protest", 0.813, 0.794)):
        found: Counter[tuple[bool, bool]] = Counter()
        for label in labels:
            weight = int(label["stratum_posts"]) / drawn[label["stratum"]]
            text = texts[int(label["source_row"]) - 1].as_py()
            found[ids.index(theme) in matcher.themes(matcher.find(text, "en")), label[theme] == "1"] += weight
        hits = found[True, True]
        assert hits / (hits + found[True, False]) == pytest.approx(precision, abs=0.005)
        assert hits / (hits + found[False, True]) == pytest.approx(recall, abs=0.005)


def test_accuracy_of_praise_and_contrast_on_labelled_posts(shared_data: Path) -> None:
    import pyarrow.parquet as pq

    texts = pq.read_table(shared_data / "ira_troll_tweets" / "tweets.parquet", columns=["content"])["content"]
    with (LABELS.parent / "contrast_labels.csv").open(encoding="utf-8") as file:
        labels = [
            row for row in csv.DictReader(file) if int(row["post_id"][0], 16) % 2
        ]  # not looked at by version 1.1
    drawn = Counter(row["stratum"] for row in labels)
    weight = {row["stratum"]: int(row["stratum_posts"]) / drawn[row["stratum"]] for row in labels}
    matcher = Matcher(read(LABELS.parent / "contrast.yaml"))
    praised = hits = 0.0
    calls: Counter[tuple[str, bool]] = Counter()
    for label in labels:
        found = matcher.find(texts[int(label["source_row"]) - 1].as_py(), "en")
        called = [matcher.codebook.frames[number].id for number in matcher.frames(found)]
        for name in called:
            calls[name, label[name] == "1"] += 1
        if label["trump_praised"] == "1":
            praised += weight[label["stratum"]]
            hits += weight[label["stratum"]] * ("trump_praised" in called)
    assert (calls["trump_praised", True], calls["trump_praised", False]) == (27, 1)
    assert (calls["democrats_praised", True], calls["democrats_praised", False]) == (0, 11)
    assert hits / praised == pytest.approx(0.44, abs=0.005)
