"""Made-up findings of the posting-hours question, to judge the report by; every number in here is invented.

``python tests/reports/samples.py FOLDER`` writes the report that they make, and its pictures.
"""

from __future__ import annotations

import math
import random
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa

from undertow.attribution.abcde import Degree
from undertow.attribution.assessment import Assessment, assessment_of
from undertow.attribution.judgements import Judgement, Kind
from undertow.finding import Estimate, Evidence, Finding
from undertow.reports import Report, Source, TableCount, write

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
QUESTION = "When do they post; whose working day, whose holidays?"
TOGETHER = "Who acts together, beyond chance?"


def week(seed: int = 1) -> list[list[int]]:
    """Posts by weekday and local hour: an office's week with a lunch break and a quiet weekend."""
    chance = random.Random(seed)
    table = []
    for day in range(7):
        row = []
        for hour in range(24):
            level = (
                260.0
                + 3400 * math.exp(-(((hour - 10) / 1.9) ** 2))
                + 3000 * math.exp(-(((hour - 15.2) / 1.8) ** 2))
            )
            level += 700 * math.exp(-(((hour - 21) / 1.6) ** 2))
            level *= 0.33 if day >= 5 else 1.0
            row.append(int(level * chance.uniform(0.92, 1.08)))
        table.append(row)
    return table


def office_hours(filter_: str | None = None) -> Finding:
    counts = [
        {"weekday": DAYS[d], "hour": h, "posts": n} for d, row in enumerate(week()) for h, n in enumerate(row)
    ]
    return Finding(
        id="posting_hours.office_hours",
        question=QUESTION,
        statement="71% of 348,608 posts fall between 08:00 and 17:00, Monday to Friday, at UTC+8 "
        "(27% if spread evenly).",
        estimate=Estimate(value=0.7123, low=0.691, high=0.7312, unit="share of posts", n=348608, n_accounts=23750),
        p_value=0.00002,
        null_model="posts spread evenly over the week",
        method="Posts are counted by local hour and weekday at UTC+8. The share is that of posts from 08:00 to "
        "17:00, Monday to Friday. The interval is a bootstrap over accounts (2,000 draws), because posts of one "
        "account are not independent.",
        assumptions=(
            "The times in the archive are UTC, to the minute.",
            "Accounts are drawn independently of each other.",
        ),
        alternatives=(
            "Ten countries share UTC+8, and people there who post in their working day look the same.",
            "A scheduler run from anywhere can be set to these hours.",
            "The platform may have chosen accounts for removal by these very hours.",
        ),
        strength="strong",
        aspect="behaviour",
        table="posting_hours.parquet",
        chart="posting_hours.vl.json",
        evidence=Evidence(
            sql="SELECT platform, post_id, account_id, created_at\nFROM posts\nJOIN hours USING (hour_bucket)\n"
            "WHERE hours.weekday <= 5 AND hours.local_hour BETWEEN 8 AND 16\nORDER BY created_at, post_id",
            rows=247512,
        ),
        filter=filter_,
        result=pa.Table.from_pylist(counts),
        figure=heat_map(counts),
    )


def heat_map(counts: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "description": "Posts by weekday and local hour at UTC+8. Most posts fall Monday to Friday from 08:00 to "
        "17:00, with fewer at lunch; there are few on Saturday and Sunday.",
        "data": {"values": counts},
        "mark": "rect",
        "encoding": {
            "x": {"field": "hour", "type": "ordinal", "title": "hour of the day, UTC+8"},
            "y": {"field": "weekday", "type": "ordinal", "sort": list(DAYS), "title": None},
            "color": {"field": "posts", "type": "quantitative", "title": "posts"},
        },
    }


