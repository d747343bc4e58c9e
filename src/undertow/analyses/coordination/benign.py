"""Likely benign causes that can be checked from the data, each by a stated rule.

A cause named is a question to answer, not an answer: syndication can be run by an operation too. The rules look at
what a group's accounts did together, and hold that against what the accounts, or everybody, do otherwise.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass

import numpy as np

from undertow.analyses.coordination.facts import PostFacts, inside_groups
from undertow.analyses.coordination.study import Study
from undertow.analyses.coordination.tables import CalledCoActions
from undertow.wording import share

MOST = 0.8
"""A rule speaks when it covers at least this share of what the group did together."""
UNUSUAL = 3.0
"""A client is a group's own when its share there is at least so many times its share of all posts."""
FEW = 5
"""Fewer co-acting posts (or links) than this say nothing about a cause."""
NAME = 60


@dataclass(frozen=True)
class Cause:
    """A cause that fits: its name, why in words, and the share of what the group did together that it covers.

    ``account`` is the account that it is about; the words name none.
    """

    name: str
    because: str
    covers: float
    account: str | None = None

    @property
    def words(self) -> str:
        """``could be: syndication, because ...``."""
        return f"could be: {self.name}, because {self.because}"


def causes(study: Study, called: CalledCoActions, facts: PostFacts, group: int) -> list[Cause]:
    """The causes that fit a group; the rules are in ``docs/how-to/coordination.md``."""
    posts = np.flatnonzero((facts.group == group) & facts.co_acted)
    found = [
        _syndication(facts, group),
        _one_publisher(facts, group),
        _one_tool(facts, posts.tolist()),
        _fans(facts, posts.tolist()),
        _one_hashtag(study, called, group),
        _service(facts, group),
    ]
    return [cause for cause in found if cause is not None]


def _links(facts: PostFacts, group: int) -> list[tuple[int, str, bool]]:
    """Account, domain and whether the post co-acted, for every link of the group."""
    rows = np.flatnonzero(facts.group[facts.link_post] == group).tolist()
    return [
        (int(facts.account[facts.link_post[row]]), facts.domain[row], bool(facts.co_acted[facts.link_post[row]]))
        for row in rows
    ]


def _syndication(facts: PostFacts, group: int) -> Cause | None:
    links = _links(facts, group)
    by_account: dict[int, Counter[str]] = defaultdict(Counter)
    for account, domain, _ in links:
        by_account[account][domain] += 1
    own = {}
    for account, counter in by_account.items():
        domain, number = min(counter.items(), key=lambda item: (-item[1], item[0]))
        if number >= counter.total() / 2:
            own[account] = domain
    shared = [(account, domain) for account, domain, co_acted in links if co_acted]
    if len(shared) < FEW:
        return None
    covered = sum(own.get(account) == domain for account, domain in shared) / len(shared)
    if covered < MOST:
        return None
    return Cause(
        "syndication",
        f"{_share(covered)} of the shared links go to the domain that the account links to most",
        covered,
    )


def _one_publisher(facts: PostFacts, group: int) -> Cause | None:
    domains = Counter(domain for _, domain, co_acted in _links(facts, group) if co_acted)
    return _dominant(domains, "one publisher", "of the shared links go to")


def _one_tool(facts: PostFacts, posts: list[int]) -> Cause | None:
    clients = Counter(client for row in posts if (client := facts.client[row]) is not None)
    cause = _dominant(clients, "one tool", "of the co-acting posts came from the client")
    if cause is None:
        return None
    client = min(clients.items(), key=lambda item: (-item[1], item[0]))[0]
    everywhere = facts.client_totals[client] / max(sum(facts.client_totals.values()), 1)
    if cause.covers < UNUSUAL * everywhere:
        return None
    return Cause(cause.name, f"{cause.because} ({share(everywhere)} of all posts)", cause.covers)


def _fans(facts: PostFacts, posts: list[int]) -> Cause | None:
    accounts = Counter(account for row in posts if (account := facts.reposted[row]) is not None)
    found = _most(accounts)
    if found is None:
        return None
    account, covered = found
    because = f"{_share(covered)} of the co-acting reposts repost one account"
    return Cause("fans of one account", because, covered, account.partition("\0")[2])


def _one_hashtag(study: Study, called: CalledCoActions, group: int) -> Cause | None:
    for trace, rows in called.by_trace:
        if trace.name == "hashtag":
            objects = rows.object[inside_groups(study, rows) == group]
            tags, number = np.unique(objects, return_counts=True)
            counter = Counter(
                dict(zip((trace.found.objects[int(tag)].as_py() for tag in tags), number.tolist(), strict=True))
            )
            return _dominant(counter, "one hashtag", "of the co-actions in hashtags are in")
    return None


def _service(facts: PostFacts, group: int) -> Cause | None:
    rows = np.flatnonzero(facts.group == group).tolist()
    linked = set(facts.link_post.tolist())
    by_account: dict[int, list[int]] = defaultdict(list)
    for row in rows:
        by_account[int(facts.account[row])].append(row)
    for posts in by_account.values():
        client = Counter(facts.client[row] for row in posts).most_common(1)[0][1]
        reposts = sum(facts.kind[row] == "repost" for row in posts)
        with_link = sum(row in linked for row in posts)
        if len(posts) < FEW or client < 0.95 * len(posts) or reposts or with_link < 0.9 * len(posts):
            return None
    return Cause(
        "automatic service",
        "every member writes with one client only, never reposts, and links in nearly every post",
        1.0,
    )


def _most(counter: Counter[str]) -> tuple[str, float] | None:
    """What makes up at least :data:`MOST` of what was counted, and its share."""
    total = counter.total()
    if total < FEW:
        return None
    value, number = min(counter.items(), key=lambda item: (-item[1], item[0]))
    return (value, number / total) if number >= MOST * total else None


def _dominant(counter: Counter[str], name: str, words: str) -> Cause | None:
    found = _most(counter)
    if found is None:
        return None
    value, covered = found
    shown = value if len(value) <= NAME else value[:NAME] + "…"
    return Cause(name, f"{_share(covered)} {words} “{shown}”", covered)


def _share(value: float) -> str:
    """A share in words; ``all`` where nothing is left out."""
    return "all" if value == 1 else share(value)
