"""How well text families find copies: planted copies of each kind, the golden sets, real operations and controls.

    python bench/text_families_accuracy.py alterations [KIND]
    python bench/text_families_accuracy.py golden SHARED
    python bench/text_families_accuracy.py real SHARED [SET]
    python bench/text_families_accuracy.py planted FOLDER

``SHARED`` is the folder with ``data`` and ``golden``. Pair recall: planted pairs of posts found in one family over
all planted pairs; precision: pairs in one family that are planted over all pairs in one family (with the simulated
background: over those that include a planted post, because its grammar makes look-alikes of its own). *Listed* counts near
misses (a negation or a number differs) with the family that lists them.
"""

from __future__ import annotations

import datetime as dt
import re
import sys
from collections import defaultdict
from dataclasses import replace
from itertools import combinations
from pathlib import Path

import duckdb
import numpy as np
from rapidfuzz.distance import Levenshtein

from undertow.analyses import base
from undertow.analyses.text_families.families import Families, find_families
from undertow.analyses.text_families.fillings_finding import filled
from undertow.analyses.text_families.guards import guard
from undertow.analyses.text_families.posts import OwnPosts
from undertow.analyses.text_families.study import sought, study
from undertow.analyses.text_families.template import template
from undertow.analyses.text_families.verify import Similarity
from undertow.case import Case
from undertow.simulation.alterations import ALTERATIONS, Copy, alter
from undertow.simulation.randomness import stream
from undertow.simulation.texts import CAMPAIGN, LANGUAGES, TOPICS, compose, emoji, fill, grammar
from undertow.text.normalise import normalise

FAMILIES, COPIES, ORGANIC = 40, 6, 3000
ONE_SLOT, ONE_SLOT_KEPT = "template, one slot", "template, one slot, no other negation or number"
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


def one_slot(rng: np.random.Generator, seed: Copy, numbers: list[int], *, kept: bool) -> Copy:
    """The text with one slot of its template filled anew; drawn again, where the meaning is to be ``kept``, until it holds
    as many negations as before, and the same numbers."""
    while True:
        again = numbers.copy()
        again[int(rng.integers(seed.template.count("{")))] += int(rng.integers(1, 5))
        body = fill(iter(again), grammar(seed.language), seed.template)
        if not kept or turns(body) == turns(seed.body):
            return replace(seed, body=body)


def turns(text: str) -> tuple[int, list[str]]:
    """How many negations a text holds, and its numbers."""
    body = normalise(text).body
    return guard().negations(body), sorted(re.findall(r"\d+", body))


def alterations(only: str) -> None:
    print("| alteration | language | posts | joined: recall | precision | listed: recall | precision |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    for kind in (*ALTERATIONS, ONE_SLOT, ONE_SLOT_KEPT):
        if only not in kind:
            continue
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
                    kept = kind == ONE_SLOT_KEPT
                    copies = [seed] + [one_slot(rng, seed, numbers, kept=kept) for _ in range(COPIES - 1)]
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
        "select content, author, [] as links, publish_date::timestamp, language "
        "from '{data}/ira_troll_tweets/tweets.parquet' where retweet = 0"
    ),
    "aprendeencasa": (
        "select text, user_id, urls_expanded, created_at::timestamp, 'es' from "
        "'{data}/organic_controls/aprendeencasa_mexico_2020.parquet' where not is_retweet"
    ),
    "elgl19": (
        "select text, user_id, urls_expanded, created_at::timestamp, 'en' "
        "from '{data}/organic_controls/elgl19_localgov_conf_2019.parquet' where not is_retweet"
    ),
    "esa2019": (
        "select text, user_id, urls_expanded, created_at::timestamp, 'en' "
        "from '{data}/organic_controls/esa2019_ecology_conf.parquet' where not is_retweet"
    ),
    "german politicians": (
        "select text, screen_name, [], created_at::timestamp, 'de' "
        "from '{data}/organic_controls/german_politicians_2018.parquet' where not starts_with(text, 'RT @')"
    ),
    "minimal schema": (
        "select text, node_id, [], strptime(message_time, '%a %b %d %H:%M:%S %z %Y')::timestamp, null "
        "from '{data}/organic_controls/minimal_schema_2019.jsonl' where not starts_with(text, 'RT @')"
    ),
}

Row = tuple[str | None, str, list[str] | None, dt.datetime | None, str | None]


def real(shared: Path, only: str | None) -> None:
    print(
        "| set | posts | accounts | in families | of >= 2 accounts | beyond chance | not ready-made | accounts "
        "| in templates beside | templates |"
    )
    print("| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |")
    for name, query in REAL.items():
        if only is None or only in name:
            rows = duckdb.sql(query.format(data=shared / "data") + " order by 4, 2, 1").fetchall()
            print(real_row(name, rows), flush=True)