def utc_offset() -> Finding:
    offsets = [round(-12 + 0.25 * i, 2) for i in range(105)]
    rows = []
    for offset in offsets:
        value = 0.268 + 0.444 * math.exp(-(((offset - 8) / 3.1) ** 2)) - 0.09 * math.exp(-(((offset + 4) / 4) ** 2))
        rows.append(
            {
                "offset": offset,
                "share": round(value, 4),
                "low": round(value - 0.018, 4),
                "high": round(value + 0.018, 4),
            }
        )
    return Finding(
        id="posting_hours.utc_offset",
        question=QUESTION,
        statement="The posts fit a working day at UTC+7:30 to UTC+8:30: China, Taiwan, Hong Kong, Singapore, "
        "Malaysia, the Philippines and western Australia among others.",
        estimate=Estimate(value=8.0, low=7.5, high=8.5, unit="hours from UTC", n=348608, n_accounts=23750),
        p_value=None,
        null_model=None,
        method="The office-hours share at each offset from UTC-12 to UTC+14 in steps of a quarter of an hour. The "
        "answer is the set of offsets whose share lies within the interval of the best.",
        assumptions=("Working days begin between 08:00 and 09:00.",),
        alternatives=(
            "Night shifts elsewhere: the same hours are a night shift in America.",
            "An audience in that time zone, addressed while it is awake.",
        ),
        strength="moderate",
        aspect="behaviour",
        evidence=Evidence(sql="SELECT * FROM posts", rows=348608),
        result=pa.Table.from_pylist(rows),
        figure={
            "description": "Share of posts in office hours by offset from UTC. It rises to 71% at UTC+8 and falls "
            "below the 27% of an even spread west of UTC.",
            "data": {"values": rows},
            "encoding": {
                "x": {
                    "field": "offset",
                    "type": "quantitative",
                    "title": "offset from UTC, hours",
                    "scale": {"domain": [-12, 14], "nice": False},
                }
            },
            "layer": [
                {
                    "mark": {"type": "rect", "style": "band"},
                    "data": {"values": [{"from": 7.5, "to": 8.5}]},
                    "encoding": {"x": {"field": "from", "type": "quantitative"}, "x2": {"field": "to"}},
                },
                {
                    "mark": "errorband",
                    "encoding": {
                        "y": {
                            "field": "low",
                            "type": "quantitative",
                            "title": "share of posts in office hours",
                            "axis": {"format": "%"},
                        },
                        "y2": {"field": "high"},
                    },
                },
                {"mark": "line", "encoding": {"y": {"field": "share", "type": "quantitative"}}},
                {
                    "mark": {"type": "rule", "style": "reference"},
                    "data": {"values": [{"even": 0.268}]},
                    "encoding": {"y": {"field": "even", "type": "quantitative"}, "x": None},
                },
                {
                    "mark": {"type": "text", "style": "note", "dy": -9},
                    "data": {"values": [{"at": -12, "even": 0.268, "words": "spread evenly: 27%"}]},
                    "encoding": {
                        "y": {"field": "even", "type": "quantitative"},
                        "x": {"field": "at", "type": "quantitative"},
                        "text": {"field": "words"},
                    },
                },
            ],
        },
    )


def working_calendar() -> Finding:
    effects = (
        ("China", 0.94, 0.71, 1.14),
        ("Hong Kong", 0.48, 0.20, 0.75),
        ("Taiwan", 0.41, 0.16, 0.66),
        ("Singapore", 0.30, 0.01, 0.58),
        ("Malaysia", 0.17, -0.09, 0.42),
        ("Philippines", 0.09, -0.17, 0.33),
        ("Germany", 0.04, -0.19, 0.26),
        ("United Kingdom", 0.02, -0.26, 0.31),
        ("Russia", -0.01, -0.20, 0.18),
        ("United States", -0.05, -0.28, 0.19),
        ("India", -0.06, -0.31, 0.18),
        ("Iran", -0.11, -0.35, 0.14),
    )
    rows = [
        {
            "country": c,
            "effect": e,
            "low": lo,
            "high": hi,
            "blocks": 18 + len(c) % 5,
            "adjusted_p": 0.0012 if c == "China" else round(min(1.0, 0.02 + (1 - e) ** 2), 3),
        }
        for c, e, lo, hi in effects
    ]
    order = [row["country"] for row in rows]
    return Finding(
        id="posting_hours.working_calendar",
        question=QUESTION,
        statement="The accounts rest on China’s public holidays about as much as on weekends (effect 0.94, where 1 "
        "is a full weekend day), and on no other calendar’s once shared days are set aside.",
        estimate=Estimate(value=0.94, low=0.71, high=1.14, unit="of a weekend’s rest", n=348608, n_accounts=23750),
        p_value=0.0012,
        null_model="each holiday block moved on its own by whole weeks, 4,000 draws; Holm over 12 calendars",
        method="Each day is scored between an ordinary weekday (0) and an ordinary weekend day (1) from which "
        "accounts were active; the effect is the mean over a country’s holidays that fall on weekdays.",
        assumptions=(
            "Holidays are kept in blocks; the block is the unit.",
            "At least ten blocks and a hundred accounts.",
        ),
        alternatives=(
            "The audience’s holidays: accounts may fall silent because readers are away.",
            "Neighbouring calendars share days; only the days that differ tell them apart.",
            "A contractor abroad may keep the client’s calendar.",
        ),
        strength="strong",
        aspect="behaviour",
        evidence=Evidence(sql="SELECT day, account_id FROM daily_activity WHERE is_holiday_cn", rows=41873),
        result=pa.Table.from_pylist(rows),
        figure={
            "description": "Effect of each country’s public holidays on activity with 95% intervals, against the "
            "days set aside. China stands apart at 0.94; intervals of eight countries include zero.",
            "data": {"values": rows},
            "encoding": {"y": {"field": "country", "type": "nominal", "sort": order, "title": None}},
            "layer": [
                {
                    "mark": {"type": "rule", "style": "reference"},
                    "data": {"values": [{"at": 0}, {"at": 1}]},
                    "encoding": {"x": {"field": "at", "type": "quantitative"}, "y": None},
                },
                {
                    "mark": {"type": "rule", "style": "interval"},
                    "encoding": {
                        "x": {
                            "field": "low",
                            "type": "quantitative",
                            "title": "holiday effect (0 an ordinary weekday, 1 a weekend day)",
                        },
                        "x2": {"field": "high"},
                    },
                },
                {
                    "mark": {"type": "point", "style": "estimate"},
                    "encoding": {"x": {"field": "effect", "type": "quantitative"}},
                },
            ],
        },
    )


