"""What can be asked of the analyses, and what is told to who asks for something else."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from undertow.analyses.base import Scope
from undertow.analyses.run import Request, analyse, run
from undertow.case import Case
from undertow.errors import CaseError, UsageError
from undertow.sources.base import ReadOptions

ONE = "posting_hours.office_hours"


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Case:
    """Sixty posts, in three languages, of which one has a quote in its name."""
    folder = tmp_path_factory.mktemp("run")
    languages = ["ru", "de", "o'x"]
    lines = [f"2020-01-{1 + n % 28:02d} 10:00:00,a{n % 7},text {n},{languages[n % 3]}" for n in range(60)]
    (folder / "posts.csv").write_text("\n".join(["when,who,what,lang", *lines]) + "\n")
    mapping = {"created_at": "when", "account_id": "who", "text": "what", "client": "lang"}
    return Case.add_to(folder / "case", folder / "posts.csv", options=ReadOptions(mapping=mapping))[0]


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"by": "hashtags"}, "holds lists"),
        ({"by": "urls"}, "holds lists"),
        ({"by": "clients"}, "no column 'clients'"),
        ({"by": "client", "by_at_least": 1000}, "no value of client has 1,000 posts"),
        ({"since": dt.date(2020, 1, 2), "until": dt.date(2020, 1, 2)}, "no day is from"),
        ({"since": dt.date(2020, 1, 3), "until": dt.date(2020, 1, 2)}, "no day is from"),
        ({"seed": -1}, "a seed is 0 or more"),
        ({"where": "random() < 0.5"}, "another answer"),
    ],
)
def test_what_cannot_be_asked_is_said(small: Case, asked: dict[str, object], said: str) -> None:
    with pytest.raises(UsageError, match=said) as caught:
        list(run(small, Request(only=(ONE,), **asked)))  # type: ignore[arg-type]
    assert caught.value.todo


def test_a_split_names_each_value_whatever_is_in_it(small: Case) -> None:
    found = analyse(small, only=[ONE], by="client", where="text IS NOT NULL -- all of them")
    assert [finding.estimate.n for finding in found] == [20, 20, 20]
    assert sum("o''x" in str(finding.filter) for finding in found) == 1


@pytest.mark.parametrize(
    ("outer", "inner"),
    [
        ("client = 'ru' -- Russian", "kind = 'original'"),
        ("client = 'ru'", "kind = 'original' -- own /* words */"),
        ("client = 'ru' OR client = 'de' /* both", None),
        ("client = 'ru'", "kind = 'reply') OR (kind = 'original'"),
    ],
)
def test_a_scope_is_narrowed_whatever_is_written_in_it(outer: str, inner: str | None) -> None:
    scope = Scope(where=outer)
    if inner is None or inner.count("(") != inner.count(")") or ")" in inner:
        with pytest.raises(UsageError):
            scope.narrowed(inner or "TRUE")
        return
    assert scope.narrowed(inner).where == "(client = 'ru') AND kind = 'original'"


@pytest.mark.parametrize("text", ["parameters = 5\n", "[parameters]\nposting_hours = 3\n"])
def test_settings_that_are_no_tables_are_refused(small: Case, text: str) -> None:
    settings = small.path / "case.toml"
    before = settings.read_text()
    try:
        settings.write_text(text)
        with pytest.raises(UsageError, match="not a table of settings") as caught:
            analyse(small, only=[ONE])
        assert caught.value.where == "case.toml"
    finally:
        settings.write_text(before)


@pytest.mark.parametrize(
    ("name", "value", "said"), [("offset", "abc", "give a whole number"), ("hours_from", "x", "give a ")]
)
def test_a_setting_of_the_wrong_kind_is_told_which(small: Case, name: str, value: str, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        analyse(small, only=[ONE], settings={f"posting_hours.{name}": value})


def test_a_control_goes_to_the_analyses_that_take_one(small: Case, tmp_path: Path) -> None:
    (tmp_path / "other.csv").write_text("when,who,what\n2020-01-01 10:00:00,b1,other\n")
    mapping = {"created_at": "when", "account_id": "who", "text": "what"}
    options = ReadOptions(mapping=mapping)
    control = Case.add_to(tmp_path / "control", tmp_path / "other.csv", title="Others", options=options)[0]
    found = analyse(small, only=[ONE, "coordination.network"], control=control.path)
    assert [finding.id for finding in found] == [ONE, "coordination.network"]
    assert "the control set 'Others' (1 post; head of its ledger" in found[1].method
    own = {"coordination.control": str(tmp_path / "nowhere")}
    with pytest.raises(CaseError, match="no case"):  # an analysis's own setting goes before the general one
        analyse(small, only=["coordination.network"], control=control.path, settings=own)


def test_a_control_that_cannot_be_used_is_refused_before_the_work_begins(small: Case, tmp_path: Path) -> None:
    empty = Case.create(tmp_path / "empty")
    for control, said in ((small.path, "the case itself"), (empty.path, "no posts"), (tmp_path, "no case")):
        with pytest.raises((UsageError, CaseError), match=said) as caught:
            analyse(small, control=control, started=lambda name, _: pytest.fail(f"{name} was begun"))
        assert caught.value.todo
    with pytest.raises(UsageError, match="posting_hours takes no control") as caught:
        analyse(small, only=[ONE], control=empty.path)
    assert "coordination" in str(caught.value.todo)
