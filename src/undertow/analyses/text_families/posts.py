"""The accounts' own posts as text families look at them, in an order that no engine decides."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from undertow.analyses.base import Scope
from undertow.analyses.own_posts import POSTS, REPOSTS, evidence_of
from undertow.analyses.text_families.arrays import Int64
from undertow.analyses.text_families.steps import LINKS
from undertow.case import Case
from undertow.engines.engine import Engine
from undertow.finding import Evidence


@dataclass(frozen=True)
class OwnPosts:
    """Posts that are no reposts, by platform and id; columns of equal length.

    ``times`` are microseconds UTC or None, ``tags`` the platform's languages, ``links`` those of each post,
    ``account`` the number of its author among ``accounts`` (platform, NUL, id; sorted). ``reposts``: how many
    posts were left out.
    """

    platforms: list[str]
    ids: list[str]
    account: Int64
    accounts: tuple[str, ...]
    times: list[int | None]
    texts: list[str | None]
    tags: list[str | None]
    links: list[tuple[str, ...]] = field(repr=False)
    reposts: int

    def __len__(self) -> int:
        return len(self.ids)

    @classmethod
    def of(cls, engine: Engine, *, with_text: bool = False) -> OwnPosts:
        """The own posts of ``engine``, the same whatever the order of its rows; only those ``with_text`` if asked."""
        table = engine.run(POSTS)
        if with_text:
            table = table.filter(table["text"].is_valid())
        table = table.sort_by([("platform", "ascending"), ("post_id", "ascending")])
        links: dict[tuple[str, str], list[str]] = {}
        rows = engine.run(LINKS).to_pydict()
        for platform, post, link in zip(rows["platform"], rows["post_id"], rows["link"], strict=True):
            links.setdefault((platform, post), []).append(link)
        platforms, ids = table["platform"].to_pylist(), table["post_id"].to_pylist()
        authors = [f"{p}\0{a}" for p, a in zip(platforms, table["account_id"].to_pylist(), strict=True)]
        accounts = tuple(sorted(set(authors)))
        numbers = {name: number for number, name in enumerate(accounts)}
        return cls(
            platforms=platforms,
            ids=ids,
            account=np.fromiter((numbers[name] for name in authors), np.int64, len(authors)),
            accounts=accounts,
            times=table["created_us"].to_pylist(),
            texts=table["text"].to_pylist(),
            tags=table["language"].to_pylist(),
            links=[tuple(sorted(links.get(key, ()))) for key in zip(platforms, ids, strict=True)],
            reposts=int(engine.run(REPOSTS)["reposts"][0].as_py()),
        )

    def shown(self, account: int) -> str:
        """The id of an account, as tables name it."""
        return self.accounts[account].partition("\0")[2]

    def by_account(self) -> Int64:
        """Posts of each account."""
        return np.bincount(self.account, minlength=len(self.accounts)).astype(np.int64)

    def evidence(self, case: Case, scope: Scope, posts: Sequence[int]) -> tuple[Evidence, str]:
        """The first of ``posts`` as evidence, and in words which those are."""
        keys = [(self.platforms[post], self.ids[post]) for post in posts]
        return evidence_of(case, scope, keys, order="the largest families first")
