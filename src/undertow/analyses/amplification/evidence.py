"""The condition on posts that amplify: the evidence of findings returns the posts that were counted.

It says in SQL what :mod:`.reading` does with keys: of what a post says of its source the first counts (account id,
handle, amplified post, text), in the time in which the account is watched, and never what an account does to itself.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence

from undertow.analyses.amplification.reading import MENTION_LETTERS, Target
from undertow.sql import literal
from undertow.watchlists import fold_handle

_NOTHING = (
    "kind = 'repost' AND reposted_account_id IS NULL AND reposted_handle IS NULL AND reposted_post_id IS NULL"
)
_MENTIONS = literal(rf"(?:^|[^\pL\pN_@])@([{MENTION_LETTERS}]{{1,50}})")


def amplifying(targets: Sequence[Target], posts: str, *, by_post: bool, by_text: bool, by_mention: bool) -> str:
    """The condition that one of ``posts`` (a SELECT) amplifies one of ``targets``.

    What is known by posts or texts needs a sub-query; the three say whether anything is known so.
    """
    alike: dict[tuple[str, int | None, int | None], list[Target]] = defaultdict(list)
    for target in targets:
        alike[target.platform, target.valid_from, target.valid_to].append(target)
    parts = []
    for (platform, first, last), group in alike.items():
        how = [*_by_account(group), *(_by_mention(group) if by_mention else [])]
        ids = [target.account_id for target in group if target.account_id is not None]
        if ids and by_post:
            how.append(_by_post(posts, platform, ids))
        if ids and by_text:
            how.append(_by_text(posts, platform, ids))
        when = [f"platform = {literal(platform)}", "created_at IS NOT NULL"]
        when += [] if first is None else [f"created_at >= {_time(first)}"]
        when += [] if last is None else [f"created_at < {_time(last)}"]
        parts.append(f"({' AND '.join(when)} AND ({' OR '.join(how)}))")
    return f"({' OR '.join(parts)})" if parts else "FALSE"


def _time(microseconds: int) -> str:
    time = dt.datetime(1970, 1, 1, tzinfo=dt.UTC) + dt.timedelta(microseconds=microseconds)
    return f"TIMESTAMPTZ '{time:%Y-%m-%d %H:%M:%S.%f}+00'"


def _by_account(targets: Sequence[Target]) -> list[str]:
    """By account id, or else by handle."""
    ids = ", ".join(sorted({literal(target.account_id) for target in targets if target.account_id is not None}))
    found = []
    if ids:
        found += [
            f"(kind = 'repost' AND reposted_account_id IN ({ids}) AND account_id <> reposted_account_id)",
            f"(kind = 'reply' AND replied_account_id IN ({ids}) AND account_id <> replied_account_id)",
        ]
    if any(target.handles for target in targets):
        found.append(
            f"(kind = 'repost' AND reposted_account_id IS NULL AND {_meant('lower(reposted_handle)', targets)})"
        )
    return found


def _meant(name: str, targets: Sequence[Target]) -> str:
    """The condition that ``name``, an SQL expression, is the handle of one of ``targets`` that is not the author."""
    bearers: dict[str, set[str | None]] = defaultdict(set)
    for target in targets:
        for handle in target.handles:
            bearers[fold_handle(handle)].add(target.account_id)
    listed = ", ".join(literal(handle) for handle in sorted(bearers))
    own = {handle: next(iter(ids)) for handle, ids in sorted(bearers.items()) if len(ids) == 1}
    cases = " ".join(
        f"WHEN {literal(handle)} THEN {literal(id_)}" for handle, id_ in own.items() if id_ is not None
    )
    author = f" AND account_id IS DISTINCT FROM CASE {name} {cases} END" if cases else ""
    return f"({name} IN ({listed}){author})"


def _by_mention(targets: Sequence[Target]) -> list[str]:
    if not any(target.handles for target in targets):
        return []
    named = f"regexp_extract_all(lower(text), {_MENTIONS}, 1)"
    return [f"({_NOTHING} AND len(list_filter({named}, lambda h: {_meant('h', targets)})) > 0)"]


def _by_post(posts: str, platform: str, ids: Sequence[str]) -> str:
    """By a post of theirs, where the source says neither account nor handle."""

    def of(column: str) -> str:
        own = f"own.platform = {literal(platform)} AND own.account_id IN ({', '.join(map(literal, sorted(ids)))})"
        return (
            f"EXISTS (SELECT 1 FROM ({posts}) AS own WHERE own.post_id = posts.{column} AND own.kind <> 'repost' AND {own} "
            "AND own.account_id <> posts.account_id)"
        )

    return (
        f"(kind = 'repost' AND reposted_account_id IS NULL AND reposted_handle IS NULL AND {of('reposted_post_id')}) OR "
        f"(kind = 'reply' AND replied_account_id IS NULL AND {of('replied_post_id')}) OR "
        f"(kind = 'quote' AND {of('quoted_post_id')})"
    )


def _by_text(posts: str, platform: str, ids: Sequence[str]) -> str:
    """By a text that they had posted before, where a repost says nothing of its source."""
    return (
        f"({_NOTHING} AND EXISTS (SELECT 1 FROM ({posts}) AS own WHERE own.text_key = posts.text_key AND own.kind <> "
        f"'repost' AND own.platform = {literal(platform)} AND own.account_id IN "
        f"({', '.join(map(literal, sorted(ids)))}) AND own.created_at <= posts.created_at AND "
        "own.account_id <> posts.account_id))"
    )
