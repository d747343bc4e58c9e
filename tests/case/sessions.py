"""A session of commands on a case, the same each time, and disks that stop or record it; run as a program, a server
that kills sessions.

``python sessions.py`` reads lines of JSON: ``{"folder", "files", "before": k}`` kills a session with SIGKILL before
its k-th disk operation (``"torn": true``: in the middle of it, where it writes), ``{"folder", "files", "after": s}``
kills it s seconds after its start; with ``"alike": n`` so many small parts are joined. It answers each with a line of
JSON: ``heads`` that the session reported, and whether it was ``killed``. Each session is a process of its own, forked
before anything has started a thread.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import select
import signal
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
from rows import BROKEN, account, detect_rows, post, write

import undertow.merge
import undertow.sources.detect
from undertow.case import Case
from undertow.finding import Estimate, Evidence, Finding
from undertow.storage import Disk

NOON = dt.datetime(2026, 1, 1, 12, tzinfo=dt.UTC)


def clock() -> dt.datetime:
    """A clock that stands still, so that every session has the same ledger."""
    return NOON


def input_files(folder: Path) -> list[Path]:
    """Two files that overlap: counters changed, a text edited, a profile again; the second has a broken record."""
    folder.mkdir(exist_ok=True)
    first = [post("1", text="one", likes=1), post("2", text="two", observed_at=5), account("a", handle="h")]
    second = [post("1", text="one", likes=9), post("2", text="edited", observed_at=1), post("3"), BROKEN]
    return [write(folder / "first.rows", first), write(folder / "second.rows", second)]


def finding(rows: int) -> Finding:
    """A finding with a table and a chart."""
    return Finding(
        id="test.count",
        question="How many?",
        statement=f"{rows} posts.",
        estimate=Estimate(value=float(rows), unit="posts", n=rows),
        p_value=None,
        null_model=None,
        method="counting",
        assumptions=(),
        alternatives=("none",),
        strength="weak",
        aspect="behaviour",
        table="count.parquet",
        chart="count.vl.json",
        evidence=Evidence(sql="SELECT * FROM posts", rows=rows),
        result=pa.table({"n": [rows]}),
        figure={"mark": "bar"},
    )


def session(folder: Path, files: Sequence[Path], disk: Disk, told: Callable[[str], None]) -> Case:
    """Create a case, add files one by one, record findings; ``told`` the head after each command."""
    undertow.sources.detect.detect = detect_rows  # type: ignore[assignment]
    case = Case.create(folder, title="A case", clock=clock, disk=disk)
    told(case.head)
    for file in files:
        case, _ = case.add(file)
        told(case.head)
    case = case.record([finding(case.posts.count())], {"seed": 0})
    told(case.head)
    return case


OPERATIONS = frozenset(name for name in vars(Disk) if not name.startswith("_"))
"""The names of the disk's operations."""


class KillingDisk(Disk):
    """Kills its own process before the operation with number ``at`` (from 0), or in the middle of it."""

    def __init__(self, at: int, *, torn: bool) -> None:
        self.at, self.torn, self.count = at, torn, 0

    def __getattribute__(self, name: str) -> Any:
        found = super().__getattribute__(name)
        if name not in OPERATIONS:
            return found

        def counted(*arguments: Any) -> Any:
            here, self.count = self.count, self.count + 1
            if here == self.at:
                if self.torn and name in ("write", "append"):
                    path, data = arguments
                    found(path, data[: len(data) // 2])
                os.kill(os.getpid(), signal.SIGKILL)
            return found(*arguments)

        return counted


def run(request: dict[str, Any]) -> dict[str, Any]:
    """Run one session in a process of its own, and kill it as asked."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        status = 1
        undertow.merge.ALIKE = request.get("alike", undertow.merge.ALIKE)
        try:
            os.close(reading)
            disk = KillingDisk(request["before"], torn=request["torn"]) if "before" in request else Disk()
            os.write(writing, b"start\n")
            session(
                Path(request["folder"]),
                [Path(file) for file in request["files"]],
                disk,
                lambda head: void(os.write(writing, head.encode() + b"\n")),
            )
            status = 0
        finally:
            os._exit(status)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        pipe.readline()
        if "after" in request:
            time.sleep(request["after"])
            os.kill(child, signal.SIGKILL)
        heads = pipe.read().decode().split()
    status = os.waitpid(child, 0)[1]
    return {"heads": heads, "killed": os.WIFSIGNALED(status), "status": status}


def void(_: object) -> None:
    """Nothing, of whatever."""


def main() -> None:
    """Answer requests until there are no more, or nobody asks for a minute."""
    print("ready", flush=True)
    while select.select([sys.stdin], [], [], 120)[0] and (line := sys.stdin.readline()):
        print(json.dumps(run(json.loads(line))), flush=True)


if __name__ == "__main__":
    main()
