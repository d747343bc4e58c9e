"""The accounts' own posts (no reposts), in an order that no engine decides: what questions about content begin with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from undertow.analyses.base import Parameters, Scope, evidence, open_engine
from undertow.case import Case
from undertow.engines.steps import Step, register
from undertow.finding import Aspect, Estimate, Evidence, Finding
from undertow.sql import one_of
from undertow.text.words import Words, words_of

Int64 = npt.NDArray[np.int64]
Bool = npt.NDArray[np.bool_]

EVIDENCE_POSTS = 500
"""Posts that a finding's evidence names; a query cannot list a hundred thousand of them."""

US_A_DAY = 86_400_000_000

POSTS = register(
    Step(
        name="own_posts.posts",
        inputs=("posts",),
        sql="""
            SELECT platform, post_id, account_id, created_us, text, language
            FROM posts
            WHERE kind <> 'repost'
        """,
        output=pa.schema(
            [
                ("platform", pa.string()),
                ("post_id", pa.string()),
                ("account_id", pa.string()),
                ("created_us", pa.int64()),
                ("text", pa.string()),
                ("language", pa.string()),
            ]
        ),
    )
)
"""Every post that is no repost."""

REPOSTS = register(
    Step(
        name="own_posts.reposts",
        inputs=("posts",),
        sql="SELECT COUNT(*) AS reposts FROM posts WHERE kind = 'repost'",
        output=pa.schema([("reposts", pa.int64())]),
    )
)
"""How many posts are left out as reposts."""


@dataclass(frozen=True)
class OwnPosts:
    """Own posts by platform and id; columns of equal length.

    ``account`` is the number of its author among ``accounts`` (platform, NUL, id; sorted); ``times`` microseconds
    UTC, -1 where the time is not known; ``tags`` the platform's languages (BCP 47). ``reposts``: how many posts were
    left out.
    """

    platforms: list[str]
    ids: list[str]
    account: Int64
    accounts: tuple[str, ...]
    times: Int64
    texts: list[str]
    tags: list[str | None]
    reposts: int

    def __len__(self) -> int:
        return len(self.ids)

    @classmethod
    def of(cls, case: Case, parameters: Parameters) -> OwnPosts:
        """The own posts of ``case`` in scope, the same whatever the engine and the order of its rows."""
        with open_engine(case, parameters) as engine:
            table = engine.run(POSTS).sort_by([("platform", "ascending"), ("post_id", "ascending")])
            reposts = int(engine.run(REPOSTS)["reposts"][0].as_py())
        platforms = table["platform"].to_pylist()
        authors = [f"{p}\0{a}" for p, a in zip(platforms, table["account_id"].to_pylist(), strict=True)]
        accounts = tuple(sorted(set(authors)))
        numbers = {name: number for number, name in enumerate(accounts)}
        times = table["created_us"].fill_null(-1).to_numpy().astype(np.int64)
        return cls(
            platforms=platforms,
            ids=table["post_id"].to_pylist(),
            account=np.fromiter((numbers[name] for name in authors), np.int64, len(authors)),
            accounts=accounts,
            times=times,
            texts=[text or "" for text in table["text"].to_pylist()],
            tags=table["language"].to_pylist(),
            reposts=reposts,
        )

    @property
    def day(self) -> Int64:
        """Days since 1970 UTC; -1 where the time is not known."""
        return np.where(self.times < 0, -1, self.times // US_A_DAY)

    def shown(self, account: int) -> str:
        """The id of an account, as tables name it."""
        return self.accounts[account].partition("\0")[2]

    def per_account(self, chosen: npt.ArrayLike) -> npt.NDArray[np.float64]:
        """Of each account the posts that are ``chosen`` (a truth value or weight for each post), and all its posts."""
        weights = np.asarray(chosen, dtype=np.float64)
        size = len(self.accounts)
        return np.stack(
            [np.bincount(self.account, weights, minlength=size), np.bincount(self.account, minlength=size)], axis=1
        )

    def evidence(self, case: Case, scope: Scope, posts: Sequence[int]) -> tuple[Evidence, str]:
        """The first :data:`EVIDENCE_POSTS` of ``posts`` as evidence, and in words which those are."""
        return evidence_of(case, scope, [(self.platforms[post], self.ids[post]) for post in posts])


def evidence_of(
    case: Case, scope: Scope, posts: Sequence[tuple[str, str]], *, order: str = ""
) -> tuple[Evidence, str]:
    """The first :data:`EVIDENCE_POSTS` of ``posts`` (platform, id) as evidence, and in words which those are.

    ``order`` says in words in which order they come, where that matters.
    """
    chosen = posts[:EVIDENCE_POSTS]
    words = (
        "The rows behind it are all of these posts."
        if len(chosen) == len(posts)
        else f"The rows behind it are {len(chosen):,} of these {len(posts):,} posts{order and f', {order}'}."
    )
    return evidence(case, scope.posts(one_of(chosen, "post_id"))), words


def too_little(
    case: Case,
    scope: Scope,
    name: str,
    why: str,
    *,
    question: str,
    method: str,
    aspect: Aspect,
    n: int = 0,
    n_accounts: int = 0,
    rows: str = "FALSE",
) -> Finding:
    """The finding ``name``, which says ``why`` it could not be made; ``rows`` is the condition of its evidence."""
    return Finding(
        id=name,
        question=question,
        statement=why,
        estimate=Estimate(value=None, unit="not estimated", n=n, n_accounts=n_accounts),
        p_value=None,
        null_model=None,
        method=method,
        assumptions=(),
        alternatives=("The source may hold only a part of what the accounts posted",),
        strength="none",
        aspect=aspect,
        evidence=evidence(case, scope.posts(rows)),
    )


def all_words(posts: OwnPosts) -> list[Words]:
    """The words of each post; equal texts are taken apart once."""
    known: dict[str, Words] = {}
    found = []
    for text in posts.texts:
        words = known.get(text)
        if words is None:
            words = known[text] = words_of(text)
        found.append(words)
    return found
