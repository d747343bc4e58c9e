"""The accounts that are consistent with a change of hands, and the chain of events of each."""

from __future__ import annotations

from collections import Counter

import numpy as np

from undertow.analyses.account_histories import charts, tables
from undertow.analyses.account_histories.changes import ASPECTS, REPLACED, replaced_aspects
from undertow.analyses.account_histories.context import Context, day
from undertow.analyses.account_histories.wording import ALTERNATIVES, NULL, QUESTION, client_name
from undertow.finding import Estimate, Finding
from undertow.statistics.intervals import wilson
from undertow.statistics.strength import CHAINED, SECOND_LIVES, rate
from undertow.vega import Spec
from undertow.wording import count, joined, share, strength_words

ID = "account_histories.second_lives"
CHAINS_ID = "account_histories.chains"

SHOWN = 30
"""Accounts with a timeline in the picture."""

LANGUAGES_SHOWN = 7

ASSUMPTIONS = (
    "Posts that are not in the set are missing at random: a source that holds only some subjects or languages of a "
    "time looks "
    "like a change",
    "Days are the units; neighbouring days may resemble each other, but habits that come and go over months do look like "
    "changes, which is why several kinds must be replaced at one moment",
)


def finding(context: Context) -> Finding:
    """How many accounts are consistent with a change of hands."""
    study, rule = context.study, context.study.rule
    accounts, n = context.strongest(), context.n_examined
    found = len(accounts)
    low, high = wilson(found, n) if n else (None, None)
    p_value = float(study.changes.q.min()) if n else None
    rating = rate(low=low, high=high, scale=SECOND_LIVES, n_accounts=n, p_value=p_value)
    evidence, evidence_words = context.posts_of(accounts)
    lives = tables.lives(context)
    return Finding(
        id=ID,
        question=QUESTION,
        statement=_statement(context, found, low, high) + context.not_examined(),
        estimate=Estimate(
            value=found / n if n else None,
            low=low,
            high=high,
            unit="share of accounts",
            n=context.n_posts,
            n_accounts=n,
        ),
        p_value=p_value,
        null_model=NULL,
        method=(
            "Moments are the ends of each account\u2019s three longest silences and the moment at which most changed. "
            "At each, "
            "aspects are tested by themselves, exactly and corrected for the moments tried, and count as replaced "
            f"from {_least()} on. "
            "An account is called where at least two kinds of evidence (content: language or topics; client; hours; "
            "partners; "
            f"deletions; profile) are replaced at the end of a silence of {rule.pause_days:g} days or more; three "
            "where there is no such "
            "silence; and one more where neither language, profile nor deletions are among them. The test is the "
            "partial conjunction over "
            f"kinds, with the false discovery rate over accounts held at {rule.level:g} (AdaFilter). Languages are from "
            f"{study.found.languages_from}, partners and topics from {study.found.sets_from}."
            f"{_corrections(context)} {evidence_words} {strength_words(rating)}"
        ),
        assumptions=ASSUMPTIONS,
        alternatives=ALTERNATIVES,
        strength=rating.strength,
        aspect="behaviour",
        disarm=("T0150.004",) if found else (),
        table="account_lives.parquet",
        chart="account_lives.vl.json" if found else None,
        evidence=evidence,
        result=lives,
        figure=_figure(context) if found else None,
    )


def _least() -> str:
    language, _, client, hours, partners = REPLACED
    return (
        f"{language:.0%} of the days (language; client: {client:.0%}), {hours:.0%} of the days (hours, in half a day) or "
        f"{partners:.0%} of the usual returns missing (topics, partners)"
    )


def _statement(context: Context, found: int, low: float | None, high: float | None) -> str:
    study = context.study
    n = context.n_examined
    if not n:
        return "Too little to tell: no account has enough active days."
    if not found:
        return (
            f"No account of {n:,} examined is consistent with a change of hands: nowhere were several independent habits "
            "replaced at one moment beyond chance."
        )
    pauses = study.called.moments.pause
    after = int((pauses >= study.rule.pause_days).sum())
    aspects = Counter(
        ASPECTS[place] for row in range(len(study.called)) for place in replaced_aspects(study.called.p_value[row])
    )
    replaced = joined([f"{name} in {number:,}" for name, number in aspects.most_common()])
    silence = (
        f" {after:,} of {count(len(study.called), 'change')} came after a silence of {study.rule.pause_days:g} days or "
        "more "
        f"({np.median(pauses[pauses >= study.rule.pause_days]):,.0f} in the middle)."
        if after
        else ""
    )
    return (
        f"{count(found, 'account')} of {n:,} examined ({share(found / n, low, high)}) {'is' if found == 1 else 'are'} "
        "consistent with a "
        f"change of hands: several independent habits were replaced at one moment ({replaced}).{silence}"
    )


