"""The network over all traces, its groups, and the second question of co-selection, as findings."""

from __future__ import annotations

import numpy as np

from undertow.analyses.coordination import charts, group_facts, tables
from undertow.analyses.coordination.actions import Int64
from undertow.analyses.coordination.context import Context, strongest
from undertow.analyses.coordination.events import CoActionRows
from undertow.analyses.coordination.facts import PostFacts, inside_groups
from undertow.analyses.coordination.group_facts import GroupFacts
from undertow.analyses.coordination.network_layout import drawing
from undertow.analyses.coordination.study import Study, TraceStudy
from undertow.analyses.coordination.wording import ALTERNATIVES, NULL_MODEL, QUESTION, BeyondChance, expected_words
from undertow.finding import Estimate, Finding
from undertow.statistics.strength import CO_ACTED_SHARE, PAIRS_BEYOND_CHANCE, rate
from undertow.wording import count, joined, p_words, share, strength_words

NETWORK_ID = "coordination.network"
GROUPS_ID = "coordination.groups"
NAMED = 5
"""Groups described in a statement; all of them are in the table."""


def network(context: Context, found: list[GroupFacts]) -> Finding:
    """How many accounts and pairs act together beyond chance, over all traces; ``found`` are the groups among them."""
    study = context.study
    posts, accounts = int(study.population.posts.sum()), len(study.population)
    refused = [each for each in study.traces if each.refusal is not None]
    names = joined([each.name for each in study.tested])
    n_called = int(study.called.sum())
    if not study.tested or (refused and not n_called):
        if refused:
            why = f"on {joined([each.name for each in refused])}, {refused[0].refusal}"
            if study.tested:
                verb = "itself calls" if len(study.tested) == 1 else "themselves call"
                why += f". {names.capitalize()} by {verb} no pair"
        else:
            why = "no trace has actions that could be compared; the findings on each trace say what was missing"
        return Finding(
            id=NETWORK_ID,
            question=QUESTION,
            statement=f"Too little to tell: {why}.",
            estimate=Estimate(value=None, unit="not estimated", n=posts, n_accounts=accounts),
            p_value=None,
            null_model=NULL_MODEL if refused else None,
            method=f"{count(len(study.traces), 'trace')} looked at. {context.chance_from}",
            assumptions=context.assumptions,
            alternatives=ALTERNATIVES,
            strength="none",
            aspect="behaviour",
            table="coordination_traces.parquet",
            evidence=context.no_rows,
            result=tables.traces(study),
        )
    called = study.called
    sure = BeyondChance.of(n_called, study.false)
    p_value = study.p_value
    members = study.network
    rating = rate(
        low=sure.share_low,
        high=1.0,
        scale=PAIRS_BEYOND_CHANCE,
        n_accounts=len(members),
        p_value=p_value,
        guards={"chance could be learnt on every trace that has actions": not refused},
    )
    not_tested = [
        f"{each.name}: {each.refusal or each.reason}" for each in study.traces if each not in study.tested
    ]
    order = strongest(study.pairs.q_value[called], study.pairs.occasions[called])
    in_groups = int((study.groups.membership[members] >= 0).sum())
    if n_called:
        best = int(order[0])
        occasions = int(study.pairs.occasions[called][best])
        n_groups = len(study.groups.sizes)
        placed = (
            f"{in_groups:,} of them in {count(n_groups, 'group')} of three or more"
            if n_groups
            else "none of them in a group of three or more"
        )
        statement = (
            f"{count(len(members), 'account')} of {accounts:,} act together beyond chance, in {count(n_called, 'pair')}, "
            f"{placed}; chance alone would give {expected_words(sure.false)} such pairs. The strongest pair met on "
            f"{count(occasions, 'separate occasion')}."
            + (
                f" On {joined([each.name for each in refused])} chance cannot be learnt from these data."
                if refused
                else ""
            )
        )
        evidence, evidence_words = context.posts_of(context.called.by_trace, order)
        picture = drawing(study, seed=0)
        figure = charts.network(picture)
    else:
        statement = (
            f"No two of {accounts:,} accounts act together beyond chance: {count(study.pairs.n_tested, 'pair')} that "
            f"share two objects or more were tested on {names}, {p_words(p_value)}."
        )
        evidence, evidence_words, figure = context.no_rows, "", None
    return Finding(
        id=NETWORK_ID,
        question=QUESTION,
        statement=statement,
        estimate=Estimate(
            value=sure.value,
            low=sure.low if n_called else None,
            high=sure.high if n_called else None,
            unit="pairs of accounts beyond chance",
            n=posts,
            n_accounts=accounts,
        ),
        p_value=p_value,
        null_model=NULL_MODEL,
        method=(
            f"Each trace ({names}) tests every pair that shares two objects, {study.pairs.n_tested:,} tests in all, at "
            f"its own part of the false discovery rate of {study.level:g}; the pairs that any trace calls are called, "
            "which keeps the rate however the traces depend on each other. A pair needs two separate occasions. Called "
            "pairs whose accounts have no partner in common are held against the number of groups; pairs not called, "
            "most of whose partners are common, against pairs like them. The p-value is the smallest one times all "
            "tests of its trace, times the traces; the interval takes off the false pairs that chance alone would give. "
            f"{context.chance_from} "
            + (f"Not tested: {'; '.join(not_tested)}. " if not_tested else "")
            + f"{evidence_words} {strength_words(rating)}"
        ),
        assumptions=context.assumptions,
        alternatives=(*_causes_named(found), *ALTERNATIVES, *_pairs_alone(study)),
        strength=rating.strength,
        aspect="behaviour",
        table="coordination_edges.parquet",
        chart="coordination_network.vl.json" if figure is not None else None,
        evidence=evidence,
        result=tables.edges(study),
        figure=figure,
    )


