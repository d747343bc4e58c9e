"""Watchlists against a case: custody, renames, case, validity, withdrawal, look-alikes, domains."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import pytest

from undertow.analyses import base
from undertow.case import Case
from undertow.errors import InputError
from undertow.watchlists import Watchlist, listed_domain, resolve
from undertow.watchlists.matching import skeleton

UTC = dt.UTC


def account(id_: str, handle: str) -> dict[str, str]:
    return {"id": id_, "username": handle, "name": handle}


def page(day: str, *accounts: dict[str, str]) -> str:
    """A page of the X API v2 with one post by each account, observed on ``day``."""
    posts = [
        {"id": f"{day[-2:]}{a['id']}", "author_id": a["id"], "text": "a", "created_at": f"{day}T10:00:00.000Z",
         "entities": {"urls": [{"url": "https://t.co/x", "expanded_url": f"https://{host}/a"}
                               for host in ("fr.example.org", "examp1e.org")]}}
        for a in accounts
    ]  # fmt: skip
    return json.dumps(
        {"data": posts, "includes": {"users": accounts}, "__twarc": {"retrieved_at": f"{day}T12:00:00+00:00"}}
    )


@pytest.fixture
def case(tmp_path: Path) -> Case:
    lines = [
        page("2020-01-01", account("1", "Embassy_X"), account("2", "other")),
        page("2020-02-01", account("1", "Ambassador_X"), account("3", "Ernbassy_X"), account("4", "Embаssy_X")),
        page("2021-01-01", account("5", "embassy_x")),
    ]
    (tmp_path / "posts.jsonl").write_text("\n".join(lines) + "\n")
    made, _ = Case.add_to(tmp_path / "case", tmp_path / "posts.jsonl")
    return made


def watch(case: Case, tmp_path: Path, *lines: str, name: str = "watch.csv") -> Case:
    path = tmp_path / name
    columns = "account_id,handle,domain,actor_class,country,valid_from,valid_to,withdrawn,source"
    path.write_text("\n".join([columns, *lines]) + "\n")
    from undertow.sources.base import ReadOptions

    after, _ = case.add(path, options=ReadOptions(platform="twitter"))
    return after


def resolved(case: Case) -> Watchlist:
    with base.open_engine(case, base.Parameters()) as engine:
        return resolve(engine)


def accounts(case: Case) -> set[tuple[str | None, str | None, str | None]]:
    rows = resolved(case).accounts.to_pylist()
    return {(row["account_id"], row["handle"], row["matched"]) for row in rows}


def test_a_case_without_a_watchlist_watches_nobody(case: Case) -> None:
    assert resolved(case).empty


def test_handles_are_followed_over_case_and_renames(case: Case, tmp_path: Path) -> None:
    after = watch(case, tmp_path, ",EMBASSY_X,,diplomat,FR,,,,")
    assert accounts(after) == {
        ("1", "Embassy_X", "handle"),
        ("1", "Ambassador_X", "other handle"),
        ("5", "embassy_x", "handle"),
    }
    assert all(row["ambiguous"] for row in resolved(after).accounts.to_pylist())
    assert after.inputs[-1].format == "watchlist", "custody is in the ledger"


def test_validity_decides_between_bearers_of_one_handle(case: Case, tmp_path: Path) -> None:
    after = watch(case, tmp_path, ",embassy_x,,diplomat,FR,,2020-06-30,,")
    found = resolved(after).accounts.to_pylist()
    assert {row["account_id"] for row in found} == {"1"}
    assert not any(row["ambiguous"] for row in found)
    assert {row["valid_to"] for row in found} == {dt.datetime(2020, 7, 1, tzinfo=UTC)}


def test_ids_match_whatever_the_handle(case: Case, tmp_path: Path) -> None:
    after = watch(case, tmp_path, "2,,,ordinary,,,,,", "99,,,ordinary,,,,,")
    assert accounts(after) == {("2", "other", "id"), ("99", None, None)}


def test_lookalikes_are_flagged_and_not_counted(case: Case, tmp_path: Path) -> None:
    after = watch(case, tmp_path, ",embassy_x,,diplomat,,,,,", ",,example.org,fringe_outlet,,,,,")
    alike = {(row["account_id"], row["handle"], row["resembles"]) for row in resolved(after).lookalikes.to_pylist()}
    assert {name for _, name, _ in alike} == {"Ernbassy_X", "Embаssy_X", "examp1e.org"}
    assert not {"3", "4"} & {row["account_id"] for row in resolved(after).accounts.to_pylist()}


def test_an_end_supersedes_and_a_withdrawal_takes_back(case: Case, tmp_path: Path) -> None:
    open_ = watch(case, tmp_path, "2,,,diplomat,,,,,S", "3,,,covert,,,,,S", "3,,,covert,,,,,T")
    after = watch(open_, tmp_path, "2,,,diplomat,,,2020-01-31,,S", "3,,,covert,,,,yes,S", name="second.csv")
    rows = {(r["account_id"], r["asserted_by"]): r["valid_to"] for r in resolved(after).accounts.to_pylist()}
    assert rows == {("2", "S"): dt.datetime(2020, 2, 1, tzinfo=UTC), ("3", "T"): None}


def test_the_order_of_adding_does_not_matter(tmp_path: Path, case: Case) -> None:
    lists = {"a.csv": ",embassy_x,,diplomat,FR,,,,S", "b.csv": ",embassy_x,,diplomat,DE,,,,S"}
    one = watch(watch(case, tmp_path, lists["a.csv"], name="a.csv"), tmp_path, lists["b.csv"], name="b.csv")
    other, _ = Case.add_to(tmp_path / "other", tmp_path / "posts.jsonl")
    other = watch(watch(other, tmp_path, lists["b.csv"], name="b.csv"), tmp_path, lists["a.csv"], name="a.csv")
    assert resolved(one).accounts.equals(resolved(other).accounts)
    assert set(resolved(one).accounts["country"].to_pylist()) == {"DE"}


def test_domains_keep_their_class_and_hold_their_subdomains(case: Case, tmp_path: Path) -> None:
    after = watch(case, tmp_path, ",,example.org,fringe_outlet,,,,,")
    domains = {row["domain"]: row["actor_class"] for row in resolved(after).domains.to_pylist()}
    assert domains == {"example.org": "fringe_outlet"}
    assert listed_domain("fr.example.org", domains) == "example.org"
    assert listed_domain("notexample.org", domains) is None


def test_a_list_with_mistakes_leaves_the_case_as_it_was(case: Case, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="line 2"):
        watch(case, tmp_path, ",a,,no_such_class,,,,,")
    assert case.refreshed().head == case.head


def test_skeletons_tell_different_names_apart() -> None:
    assert skeleton("embassy_fr") != skeleton("embassy_de")
    assert skeleton("EmbassyUK") == skeleton("embassy_uk_")