def scheduler() -> Finding:
    chance = random.Random(3)
    rows = [
        {
            "minute": m,
            "posts": int(
                (5600 + chance.gauss(0, 90)) * (2.7 if m == 0 else 1.9 if m == 30 else 1.35 if m % 15 == 0 else 1)
            ),
        }
        for m in range(60)
    ]
    return Finding(
        id="posting_hours.scheduler",
        question=QUESTION,
        statement="More posts than chance gives fall on the full and the half hour: 4.1% of posts on minute 0 and "
        "2.9% on minute 30, against 1.7% each.",
        estimate=Estimate(value=0.041, low=0.036, high=0.047, unit="share of posts", n=348608, n_accounts=23750),
        p_value=0.0005,
        null_model="posts spread evenly over the minutes of the hour, by account",
        method="Posts are counted by minute of the hour; each account’s minutes are rotated at random.",
        assumptions=("Clocks are right to the minute.",),
        alternatives=(
            "Legitimate scheduling software posts on round minutes too.",
            "News is published on the hour.",
        ),
        strength="moderate",
        aspect="technical",
        evidence=Evidence(sql="SELECT * FROM posts WHERE minute(created_at) IN (0, 30)", rows=24403),
        result=pa.Table.from_pylist(rows),
        figure={
            "description": "Posts by minute of the hour: spikes on minutes 0 and 30, small ones on 15 and 45.",
            "data": {"values": rows},
            "encoding": {
                "x": {
                    "field": "minute",
                    "type": "ordinal",
                    "title": "minute of the hour",
                    "axis": {"values": list(range(0, 60, 5))},
                }
            },
            "layer": [
                {
                    "mark": {"type": "bar", "style": "quiet"},
                    "transform": [{"filter": "datum.minute % 30 != 0"}],
                    "encoding": {"y": {"field": "posts", "type": "quantitative", "title": "posts"}},
                },
                {
                    "mark": {"type": "bar", "style": "highlight"},
                    "transform": [{"filter": "datum.minute % 30 == 0"}],
                    "encoding": {"y": {"field": "posts", "type": "quantitative"}},
                },
            ],
        },
    )


def nothing_found() -> Finding:
    return Finding(
        id="posting_hours.breaks",
        question=QUESTION,
        statement="No break around Orthodox Christmas beyond chance.",
        estimate=Estimate(
            value=-0.03, low=-0.14, high=0.08, unit="of ordinary activity", n=348608, n_accounts=23750
        ),
        p_value=0.61,
        null_model="the same days shifted by whole weeks",
        method="Daily active accounts on the days of the break against the weeks around it.",
        assumptions=("Activity changes slowly from week to week.",),
        alternatives=("A skeleton staff or a scheduler may bridge a break.",),
        strength="none",
        aspect="behaviour",
        evidence=Evidence(sql="SELECT * FROM posts WHERE false", rows=0),
    )


