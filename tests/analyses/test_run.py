"""What can be asked of the analyses, and what is told to who asks for something else."""

from __future__ import annotations

import datetime as dt

import pytest

from undertow.analyses.run import Request, analyse, run
from undertow.case import Case
from undertow.errors import UsageError
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
