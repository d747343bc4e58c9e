"""Co-action counting in portable SQL: the same edges as the kernel, on any engine.

The steps are plain texts with ``$name`` parameters, to be registered with an engine. They read one relation,
``coordination_actions``:

=========  ======  =====================================================
action     BIGINT  a number of its own for each action
account    BIGINT  the account's number
object     BIGINT  the object's number
time       BIGINT  microseconds UTC, may be negative
=========  ======  =====================================================

Parameters: ``$window`` (BIGINT, microseconds, inclusive) and ``$width`` (BIGINT, the larger of the window and 1).
An object's actions are cut into buckets of ``width``; two actions within the window lie in the same bucket or in
neighbouring ones, so that two equality joins find all pairs, and the work is linear in the actions of a bounded
burst. Buckets are named by their start, by integer arithmetic alone: floor division and negative remainders differ
by engine.
"""

from __future__ import annotations

from typing import Final

BUCKETS: Final = """
SELECT
  action,
  account,
  object,
  time,
  time - (((time % $width) + $width) % $width) AS bucket
FROM coordination_actions
"""
"""Each action with the start of its bucket: action, account, object, time, bucket (all BIGINT)."""

BUCKET_SIZES: Final = """
SELECT object, bucket, COUNT(*) AS actions
FROM coordination_buckets
GROUP BY object, bucket
"""
"""Actions in each bucket of each object: object, bucket, actions (BIGINT). Reads ``coordination_buckets``."""

PAIRS_TO_LOOK_AT: Final = """
SELECT
  COALESCE(CAST(SUM(
    here.actions * (here.actions - 1) + 2 * here.actions * COALESCE(following.actions, 0)
  ) AS BIGINT), 0) AS twice_pairs
FROM coordination_bucket_sizes AS here
LEFT JOIN coordination_bucket_sizes AS following
  ON here.object = following.object AND here.bucket + $width = following.bucket
"""
"""Before the join: twice the pairs of actions it will look at, one row, ``twice_pairs`` (BIGINT).

Reads ``coordination_bucket_sizes``. Twice, because halving an integer is not portable.
"""

PAIRS: Final = """
SELECT
  CASE WHEN one.account < other.account THEN one.account ELSE other.account END AS account_a,
  CASE WHEN one.account < other.account THEN other.account ELSE one.account END AS account_b,
  CASE WHEN one.account < other.account THEN one.action ELSE other.action END AS action_a,
  CASE WHEN one.account < other.account THEN other.action ELSE one.action END AS action_b,
  one.object AS object,
  CASE WHEN one.time < other.time THEN one.time ELSE other.time END AS first_time,
  CASE WHEN one.time < other.time THEN other.time ELSE one.time END AS last_time
FROM coordination_buckets AS one
JOIN coordination_buckets AS other
  ON one.object = other.object AND one.bucket = other.bucket
WHERE one.account < other.account
UNION ALL
SELECT
  CASE WHEN one.account < other.account THEN one.account ELSE other.account END AS account_a,
  CASE WHEN one.account < other.account THEN other.account ELSE one.account END AS account_b,
  CASE WHEN one.account < other.account THEN one.action ELSE other.action END AS action_a,
  CASE WHEN one.account < other.account THEN other.action ELSE one.action END AS action_b,
  one.object AS object,
  one.time AS first_time,
  other.time AS last_time
FROM coordination_buckets AS one
JOIN coordination_buckets AS other
  ON one.object = other.object AND one.bucket + $width = other.bucket
WHERE one.account <> other.account AND other.time - one.time <= $window
"""
"""All pairs of actions of two accounts within the window, once each, ``account_a < account_b``.

Reads ``coordination_buckets``; all BIGINT: account_a, account_b, action_a, action_b, object, first_time, last_time.
"""

EDGES: Final = """
SELECT
  account_a,
  account_b,
  COUNT(DISTINCT object) AS objects,
  COUNT(*) AS pairs,
  MIN(first_time) AS first_time,
  MAX(last_time) AS last_time,
  COUNT(DISTINCT action_a) AS actions_a,
  COUNT(DISTINCT action_b) AS actions_b
FROM coordination_pairs
GROUP BY account_a, account_b
HAVING COUNT(DISTINCT object) >= $min_objects
"""
"""The edges, in no order: account_a, account_b, objects, pairs, first_time, last_time, actions_a, actions_b.

Reads ``coordination_pairs``; the columns are those of :class:`~undertow.analyses.coordination.counting.CoActions`.
"""

STEPS: Final = (
    ("coordination_buckets", BUCKETS, ("width",)),
    ("coordination_bucket_sizes", BUCKET_SIZES, ()),
    ("coordination_pairs_to_look_at", PAIRS_TO_LOOK_AT, ("width",)),
    ("coordination_pairs", PAIRS, ("width", "window")),
    ("coordination_edges", EDGES, ("min_objects",)),
)
"""Name of the relation each step makes, its text and its parameters, in the order to run them."""


def parameters(window: int, min_objects: int = 1) -> dict[str, int]:
    """The steps' parameters for a window in microseconds.

    >>> parameters(0)
    {'window': 0, 'width': 1, 'min_objects': 1}
    """
    return {"window": window, "width": max(window, 1), "min_objects": min_objects}
