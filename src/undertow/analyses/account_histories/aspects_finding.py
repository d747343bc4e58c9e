"""What was examined, aspect by aspect, in how many accounts it was replaced, and what could not be examined and why."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from undertow.analyses.account_histories import charts, tables
from undertow.analyses.account_histories.changes import ASPECTS
from undertow.analyses.account_histories.context import Context, missing
from undertow.analyses.account_histories.wording import ALTERNATIVES, NULL, QUESTION
from undertow.finding import Estimate, Finding
from undertow.statistics.intervals import wilson
from undertow.statistics.multiple_testing import benjamini_hochberg
from undertow.statistics.strength import SECOND_LIVES, rate
from undertow.wording import count, joined, strength_words

ID = "account_histories.aspects"


def finding(context: Context) -> Finding:
    """How often each aspect is replaced at the accounts\u2019 strongest moments."""
    study = context.study
    reasons = missing(study)
    rows = []
    any_replaced = np.zeros(context.n_examined, dtype=np.bool_)
    for place, name in enumerate(ASPECTS):
        p_value = study.changes.p_value[:, place]
        examined = np.flatnonzero(~np.isnan(p_value))
        replaced = examined[benjamini_hochberg(p_value[examined]) <= study.rule.level]
        any_replaced[replaced] = True
        low, high = wilson(len(replaced), len(examined)) if len(examined) else (None, None)
        shared = study.corrections.with_the_set.get(name, 0)
        notes = [reasons[name]] if name in reasons else []
        notes += [f"in {count(shared, 'account')} the set changed too"] if shared else []
        rows.append(
            {
                "aspect": name,
                "examined": len(examined),
                "replaced": len(replaced),
                "share": len(replaced) / len(examined) if len(examined) else None,
                "low": low,
                "high": high,
                "note": "; ".join(notes),
            }
        )
    spoken = [row for row in rows if row["examined"]]
    n, changed = context.n_examined, int(any_replaced.sum())
    told = joined([f"{row['aspect']} in {row['replaced']:,} of {row['examined']:,}" for row in spoken])
    statement = (
        f"Each by itself, at the accounts\u2019 strongest moments, were replaced: {told}. One replaced aspect is no "
        "change of hands; "
        + (
            f"{count(changed, 'account')} of {n:,} {'has' if changed == 1 else 'have'}"
            if changed
            else f"of {n:,} none has"
        )
        + " one or more."
        if spoken
        else "Too little to tell: no aspect could be examined in any account."
    )
    low, high = wilson(changed, n) if n else (None, None)
    rating = rate(low=low, high=high, scale=SECOND_LIVES, n_accounts=n, tested=False)
    evidence, words = context.posts_of(study.changes.moments.account[any_replaced])
    return Finding(
        id=ID,
        question=QUESTION,
        statement=statement + context.not_examined(why_too=True),
        estimate=Estimate(
            value=changed / n if n else None,
            low=low,
            high=high,
            unit="share of accounts with a replaced aspect",
            n=context.n_posts,
            n_accounts=n,
        ),
        p_value=None,
        null_model=NULL,
        method=(
            "An aspect is examined in an account where it could have shown a change: with data on at least three days "
            "on each side, and "
            "enough variation that some order of its days would be beyond chance. The p-values, corrected for the "
            "moments tried in each "
            f"account, are corrected over accounts aspect by aspect (Benjamini-Hochberg, {study.rule.level:g}). "
            f"{words} {strength_words(rating)}"
        ),
        assumptions=("Days, apart from resembling their neighbours, are alike in an account that does not change",),
        alternatives=ALTERNATIVES,
        strength=rating.strength,
        aspect="behaviour",
        table="account_aspects.parquet",
        chart="account_aspects.vl.json" if spoken else None,
        evidence=evidence,
        result=pa.Table.from_pylist(rows, tables.ASPECT_ROWS),
        figure=charts.aspects(
            spoken,
            f"Of the accounts in which each aspect could be examined, the share in which it was replaced: {told}.",
        )
        if spoken
        else None,
    )
