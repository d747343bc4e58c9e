"""The result tables of the findings on second lives."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from undertow.analyses.account_histories.changes import ASPECTS, replaced_aspects
from undertow.analyses.account_histories.context import Context, moment
from undertow.analyses.account_histories.wording import client_name, clock_hour
from undertow.schema import TIMESTAMP

_TEXT, _COUNT, _NUMBER = pa.string(), pa.int64(), pa.float64()

LIVES = pa.schema(
    [
        ("platform", _TEXT),
        ("account_id", _TEXT),
        ("life", _COUNT),  # 1 is the earliest
        ("first", TIMESTAMP),
        ("last", TIMESTAMP),
        ("posts", _COUNT),
        ("active_days", _COUNT),
        ("language", _TEXT),
        ("client", _TEXT),
        ("hours", _TEXT),  # the middle of the commonest twelve hours
        ("topics", _TEXT),
        ("partners", _COUNT),
        ("content", _TEXT),  # by the rules of describing.py
        ("pause_days", _NUMBER),  # before this life
        ("replaced", _TEXT),  # aspects that changed when this life began
        ("p", _NUMBER),  # of that change, before the correction over accounts
        ("q", _NUMBER),  # after it
    ]
)

EVENTS = pa.schema(
    [
        ("platform", _TEXT),
        ("account_id", _TEXT),
        ("change", _COUNT),
        ("at", TIMESTAMP),
        ("event", _TEXT),
        ("words", _TEXT),
    ]
)

ASPECT_ROWS = pa.schema(
    [
        ("aspect", _TEXT),
        ("examined", _COUNT),  # accounts in which a change could have been seen
        ("replaced", _COUNT),  # accounts at whose strongest moment it is replaced, at the false discovery rate
        ("share", _NUMBER),
        ("low", _NUMBER),
        ("high", _NUMBER),
        ("note", _TEXT),
    ]
)

CHANGES = pa.schema(
    [
        ("platform", _TEXT),
        ("account_id", _TEXT),
        ("change", _COUNT),
        ("changed_us", _COUNT),  # first post of the new life, microseconds UTC
        ("pause_days", _NUMBER),
        ("replaced", _TEXT),
        ("p_value", _NUMBER),
        ("q_value", _NUMBER),
    ]
)


def lives(context: Context) -> pa.Table:
    """One row a life of the called accounts, the strongest account first."""
    study = context.study
    rank = {account: place for place, account in enumerate(context.strongest().tolist())}
    changes = study.called
    begins = {
        (int(account), int(at)): row
        for row, (account, at) in enumerate(zip(changes.moments.account, study.moments_us, strict=True))
    }
    rows = []
    for life in sorted(study.histories, key=lambda each: (rank[each.account], each.number)):
        change = begins.get((life.account, life.first))
        rows.append(
            {
                "platform": context.platform(life.account),
                "account_id": context.account_id(life.account),
                "life": life.number,
                "first": moment(life.first),
                "last": moment(life.last),
                "posts": life.posts,
                "active_days": life.days,
                "language": life.language,
                "client": None if life.client is None else client_name(life.client),
                "hours": None if life.hour is None else clock_hour(life.hour),
                "topics": ", ".join(life.topics),
                "partners": life.partners,
                "content": life.content,
                "pause_days": None if change is None else float(changes.moments.pause[change]),
                "replaced": None if change is None else replaced_words(context, change),
                "p": None if change is None else float(changes.p[change]),
                "q": None if change is None else float(changes.q[change]),
            }
        )
    return pa.Table.from_pylist(rows, LIVES)


def replaced_words(context: Context, change: int) -> str:
    """The aspects replaced at a called change, in words."""
    return ", ".join(ASPECTS[place] for place in replaced_aspects(context.study.called.p_value[change]))


def events(context: Context) -> pa.Table:
    """The chain of events of every called change, the strongest account first."""
    rank = {account: place for place, account in enumerate(context.strongest().tolist())}
    listed = sorted(enumerate(context.study.events), key=lambda pair: (rank[pair[1].account], pair[0]))
    return pa.Table.from_pylist(
        [
            {
                "platform": context.platform(event.account),
                "account_id": context.account_id(event.account),
                "change": event.change,
                "at": moment(event.at),
                "event": event.kind,
                "words": event.words,
            }
            for _, event in listed
        ],
        EVENTS,
    )


def changes(context: Context) -> pa.Table:
    """The called changes, as published for other analyses."""
    study = context.study
    called = study.called
    number = np.arange(len(called)) - np.searchsorted(called.moments.account, called.moments.account) + 1
    return pa.Table.from_pylist(
        [
            {
                "platform": context.platform(int(called.moments.account[row])),
                "account_id": context.account_id(int(called.moments.account[row])),
                "change": int(number[row]),
                "changed_us": int(study.moments_us[row]),
                "pause_days": float(called.moments.pause[row]),
                "replaced": replaced_words(context, row),
                "p_value": float(called.p[row]),
                "q_value": float(called.q[row]),
            }
            for row in range(len(called))
        ],
        CHANGES,
    )
