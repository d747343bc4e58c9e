"""Alerts to where they are read: a JSON Lines file, an Atom feed, a webhook; at least once, and shown once.

An alert is in the tracker's state before it is delivered, and is marked as delivered after: a crash between delivers it
again. The file takes an id once, the feed is written whole out of all alerts, and the webhook gets the id as
``Idempotency-Key``, by which its receiver can tell.
"""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from undertow.tracker.rules import Channel
from undertow.tracker.state import State

_log = logging.getLogger(__name__)

Alert = Mapping[str, Any]
ATOM = "http://www.w3.org/2005/Atom"
BACKOFF_S = 0.5
TIMEOUT_S = 10.0
_NO_CONTROL = {code: None for code in range(32) if chr(code) not in "\t\n"} | {0xFFFE: None, 0xFFFF: None}


def deliver(case: Path, state: State, channels: Sequence[Channel], *, title: str) -> dict[str, int]:
    """Deliver what each channel has not got yet; returns how many alerts are still waiting, by channel."""
    waiting = {}
    for channel in channels:
        for alert in state.pending(channel.name):
            try:
                _SENDERS[channel.to](channel, alert, state.alerts, title)
            except OSError as error:  # urllib3's errors that matter are turned into it below
                _log.warning("%s: the alert %s waits: %s", channel.name, alert["id"], error)
                break  # the order is kept: the later ones wait too
            state.delivered.setdefault(channel.name, []).append(alert["id"])
            state.save(case)
        waiting[channel.name] = len(state.pending(channel.name))
    return waiting


def _to_file(channel: Channel, alert: Alert, alerts: Sequence[Alert], title: str) -> None:
    del alerts, title
    assert channel.path is not None  # noqa: S101  (checked when the rules were read)
    known = set()
    if channel.path.exists():
        data = channel.path.read_bytes()
        whole = data[: data.rfind(b"\n") + 1]  # a line that a crash cut off is written again
        if len(whole) < len(data):
            os.truncate(channel.path, len(whole))
        known = {json.loads(line)["id"] for line in whole.splitlines()}
    if alert["id"] in known:
        return
    with channel.path.open("a", encoding="utf-8", newline="\n") as file:
        file.write(json.dumps(alert, ensure_ascii=False) + "\n")
        file.flush()
        os.fsync(file.fileno())


def _to_feed(channel: Channel, alert: Alert, alerts: Sequence[Alert], title: str) -> None:
    del alert
    assert channel.path is not None  # noqa: S101  (checked when the rules were read)
    staged = channel.path.with_name(f".{channel.path.name}")
    staged.write_bytes(feed(alerts, title))
    staged.replace(channel.path)


def feed(alerts: Sequence[Alert], title: str) -> bytes:
    """All alerts as an Atom feed (RFC 4287), the latest first."""
    ElementTree.register_namespace("", ATOM)
    root = ElementTree.Element(f"{{{ATOM}}}feed")
    latest = alerts[-1]["time"] if alerts else "1970-01-01T00:00:00+00:00"
    for name, text in (("title", title), ("id", "urn:undertow:alerts"), ("updated", latest)):
        ElementTree.SubElement(root, f"{{{ATOM}}}{name}").text = text.translate(_NO_CONTROL)
    for alert in reversed(alerts):
        entry = ElementTree.SubElement(root, f"{{{ATOM}}}entry")
        finding = alert["finding"]
        parts = {
            "title": f"{alert['rule']}: {finding['id']} ({finding['strength']})",
            "id": f"urn:undertow:alert:{alert['id']}",
            "updated": alert["time"],
            "summary": finding["statement"] + ("" if alert["row"] is None else f"\n{json.dumps(alert['row'])}"),
        }
        for name, text in parts.items():
            ElementTree.SubElement(entry, f"{{{ATOM}}}{name}").text = text.translate(_NO_CONTROL)
        author = ElementTree.SubElement(entry, f"{{{ATOM}}}author")
        ElementTree.SubElement(author, f"{{{ATOM}}}name").text = "Undertow"
    encoded: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return encoded


def _to_webhook(channel: Channel, alert: Alert, alerts: Sequence[Alert], title: str) -> None:
    del alerts, title
    import urllib3

    assert channel.url is not None  # noqa: S101  (checked when the rules were read)
    retries = urllib3.Retry(
        total=channel.attempts - 1,
        backoff_factor=BACKOFF_S,
        status_forcelist=(429, 500, 502, 503, 504),
        allowed_methods=("POST",),
        redirect=False,  # an alert goes where the rules say, and nowhere else
        raise_on_status=False,
        respect_retry_after_header=False,  # a receiver could hold up the update; the alert waits for the next one
    )
    headers = {"Content-Type": "application/json", "Idempotency-Key": alert["id"]}
    body = json.dumps(alert, ensure_ascii=False).encode()
    try:
        with urllib3.PoolManager(timeout=urllib3.Timeout(TIMEOUT_S)) as pool:
            answer = pool.request("POST", channel.url, body=body, headers=headers, retries=retries)
    except urllib3.exceptions.HTTPError as error:
        raise OSError(str(error)) from error
    if not 200 <= answer.status < 300:
        raise OSError(f"the receiver answered {answer.status}")


_SENDERS: Mapping[str, Callable[[Channel, Alert, Sequence[Alert], str], None]] = {
    "jsonl": _to_file,
    "atom": _to_feed,
    "webhook": _to_webhook,
}