def own_posts(rows: list[Row]) -> OwnPosts:
    names = {account: number for number, account in enumerate(sorted({str(row[1]) for row in rows}))}
    return OwnPosts(
        platforms=["real"] * len(rows),
        ids=[f"{number:09d}" for number in range(len(rows))],
        account=np.array([names[str(row[1])] for row in rows], np.int64),
        accounts=tuple(f"real\0{name}" for name in names),
        times=[None if row[3] is None else int(row[3].replace(tzinfo=dt.UTC).timestamp() * 1e6) for row in rows],
        texts=[row[0] for row in rows],
        tags=[row[4] for row in rows],
        links=[tuple(row[2] or ()) for row in rows],
        reposts=0,
    )


def real_row(name: str, rows: list[Row]) -> str:
    posts = own_posts(rows)
    found = study(sought(posts, None, similarity=Similarity(), seed=0), languages=posts.tags, level=0.01)
    parts = [
        found.judged,
        found.shared,
        [family for family in found.shared if family.beyond],
        found.counted,
    ]
    inside = found.in_families(found.counted)
    for family in found.counted[: 15 if name.startswith("IRA") else 6]:
        texts = [v.text for v in found.found.families[family.number].members]
        shape = template(
            [found.found.texts[text] for text in texts], [int(found.found.weights[text]) for text in texts]
        )
        print(
            f"  {name}: {len(family.posts)} posts, {family.accounts} accounts, {len(texts)} texts, "
            f"p_w {family.p_wording:.1g}, p_t {family.p_times:.1g} ({family.together_accounts} in "
            f"{family.together_seconds / 3600:.0f} h), {shape.slots} slots: {str(shape)[:120]}",
            file=sys.stderr,
        )
    print(
        f"  {name}: {sum((family.p_wording or 1) < 1e-4 for family in parts[2])} of {len(parts[2])} families beyond "
        "chance by wording",
        file=sys.stderr,
    )
    templates = [item for item in filled(found)[0] if not item.ready_made]
    beside = np.zeros(len(posts), bool)
    for item in templates:
        beside[item.posts] = True
    beside &= ~inside
    for item in templates[:25]:
        texts = [found.found.texts[text] for text in item.texts]
        print(
            f"  {name}: {item.accounts} accounts, {len(texts)} fillings: {template(texts, [1] * len(texts))}"[:200],
            file=sys.stderr,
        )
    return (
        f"| {name} | {len(posts):,} | {len(posts.accounts):,} | "
        + " | ".join(f"{found.in_families(part).mean():.1%}" for part in parts)
        + f" | {len(np.unique(posts.account[inside])):,} | {beside.mean():.1%} | {len(templates):,} |"
    )


def planted(folder: Path) -> None:
    """A simulated takedown (``case`` and ``truth.csv`` in ``folder``): what is called, and what was planted."""
    truth = dict(
        duckdb.sql(
            f"""select subject_id, value from read_csv('{folder}/truth.csv', all_varchar = true)
                where subject_type = 'post' and label = 'text_family'"""
        ).fetchall()
    )
    with base.open_engine(Case.open(folder / "case"), base.Parameters()) as engine:
        posts = OwnPosts.of(engine)
    found = study(sought(posts, None, similarity=Similarity(), seed=0), languages=posts.tags, level=0.01)
    copies = np.array([name in truth for name in posts.ids])
    print(f"{len(posts):,} own posts, {copies.mean():.1%} planted copies")
    for which, families in (
        ("of two accounts or more", found.shared),
        ("beyond chance", [family for family in found.shared if family.beyond]),
        ("not ready-made", found.counted),
    ):
        inside = found.in_families(families)
        pure = [copies[family.posts].mean() for family in families]
        print(
            f"{which}: {len(families):,} families ({np.mean(np.array(pure) >= 0.5):.1%} mostly planted), "
            f"{inside.mean():.1%} of own posts, {copies[inside].mean():.1%} of these planted, "
            f"{inside[copies].mean():.1%} of the planted"
        )


if __name__ == "__main__":
    if sys.argv[1] == "alterations":
        alterations(sys.argv[2] if len(sys.argv) > 2 else "")
    elif sys.argv[1] == "real":
        real(Path(sys.argv[2]), sys.argv[3] if len(sys.argv) > 3 else None)
    else:
        {"golden": golden, "planted": planted}[sys.argv[1]](Path(sys.argv[2]))