def _corrections(context: Context) -> str:
    said = []
    corrections = context.study.corrections
    for name, number in corrections.with_the_set.items():
        if number:
            said.append(
                f" In {count(number, 'account')} the {name} is not counted, because the set left it at the same time."
            )
    if corrections.not_in_letters:
        said.append(
            f" In {count(corrections.not_in_letters, 'account')} the language is not counted, because the letters "
            "contradict the tags."
        )
    return "".join(said)


def _figure(context: Context) -> Spec:
    study = context.study
    shown = context.strongest()[:SHOWN].tolist()
    rank = {account: place for place, account in enumerate(shown)}
    begins = {
        (int(a), int(at)): row
        for row, (a, at) in enumerate(zip(study.called.moments.account, study.moments_us, strict=True))
    }
    mine = sorted(
        (life for life in study.histories if life.account in rank),
        key=lambda each: (rank[each.account], each.number),
    )
    common = Counter(life.language or "unknown" for life in mine)
    kept = [name for name, _ in common.most_common(LANGUAGES_SHOWN)]
    languages = kept + (["other"] if len(common) > len(kept) else [])
    rows = []
    for life in mine:
        change = begins.get((life.account, life.first))
        language = life.language or "unknown"
        rows.append(
            {
                "account_id": context.account_id(life.account),
                "first": day(life.first),
                "last": day(life.last),
                "language": language if language in kept else "other",
                "client": client_name(life.client),
                "content": life.content,
                "posts": life.posts,
                "replaced": "" if change is None else tables.replaced_words(context, change),
            }
        )
    number = len(study.accounts)
    return charts.timelines(
        rows,
        languages,
        f"The lives of the {min(SHOWN, number):,} accounts with the strongest evidence, of {number:,}: each bar is a "
        "life in its main "
        "language; a gap is a silence.",
    )


def chains(context: Context) -> Finding:
    """The events around each change, in order."""
    study = context.study
    number = len(study.called)
    per_change: dict[str, set[tuple[int, int]]] = {}
    for event in study.events:
        per_change.setdefault(event.kind, set()).add((event.account, event.change))

    aspects = [len(replaced_aspects(study.called.p_value[row])) for row in range(number)]
    three = sum(many_aspects >= 3 for many_aspects in aspects)
    low, high = wilson(three, number) if number else (None, None)
    rating = rate(low=low, high=high, scale=CHAINED, n_accounts=len(study.accounts), tested=False)
    kinds = {
        "language": "the language",
        "client": "the client",
        "hours": "the hours",
        "topics": "the topics",
        "partners": "the partners",
        "posts deleted": "deleted posts",
        "profile changed": "a changed profile",
        "telling words": "telling words such as \u201ctest\u201d",
    }
    told = [f"{words} in {len(per_change[kind]):,}" for kind, words in kinds.items() if kind in per_change]
    statement = (
        f"In the chains of events around the {count(number, 'change')} of hands three aspects or more were replaced in "
        f"{three:,}; told are {joined(told)}."
        if number
        else "No chain of events to tell: no account is consistent with a change of hands."
    )
    evidence, words = context.posts_of(context.strongest())
    return Finding(
        id=CHAINS_ID,
        question=QUESTION,
        statement=statement,
        estimate=Estimate(
            value=three / number if number else None,
            low=low,
            high=high,
            unit="share of changes with three aspects replaced",
            n=context.n_posts,
            n_accounts=len(study.accounts),
        ),
        p_value=None,
        null_model=None,
        method=(
            "The table has one line an event, by account and time; undertow explain CASE --history ACCOUNT prints it "
            "for one account. Words are "
            f"compared with a list by language that can be replaced (data/first_words.toml). {words} "
            f"{strength_words(rating)}"
        ),
        assumptions=(
            "An event told here is what the case holds of it: other names, deletions and posts may not have been seen",
        ),
        alternatives=ALTERNATIVES,
        strength=rating.strength,
        aspect="behaviour",
        table="account_chains.parquet",
        evidence=evidence,
        result=tables.events(context),
    )
