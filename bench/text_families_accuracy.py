"""How well text families find copies: planted copies of each kind, the golden sets, real operations and controls.

    python bench/text_families_accuracy.py alterations
    python bench/text_families_accuracy.py golden SHARED
    python bench/text_families_accuracy.py real SHARED

``SHARED`` is the folder with ``data`` and ``golden``. Pair recall: planted pairs of posts found in one family over
all planted pairs; precision: pairs in one family that are planted over all pairs in one family (with the simulated
background: over those that include a planted post, because its grammar makes look-alikes of its own). *Listed* counts near
misses (a negation or a number differs) with the family that lists them.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from dataclasses import replace
from itertools import combinations
from pathlib import Path

import duckdb
import numpy as np
from rapidfuzz.distance import Levenshtein

from undertow.analyses.text_families.commonness import Composition, against_set, circulation, conventional, testable
from undertow.analyses.text_families.families import Families, find_families
from undertow.analyses.text_families.template import template
from undertow.simulation.alterations import ALTERATIONS, Copy, alter
from undertow.simulation.randomness import stream
from undertow.simulation.texts import CAMPAIGN, LANGUAGES, TOPICS, compose, emoji, fill, grammar
from undertow.text.normalise import normalise

FAMILIES, COPIES, ORGANIC = 40, 6, 3000
UNLIKE = 0.5
"""Edit similarity under which the seeds of two families are: the grammar's templates overlap, and fillings of two that
do are near copies which the truth calls different."""


def pair_scores(found: Families, truth: np.ndarray, *, touching: bool = False) -> tuple[float, float, float, float]:
    """Recall and precision of joined pairs, then of joined or listed pairs; ``truth`` -1 is organic."""
    posts: dict[int, list[int]] = defaultdict(list)
    for post, text in enumerate(found.text_of_post.tolist()):
        posts[text].append(post)
    joined: set[tuple[int, int]] = set()
    listed: set[tuple[int, int]] = set()
    for family in found.families:
        members = sorted(post for variant in family.members for post in posts[variant.text])
        joined.update(combinations(members, 2))
        near = sorted(post for variant in family.near_misses for post in posts[variant.text])
        listed.update(combinations(sorted(members + near), 2))
    listed |= joined
    if touching:  # pairs that include a planted post
        joined, listed = ({pair for pair in pairs if max(truth[list(pair)]) >= 0} for pairs in (joined, listed))
    planted = {
        pair
        for label in np.unique(truth[truth >= 0])
        for pair in combinations(np.flatnonzero(truth == label).tolist(), 2)
    }
    return (
        len(joined & planted) / len(planted),
        len(joined & planted) / max(1, len(joined)),
        len(listed & planted) / len(planted),
        len(listed & planted) / max(1, len(listed)),
    )


def seeds(rng: np.random.Generator, language: str, count: int) -> list[tuple[Copy, list[int]]]:
    """Texts of distinct pairs of campaign templates, so that no two families are fillings of the same one; each
    with the draws that filled it."""
    rules = grammar(language)
    clauses = rules.topics[TOPICS[CAMPAIGN]]
    orders = list(combinations(range(len(clauses)), 2))
    chosen = [orders[index] for index in rng.permutation(len(orders))[:count]]
    made: list[tuple[Copy, list[int]]] = []
    keys: list[str] = []
    for first, second in chosen:
        whole = (rules.stop + rules.space).join((clauses[first], clauses[second]))
        numbers = rng.integers(0, 2**31, 40).tolist()
        tags = rng.choice(len(rules.campaign_tags), 3, replace=False)
        copy = Copy(
            language=language,
            body=fill(iter(numbers), rules, whole),
            template=whole,
            tags=tuple(rules.campaign_tags[index] for index in tags),
            emoji=emoji()[int(rng.integers(len(emoji())))],
            links=("https://synthetic.example/1",),
        )
        key = normalise(copy.body).body
        if all(Levenshtein.normalized_similarity(key, other) < UNLIKE for other in keys):
            made.append((copy, numbers))
            keys.append(key)
    return made


def one_slot(rng: np.random.Generator, seed: Copy, numbers: list[int]) -> Copy:
    """The text with one slot of its template filled anew."""
    again = numbers.copy()
    again[int(rng.integers(seed.template.count("{")))] += int(rng.integers(1, 5))
    return replace(seed, body=fill(iter(again), grammar(seed.language), seed.template))


def alterations() -> None:
    print("| alteration | language | posts | joined: recall | precision | listed: recall | precision |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    for kind in (*ALTERATIONS, "template, one slot"):
        total = np.zeros(4)
        rows = []
        bins: dict[float, list[int]] = defaultdict(lambda: [0, 0])
        for number, language in enumerate(LANGUAGES):
            rng = stream(7, kind, language)
            texts: list[str] = []
            truth: list[int] = []
            for label, (seed, numbers) in enumerate(seeds(rng, language, FAMILIES)):
                if kind in ALTERATIONS:
                    copies = [seed] + [alter(rng, kind, seed)[1] for _ in range(COPIES - 1)]
                else:
                    copies = [seed] + [one_slot(rng, seed, numbers) for _ in range(COPIES - 1)]
                texts += [" ".join([copy.text, *copy.links]) for copy in copies]
                truth += [label] * COPIES
            if kind == "other_script" and not language.startswith("zh"):
                continue
            organic = compose(
                rng, 7, np.full(ORGANIC, number, np.int8), rng.choice(2, ORGANIC).astype(np.int8), 0.0
            )
            unique = list(dict.fromkeys(text.as_py() for text in organic))
            scores = pair_scores(find_families(texts + unique), np.array(truth + [-1] * len(unique)), touching=True)
            rows.append(scores)
            total += scores
            if kind.startswith("template"):
                by_similarity(texts, truth, bins)
            print(
                f"| {kind} | {language} | {len(texts)} + {len(unique)} | "
                + " | ".join(f"{s:.3f}" for s in scores)
                + " |"
            )
        print(f"| **{kind}** | all | | " + " | ".join(f"**{s:.3f}**" for s in total / len(rows)) + " |", flush=True)
        for low, (found_pairs, pairs) in sorted(bins.items()):
            print(
                f"  pairs of edit similarity {low:.1f} to {low + 0.1:.1f}: {found_pairs} of {pairs} joined or listed",
                file=sys.stderr,
            )


def by_similarity(texts: list[str], truth: list[int], bins: dict[float, list[int]]) -> None:
    """Adds to ``bins`` (edit similarity, by tenths): pairs of fillings of a template found, and all."""
    found = find_families(texts)
    together = [{variant.text for variant in (*family.members, *family.near_misses)} for family in found.families]
    for label in set(truth):
        mine = [int(found.text_of_post[post]) for post, own in enumerate(truth) if own == label]
        for a, b in combinations(mine, 2):
            similar = Levenshtein.normalized_similarity(found.texts[a], found.texts[b])
            counted = bins[int(similar * 10) / 10]
            counted[0] += a == b or any(a in group and b in group for group in together)
            counted[1] += 1


def golden(shared: Path) -> None:
    folder = shared / "golden" / "inputs"
    print("| set | posts | families | joined: recall | precision | listed: recall | precision |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    for name in ("text_2k", "text_20k"):
        rows = duckdb.sql(
            f"""select p.message, t.cluster from '{folder}/{name}.parquet' p
                join '{folder}/{name}.truth.csv' t on p.message_id::bigint = t.message_id order by t.message_id"""
        ).fetchall()
        found = find_families([text for text, _ in rows])
        scores = pair_scores(found, np.array([cluster for _, cluster in rows]))
        print(
            f"| {name} | {len(rows)} | {len(found.families)} | " + " | ".join(f"{s:.4f}" for s in scores) + " |",
            flush=True,
        )


REAL = {
    "IRA, originals": (
        "select content, author, [] as links, publish_date from '{data}/ira_troll_tweets/tweets.parquet' where retweet = 0"
    ),
    "aprendeencasa": (
        "select text, user_id, urls_expanded, created_at from '{data}/organic_controls/aprendeencasa_mexico_2020.parquet' "
        "where not is_retweet"
    ),
    "elgl19": (
        "select text, user_id, urls_expanded, created_at from '{data}/organic_controls/elgl19_localgov_conf_2019.parquet' "
        "where not is_retweet"
    ),
    "esa2019": (
        "select text, user_id, urls_expanded, created_at from '{data}/organic_controls/esa2019_ecology_conf.parquet' "
        "where not is_retweet"
    ),
    "german politicians": (
        "select text, screen_name, [], created_at from '{data}/organic_controls/german_politicians_2018.parquet' "
        "where not starts_with(text, 'RT @')"
    ),
    "trump 2015-16": (
        "select text, screenName, [], created from '{data}/organic_controls/trump_2015_2016.parquet' where not isRetweet"
    ),
    "minimal schema": (
        "select text, node_id, [], message_time from '{data}/organic_controls/minimal_schema_2019.jsonl' "
        "where not starts_with(text, 'RT @')"
    ),
}


def real(shared: Path) -> None:
    print(
        "| set | posts | accounts | families | of >= 2 accounts | posts in families | by >= 2 accounts | ", end=""
    )
    print("beyond chance | less ready-made text and headlines | accounts in them |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |")
    for name, query in REAL.items():
        rows = duckdb.sql(query.format(data=shared / "data") + " order by 4, 2, 1").fetchall()
        print(real_row(name, rows), flush=True)


def real_row(name: str, rows: list[tuple[str | None, str, list[str] | None, object]]) -> str:
    texts = [row[0] for row in rows]
    names = {account: number for number, account in enumerate(dict.fromkeys(row[1] for row in rows))}
    accounts = np.array([names[row[1]] for row in rows])
    found = find_families(texts)
    by_account = np.bincount(accounts)
    users: dict[int, set[int]] = defaultdict(set)
    posts: dict[int, list[int]] = defaultdict(list)
    for post, text in enumerate(found.text_of_post.tolist()):
        if text >= 0:
            users[text].add(int(accounts[post]))
            posts[text].append(post)
    model = Composition(found.texts, [len(users[text]) for text in range(len(found.texts))])
    several = beyond = plain = 0
    kept = []
    in_plain: set[int] = set()
    for family in found.families:
        if family.posts < 2:
            continue
        members = [variant.text for variant in family.members]
        who = set().union(*(users[text] for text in members))
        mine = [post for text in members for post in posts[text]]
        if len(who) < 2:
            continue
        several += len(mine)
        left_out = {found.texts[text]: len(users[text]) for text in members}
        chance = against_set(len(who), by_account, model.log_probability(found.texts[family.medoid], left_out))
        if chance.p_value >= 0.01 or not testable(found.texts[family.medoid]):
            continue
        beyond += len(mine)
        headline = circulation([rows[post][2] or [] for post in mine]).headline
        ready = conventional([texts[post] or "" for post in mine])
        if not headline and not ready:
            plain += len(mine)
            in_plain |= who
        kept.append((len(mine), len(who), family, ready, headline))
    share = [float((found.family_of_post >= 0).mean()), *(count / len(rows) for count in (several, beyond, plain))]
    for size, who_count, family, ready, headline in kept[: (15 if name.startswith("IRA") else 5)]:
        shape = template(
            [found.texts[v.text] for v in family.members], [int(found.weights[v.text]) for v in family.members]
        )
        print(
            f"  {name}: {size} posts, {who_count} accounts, {len(family.members)} texts,"
            f" {family.near_miss_posts} near misses,"
            f" {shape.slots} slots, {'headline' if headline else ''} {' '.join(ready)}: {str(shape)[:140]}",
            file=sys.stderr,
        )
    families = sum(family.posts >= 2 for family in found.families)
    return (
        f"| {name} | {len(rows):,} | {len(names):,} | {families:,} | {len(kept):,} | "
        + " | ".join(f"{s:.1%}" for s in share)
        + f" | {len(in_plain):,} |"
    )


if __name__ == "__main__":
    if sys.argv[1] == "alterations":
        alterations()
    else:
        {"golden": golden, "real": real}[sys.argv[1]](Path(sys.argv[2]))
