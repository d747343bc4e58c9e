"""What is known of the network's posts beside their times: the client, whom they repost, where their links go."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from undertow.analyses.coordination.actions import Bool, Int64
from undertow.analyses.coordination.events import CoActionRows
from undertow.analyses.coordination.groups import NO_GROUP
from undertow.analyses.coordination.study import Study, TraceStudy
from undertow.analyses.coordination.tables import CalledCoActions, called_keys
from undertow.engines.engine import Engine
from undertow.engines.steps import Step, register

POST_FACTS = register(
    Step(
        name="coordination.post_facts",
        inputs=("posts",),
        sql="""
            SELECT platform, post_id, account_id, kind, client, reposted_account_id
            FROM posts
            WHERE account_id IS NOT NULL
        """,
        output=pa.schema(
            [
                ("platform", pa.string()),
                ("post_id", pa.string()),
                ("account_id", pa.string()),
                ("kind", pa.string()),
                ("client", pa.string()),
                ("reposted_account_id", pa.string()),
            ]
        ),
    )
)
POST_DOMAINS = register(
    Step(
        name="coordination.post_domains",
        inputs=("posts", "post_urls"),
        sql="""
            SELECT DISTINCT p.platform AS platform, p.post_id AS post_id, l.domain AS domain
            FROM posts AS p INNER JOIN post_urls AS l ON p.platform = l.platform AND p.post_id = l.post_id
            WHERE l.domain IS NOT NULL AND p.kind <> 'repost' AND p.account_id IS NOT NULL
        """,
        output=pa.schema([("platform", pa.string()), ("post_id", pa.string()), ("domain", pa.string())]),
    )
)


@dataclass(frozen=True)
class PostFacts:
    """The posts of the accounts in groups, one entry each.

    ``names`` are platform and id joined by a NUL, sorted; ``account`` and ``group`` as in the study; ``co_acted``
    whether the post takes part in a co-action of a called pair within its group; ``client``, ``kind`` and
    ``reposted`` (the reposted account, platform and id) as texts; ``link_post`` (rows of this table) and ``domain``
    list the domains that posts link to.
    """

    names: pa.Array
    account: Int64
    group: Int64
    co_acted: Bool
    kind: tuple[str, ...]
    client: tuple[str | None, ...]
    reposted: tuple[str | None, ...]
    link_post: Int64
    domain: tuple[str, ...]
    client_totals: dict[str, int]

    @classmethod
    def of(cls, engine: Engine, study: Study, called: CalledCoActions) -> PostFacts:
        """The facts of all posts of accounts in groups; ``client_totals`` counts the posts of all accounts."""
        rows = engine.run(POST_FACTS)
        counted = pc.value_counts(rows["client"].combine_chunks())
        totals = {
            str(entry["values"]): int(entry["counts"])
            for entry in counted.to_pylist()
            if entry["values"] is not None
        }
        account = pc.index_in(
            pc.binary_join_element_wise(rows["platform"], rows["account_id"], "\0").combine_chunks(),
            study.population.keys,
        ).to_numpy(zero_copy_only=False)
        inside = study.groups.membership[account] != NO_GROUP
        rows, account = rows.filter(pa.array(inside)), account[inside]
        names = pc.binary_join_element_wise(rows["platform"], rows["post_id"], "\0").combine_chunks()
        order = pc.sort_indices(names)
        rows, names, account = rows.take(order), names.take(order), account[order.to_numpy()]
        links = engine.run(POST_DOMAINS)
        place = pc.index_in(
            pc.binary_join_element_wise(links["platform"], links["post_id"], "\0").combine_chunks(), names
        )
        known = pc.is_valid(place)
        links, place = links.filter(known), place.filter(known).to_numpy(zero_copy_only=False).astype(np.int64)
        by_post = np.lexsort((np.asarray(links["domain"].to_pylist(), dtype=str), place))
        reposted = pc.binary_join_element_wise(rows["platform"], rows["reposted_account_id"], "\0")
        return cls(
            names=names,
            account=account.astype(np.int64),
            group=study.groups.membership[account].astype(np.int64),
            co_acted=_co_acted(study, called, names),
            kind=tuple(rows["kind"].to_pylist()),
            client=tuple(rows["client"].to_pylist()),
            reposted=tuple(reposted.to_pylist()),
            link_post=place[by_post],
            domain=tuple(links["domain"].take(pa.array(by_post)).to_pylist()),
            client_totals=totals,
        )

    def __len__(self) -> int:
        return len(self.account)


def inside_groups(study: Study, rows: CoActionRows) -> Int64:
    """The group of each co-action: -1 where its two accounts are not in one group."""
    one = study.groups.membership[study.left[rows.pair]]
    other = study.groups.membership[study.right[rows.pair]]
    return np.where(one == other, one, NO_GROUP).astype(np.int64)


def _co_acted(study: Study, called: CalledCoActions, names: pa.Array) -> Bool:
    marked = np.zeros(len(names), bool)
    for trace, rows in called.by_trace:
        inside = inside_groups(study, rows) != NO_GROUP
        posts = np.unique(np.concatenate((rows.left_post[inside], rows.right_post[inside])))
        places = pc.index_in(trace.found.posts.take(pa.array(posts)), names).to_numpy(zero_copy_only=False)
        marked[places.astype(np.int64)] = True
    return marked


def main_trace(study: Study, called: CalledCoActions, group: int) -> tuple[TraceStudy, CoActionRows] | None:
    """Of the traces that by themselves call a pair of the group, the one with most co-actions inside it.

    Where none does by itself, of all traces; the first at a tie; None without co-actions.
    """
    one, other = study.groups.membership[study.left], study.groups.membership[study.right]
    keys = study.keys[(one == group) & (other == group)]
    counted = [
        (
            bool(np.isin(keys, called_keys(study, trace)).any()),
            int((inside_groups(study, rows) == group).sum()),
            (trace, rows),
        )
        for trace, rows in called.by_trace
    ]
    counted = [each for each in counted if each[1]]
    return max(counted, key=lambda each: each[:2])[2] if counted else None
