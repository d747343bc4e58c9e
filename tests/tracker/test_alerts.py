"""Alerts: once each, out at least once, in three forms."""

from __future__ import annotations

import datetime as dt
import json
import threading
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pyarrow as pa
import pytest

from undertow.errors import InputError
from undertow.finding import Estimate, Evidence, Finding
from undertow.tracker import delivery
from undertow.tracker.alerts import raised
from undertow.tracker.delivery import ATOM, deliver, feed
from undertow.tracker.rules import Channel, Rule
from undertow.tracker.state import State

NOW = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
RISES = Rule(name="rises", kind="anomaly", finding="amplification.anomalies", keys=("account", "first"))
FEW = Rule(name="few", kind="threshold", finding="amplification.anomalies", above=2.0)
GROUPS = Rule(name="groups", kind="new_group", finding="amplification.anomalies", keys=("members",))


def finding(
    rows: list[dict[str, Any]], *, low: float = 1.0, strength: str = "moderate", said: str = "A."
) -> Finding:
    return Finding(
        id="amplification.anomalies", question="?", statement=said,
        estimate=Estimate(value=3.0, low=low, high=4.0, unit="times", n=1), p_value=None, null_model=None, method="m",
        assumptions=(), alternatives=("news",), strength=strength, aspect="behaviour",  # type: ignore[arg-type]
        evidence=Evidence(sql="SELECT 1", rows=1), result=pa.Table.from_pylist(rows) if rows else None,
    )  # fmt: skip


def raise_(state: State, found: Finding, *rules: Rule) -> list[str]:
    return [alert["id"] for alert in raised([found], rules, state, now=NOW, head="h")]


def test_a_row_alerts_once() -> None:
    state = State()
    one, two = {"account": "a", "first": "2020-01-01"}, {"account": "a", "first": "2020-02-01"}
    first = raise_(state, finding([one]), RISES)
    second = raise_(state, finding([two, one]), RISES)
    assert len(first) == len(second) == 1
    assert first != second
    assert raise_(state, finding([one, two]), RISES) == []


def test_keys_that_are_no_columns_are_said() -> None:
    wrong = Rule(name="r", kind="rows", finding=RISES.finding, keys=("acount",))
    with pytest.raises(InputError, match="did you mean 'account'"):
        raise_(State(), finding([{"account": "a"}]), wrong)


def test_a_weak_finding_does_not_alert_where_more_is_asked() -> None:
    row = {"account": "a", "first": "2020-01-01"}
    strict = Rule(name="r", kind="anomaly", finding=RISES.finding, keys=RISES.keys, strength="strong")
    assert raise_(State(), finding([row]), strict) == []
    assert len(raise_(State(), finding([row], strength="strong"), strict)) == 1


def test_a_threshold_alerts_each_time_it_is_crossed() -> None:
    state = State()
    made = [raise_(state, finding([], low=low), FEW) for low in (1.0, 2.5, 2.6, 1.9, 2.1)]
    assert [len(ids) for ids in made] == [0, 1, 0, 0, 1]
    assert made[1] != made[4]


def test_a_group_is_new_when_its_members_are() -> None:
    state = State()
    made = [
        len(raise_(state, finding([{"members": members}]), GROUPS))
        for members in (["a", "b", "c"], ["a", "b", "c", "d"], ["x", "y", "a"], ["x", "y"])
    ]
    assert made == [1, 0, 1, 0]


def test_one_id_on_two_platforms_is_two_accounts() -> None:
    state = State()
    groups = [{"members": ["a", "b", "c"], "platforms": [platform] * 3} for platform in ("here", "there", "here")]
    assert [len(raise_(state, finding([group]), GROUPS)) for group in groups] == [1, 1, 0]


def test_a_mistyped_column_is_said_when_rows_come() -> None:
    rule = Rule(name="mine", kind="rows", finding=RISES.finding, keys=("acount",))
    state = State()
    assert raise_(state, finding([]), rule) == []
    with pytest.raises(InputError, match="did you mean 'account'"):
        raise_(state, finding([{"account": "a"}, {"account": "b"}]), rule)
    assert state == State(), "once it is mended, every row is new"
    assert len(raise_(state, finding([{"account": "a"}, {"account": "b"}]), replace(rule, keys=("account",)))) == 2


