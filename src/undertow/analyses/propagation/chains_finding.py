"""Chains through three classes, such as fringe outlet, covert accounts, diplomats."""

from __future__ import annotations

import datetime as dt

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from undertow.analyses.propagation import charts
from undertow.analyses.propagation.chains import Chain
from undertow.analyses.propagation.evidence import posts_behind, shown
from undertow.analyses.propagation.following_finding import NULL
from undertow.analyses.propagation.study import Study
from undertow.analyses.propagation.wording import (
    ALTERNATIVES,
    ASSUMPTIONS,
    PLURALS,
    QUESTION,
    named,
    span,
    window_words,
)
from undertow.case import Case
from undertow.finding import Estimate, Evidence, Finding
from undertow.statistics.lead_lag import ABSENT
from undertow.statistics.strength import FOLLOW_EXCESS, rate
from undertow.wording import count, joined, p_words, share, strength_words

ID = "propagation.chains"

DRAWN = 12
"""Objects in the chart: those of the surest chain that passed quickest."""

LISTED = 500
"""Objects in the table."""

LONGEST = 60
"""Letters of an object's name in the chart."""

LONGEST_LISTED = 200
"""Letters of an object's name in the table."""

CHAINS = pa.schema(
    [
        ("kind", pa.string()),
        ("path", pa.string()),
        ("shared", pa.int64()),
        ("in_order", pa.int64()),
        ("q_value", pa.float64()),
        ("object", pa.string()),
        ("first", pa.string()),
        ("second", pa.string()),
        ("third", pa.string()),
        ("hours", pa.float64()),
    ]
)
"""A row for each object that passed through three classes in the order of ``path``, with the time of each class's
first post; of each path and kind also how many objects all three ``shared`` and how many were ``in_order``."""


def finding(case: Case, study: Study) -> Finding:
    """The paths through three classes on which each step follows the one before beyond chance."""
    tested = [chain for chain in study.chains if chain.tested]
    beyond = [chain for chain in tested if chain.q_value <= study.level]
    best = tested[0] if tested else None
    rating = rate(
        low=None if best is None else best.weaker.low,
        high=None if best is None else best.weaker.high,
        scale=FOLLOW_EXCESS,
        n_accounts=0 if best is None else _accounts(study, best),
        p_value=None if best is None else best.q_value,
    )
    rows = _rows(case, study)
    drawn = [] if best is None else _drawn(case, study, best)
    proof, which = _evidence(case, study, best)
    return Finding(
        id=ID,
        question=QUESTION,
        statement=_statement(study, best, beyond, len(tested)),
        estimate=Estimate(value=None, unit="not estimated", n=0, n_accounts=0)
        if best is None
        else Estimate(
            value=best.weaker.value,
            low=best.weaker.low,
            high=best.weaker.high,
            unit="share of posts beyond chance, of the weaker step",
            n=int(_acts(study, best).sum()),
            n_accounts=_accounts(study, best),
        ),
        p_value=None if best is None else best.q_value,
        null_model=NULL,
        method=(
            "For every path through three classes: on the objects that all three took up, the second must follow "
            f"the first, and the third the second, within {window_words(study.window)} beyond chance (as in "
            "propagation.following); the larger of the two p-values counts, after Holm's correction over "
            f"{len(tested)} paths and kinds. Rated is the weaker step: the share of the class's posts that stand just "
            "before the next one's first, beyond that expected, with an interval over days. How many passed in this "
            "order is described only: a class that posts more comes earlier whoever leads. "
            f"{study.left_out} {which} {strength_words(rating)}"
        ),
        assumptions=ASSUMPTIONS,
        alternatives=(
            *ALTERNATIVES,
            "Each class follows a source of its own, and their order is that of when these sources publish",
        ),
        strength=rating.strength,
        aspect="behaviour",
        table="propagation_chains.parquet",
        chart="propagation_chains.vl.json" if drawn else None,
        evidence=proof,
        result=pa.Table.from_pylist(rows, CHAINS),
        figure=charts.chains(
            drawn,
            f"{count(len({row['object'] for row in drawn}), 'object')} that went {_path(study, best)}: when each "
            "class took them up.",
        )
        if drawn and best is not None
        else None,
    )


def _path(study: Study, chain: Chain) -> str:
    return "from " + " to ".join(named(study.names[number]) for number in chain.path)


