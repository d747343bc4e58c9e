"""The same ids on two platforms are different accounts, and every column of accounts holds ids alone."""

from __future__ import annotations

from pathlib import Path

import planted_cases
import pytest

from undertow.analyses.coordination import Parameters, analyse
from undertow.analyses.coordination.explain import Choice, explain_account, explain_group, explain_pair
from undertow.case import Case
from undertow.exports.networks import network
from undertow.finding import Finding
from undertow.pseudonyms import ACCOUNT_COLUMNS

PLATFORMS = ("here", "there")
IDS = {f"g{number}" for number in range(4)}
REPOSTS = Choice(traces=("repost",))


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Case:
    """One planted group on each platform; its members have the same ids on both."""
    acts = planted_cases.organic(1, accounts=60) + planted_cases.planted(1, members=4)
    made = planted_cases.make_case(tmp_path_factory.mktemp("platforms"), acts, platforms=PLATFORMS)
    return made.record(analyse(made, Parameters(traces=("repost",))), {})


def rows_of(case: Case, name: str) -> list[dict[str, object]]:
    (found,) = (finding for finding in case.findings() if finding.id == f"coordination.{name}")
    assert isinstance(found, Finding)
    assert found.result is not None
    return found.result.to_pylist()


def test_columns_of_accounts_hold_ids_and_others_their_platform(case: Case) -> None:
    accounts = {name for finding in case.findings() if finding.result is not None
                for column in ACCOUNT_COLUMNS & set(finding.result.column_names)
                for cell in finding.result[column].to_pylist()
                for name in (cell if isinstance(cell, list) else [cell]) if name is not None}  # fmt: skip
    assert accounts == IDS
    groups = rows_of(case, "groups")
    assert [row["platforms"] for row in groups] == [[platform] * 4 for platform in PLATFORMS]
    pairs = {
        (row["platform_a"], row["account_a"], row["platform_b"], row["account_b"])
        for row in rows_of(case, "network")
    }
    assert len(pairs) == 12
    assert all(one == other for one, _, other, _ in pairs)
    assert len({(row["platform"], row["account"]) for row in rows_of(case, "accounts")}) == 8


def test_an_exported_network_has_all_eight_accounts(case: Case) -> None:
    made = network(case.findings())
    assert sorted((node.attributes["platform"], node.name) for node in made.nodes) == [
        (platform, name) for platform in PLATFORMS for name in sorted(IDS)
    ]
    assert len(made.links) == 12
    groups = [node.group for node in made.nodes]
    assert all(groups[link.one] == groups[link.other] for link in made.links)


def test_explanations_name_the_platform(case: Case) -> None:
    assert explain_group(case, 2, REPOSTS).accounts == tuple(f"there:{name}" for name in sorted(IDS))
    account = explain_account(case, "there:g0", REPOSTS)
    assert set(account.accounts) == {f"there:{name}" for name in IDS}
    assert {edge["platform_a"] for edge in account.edges} == {"there"}
    assert explain_pair(case, "here:g0", "here:g1", REPOSTS).n_meetings == 12


def test_a_case_of_one_platform_names_ids(tmp_path: Path) -> None:
    made = planted_cases.make_case(tmp_path, planted_cases.planted(1))
    assert explain_pair(made, "g0", "g1", REPOSTS).accounts == ("g0", "g1")
