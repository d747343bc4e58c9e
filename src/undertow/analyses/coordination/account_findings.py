"""The accounts one by one, and the traces side by side: what the network's number is made of."""

from __future__ import annotations

import numpy as np

from undertow.analyses.coordination import charts, tables
from undertow.analyses.coordination.context import Context, strongest
from undertow.analyses.coordination.tables import called_keys
from undertow.analyses.coordination.wording import ALTERNATIVES, QUESTION
from undertow.finding import Estimate, Finding
from undertow.wording import count, joined

ACCOUNTS_ID = "coordination.accounts"
TRACES_ID = "coordination.traces"


def accounts(context: Context) -> Finding:
    """Each account's indicator: its strongest evidence and how many partners it has."""
    study = context.study
    members = study.network
    partners = study.indicator.partners[members]
    strong = int((partners >= 2).sum())
    if len(members):
        most = int(partners.max())
        statement = (
            f"{count(strong, 'account')} of {len(study.population):,} act together with two or more others, "
            f"{count(len(members) - strong, 'account')} with one; the most connected with {most:,}."
        )
        order = strongest(study.pairs.q_value[study.called], study.pairs.occasions[study.called])
        evidence, words = context.posts_of(context.called.by_trace, order)
    else:
        statement, words = "No account acts together with another beyond chance.", ""
        evidence = context.no_rows
    return Finding(
        id=ACCOUNTS_ID,
        question=QUESTION,
        statement=statement,
        estimate=Estimate(
            value=float(strong),
            unit="accounts with two partners or more",
            n=int(study.population.posts.sum()),
            n_accounts=len(study.population),
        ),
        p_value=None,
        null_model=None,
        method=(
            "An account's indicator is the smallest q-value of its pairs over all traces, with its number of partners. "
            "The q-values control the share of false pairs; one false pair makes two false accounts, so that accounts "
            f"with one partner are the least certain. A list to look at, not a verdict on anyone. {words}"
        ).strip(),
        assumptions=context.assumptions,
        alternatives=ALTERNATIVES,
        strength="none",
        aspect="behaviour",
        table="coordination_accounts.parquet",
        evidence=evidence,
        result=tables.accounts(study),
    )


def traces(context: Context) -> Finding:
    """What each trace calls, and the pairs that two traces both call."""
    study = context.study
    sets = {trace.name: called_keys(study, trace) for trace in study.tested}
    speaking = [name for name, keys in sets.items() if len(keys)]
    several = int((study.pairs.n_traces[study.called] >= 2).sum())
    n_called = int(study.called.sum())
    rows = [
        {"trace": one, "other": other, "pairs": len(np.intersect1d(sets[one], sets[other]))}
        for one in speaking
        for other in speaking
    ]
    if speaking:
        statement = (
            f"Of {count(len(sets), 'trace')} tested, {joined(speaking)} "
            f"{'calls' if len(speaking) == 1 else 'call'} pairs by themselves; "
            + (
                f"{several:,} of the {n_called:,} pairs called over all traces show in two traces or more (p at most "
                "0.05 in each)."
                if n_called
                else "over all traces together no pair is called."
            )
        )
    else:
        statement = f"None of {count(len(sets), 'trace')} tested calls a pair."
    not_tested = [each for each in study.traces if each.name not in sets]
    return Finding(
        id=TRACES_ID,
        question=QUESTION,
        statement=statement,
        estimate=Estimate(
            value=float(several),
            unit="pairs that show in two traces or more",
            n=int(study.population.posts.sum()),
            n_accounts=len(study.population),
        ),
        p_value=None,
        null_model=None,
        method=(
            "What was looked at in each trace and window, before and after the test, is in the table. One post can be "
            "in several traces (a link, three hashtags), so that two traces are not two witnesses."
            + "".join(f" {each.name}: {each.refusal or each.reason}." for each in not_tested)
        ),
        assumptions=(),
        alternatives=("The same posts stand behind several traces", *ALTERNATIVES),
        strength="none",
        aspect="behaviour",
        table="coordination_traces.parquet",
        chart="coordination_traces.vl.json" if len(speaking) > 1 else None,
        evidence=context.no_rows,
        result=tables.traces(study),
        figure=charts.matrix(
            rows,
            speaking,
            f"Pairs that two traces both call, and on the diagonal those that each calls; {several:,} pairs show in "
            "two traces or more.",
        )
        if len(speaking) > 1
        else None,
    )