def too_little() -> Finding:
    return Finding(
        id="posting_hours.working_calendar",
        question=QUESTION,
        statement="Too little to tell whose holidays these posts keep: 3 holiday blocks and 41 accounts, "
        "where 10 and 100 are needed.",
        estimate=Estimate(value=None, unit="of a weekend’s rest", n=2204, n_accounts=41),
        p_value=None,
        null_model=None,
        method="As above; the test is not run below its guards.",
        assumptions=(),
        alternatives=("Any calendar, or none, is compatible with so few days.",),
        strength="none",
        aspect="behaviour",
        evidence=Evidence(sql="SELECT * FROM posts WHERE language = 'ar'", rows=2204),
        filter="language = 'ar'",
    )


def network() -> Finding:
    chance = random.Random(8)
    nodes, links = [], []
    for group, (cx, cy, size) in enumerate(((0.3, 0.6, 26), (0.68, 0.4, 34), (0.55, 0.82, 14))):
        members = []
        for _ in range(size):
            angle, radius = chance.uniform(0, 2 * math.pi), 0.19 * math.sqrt(chance.random())
            members.append(
                {
                    "x": round(cx + radius * math.cos(angle), 4),
                    "y": round(cy + 0.9 * radius * math.sin(angle), 4),
                    "group": f"group {group + 1}",
                    "partners": chance.randint(1, 40),
                }
            )
        nodes += members
        for _ in range(size * 4):
            a, b = chance.sample(members, 2)
            links.append({"x": a["x"], "y": a["y"], "x2": b["x"], "y2": b["y"]})
    plain = {"axis": None, "scale": {"nice": False, "zero": False}}
    return Finding(
        id="coordination.groups",
        question=TOGETHER,
        statement="74 accounts in three groups repost the same posts within a minute of each other "
        "far more often than chance gives.",
        estimate=Estimate(value=74, low=69, high=81, unit="accounts", n=18220, n_accounts=3120),
        p_value=0.000004,
        null_model="accounts repost independently, each as prompt as it always is",
        method="Co-reposts within 60 seconds, against the chance learnt from other posts of the same size; "
        "Benjamini-Hochberg at 1%.",
        assumptions=("Most accounts are not coordinated.",),
        alternatives=(
            "A fan community with notifications switched on.",
            "A share button that several accounts of one person press.",
        ),
        strength="weak",
        aspect="behaviour",
        disarm=("T0049.003",),
        evidence=Evidence(sql="SELECT * FROM co_actions WHERE q < 0.01", rows=962),
        figure={
            "description": "The network of 74 accounts: three dense groups with no link between them.",
            "height": 380,
            "layer": [
                {
                    "data": {"values": links},
                    "mark": {"type": "rule", "style": "link"},
                    "encoding": {
                        "x": {"field": "x", "type": "quantitative", **plain},
                        "y": {"field": "y", "type": "quantitative", **plain},
                        "x2": {"field": "x2"},
                        "y2": {"field": "y2"},
                    },
                },
                {
                    "data": {"values": nodes},
                    "mark": {"type": "point", "style": "node"},
                    "encoding": {
                        "x": {"field": "x", "type": "quantitative"},
                        "y": {"field": "y", "type": "quantitative"},
                        "color": {"field": "group", "type": "nominal", "title": None},
                        "size": {
                            "field": "partners",
                            "type": "quantitative",
                            "legend": None,
                            "scale": {"range": [30, 260]},
                        },
                    },
                },
            ],
        },
    )


def daily(filter_: str) -> Finding:
    chance = random.Random(5)
    start = datetime(2019, 9, 1, tzinfo=UTC).timestamp()
    rows = []
    for day in range(150):
        when = datetime.fromtimestamp(start + day * 86400, UTC)
        base = 900 if when.weekday() < 5 else 330
        if datetime(2020, 1, 24, tzinfo=UTC) <= when <= datetime(2020, 1, 31, tzinfo=UTC):
            base = 240
        rows += [
            {"day": when.strftime("%Y-%m-%d"), "posts": int(base * chance.uniform(0.85, 1.15)), "language": "zh"},
            {"day": when.strftime("%Y-%m-%d"), "posts": int(380 * chance.uniform(0.7, 1.3)), "language": "en"},
        ]
    return Finding(
        id="posting_hours.breaks",
        question=QUESTION,
        statement="Activity in Chinese falls by three quarters from 24 to 31 January 2020, "
        "the Lunar New Year holiday.",
        estimate=Estimate(
            value=-0.74, low=-0.79, high=-0.66, unit="change in daily posts", n=201334, n_accounts=9120
        ),
        p_value=0.0004,
        null_model="the same days shifted by whole weeks",
        method="Daily posts on the days of the break against the same weekdays in the weeks around it.",
        assumptions=("Activity changes slowly from week to week.",),
        alternatives=(
            "The first reports of an epidemic fell in the same week.",
            "A wave of removals by the platform.",
        ),
        strength="moderate",
        aspect="behaviour",
        evidence=Evidence(sql="SELECT * FROM posts WHERE created_at >= '2020-01-24'", rows=1922),
        filter=filter_,
        figure={
            "title": "Posts a day",
            "description": "Posts a day in two languages. The line for Chinese falls each weekend "
            "and for eight days from 24 January 2020.",
            "data": {"values": rows},
            "mark": "line",
            "encoding": {
                "x": {"field": "day", "type": "temporal", "title": None},
                "y": {"field": "posts", "type": "quantitative", "title": None},
                "color": {"field": "language", "type": "nominal", "title": None},
            },
        },
    )


