"""What every finding on coordination is made from, and the posts behind it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from undertow.analyses.base import Scope, evidence
from undertow.analyses.coordination.actions import Int64
from undertow.analyses.coordination.events import CoActionRows, co_actions
from undertow.analyses.coordination.study import Study, TraceStudy
from undertow.analyses.coordination.tables import CalledCoActions
from undertow.analyses.coordination.wording import ASSUMPTIONS, OPERATION, TAKEDOWN_FORMAT
from undertow.case import Case
from undertow.finding import Evidence
from undertow.sources import holds_posts
from undertow.sql import one_of
from undertow.wording import count

EVIDENCE_POSTS = 500
"""Posts that the evidence query of a finding names; it begins with the strongest pairs, and the method says how many."""


@dataclass(frozen=True)
class Context:
    """The case, the posts in scope, the study of them, and the co-actions of the called pairs."""

    case: Case
    scope: Scope
    study: Study
    called: CalledCoActions
    control: Case | None

    @property
    def one_operation(self) -> bool:
        """Whether every file of posts is of a platform's takedown archive."""
        formats = [entry.format for entry in self.case.inputs if holds_posts(entry.format)]
        return bool(formats) and all(name.startswith(TAKEDOWN_FORMAT) for name in formats)

    @property
    def chance_from(self) -> str:
        """Where chance was learnt."""
        if self.control is not None:
            return (
                f"Chance was learnt from the control set {self.control.title!r} "
                f"({count(self.control.posts.count(), 'post')}; head of its ledger {self.control.head[:16]})."
            )
        return "Chance was learnt from these posts themselves, without the pairs that stood out at once."

    @property
    def assumptions(self) -> tuple[str, ...]:
        """What the findings take for granted."""
        if self.control is not None:
            return ("The accounts of the control set act as these would without coordination", *ASSUMPTIONS[1:])
        return (*ASSUMPTIONS, OPERATION) if self.one_operation else ASSUMPTIONS

    @cached_property
    def no_rows(self) -> Evidence:
        """Evidence of a finding that nothing was found: no post stands behind it."""
        return evidence(self.case, self.scope.posts("FALSE"))

    def posts_of(self, parts: Sequence[tuple[TraceStudy, CoActionRows]], order: Int64) -> tuple[Evidence, str]:
        """The posts of these co-actions, the pairs in ``order`` (numbers of pairs, strongest first) until
        :data:`EVIDENCE_POSTS`; and in words which pairs' posts they are."""
        rank = np.full(int(order.max(initial=-1)) + 1, len(order), np.int64)
        rank[order] = np.arange(len(order))
        ranks, names = [], []
        for trace, rows in parts:
            known = rows.pair < len(rank)
            place = (
                np.where(known, rank[np.minimum(rows.pair, len(rank) - 1)], len(order)) if len(rank) else rows.pair
            )
            for posts in (rows.left_post, rows.right_post):
                keep = place < len(order)
                ranks.append(place[keep])
                names += trace.found.posts.take(posts[keep]).to_pylist()
        places = np.concatenate(ranks) if ranks else np.zeros(0, np.int64)
        chosen: dict[str, None] = {}
        last, complete = -1, True
        for row in np.argsort(places, kind="stable").tolist():
            if places[row] != last and len(chosen) >= EVIDENCE_POSTS:
                complete = False
                break
            last = int(places[row])
            chosen[names[row]] = None
        listed = (name.partition("\0")[::2] for name in chosen)
        sql = self.scope.posts(one_of(listed, "post_id"))
        words = (
            "The rows behind it are all posts with which these pairs co-acted."
            if complete
            else f"The rows behind it are the posts with which the {last + 1:,} strongest of {len(order):,} pairs "
            "co-acted; undertow explain shows those of any pair, group or account."
        )
        return evidence(self.case, sql), words


def strongest(q_value: np.ndarray[tuple[int], np.dtype[np.float64]], occasions: Int64) -> Int64:
    """The order of pairs, strongest evidence first."""
    return np.lexsort((-occasions, q_value)).astype(np.int64)


def rows_of(trace: TraceStudy, keys: Int64) -> CoActionRows:
    """The co-actions of pairs in one trace, at its widest window."""
    return co_actions(trace.found.actions, round(trace.widest_s * 1e6), keys)
