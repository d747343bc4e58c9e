"""No e-mail address, telephone number, handle, display name or id of an account is in anything pseudonymised."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from outputs import everything, folded

import undertow
from undertow.case import Case
from undertow.exports.bundle import write_bundle
from undertow.exports.networks import network, networks
from undertow.names import Names
from undertow.published import Published, published


@pytest.fixture(scope="module")
def outputs(planted: Any, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    return everything(planted.case, tmp_path_factory.mktemp("out"))


def test_nothing_planted_is_in_any_pseudonymised_output(planted: Any, outputs: dict[str, str]) -> None:
    assert len(outputs) > 15
    leaks = [
        (name, value) for name, text in outputs.items() for value in planted.values if folded(value) in folded(text)
    ]
    assert leaks == []


def test_the_search_would_find_them(planted: Any, tmp_path: Path) -> None:
    """With names shown, every planted id and contact is there: the test above can fail."""
    named = "\n".join(everything(planted.case, tmp_path, identifiable=True).values())
    for value in planted.values[:6]:
        assert folded(value) in folded(named), value


def test_an_account_keeps_its_pseudonym_across_outputs(planted: Any, outputs: dict[str, str]) -> None:
    shown = published(planted.case)
    assert shown.pseudonyms is not None
    name = shown.pseudonyms.of("900000000000000011")
    for output in ("report", "gexf", "graphml", "stix", "coordination_network.csv"):
        assert name in outputs[output], output
    # a mention of its handle and its display name lead to the same pseudonym
    assert shown.pseudonyms.content("planted_handle_1").startswith(name)
    assert shown.pseudonyms.content("by planted person SEVENSON!") == f"by {name}!"


def test_ordinary_words_stay(planted: Any) -> None:
    shown = published(planted.case)
    for words in (
        "348,608 posts by 23,750 accounts, 2018-01-11 to 2020-05-02",
        "p = 0.0047 after correction for 19 calendars",
        "UTC-5:45 to UTC-1:15: 50 countries",
    ):
        assert shown.sentence(words) == words


def test_an_identifiable_bundle_is_needed_where_a_run_names_an_account(planted: Any, tmp_path: Path) -> None:
    case = Case.open(planted.case.path)
    line = case.ledger.findings()
    assert line is not None
    findings = case.findings()
    import shutil

    copy = tmp_path / "copy"
    shutil.copytree(case.path, copy)
    named = Case.open(copy).record(findings, {"where": "account_id = '900000000000000011'"})
    with pytest.raises(undertow.UsageError, match="pseudonymised bundle may not hold"):
        write_bundle(published(named), tmp_path / "b.zip")
    write_bundle(published(named, identifiable=True), tmp_path / "b.zip")


def test_networks_are_found(planted: Any) -> None:
    shown: Published = published(planted.case)
    assert list(networks(shown.findings)) == ["coordination.network"]
    with pytest.raises(undertow.UsageError, match="no network"):
        network(shown.findings, "coordination.networks")


NAME = st.text(st.characters(categories=("L", "N")), min_size=4, max_size=12)


@given(NAME, st.text(max_size=40), st.text(max_size=40))
def test_a_name_is_found_wherever_it_stands(name: str, before: str, after: str) -> None:
    names = Names.of([(name, "x")])
    shown = names.replaced(f"{before} {name} {after}", lambda _: "§")
    assert "§" in shown
    if name not in before and name not in after:
        assert name not in shown


@given(st.text(max_size=200))
def test_without_names_nothing_changes(text: str) -> None:
    assert Names.of([]).replaced(text, str.upper) == text
