"""What a finding's evidence returns is what was counted; what others have the same ids for is told apart."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from undertow.analyses.amplification import Parameters, analyse
from undertow.analyses.base import Scope
from undertow.case import Case
from undertow.finding import Finding
from undertow.sources.base import ReadOptions

MAP = {
    "post_id": "id", "account_id": "who", "created_at": "at", "text": "text", "kind": "kind", "reposted_post_id": "rp",
    "reposted_account_id": "ra", "reposted_handle": "rh", "replied_post_id": "pp", "replied_account_id": "pa",
    "quoted_post_id": "qp", "handle": "handle", "account_created_at": "born",
}  # fmt: skip
COLUMNS = list(MAP.values())
DAY = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)


def post(number: int, who: str, kind: str = "repost", day: float = 0, **more: str) -> dict[str, str]:
    at = DAY + dt.timedelta(days=day, seconds=number)
    return {
        "id": f"n{number}",
        "who": who,
        "at": f"{at:%Y-%m-%d %H:%M:%S}",
        "kind": kind,
        "text": f"text {number}",
        **more,
    }


def case_of(folder: Path, posts: dict[str, list[dict[str, str]]], watch: str | None = None) -> Case:
    """A case of posts by platform."""
    folder.mkdir(parents=True, exist_ok=True)
    case = Case.create(folder / "case")
    for platform, rows in posts.items():
        path = folder / f"{platform}.csv"
        path.write_text(
            "\n".join([",".join(COLUMNS), *(",".join(row.get(c, "") for c in COLUMNS) for row in rows)]) + "\n"
        )
        case, _ = case.add(path, options=ReadOptions(mapping=MAP, platform=platform))
    if watch is not None:
        (folder / "watch.csv").write_text(watch)
        case, _ = case.add(folder / "watch.csv")
    return case


def found(case: Case, where: str | None = None) -> dict[str, Finding]:
    parameters = Parameters(coordinated=False, scope=Scope(where=where))
    return {finding.id.partition(".")[2]: finding for finding in analyse(case, parameters)}


def every_way() -> list[dict[str, str]]:
    """Accounts x (with the handle Xena) and y (a.b) amplified in every way, and posts that only look so."""
    x, y = {"ra": "x"}, {"rh": "A.B"}
    rows = [
        post(0, "x", "original", handle="Xena", text="the very words"),
        post(1, "y", "original", handle="a.b"),
        *(post(10 + n, f"u{n}", rp="n0", **x) for n in range(4)),  # by id
        *(post(20 + n, f"u{n}", **y) for n in range(3)),  # by handle
        post(30, "u1", rp="n0"),  # by post
        post(31, "u2", "reply", pp="n0"),
        post(32, "u2", "reply", pp="elsewhere", pa="x"),
        post(33, "u3", "quote", qp="n1"),
        post(34, "u4", text="the very words"),  # by text
        post(35, "u5", text="as @xena says"),  # by mention
        post(36, "u6", text="and @XENA and @xena again"),
    ]
    return [
        *rows,
        post(50, "x", rp="n0", **x),  # to its own post, in each way
        post(51, "x", "reply", pp="n0"),
        post(52, "x", text="as @xena says"),
        post(53, "y", **y),
        post(54, "u1", rp="n0", ra="else"),  # what comes first counts
        post(55, "u1", rp="n0", rh="else"),
        post(56, "u1", text="mail to me@xena now"),
        post(57, "u1", text="@a is not @a.b"),
        post(58, "u1", "original", text="as @xena says"),
        post(59, "u7", day=-2, text="the very words"),  # before it was posted
    ]


WATCH = "account_id,platform,actor_class,valid_from\nx,p,diplomat,{0}\ny,p,diplomat,\n"


def test_evidence_is_the_posts_that_were_counted(tmp_path: Path) -> None:
    reach = found(case_of(tmp_path, {"p": every_way()}, WATCH.format("")))["reach"]
    assert reach.estimate.n == 4 + 3 + 7
    assert reach.evidence.rows == reach.estimate.n


def test_evidence_of_the_most_amplified_is_the_posts_that_were_counted(tmp_path: Path) -> None:
    reach = found(case_of(tmp_path, {"p": every_way()}))["reach"]
    assert reach.evidence.rows == reach.estimate.n > 10


def test_evidence_keeps_to_the_time_in_which_an_account_is_watched(tmp_path: Path) -> None:
    rows = [post(n, f"u{n % 7}", day=n % 30, ra="x", rp=f"p{n}") for n in range(300)]
    reach = found(case_of(tmp_path, {"p": rows}, WATCH.format("2020-01-16")))["reach"]
    assert reach.estimate.n == 150
    assert reach.evidence.rows == 150


def test_evidence_knows_sources_from_the_posts_in_scope_only(tmp_path: Path) -> None:
    case = case_of(tmp_path, {"p": every_way()}, WATCH.format(""))
    reach = found(case, "account_id <> 'x'")["reach"]
    assert reach.evidence.rows == reach.estimate.n == 4 + 3 + 4


def test_equal_ids_on_two_platforms_are_two_accounts(tmp_path: Path) -> None:
    """The second platform's accounts are 20 years older, and gone in part."""

    def rows(born: str, more: int) -> list[dict[str, str]]:
        return [post(n, f"u{n % 12}", day=n % 5, ra="x", rp="n0", born=born) for n in range(48 + more)]

    watch = "account_id,platform,actor_class\nx,p,diplomat\n"
    one = case_of(tmp_path / "one", {"p": rows("2019-12-01", 0)}, watch)
    both = case_of(
        tmp_path / "both", {"p": rows("2019-12-01", 0), "q": rows("2000-01-01", 12)}, watch + "x,q,diplomat\n"
    )
    alone, together = found(one), found(both)
    assert alone["reach"].statement.startswith("12 accounts amplified")
    assert together["reach"].statement.startswith("24 accounts amplified")
    assert together["reach"].evidence.rows == together["reach"].estimate.n == 108
    assert alone["newness"].estimate.value == 1
    assert together["newness"].estimate.value == 48 / 108, "only those of the one platform are young"
    assert together["loyalty"].estimate.n_accounts == 24
    # the other platform in the case changes nothing for one that is watched here alone
    aside = found(case_of(tmp_path / "aside", {"p": rows("2019-12-01", 0), "q": rows("2000-01-01", 12)}, watch))
    for name in ("reach", "newness", "loyalty", "speed", "concentration"):
        assert aside[name].estimate == alone[name].estimate, name
        assert aside[name].evidence.rows == alone[name].evidence.rows, name


def test_loyalty_counts_what_amplifiers_did_while_the_account_was_watched(tmp_path: Path) -> None:
    rows = [post(n, f"u{n % 12}", day=n % 60, ra="x", rp=f"p{n}") for n in range(12 * 60)]
    assert found(case_of(tmp_path, {"p": rows}, WATCH.format("2020-02-10")))["loyalty"].estimate.value == 1
