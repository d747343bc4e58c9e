"""How often the language of a post is said, and right, on labelled posts; against bare detectors, in one run.

    python bench/text_families_languages.py SHARED [posts]

The labels are the collector's and wrong for many Cyrillic posts: of those it calls Ukrainian, Bulgarian, Serbian or
Macedonian most are Russian (read them, or look at their letters). They are counted apart. heliport is compared when
it is installed. Links, mentions and hashtags are taken out before any detector sees a text.
"""

from __future__ import annotations

import importlib
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import duckdb

from undertow.languages import detect, spoken
from undertow.languages.detect import words_of
from undertow.sources.languages import by_name

DOUBTFUL = {"uk", "bg", "sr", "mk"}
BINS = ((0, 15), (15, 20), (20, 40), (40, 80), (80, 1000))
ISO3 = {
    "eng": "en", "rus": "ru", "deu": "de", "ita": "it", "ara": "ar", "fra": "fr", "spa": "es", "nld": "nl", "ron": "ro",
    "fas": "fa", "pes": "fa", "vie": "vi", "swe": "sv", "por": "pt", "tur": "tr", "nob": "no", "uzn": "uz",
    "und": None, "zxx": None,
}  # fmt: skip


def bare_py3langid() -> Callable[[str], str | None]:
    from py3langid import classify

    return lambda text: classify(text)[0]


def bare_heliport() -> Callable[[str], str | None] | None:
    try:
        module = importlib.import_module("heliport")
    except ImportError:
        return None
    identifier = module.Identifier()
    return lambda text: ISO3.get(code := identifier.identify(text), code)


def main(shared: Path, count: int) -> None:
    rows = duckdb.sql(
        f"""select distinct content, language from '{shared}/data/ira_troll_tweets/tweets.parquet'
            where language <> 'LANGUAGE UNDEFINED' order by hash(content || language) limit {count}"""
    ).fetchall()
    posts = [(words_of(text), label) for text, name in rows if text and (label := by_name(name))]
    detectors: dict[str, Callable[[str], str | None]] = {"Undertow": lambda text: detect(text).language}
    detectors["py3langid alone"] = bare_py3langid()
    heliport = bare_heliport()
    if heliport:
        detectors["heliport alone"] = heliport
    answers: dict[str, list[str | None]] = {}
    for name, find in detectors.items():
        find("the cats in the old harbour town are grey")
        started = time.process_time()
        answers[name] = [find(text) for text, _ in posts]
        print(f"{name}: {len(posts) / (time.process_time() - started):,.0f} texts a second of CPU", flush=True)
    print("| letters | posts |" + "".join(f" {name}: said | right of said |" for name in answers))
    print("| --- | --- |" + " --- | --- |" * len(answers))
    for low, high in BINS:
        here = [
            number
            for number, (text, label) in enumerate(posts)
            if low <= sum(map(str.isalpha, text)) < high and label not in DOUBTFUL
        ]
        cells = []
        for given in answers.values():
            said = [number for number in here if given[number] is not None]
            right = sum(given[number] == posts[number][1] for number in said)
            cells.append(f" {len(said) / len(here):.3f} | {right / max(1, len(said)):.4f} |")
        print(f"| {low} to {high - 1} | {len(here):,} |" + "".join(cells))
    print("| collector's tag | posts | overruled | languages given instead or kept |\n| --- | --- | --- | --- |")
    for tag in ("en", "ru", "de", "it", "uk", "bg", "sr", "mk"):
        mine = [spoken(text, tag) for text, label in posts if label == tag]
        shown = ", ".join(
            f"{code or 'none'} {n}" for code, n in Counter(item.language for item in mine).most_common(4)
        )
        print(
            f"| {tag} | {len(mine):,} | {sum(item.overruled for item in mine) / max(1, len(mine)):.1%} | {shown} |"
        )


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 40_000)
