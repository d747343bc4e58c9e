"""What is published names no account: reports carry pseudonyms, and no id of an account or post stands in them."""

from __future__ import annotations

import re
import stat
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

import undertow
from undertow.case import Case
from undertow.finding import Estimate, Evidence, Finding
from undertow.pseudonyms import KEY_FILE, Pseudonyms, case_key, without_ids
from undertow.reports import render_html
from undertow.verify import verify

ACCOUNTS = ("planted_handle_1", "planted-id-2")


@pytest.fixture
def case(tmp_path: Path) -> Case:
    """A case with one finding that names two accounts and two posts everywhere it can."""
    case = Case.create(tmp_path / "case")
    rows = [{"account_a": ACCOUNTS[0], "account_b": ACCOUNTS[1], "members": list(ACCOUNTS), "objects": 3}]
    figure = {
        "$schema": "https://vega.github.io/schema/vega-lite/v6.json",
        "description": "two accounts",
        "data": {"values": [{"account": name, "x": 1.0} for name in ACCOUNTS]},
        "mark": "point",
        "encoding": {"x": {"field": "x", "type": "quantitative"}, "y": {"field": "account", "type": "nominal"}},
    }
    finding = Finding(
        id="posting_hours.office_hours",
        question="Who?",
        statement="Two accounts act together.",
        estimate=Estimate(value=2.0, unit="accounts", n=2, n_accounts=2),
        p_value=0.01,
        null_model="chance",
        method="counting",
        assumptions=(),
        alternatives=("Fans",),
        strength="weak",
        aspect="behaviour",
        table="pairs.parquet",
        chart="pairs.vl.json",
        evidence=Evidence(
            sql="SELECT * FROM posts WHERE account_id IN ('planted_handle_1', 'planted-id-2') AND post_id = '991'",
            rows=0,
        ),
        result=pa.Table.from_pylist(rows),
        figure=figure,
    )
    return case.record([finding], {})


def test_a_report_names_no_account_and_no_post(case: Case) -> None:
    text = render_html(undertow.report_of(case))
    for name in (*ACCOUNTS, "'991'"):
        assert name not in text
    assert Pseudonyms(case_key(case.path)).of(ACCOUNTS[0]) in text


def test_a_name_with_a_comma_is_one_account() -> None:
    pseudonyms = Pseudonyms(b"key")
    table = pa.table({"display_name": ["Smith, John"], "members": [["Smith, John", "b"]]})
    assert pseudonyms.table(table).to_pylist() == [
        {
            "display_name": pseudonyms.of("Smith, John"),
            "members": [pseudonyms.of("Smith, John"), pseudonyms.of("b")],
        }
    ]


def test_an_identifiable_report_names_them(case: Case) -> None:
    text = render_html(undertow.report_of(case, identifiable=True))
    assert all(name in text for name in ACCOUNTS)


def test_the_key_is_the_cases_own_and_private(case: Case, tmp_path: Path) -> None:
    key = case_key(case.path)
    assert case_key(case.path) == key
    assert stat.S_IMODE((case.path / KEY_FILE).stat().st_mode) == 0o600
    assert case_key(Case.create(tmp_path / "other").path) != key
    assert verify(case).ok


@given(st.text(min_size=1), st.text(min_size=1), st.binary(min_size=1))
def test_names_stay_apart_and_the_same_name_stays_the_same(one: str, other: str, key: bytes) -> None:
    pseudonyms = Pseudonyms(key)
    assert re.fullmatch(r"acct-[a-z2-7]{10}", pseudonyms.of(one))
    assert (pseudonyms.of(one) == pseudonyms.of(other)) == (one == other)


@given(st.lists(st.text(), min_size=1, max_size=5))
def test_ids_are_left_out_of_queries_whatever_they_hold(ids: list[str]) -> None:
    listed = ", ".join("'" + value.replace("'", "''") + "'" for value in ids)
    sql = f"SELECT * FROM posts WHERE platform = 'twitter' AND (post_id IN ({listed})) AND likes > 3"
    plural = "s" if len(ids) > 1 else ""
    assert without_ids(sql) == (
        f"SELECT * FROM posts WHERE platform = 'twitter' AND (post_id IN ({len(ids)} id{plural} left out)) AND likes > 3"
    )