def sample_findings() -> tuple[Finding, ...]:
    return (
        office_hours(),
        utc_offset(),
        working_calendar(),
        too_little(),
        scheduler(),
        nothing_found(),
        daily("language IN ('zh', 'en')"),
        network(),
    )


def judgement(seq: int, kind: Kind, /, **values: Any) -> Judgement:
    given = {"by": "A. Analyst", "because": "The contract was checked with two sources.", **values}
    by, because = (str(given.pop(name)) for name in ("by", "because"))
    return Judgement(
        seq=seq, time="2026-03-14T10:00:00+00:00", kind=kind, by=by, because=because, values=given, stale=False
    )


def sample_assessment(findings: tuple[Finding, ...], judgements: tuple[Judgement, ...] | None = None) -> Assessment:
    made = (
        judgement(7, "rating", finding="posting_hours.office_hours", hypothesis="fans", rating="I"),
        judgement(
            8,
            "evidence",
            id="contract",
            statement="A leaked contract names a company.",
            aspect="intent",
            code="B2",
        ),
        judgement(9, "rating", finding="contract", hypothesis="patriots", rating="II"),
        judgement(10, "assessment", hypothesis="proxy", likelihood="likely", confidence="moderate"),
        judgement(11, "tag", technique="T0097.101", name="Local Persona", finding=None),
        judgement(12, "tag", technique="T0097.102", name="Journalist Persona", finding=None),
        judgement(13, "withdraw", seq=12),
    )
    size = Degree(348_608, 23_750, ("twitter",), 7, "2018-01-11", "2020-05-02", 1_204_311, None)
    formats = ("twitter-archive-posts", "twitter-archive-users")
    return assessment_of(findings, made if judgements is None else judgements, formats=formats, size=size)


def sample_report(findings: tuple[Finding, ...] | None = None) -> Report:
    found = sample_findings() if findings is None else findings
    return Report(
        title="A takedown of 23,750 accounts",
        question="Whose working day do these accounts keep, and do they act as one?",
        case="takedown-2020",
        version="0.1.0",
        ledger_head="9f2c" * 16,
        made_at=datetime(2026, 3, 14, 9, 26, 53, tzinfo=UTC),
        sources=(
            Source(
                name="takedown_tweets_part-1.csv.gz",
                format="twitter-archive-posts",
                sha256="3a7b" * 16,
                size_bytes=171_904_113,
                records_read=300_000,
                records_kept=299_120,
                records_duplicate=871,
                records_quarantined=9,
            ),
            Source(
                name="takedown_tweets_part-2.csv.gz",
                format="twitter-archive-posts",
                sha256="c01d" * 16,
                size_bytes=28_004_113,
                records_read=49_497,
                records_kept=49_488,
                records_duplicate=9,
                records_quarantined=0,
            ),
            Source(
                name="takedown_users.csv",
                format="twitter-archive-accounts",
                sha256="77e0" * 16,
                size_bytes=6_112_040,
                records_read=23_750,
                records_kept=23_750,
                records_duplicate=0,
                records_quarantined=0,
            ),
        ),
        findings=found,
        assessment=sample_assessment(found),
        tables=(
            TableCount(name="posts", rows=348_608, meaning="one post, as first observed"),
            TableCount(name="accounts", rows=23_750, meaning="one account, and each change of its profile"),
            TableCount(name="account_counters", rows=348_608, meaning="an account’s counters at one time"),
        ),
        parameters=(("since", "2017-06-01"), ("seed", "20260314"), ("split by", "language")),
    )


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    done = write(sample_report(), folder / "report.html", folder / "pictures")
    sys.stdout.write(f"{done.report} ({done.report.stat().st_size:,} bytes), {len(done.pictures)} pictures\n")
