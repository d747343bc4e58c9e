"""Whom accounts dealt with, and what they tagged and linked: from the source's own lists, else from the texts."""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from undertow.analyses.account_histories import steps
from undertow.engines.engine import Engine

_HASHTAG = re.compile(r"(?<![\w&])[#\uFF03](\w*[^\W\d_]\w*)")
_MENTION = re.compile(r"(?<![\w@])@(\w{2,30})")


def day_sets(engine: Engine, texts: pa.Table) -> tuple[pa.Table, pa.Table, str]:
    """Partners and topics of each account and day (account, day, item, posts), and in words what they were taken from.

    Many exports have no lists of hashtags and mentions; where a set has none at all, they are read from its texts.
    """
    partners, topics = engine.run(steps.PARTNERS), engine.run(steps.TOPICS)
    read = []
    if not partners.num_rows:
        partners = _read(texts, _MENTION, "")
        read.append("mentions")
    if not pc.any(pc.starts_with(topics["item"], "#")).as_py():
        topics = pa.concat_tables([topics, _read(texts, _HASHTAG, "#")])
        read.append("hashtags")
    return partners, topics, f"{' and '.join(read)} read from the texts" if read else "the source's own lists"


def _read(texts: pa.Table, pattern: re.Pattern[str], prefix: str) -> pa.Table:
    """What ``pattern`` finds in the texts, as one use each."""

    def found() -> Iterator[tuple[int, str]]:
        mark = "@" if not prefix else None
        for row, text in enumerate(texts["text"].to_pylist()):
            if mark is None or mark in text:
                for match in pattern.finditer(text):
                    yield row, prefix + match.group(1)

    pairs = list(found())
    rows = pa.array([row for row, _ in pairs], pa.int64())
    day = texts["created_us"].take(rows).to_numpy() // steps.DAY_US
    return pa.table(
        {
            "account": texts["account"].take(rows),
            "day": pa.array(day, pa.int64()),
            "item": pa.array([item for _, item in pairs], pa.string()),
            "posts": pa.array(np.ones(len(pairs), np.int64)),
        }
    )
