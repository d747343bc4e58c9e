"""Languages and scripts of the posts, and of each account, as a finding."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from undertow.analyses.base import Scope
from undertow.analyses.text_families import charts
from undertow.analyses.text_families.posts import OwnPosts
from undertow.analyses.text_families.wording import QUESTION
from undertow.case import Case
from undertow.finding import Estimate, Finding
from undertow.languages import LanguageMix, Spoken, detect, language_mix
from undertow.statistics.intervals import bootstrap_share
from undertow.statistics.strength import OTHER_LANGUAGES, rate
from undertow.wording import count, joined, share, strength_words

ID = "text_families.languages"

COMPARED = 3_000
"""Tagged posts on which the platform's tag and the detector are compared."""

DRAWN = 12
"""Languages in the chart."""

SCRIPTS = {
    "Hans": "Simplified",
    "Hant": "Traditional",
    "mixed": "Simplified and Traditional mixed",
    "Hani": "Chinese that is written alike in both",
}

LANGUAGES = pa.schema(
    [
        ("row", pa.string()),
        ("language", pa.string()),
        ("script", pa.string()),
        ("posts", pa.int64()),
        ("share_of_posts", pa.float64()),
        ("accounts", pa.int64()),
        ("from_tag", pa.int64()),
        ("from_text", pa.int64()),
        ("tags_overruled", pa.int64()),
        ("account", pa.string()),
        ("effective_languages", pa.float64()),
        ("switches", pa.int64()),
        ("expected_switches", pa.float64()),
    ]
)
"""A row for each language and script, then one for each account of several languages."""


def finding(
    case: Case,
    scope: Scope,
    posts: OwnPosts,
    spoken: Sequence[Spoken],
    *,
    draws: int,
    seed: int,
    accounts: int,
) -> Finding:
    """Which languages and scripts the own posts are in, and how the ``accounts`` that mix them most do it."""
    known = [found.language.split("-")[0] if found.language else None for found in spoken]
    totals = Counter(language for language in known if language is not None)
    ranked = sorted(totals.items(), key=lambda item: (-item[1], item[0]))
    main = ranked[0][0] if ranked else None
    per_account = np.zeros((len(posts.accounts), 2), np.int64)
    for number, language in zip(posts.account.tolist(), known, strict=True):
        per_account[number] += (language not in (None, main), language is not None)
    value = low = high = None
    n_known = sum(totals.values())
    if n_known:
        heard = per_account[per_account[:, 1] > 0]
        value, low, high = bootstrap_share(heard, draws, np.random.default_rng([seed, 13]))
    rating = rate(
        low=low,
        high=high,
        scale=OTHER_LANGUAGES,
        n_accounts=len(posts.accounts),
        tested=False,
        guards={"a language is an audience, which texts alone cannot tell": False},
    )
    names = [str(number) for number in posts.account.tolist()]
    mixes = language_mix(names, known, posts.times)
    several = sorted(
        ((int(name), mix) for name, mix in mixes.items() if len(mix.posts) > 1),
        key=lambda item: (-item[1].effective * min(1.0, item[1].successions / 9), item[0]),
    )
    rows = [*_languages(posts, spoken), *(_account(posts, *item) for item in several[:accounts])]
    if value is None or low is None or high is None or main is None:
        statement = f"Too little to tell: the language of none of {count(len(posts), 'own post')} is known."
    else:
        shares = joined([f"{code} {share(number / n_known)}" for code, number in ranked[:5]])
        statement = (
            f"{share(value, low, high)} of {count(n_known, 'own post')} of known language are in another than {main} "
            f"(95% interval {low:.1%} to {high:.1%}): {shares}{_chinese(spoken)}. "
            f"{_several(len(several), len(posts.accounts))}."
        )
    others = [post for post, language in enumerate(known) if language not in (None, main)]
    evidence, which = posts.evidence(case, scope, others)
    unknown = len(posts) - n_known
    overruled = sum(found.overruled for found in spoken)
    drawn = _drawn(spoken, [code for code, _ in ranked[:DRAWN]])
    return Finding(
        id=ID,
        question=QUESTION,
        statement=statement,
        estimate=Estimate(
            value=value,
            low=low,
            high=high,
            unit="not estimated" if value is None else "share of posts not in the commonest language",
            n=n_known,
            n_accounts=len(posts.accounts),
        ),
        p_value=None,
        null_model=None,
        method=(
            "The platform's tag where the text can be in that language, otherwise script, alphabet and an offline "
            f"detector; {count(unknown, 'post')} without letters or without a sure answer count for no language. "
            f"{count(overruled, 'tag')} overruled by the text. {_compared(posts, seed)}Intervals by bootstrap over "
            f"accounts. Of the accounts of several languages the table lists {min(accounts, len(several)):,}, the "
            "most mixed first (setting accounts_shown). "
            f"{which.replace('the largest families first', 'by id') if others else ''} {strength_words(rating)}"
        ),
        assumptions=("A wrong tag for a neighbouring language is caught only where a letter gives it away",),
        alternatives=(
            "A language is no audience and an audience no nationality: English reaches everybody",
            "Bilingual people and migrants; accounts of several writers",
            "Neighbouring languages (Ukrainian and Russian, Malay and Indonesian) are confused: read before you "
            "infer from a small share",
        ),
        strength=rating.strength,
        aspect="targeting",
        table="text_families_languages.parquet",
        chart="text_families_languages.vl.json" if drawn else None,
        evidence=evidence,
        result=pa.Table.from_pylist(rows, LANGUAGES),
        figure=charts.languages(
            drawn, f"Own posts of the {min(DRAWN, len(ranked))} commonest languages, by how the language is known."
        )
        if drawn
        else None,
    )