def _pairs_alone(study: Study) -> tuple[str, ...]:
    """What pairs could be whose two accounts act together with nobody else."""
    partners = study.indicator.partners
    alone = int(((partners[study.left] == 1) & (partners[study.right] == 1)).sum())
    if not alone:
        return ()
    return (
        f"{count(alone, 'pair stands', 'pairs stand')} alone: could be one person's two accounts, because the two act "
        "together with nobody else",
    )


def groups(context: Context, facts: PostFacts, found: list[GroupFacts], *, seed: int) -> Finding:
    """The groups in the network, what each is like and what else it could be."""
    study = context.study
    effect = group_facts.co_acted_share(facts, seed=seed)
    n_accounts = sum(len(each.members) for each in found)
    result = group_facts.table(study, found)
    if not found or effect is None:
        return Finding(
            id=GROUPS_ID,
            question=QUESTION,
            statement="No group of three or more accounts acts together beyond chance.",
            estimate=Estimate(value=0.0, unit="groups", n=int(study.population.posts.sum()), n_accounts=0),
            p_value=None,
            null_model=NULL_MODEL,
            method="Leiden on the pairs that coordination.network calls.",
            alternatives=(
                "A group whose members meet rarely, or in traces that the source does not carry, is not seen",
            ),
            assumptions=context.assumptions,
            strength="none",
            aspect="behaviour",
            evidence=context.no_rows,
        )
    p_value = study.p_value
    rating = rate(
        low=effect.low,
        high=effect.high,
        scale=CO_ACTED_SHARE,
        n_accounts=n_accounts,
        p_value=p_value,
        guards={"no checkable benign cause fits every group": not all(each.causes for each in found)},
    )
    explained = [each for each in found if each.causes]
    described = "; ".join(_described(each) for each in found[:NAMED])
    rest = f" and {len(found) - NAMED:,} more in the table" if len(found) > NAMED else ""
    if len(explained) == len(found):
        whose = "It has" if len(found) == 1 else "Each has"
    else:
        whose = f"{len(explained):,} of them {'has' if len(explained) == 1 else 'have'}"
    benign = (
        f" {whose} a likely benign cause that the data show."
        if explained
        else " None shows a benign cause that can be checked."
    )
    order, parts = _strongest_of_groups(context)
    evidence, evidence_words = context.posts_of(parts, order)
    rows = group_facts.bursts(study, context.called)
    return Finding(
        id=GROUPS_ID,
        question=QUESTION,
        statement=(
            f"{count(len(found), 'group')} of three or more accounts: {described}{rest}. "
            f"{share(effect.value, effect.low, effect.high)} of their posts are co-actions within the group.{benign}"
        ),
        estimate=Estimate(
            value=effect.value,
            low=effect.low,
            high=effect.high,
            unit="share of the groups' posts that co-act",
            n=len(facts),
            n_accounts=n_accounts,
        ),
        p_value=p_value,
        method=(
            "Leiden (modularity) on the called pairs, weighted by separate occasions; best of ten seeds. Stability is "
            "the share of a group's pairs that stay together under the other seeds (mean adjusted Rand index "
            f"{study.groups.agreement:.2f}); the density is held against rewirings that keep every account's number of "
            "pairs. Interval by bootstrap over accounts. A benign cause is named when its rule covers at least 80% of "
            f"what the group did together; the rules are in the documentation. {evidence_words} {strength_words(rating)}"
        ),
        null_model=NULL_MODEL,
        assumptions=context.assumptions,
        alternatives=(*_causes_named(found), *ALTERNATIVES),
        strength=rating.strength,
        aspect="behaviour",
        table="coordination_groups.parquet",
        result=result,
        chart="coordination_bursts.vl.json",
        evidence=evidence,
        figure=charts.bursts(rows, len(found)),
    )


def _described(each: GroupFacts) -> str:
    words = f"group {each.number} of {len(each.members):,} ({each.trace}, median gap {each.summary.median_gap / 1e6:,.0f} s"
    return f"{words}; {each.causes[0].words})" if each.causes else f"{words})"


def _causes_named(found: list[GroupFacts]) -> tuple[str, ...]:
    return tuple(f"Group {each.number} {cause.words}" for each in found[:NAMED] for cause in each.causes)


def _strongest_of_groups(context: Context) -> tuple[Int64, list[tuple[TraceStudy, CoActionRows]]]:
    """The pairs inside groups, the largest group first, and their co-actions there."""
    study = context.study
    one, other = study.groups.membership[study.left], study.groups.membership[study.right]
    q_value = study.pairs.q_value[study.called]
    inside = np.flatnonzero((one == other) & (one >= 0))
    order = inside[np.lexsort((q_value[inside], one[inside]))].astype(np.int64)
    parts = [(trace, rows.take(inside_groups(study, rows) >= 0)) for trace, rows in context.called.by_trace]
    return order, parts
