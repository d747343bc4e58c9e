"""In which language accounts posted on each day: as the platform tagged it, where it did; else by the letters.

Tags are taken as they are here, and checked against the letters for the accounts that stand out (see :mod:`.chain`).
Texts without a tag get the language that their script is used for, or else the script itself: a detector takes a tenth
of a millisecond a text, which a million texts have not got, and most changes of language that matter change the script.
"""

from __future__ import annotations

import pyarrow as pa

from undertow.analyses.account_histories import steps
from undertow.engines.engine import Engine
from undertow.languages import main_script
from undertow.languages.detect import only_language, words_of

UNTAGGED_SHARE = 0.5
"""Texts without a tag are read where they are at least this share; a few among tagged ones are left out."""


def day_languages(engine: Engine) -> tuple[pa.Table, str]:
    """Posts of each account, day and language (account, day, item, posts), and in words what it was taken from."""
    tagged = engine.run(steps.LANGUAGES)
    totals = engine.run(steps.TAGGED).to_pylist()[0]
    if totals["posts"] - totals["tagged"] < UNTAGGED_SHARE * max(totals["posts"], 1):
        return tagged, "the platform's tags"
    texts = engine.run(steps.UNTAGGED)
    coded = texts["text"].combine_chunks().dictionary_encode()
    names = [_by_letters(text) for text in coded.dictionary.to_pylist()]
    named = pa.array(names, pa.string()).take(coded.indices)
    found = texts.select(["account", "day"]).append_column("item", named).append_column("posts", texts["posts"])
    return pa.concat_tables([tagged, found.filter(named.is_valid())]), "the letters of the texts (no tags)"


def _by_letters(text: str) -> str | None:
    script = main_script(words_of(text))
    return None if script is None else only_language(script) or script
