"""A case with planted names and contacts, and one in which every word is hostile."""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import pyarrow as pa
import pytest

from undertow.attribution import decide
from undertow.case import Case
from undertow.finding import Estimate, Evidence, Finding
from undertow.sources.base import ReadOptions

HANDLES = ("planted_handle_1", "PlantedHandle2", "植物猎人三")
NAMES = ("Planted Person Sevenson", "Ömer Planted-Öztürk", "种植的名字")
IDS = ("900000000000000011", "900000000000000012", "planted-id-3")
EMAIL, PHONE = "planted.person@mail.example", "+49 170 5550123"
OTHER_PHONES = ("(212) 555-0188", "212-555-0177", "4917055501999")
PLANTED = (*HANDLES, *NAMES, *IDS, EMAIL, PHONE, *OTHER_PHONES)
TEXTS = (
    f"write to {EMAIL} or call {PHONE}",
    f"@{HANDLES[0]} and {HANDLES[1].upper()} met {NAMES[0].lower()}",
    f"{NAMES[1]}我是{NAMES[2]}，{HANDLES[2]}你好",
    f"ring {OTHER_PHONES[0]}, {OTHER_PHONES[1]} or {OTHER_PHONES[2]}; https://t.example/{HANDLES[0]}/status/{IDS[0]}",
)


@dataclass(frozen=True)
class Planted:
    """The case, its raw files, and every planted value."""

    case: Case
    values: tuple[str, ...]


def write(path: Path, rows: Iterable[dict[str, str]]) -> Path:
    listed = list(rows)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(listed[0]))
        writer.writeheader()
        writer.writerows(listed)
    return path


def made(folder: Path, posts: list[dict[str, str]], accounts: list[dict[str, str]]) -> Case:
    case = Case.create(folder / "case", title="An example")
    for name, rows in (("posts", posts), ("accounts", accounts)):
        options = ReadOptions(mapping={column: column for column in rows[0]}, platform="twitter")
        case, _ = case.add(write(folder / f"{name}.csv", rows), options=options)
    return case


def finding(name: str, words: str, table: pa.Table | None, figure: dict[str, Any] | None = None) -> Finding:
    return Finding(
        id=name,
        question="What is planted?",
        statement=f"The commonest text is “{words}”.",
        estimate=Estimate(value=0.5, low=0.4, high=0.6, unit="share of posts", n=4, n_accounts=3),
        p_value=0.01,
        null_model="nothing planted",
        method="Made up.",
        assumptions=(),
        alternatives=("a test",),
        strength="strong",
        aspect="narrative framing",
        table=f"{name.replace('.', '_')}.parquet" if table is not None else None,
        chart=f"{name}.vl.json" if figure is not None else None,
        evidence=Evidence(sql=f"SELECT * FROM posts WHERE account_id IN ('{IDS[0]}', '{IDS[2]}')", rows=2),
        result=table,
        figure=figure,
    )


def edges(names: tuple[str, ...], words: tuple[str, ...]) -> pa.Table:
    day = dt.datetime(2020, 5, 1, 12, tzinfo=dt.UTC)
    rows = [
        {
            "account_a": names[0],
            "account_b": names[k],
            "trace": "text",
            "object": words[k % len(words)],
            "occasions": k + 2,
            "q_value": 0.01 / k,
            "first": day,
            "last": day + dt.timedelta(days=k),
        }
        for k in range(1, len(names))
    ]
    return pa.Table.from_pylist(rows)


def members(names: tuple[str, ...], words: tuple[str, ...]) -> pa.Table:
    columns = {"account": list(names), "group": [1] * len(names), "traces": ["text"] * len(names)}
    said = [words[k % len(words)] for k in range(len(names))]
    return pa.table({**columns, "template": said, "examples": [[each] for each in said]})


def with_findings(case: Case, names: tuple[str, ...], words: tuple[str, ...]) -> Case:
    figure = {
        "data": {"values": [{"label": word, "account": name} for word, name in zip(words, names, strict=False)]},
        "mark": "bar",
        "encoding": {"y": {"field": "label", "type": "nominal", "sort": list(words)}},
    }
    findings = [finding("coordination.network", words[0], edges(names, words))]
    findings += [finding("coordination.accounts", word, members(names, words)) for word in words[:1]]
    findings += [
        finding(f"planted.text_{k}", word, None, figure if k == 1 else None) for k, word in enumerate(words)
    ]
    return case.record(findings, {})


@pytest.fixture(scope="session")
def planted(tmp_path_factory: pytest.TempPathFactory) -> Planted:
    """Accounts whose names, contacts and ids must never be published."""
    folder = tmp_path_factory.mktemp("planted")
    posts = [
        {
            "post_id": f"{700000000000000001 + k}",
            "account_id": IDS[k % 3],
            "created_at": f"2020-05-0{k + 1} 10:00:00",
            "text": text,
        }
        for k, text in enumerate(TEXTS)
    ]
    accounts = [
        {"account_id": i, "handle": h, "display_name": n, "description": TEXTS[0]}
        for i, h, n in zip(IDS, HANDLES, NAMES, strict=True)
    ]
    case = with_findings(made(folder, posts, accounts), IDS, TEXTS)
    signed = {"by": "A. Analyst", "because": f"{HANDLES[1]} wrote to {EMAIL}: {NAMES[0]}"}
    case = decide.rate(case, "coordination.network", {"fans": "I"}, **signed)
    case = decide.bring(
        case, "memo", f"Call {PHONE}, ask for @{HANDLES[0]}.", aspect="intent", admiralty="B2", **signed
    )
    case = decide.judge(case, "proxy", "likely", confident="low", **signed)
    return Planted(case, (*PLANTED, *(post["post_id"] for post in posts)))


@pytest.fixture(scope="session")
def hostile_case(tmp_path_factory: pytest.TempPathFactory, hostile: ModuleType) -> Case:
    """Posts, names and findings made of what an adversary would write, formulas of spreadsheets among it."""
    formulas = (
        "=cmd|' /C calc'!A0",
        "+1+1",
        "-2+3",
        "@SUM(A1)",
        "\t=1+1",
        "＝1+1",
        " =1",
        '=HYPERLINK("http://x.example")',
    )
    words = tuple(text for text in (*hostile.PAYLOADS, *formulas) if text.isprintable() or "\ud800" not in text)
    folder = tmp_path_factory.mktemp("hostile")
    clean = [text.replace("\x00", "").replace("\r", " ") for text in words]
    posts = [
        {"post_id": str(k), "account_id": f"a{k}", "created_at": "2020-05-01 10:00:00", "text": text}
        for k, text in enumerate(clean)
    ]
    accounts = [{"account_id": f"a{k}", "handle": f"h{k}", "display_name": text} for k, text in enumerate(clean)]
    case = made(folder, posts, accounts)
    names = tuple(f"{text[:60]} {k}" for k, text in enumerate(words))
    figureless = [finding("coordination.network", words[0], edges(names, words))]
    figureless += [finding("coordination.accounts", words[1], members(names, words))]
    figureless += [finding(f"hostile.text_{k}", word, None) for k, word in enumerate(words)]
    case = case.record(figureless, {})
    for text in words[:5]:
        case = decide.judge(
            case, "proxy", "likely", confident="low", by=text.strip() or "x", because=text.strip() or "x"
        )
    return case
