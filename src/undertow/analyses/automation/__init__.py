"""Are the accounts run by software? Indicators, account by account, each on its own.

Posts are read by :mod:`.steps` into :mod:`.timelines`; each indicator is a reading of every account
(:mod:`.readings`) and a finding. Methods, error rates and accuracy: ``docs/explanation/automation.md``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

import numpy as np
import pyarrow as pa

from undertow.analyses import base
from undertow.analyses.account_shares import Measured, Population, ShareWords
from undertow.analyses.automation import actions, pace, readings, rhythm
from undertow.analyses.automation.clients import clients, read_clients
from undertow.analyses.automation.readings import Reading
from undertow.analyses.automation.timelines import Timelines, timelines
from undertow.analyses.automation.wording import QUESTION as QUESTION  # part of the analysis's interface
from undertow.analyses.reads import Reads, named
from undertow.case import Case
from undertow.finding import Finding

INDICATORS_ID = "automation.indicators"
MANY = 2
"""Indicators from which an account is counted."""

FINDINGS: Mapping[str, str] = MappingProxyType(
    {
        "automation.regular_intervals": "accounts whose intervals are more regular than people's",
        "automation.periodicity": "accounts that post with a period, by a spectral test",
        "automation.set_minutes": "accounts that post at set minutes of the hour or seconds of the minute",
        "automation.rate": "accounts with 50 posts a day and more, on a week of days",
        "automation.rest": "accounts that go on for two days without a rest",
        "automation.repost_latency": "accounts that repost within seconds of the original",
        "automation.clients": "automatic and rare client applications, and who posts through them",
        "automation.action_strings": "predictable orders of actions, and runs of actions that accounts share",
        "automation.same_sequences": "accounts that post the same kinds of post at the same intervals as another",
        "automation.short_lived": "accounts whose posts are deleted within the hour",
        INDICATORS_ID: "each account's indicators of automation, and how many accounts have several",
    }
)

READS = Reads(tables=frozenset({"posts"}), files=lambda _, parameters: named(parameters.clients_file))


@dataclass(frozen=True, kw_only=True)
class Parameters(base.Controlled):
    """The settings of this analysis."""

    clients_file: str | None = field(
        default=None, metadata={"help": "TOML file of client applications by kind; the package's own by default"}
    )


def analyse(case: Case, parameters: Parameters) -> list[Finding]:
    """The findings on the automation of the accounts with posts in scope."""
    kinds = read_clients(parameters.clients_file)
    with base.open_engine(case, parameters) as engine:
        given = timelines(engine)
    control = _control(case, parameters)
    population = Population(
        case=case,
        scope=parameters.scope,
        question=QUESTION,
        platform=given.platform,
        account_id=given.account_id,
        posts=given.posts,
        table="posts",
    )
    here = read_all(given, kinds, control=control, seed=parameters.seed)
    there = (
        {}
        if control is None
        else {r.id: r for r in read_all(control, kinds, control=control, seed=parameters.seed)}
    )
    found = [readings.finding(population, given, reading, there.get(reading.id)) for reading in here]
    combined = indicators(given, here)
    beside = None if control is None else indicators(control, list(there.values()))
    return [*found, readings.finding(population, given, combined, beside)]


def read_all(given: Timelines, kinds: Mapping[str, str], *, control: Timelines | None, seed: int) -> list[Reading]:
    """Every indicator of every account, in the order of the findings."""

    def rng(number: int) -> np.random.Generator:
        return np.random.default_rng([seed, 61, number])

    return [
        rhythm.intervals(given, rng(0)),
        rhythm.periodicity(given, rng(1)),
        rhythm.set_minutes(given, rng(2)),
        pace.rate(given),
        pace.rest(given),
        pace.repost_latency(given),
        clients(given, kinds, control),
        actions.strings(given, rng(3)),
        actions.same_sequences(given, rng(4)),
        pace.short_lived(given),
    ]


def indicators(given: Timelines, found: list[Reading]) -> Reading:
    """How many indicators each account shows: the combination is their number, and nothing else."""
    n = len(given)
    known, number = np.zeros(n, np.int64), np.zeros(n, np.int64)
    for reading in found:
        known += reading.measured.examined
        number += reading.measured.yes & reading.measured.examined
    usable = [reading.name for reading in found if reading.measured.of]
    missing = [reading.name for reading in found if not reading.measured.of]
    order = np.lexsort((np.arange(n), -number))
    order = order[number[order] > 0]
    columns: dict[str, object] = {
        "platform": [given.platform[at] for at in order],
        "account_id": [given.account_id[at] for at in order],
        "posts": given.posts[order],
        "indicators": number[order],
        "examined": known[order],
    }
    for reading in found:
        measured = reading.measured
        columns[reading.name.replace(" ", "_")] = pa.array(
            measured.yes[order], pa.bool_(), mask=~measured.examined[order]
        )
    words = ShareWords(
        what=f"show {MANY} or more of {len(usable)} indicators of automation",
        missing="no indicator of automation can be examined",
        method=(
            f"Indicators of an account: {', '.join(usable)}."
            + (f" Not examined for want of data: {', '.join(missing)}." if missing else "")
            + " Each counts one, whatever its strength; one more can only raise the number. An account is "
            f"examined where {MANY} or more are known of it. The number says where to look first, and is no verdict."
        ),
        alternatives=(
            "Indicators that go together by nature (many posts a day and no rest) count twice",
            "Newsrooms, brands and enthusiasts with tools show several, in the open",
        ),
    )
    return Reading(
        id=INDICATORS_ID,
        name="indicators",
        words=words,
        measured=Measured(number >= MANY, known >= MANY),
        result=pa.table(columns),
    )


def _control(case: Case, parameters: Parameters) -> Timelines | None:
    other = base.control_case(case, parameters)
    if other is None:
        return None
    with base.open_engine(other, base.Parameters(engine=parameters.engine)) as engine:
        return timelines(engine)