def _script(found: Spoken) -> str:
    return SCRIPTS.get(found.script or "", found.script or "")


def _languages(posts: OwnPosts, spoken: Sequence[Spoken]) -> list[dict[str, object]]:
    groups: dict[tuple[str, str], list[int]] = {}
    for post, found in enumerate(spoken):
        code = found.language.split("-")[0] if found.language else "unknown"
        groups.setdefault((code, _script(found)), []).append(post)
    return [
        {
            "row": "language",
            "language": code,
            "script": script or None,
            "posts": len(mine),
            "share_of_posts": len(mine) / len(posts),
            "accounts": len(np.unique(posts.account[mine])),
            "from_tag": sum(spoken[post].source == "tag" for post in mine),
            "from_text": sum(spoken[post].source == "text" for post in mine),
            "tags_overruled": sum(spoken[post].overruled for post in mine),
        }
        for (code, script), mine in sorted(groups.items(), key=lambda item: (-len(item[1]), item[0]))
    ]


def _account(posts: OwnPosts, number: int, mix: LanguageMix) -> dict[str, object]:
    total = sum(amount for _, amount in mix.posts)
    return {
        "row": "account",
        "language": ", ".join(f"{code} {amount}" for code, amount in mix.posts),
        "posts": total + mix.unknown,
        "account": posts.shown(number),
        "effective_languages": mix.effective,
        "switches": mix.switches,
        "expected_switches": mix.expected_switches,
    }


def _chinese(spoken: Sequence[Spoken]) -> str:
    scripts = Counter(found.script for found in spoken if found.language and found.language.startswith("zh"))
    told = {name: scripts[name] for name in ("Hans", "Hant", "mixed")}
    total = sum(told.values())
    if not total:
        return ""
    parts = [
        f"{share(number / total)} {word}" if number else f"none {word}"
        for number, word in ((told["Hans"], "Simplified"), (told["Hant"], "Traditional"), (told["mixed"], "mixed"))
    ]
    return f"; of {count(total, 'Chinese post')} whose characters tell, {', '.join(parts)}"


def _several(several: int, accounts: int) -> str:
    if not several:
        return "No account writes in two languages or more"
    return f"{count(several, 'account')} of {accounts:,} write in two languages or more"


def _compared(posts: OwnPosts, seed: int) -> str:
    """In words, how often detector and tag agree on a sample of tagged posts."""
    tagged = [post for post, tag in enumerate(posts.tags) if tag is not None and posts.texts[post]]
    if not tagged:
        return "No post has a platform's tag. "
    rng = np.random.default_rng([seed, 14])
    picked = tagged if len(tagged) <= COMPARED else rng.choice(tagged, COMPARED, replace=False).tolist()
    said = agree = 0
    for post in picked:
        language = detect(posts.texts[post] or "").language
        if language is not None:
            said += 1
            agree += language.split("-")[0] == (posts.tags[post] or "").split("-")[0]
    if not said:
        return f"The detector said nothing of {count(len(picked), 'tagged post')}. "
    return (
        f"On {count(len(picked), 'tagged post')}{' drawn at random' if len(picked) < len(tagged) else ''} the detector "
        f"alone answered for {share(said / len(picked))}, and agreed with the tag on {share(agree / said)} of those. "
    )


def _drawn(spoken: Sequence[Spoken], codes: Sequence[str]) -> list[dict[str, object]]:
    words = {"tag": "platform's tag", "text": "text"}
    counts = Counter(
        (found.language.split("-")[0], words[found.source]) for found in spoken if found.language is not None
    )
    return [
        {"language": code, "told": told, "posts": counts[code, told]}
        for code in codes
        for told in words.values()
        if counts[code, told]
    ]
