"""Text families from files to findings: on simulated data with known truth."""

from __future__ import annotations

import csv
import random
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import undertow
from undertow.analyses.text_families.wording import cut
from undertow.case import Case
from undertow.errors import UsageError
from undertow.finding import Finding
from undertow.pseudonyms import ACCOUNT_COLUMNS
from undertow.simulation import preset, simulate
from undertow.sources.base import ReadOptions

MAPPING = {"post_id": "id", "account_id": "who", "created_at": "when", "text": "text"}


def by_id(findings: list[Finding]) -> dict[str, Finding]:
    return {finding.id: finding for finding in findings}


def analysed(case: Case, **settings: object) -> dict[str, Finding]:
    given_ = {f"text_families.{name}": value for name, value in settings.items()}
    return by_id(undertow.analyse(case, only=["text_families"], settings=given_))


def written(folder: Path, rows: list[tuple[str, str, str, str]]) -> Case:
    """A case of posts (id, who, when, text)."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "posts.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("id", "who", "when", "text"), *rows])
    case, _ = Case.create(folder / "case").add(path, options=ReadOptions(mapping=MAPPING, platform="board"))
    return case


@pytest.fixture(scope="module")
def simulated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("copypaste")
    simulate(folder, scenario=preset("copypaste").sized(accounts=150, posts=4_000), seed=5)
    Case.create(folder / "case").add(folder / "synthetic_takedown_posts.csv.gz")
    Case.create(folder / "control").add(folder / "synthetic_control_posts.csv.gz")
    return folder


@pytest.fixture(scope="module")
def case(simulated: Path) -> Case:
    return Case.open(simulated / "case")


@pytest.fixture(scope="module")
def found(case: Case) -> dict[str, Finding]:
    return analysed(case)


def test_every_documented_finding_is_there_and_no_other(found: dict[str, Finding]) -> None:
    from undertow.analyses.text_families import FINDINGS

    assert set(found) == set(FINDINGS)


def test_what_is_called_copied_was_planted(simulated: Path, case: Case, found: dict[str, Finding]) -> None:
    """Of the posts behind the finding, nine in ten at least are planted copies; a third of all is found."""
    with (simulated / "truth.csv").open(encoding="utf-8", newline="") as file:
        planted = {
            row["subject_id"]
            for row in csv.DictReader(file)
            if row["subject_type"] == "post" and row["label"] == "text_family" and row["population"] == "takedown"
        }
    finding = found["text_families.coverage"]
    rows = case.evidence(finding).to_pylist()
    assert len(rows) == finding.evidence.rows
    assert sum(row["post_id"] in planted for row in rows) > 0.9 * len(rows)
    assert finding.estimate.value is not None
    assert finding.estimate.value * finding.estimate.n > 0.3 * len(planted)
    assert finding.strength in ("moderate", "strong")


def test_a_control_shows_less(simulated: Path, found: dict[str, Finding]) -> None:
    control = analysed(Case.open(simulated / "control"))["text_families.coverage"]
    alone = found["text_families.coverage"]
    held = analysed(Case.open(simulated / "case"), control=str(simulated / "control"))["text_families.coverage"]
    assert alone.estimate.value is not None
    assert control.estimate.value is not None
    assert held.estimate.value is not None
    assert control.estimate.value < alone.estimate.value / 3
    assert control.estimate.value < held.estimate.value
    assert "control" in held.method


def test_reposts_are_left_out(case: Case, found: dict[str, Finding]) -> None:
    own = case.query("SELECT count(*) AS n FROM posts WHERE kind <> 'repost'")["n"][0].as_py()
    assert found["text_families.coverage"].estimate.n == own
    for finding in found.values():
        assert all(row["kind"] != "repost" for row in case.evidence(finding).to_pylist())


def test_families_have_templates_variants_and_times(found: dict[str, Finding]) -> None:
    finding = found["text_families.families"]
    assert finding.result is not None
    rows = finding.result.to_pylist()
    assert {row["row"] for row in rows} == {"template", "variant", "near miss"}
    first = rows[0]
    assert first["accounts"] >= 2
    assert first["posts"] == max(row["posts"] for row in rows if row["judged"] == "beyond chance")
    assert any(row["slots"] and "[" in row["text"] for row in rows if row["row"] == "template")
    assert all(row["difference"] for row in rows if row["row"] == "near miss")
    assert all(row["first_post"] for row in rows if row["row"] == "template")


def test_no_statement_names_an_account_and_columns_that_do_are_pseudonymised(
    case: Case, found: dict[str, Finding]
) -> None:
    accounts = set(case.query("SELECT DISTINCT account_id AS a FROM posts")["a"].to_pylist())
    for finding in found.values():
        assert not any(account in finding.statement for account in accounts)
        assert finding.result is not None
        for name in set(finding.result.column_names) - ACCOUNT_COLUMNS:
            assert not accounts & {str(value) for value in finding.result[name].to_pylist()}
        assert not any(account in str(finding.figure) for account in accounts)


def test_languages_add_up(found: dict[str, Finding]) -> None:
    finding = found["text_families.languages"]
    assert finding.result is not None
    rows = [row for row in finding.result.to_pylist() if row["row"] == "language"]
    known = sum(row["posts"] for row in rows if row["language"] != "unknown")
    assert known == finding.estimate.n
    assert sum(row["posts"] for row in rows) == found["text_families.coverage"].estimate.n
    assert {("zh", "Simplified"), ("zh", "Traditional")} <= {(row["language"], row["script"]) for row in rows}


SENTENCE = "The harbour lights of Eastvale were renewed last night by the crew of the old ferry"
PLAIN = [
    f"{who} went to see {what} with {whom} in the {when}"
    for who in ("Anna", "My brother", "Nobody here", "Our teacher")
    for what in ("a long film", "the new stadium", "some friends", "that exhibition")
    for whom in ("her aunt", "two dogs", "all neighbours")
    for when in ("rain", "evening", "holidays")
]


def board(copies: int) -> list[tuple[str, str, str, str]]:
    rows = [(f"p{n}", f"plain{n % 36}", f"2020-01-{n % 28 + 1:02d} 10:00:00", text) for n, text in enumerate(PLAIN)]
    rows += [(f"c{n}", f"copier{n}", f"2020-02-01 10:{n:02d}:00", f"{SENTENCE}{'!' * n}") for n in range(copies)]
    return rows


def test_the_order_of_rows_changes_nothing(tmp_path: Path) -> None:
    rows = board(8)
    shuffled = rows.copy()
    random.Random(3).shuffle(shuffled)
    one, other = (analysed(written(tmp_path / name, part)) for name, part in (("a", rows), ("b", shuffled)))
    assert one == other
    for name, finding in one.items():
        assert finding.result == other[name].result


def test_copies_of_one_sentence_are_one_family_with_its_spread(tmp_path: Path) -> None:
    found = analysed(written(tmp_path, board(8)))
    result = found["text_families.families"].result
    assert result is not None
    family = next(row for row in result.to_pylist() if row["text"] == SENTENCE.lower())
    assert (family["posts"], family["accounts"], family["judged"]) == (8, 8, "beyond chance")
    assert (family["first_movers"], family["tied_first"]) == ("copier0", 1)
    assert family["span_hours"] == pytest.approx(7 / 60)


def test_a_text_of_the_control_is_discounted(tmp_path: Path) -> None:
    """What everybody in the control writes too is no copy-paste of the set."""
    case = written(tmp_path / "set", board(8))
    control = written(
        tmp_path / "control", [(f"x{n}", f"o{n}", when, text) for n, (_, _, when, text) in enumerate(board(40))]
    )

    def judged(found: dict[str, Finding]) -> str:
        result = found["text_families.families"].result
        assert result is not None
        return next(str(row["judged"]) for row in result.to_pylist() if row["text"] == SENTENCE.lower())

    assert judged(analysed(case)) == "beyond chance"
    assert judged(analysed(case, control=str(control.path))) == "within chance"


def test_one_account_that_repeats_itself_is_no_shared_family(tmp_path: Path) -> None:
    rows = [(f"r{n}", "one", f"2020-01-01 10:{n:02d}:00", SENTENCE) for n in range(10)]
    found = analysed(written(tmp_path, rows))
    assert found["text_families.coverage"].statement.startswith("Too little to tell")
    single = found["text_families.single_accounts"]
    assert single.estimate.value == pytest.approx(0.9)
    assert single.evidence.rows == 9


@pytest.mark.parametrize("texts", [[], [""], ["#only #tags"], ["a"], [SENTENCE]])
def test_next_to_nothing_is_no_error(tmp_path: Path, texts: list[str]) -> None:
    rows = [(f"p{n}", f"a{n}", "2020-01-01 10:00:00", text) for n, text in enumerate(texts)]
    case = written(tmp_path, rows) if rows else Case.create(tmp_path / "case")
    found = analysed(case)
    assert len(found) == 5
    assert found["text_families.coverage"].statement.startswith("Too little to tell")
    assert found["text_families.coverage"].strength == "none"


def test_settings_that_cannot_be_are_refused(tmp_path: Path) -> None:
    case = Case.create(tmp_path / "case")
    for name, value in (("edit", 0), ("jaccard", 1.5), ("level", 0.9), ("draws", 0)):
        with pytest.raises(UsageError):
            analysed(case, **{name: value})


@given(st.text(), st.integers(1, 40))
def test_cut_keeps_short_texts_and_never_exceeds(text: str, longest: int) -> None:
    shown = cut(text, longest)
    assert len(shown) <= max(longest, 1)
    assert shown == text if len(text) <= longest else shown.endswith("…")


def test_the_same_text_in_the_same_minute_is_a_double_not_a_repeat(tmp_path: Path) -> None:
    rows = [(f"r{n}", "one", f"2020-01-01 10:{n // 2:02d}:{n % 2 * 30:02d}", SENTENCE) for n in range(10)]
    single = analysed(written(tmp_path, rows))["text_families.single_accounts"]
    assert single.estimate.value == pytest.approx(0.4)
    assert single.evidence.rows == 4
    assert "Not counted: 5 posts with the text that the same account posted in the same minute" in single.statement