def _statement(study: Study, best: Chain | None, beyond: list[Chain], tested: int) -> str:
    if best is None:
        return (
            "Too little to tell: no three classes share 20 objects, over ten days, on which anybody else posted too."
            if len(study.names) >= 3
            else f"Too little to tell: a chain takes three classes, and there {'is' if len(study.names) == 1 else 'are'} "
            f"{count(len(study.names), 'class', 'classes')} in the case."
        )
    objects = count(best.items, PLURALS[best.kind].removesuffix("s"), PLURALS[best.kind])
    numbers = f"{len(best.ordered):,} of {objects} that all three took up ({share(len(best.ordered) / best.items)})"
    if not beyond:
        return (
            f"No path through three classes is beyond the news cycle, over {tested} paths and kinds; nearest is "
            f"{_path(study, best)}: {numbers} passed in that order ({p_words(best.q_value)})."
        )
    others = [f"{_path(study, chain)} ({PLURALS[chain.kind]})" for chain in beyond if chain is not best]
    more = f" Also: {joined(others, 3)}." if others else ""
    return (
        f"{PLURALS[best.kind].capitalize()} go {_path(study, best)}, each step beyond the news cycle: {numbers} "
        f"passed in that order ({p_words(best.q_value)}), in {span(_median_hours(study, best))} at the "
        f"median; in the weaker step {best.weaker.value or 0.0:.1%} of the posts stand just before the next class's first "
        f"beyond those expected.{more}"
    )


def _median_hours(study: Study, chain: Chain) -> float:
    if not len(chain.ordered):
        return 0.0
    first = study.items_of(chain.kind).acts.firsts()[chain.ordered]
    return float(np.median(first[:, chain.path[2]] - first[:, chain.path[0]])) / 3_600_000_000


def _acts(study: Study, chain: Chain) -> npt.NDArray[np.bool_]:
    """Which acts are of the three classes, on the items that passed in order."""
    acts = study.items_of(chain.kind).acts
    inside: npt.NDArray[np.bool_] = np.isin(acts.item, chain.ordered) & np.isin(acts.actor, chain.path)
    return inside


def _accounts(study: Study, chain: Chain) -> int:
    return len(np.unique(study.items_of(chain.kind).account[_acts(study, chain)]))


def _cut(text: str, longest: int) -> str:
    """``text`` in one line of at most ``longest`` letters."""
    line = " ".join(text.split())
    return line if len(line) <= longest else f"{line[: longest - 1].rstrip()}…"


def _time(microseconds: int) -> str:
    return dt.datetime.fromtimestamp(microseconds // 1_000_000, dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _rows(case: Case, study: Study) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = []
    for chain in study.chains:
        items = study.items_of(chain.kind)
        first = items.acts.firsts()
        common = {
            "kind": chain.kind,
            "path": " > ".join(study.names[number] for number in chain.path),
            "shared": chain.items,
            "in_order": len(chain.ordered),
            "q_value": chain.q_value if chain.tested else None,
        }
        names = shown(case, items, chain.ordered[: LISTED - len(rows)].tolist())
        for item in chain.ordered[: LISTED - len(rows)].tolist():
            times = [int(first[item, number]) for number in chain.path]
            rows.append(
                common
                | {
                    "object": _cut(names[item], LONGEST_LISTED),
                    **{name: _time(time) for name, time in zip(("first", "second", "third"), times, strict=True)},
                    "hours": (times[2] - times[0]) / 3_600_000_000,
                }
            )
    return rows


def _drawn(case: Case, study: Study, chain: Chain) -> list[dict[str, object]]:
    items = study.items_of(chain.kind)
    acts, first = items.acts, items.acts.firsts()
    names = shown(case, items, chain.ordered[:DRAWN].tolist())
    rows: list[dict[str, object]] = []
    for item in chain.ordered[:DRAWN].tolist():
        label = _cut(names[item], LONGEST)
        inside = slice(int(acts.starts[item]), int(acts.starts[item + 1]))
        start = min(int(first[item, number]) for number in range(len(study.names)) if first[item, number] != ABSENT)
        for number, class_ in enumerate(study.names):
            if first[item, number] != ABSENT:
                rows.append(
                    {
                        "object": label,
                        "class": named(class_),
                        "hours": max((int(first[item, number]) - start) / 3_600_000_000, 0.01),
                        "time": _time(int(first[item, number])),
                        "accounts": int((acts.actor[inside] == number).sum()),
                    }
                )
    return rows


def _evidence(case: Case, study: Study, chain: Chain | None) -> tuple[Evidence, str]:
    if chain is None:
        return posts_behind(case, study.scope, study.items[0], (), ())
    return posts_behind(case, study.scope, study.items_of(chain.kind), chain.ordered.tolist(), chain.path)
