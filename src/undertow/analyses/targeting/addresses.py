"""Whom each post addresses: mentions, replies and quotes, from the source's columns or, where it has none, the text."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from undertow.analyses.own_posts import Int64, OwnPosts
from undertow.analyses.targeting import steps
from undertow.engines.engine import Engine
from undertow.text.words import Words

KINDS = ("mention", "reply", "quote")


@dataclass(frozen=True)
class Addresses:
    """Pairs of a post and whom it addresses, each once a kind; columns of equal length.

    ``post`` is its number among the own posts, ``target`` a number among ``names`` (handles without @ in small
    letters, ids where no handle is known; two platforms may have one of the same name), ``kind`` a number among
    :data:`KINDS`. ``from_text``: mentions were read out of the texts, because the source has no column of them.
    ``unknown``: own posts that reply (that quote) without that the source or the case says whom.
    """

    post: Int64
    target: Int64
    kind: Int64
    names: tuple[str, ...]
    from_text: bool
    unknown: tuple[int, int]

    def __len__(self) -> int:
        return len(self.post)


def addresses(engine: Engine, posts: OwnPosts, words: Sequence[Words]) -> Addresses:
    """Whom ``posts`` address; an account that addresses itself is left out."""
    number = {key: place for place, key in enumerate(zip(posts.platforms, posts.ids, strict=True))}
    handles = engine.run(steps.MENTIONED_HANDLES).to_pylist()
    ids = engine.run(steps.MENTIONED_IDS).to_pylist()
    handle_at = {(row["platform"], row["post_id"], row["position"]): _folded(row["handle"]) for row in handles}
    handle_of: dict[tuple[str, str], str] = {}
    for row in ids:
        handle = handle_at.get((row["platform"], row["post_id"], row["position"]))
        if handle is not None:
            handle_of.setdefault((row["platform"], row["account_id"]), handle)
    found: set[tuple[int, str, int]] = set()

    def add(platform: str, post_id: str, name: str, kind: int) -> None:
        post = number.get((platform, post_id))
        if post is not None:
            found.add((post, name, kind))

    for row in handles:
        add(row["platform"], row["post_id"], _folded(row["handle"]), 0)
    for row in ids:
        name = handle_of.get((row["platform"], row["account_id"]), row["account_id"])
        add(row["platform"], row["post_id"], name, 0)
    lost: list[int] = []
    for kind, step in ((1, steps.REPLIES), (2, steps.QUOTES)):
        rows = engine.run(step).to_pylist()
        nowhere = {(row["platform"], row["post_id"]) for row in rows if row["target"] is None}
        lost.append(len(nowhere & number.keys()))
        for row in rows:
            if row["target"] is None:
                continue
            name = handle_of.get((row["platform"], row["target"]), row["target"])
            add(row["platform"], row["post_id"], name, kind)
    from_text = not handles and not ids
    if from_text:
        for post, said in enumerate(words):
            found.update((post, word[1:], 0) for word in said.words if word[0] == "@" and len(word) > 1)
    own = [posts.shown(account) for account in range(len(posts.accounts))]
    own_names = [
        {name, _folded(name), handle_of.get((key.partition("\0")[0], name), name)}
        for name, key in zip(own, posts.accounts, strict=True)
    ]
    kept = sorted(item for item in found if item[1] not in own_names[int(posts.account[item[0]])])
    targets = sorted({(name, posts.platforms[post]) for post, name, _ in kept})
    place = {target: number for number, target in enumerate(targets)}
    columns = np.array(
        [(post, place[name, posts.platforms[post]], kind) for post, name, kind in kept], dtype=np.int64
    ).reshape(-1, 3)
    names = tuple(name for name, _ in targets)
    return Addresses(columns[:, 0], columns[:, 1], columns[:, 2], names, from_text, (lost[0], lost[1]))


def _folded(handle: str) -> str:
    return unicodedata.normalize("NFKC", handle).casefold().removeprefix("@")