@pytest.fixture
def state() -> State:
    made = State()
    for n in range(3):
        raise_(made, finding([{"account": f"a{n}", "first": "2020-01-01"}], said="Reach <rose> & \x07fell."), RISES)
    return made


def test_the_file_takes_each_alert_once(tmp_path: Path, state: State) -> None:
    channel = Channel(to="jsonl", path=tmp_path / "alerts.jsonl")
    deliver(tmp_path, state, [channel], title="t")
    with (tmp_path / "alerts.jsonl").open("a") as file:
        file.write('{"id": "cut o')  # a crash in the middle of a line
    state.delivered.clear()  # and before anything was marked
    assert deliver(tmp_path, state, [channel], title="t") == {channel.name: 0}
    lines = (tmp_path / "alerts.jsonl").read_text().splitlines()
    assert [json.loads(line)["id"] for line in lines] == [alert["id"] for alert in state.alerts]


def test_the_feed_is_atom_with_each_alert_once(tmp_path: Path, state: State) -> None:
    channel = Channel(to="atom", path=tmp_path / "alerts.xml")
    deliver(tmp_path, state, [channel], title="Case <1>")
    root = ElementTree.fromstring((tmp_path / "alerts.xml").read_bytes())
    entries = root.findall(f"{{{ATOM}}}entry")
    assert [e.findtext(f"{{{ATOM}}}id") for e in entries] == [
        f"urn:undertow:alert:{alert['id']}" for alert in reversed(state.alerts)
    ]
    assert "Reach <rose> & fell." in (entries[0].findtext(f"{{{ATOM}}}summary") or "")
    assert root.findtext(f"{{{ATOM}}}title") == "Case <1>"
    ElementTree.fromstring(feed([], "none yet"))


class Receiver(BaseHTTPRequestHandler):
    answers: list[int]
    got: list[tuple[str, dict[str, Any]]]

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        status = type(self).answers.pop(0) if type(self).answers else 200
        if status == 200:
            type(self).got.append((self.headers["Idempotency-Key"], body))
        self.send_response(status)
        if status == 503:
            self.send_header("Retry-After", "3600")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass


@pytest.fixture
def receiver(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setattr(delivery, "BACKOFF_S", 0.0)
    Receiver.answers, Receiver.got = [], []
    server = HTTPServer(("127.0.0.1", 0), Receiver)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/hook"
    server.shutdown()
    thread.join()
    server.server_close()


def test_the_webhook_is_tried_again_and_gets_each_alert_once(tmp_path: Path, state: State, receiver: str) -> None:
    Receiver.answers = [503, 500, 200, 429]
    channel = Channel(to="webhook", url=receiver, attempts=4)
    assert deliver(tmp_path, state, [channel], title="t") == {channel.name: 0}
    assert [key for key, _ in Receiver.got] == [alert["id"] for alert in state.alerts]
    assert Receiver.got[0][1]["finding"]["alternatives"] == ["news"]


def test_what_the_webhook_refuses_waits_in_order(tmp_path: Path, state: State, receiver: str) -> None:
    Receiver.answers = [200, 404]
    channel = Channel(to="webhook", url=receiver, attempts=2)
    assert deliver(tmp_path, state, [channel], title="t") == {channel.name: 2}
    assert State.load(tmp_path).delivered == {channel.name: [state.alerts[0]["id"]]}, "a restart knows what is out"
    assert deliver(tmp_path, state, [channel], title="t") == {channel.name: 0}
    assert [key for key, _ in Receiver.got] == [alert["id"] for alert in state.alerts]


def test_a_receiver_cannot_hold_up_an_update(
    tmp_path: Path, state: State, receiver: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    slept: list[float] = []
    monkeypatch.setattr("time.sleep", slept.append)
    Receiver.answers = [503, 503]
    channel = Channel(to="webhook", url=receiver, attempts=2)
    assert deliver(tmp_path, state, [channel], title="t") == {channel.name: 3}
    assert sum(slept) < 1, "what it asks for in Retry-After is not waited for"


def test_a_receiver_that_is_not_there_is_waited_for(tmp_path: Path, state: State) -> None:
    channel = Channel(to="webhook", url="http://127.0.0.1:9/none", attempts=1)
    assert deliver(tmp_path, state, [channel], title="t") == {channel.name: 3}
