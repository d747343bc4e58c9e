"""Traces: what two accounts can have in common, each one query that yields account, object, time and post.

To add a trace, register its step, add its line to :data:`TRACES` and a row to the table in
``docs/explanation/coordination.md``. Counting, significance and groups are the same for all.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from undertow.analyses.coordination.actions import Actions, Int64
from undertow.engines.engine import Engine
from undertow.engines.steps import Step, register
from undertow.links import normal_link

ACTIONS = pa.schema(
    [
        ("platform", pa.string()),
        ("account_id", pa.string()),
        ("object", pa.string()),
        ("time", pa.int64()),  # microseconds UTC
        ("post_id", pa.string()),
        ("time_precision", pa.string()),
    ]
)
"""What every trace's query yields: one row an action."""

_TIMED = "p.created_us IS NOT NULL AND p.time_precision <> 'day'"
_COLUMNS = "p.created_us AS time, p.post_id AS post_id, p.time_precision AS time_precision"


def _step(name: str, object_: str, where: str, *, joined: str = "", inputs: tuple[str, ...] = ()) -> Step:
    """The step of a trace: its object, and which posts count."""
    source = f"posts AS p{joined}"
    return register(
        Step(
            name=f"coordination.{name}",
            inputs=("posts", *inputs),
            sql=f"""
                SELECT p.platform AS platform, p.account_id AS account_id, {object_} AS object, {_COLUMNS}
                FROM {source}
                WHERE {_TIMED} AND {object_} IS NOT NULL AND {where}
            """,
            output=ACTIONS,
        )
    )


def _of_list(table: str) -> str:
    return f" INNER JOIN {table} AS l ON p.platform = l.platform AND p.post_id = l.post_id"


OWN = "p.kind <> 'repost'"
"""A repost repeats the original's links, hashtags and mentions: only the repost trace counts it."""

REPOSTS = _step("reposts", "COALESCE(p.reposted_post_id, 'text:' || p.text_key)", "p.kind = 'repost'")
FAST_REPOSTS = register(
    Step(
        name="coordination.fast_reposts",
        inputs=("posts",),
        sql=f"""
            SELECT p.platform AS platform, p.account_id AS account_id, p.reposted_post_id AS object, {_COLUMNS}
            FROM posts AS p
            WHERE {_TIMED} AND p.kind = 'repost' AND p.reposted_post_id IS NOT NULL
                AND p.created_us - p.reposted_created_us BETWEEN 0 AND $latency
        """,
        output=ACTIONS,
        parameters={"latency": int},
    )
)
LINKS = _step(
    "links", "COALESCE(l.unwound, l.expanded, l.raw)", OWN, joined=_of_list("post_urls"), inputs=("post_urls",)
)
DOMAINS = _step("domains", "l.domain", OWN, joined=_of_list("post_urls"), inputs=("post_urls",))
HASHTAGS = _step("hashtags", "l.hashtag", OWN, joined=_of_list("post_hashtags"), inputs=("post_hashtags",))
HASHTAG_POSITIONS = register(
    Step(
        name="coordination.hashtag_positions",
        inputs=("posts", "post_hashtags"),
        sql=f"""
            SELECT p.platform AS platform, p.account_id AS account_id, l.hashtag AS object, {_COLUMNS},
                l.position AS position
            FROM posts AS p{_of_list("post_hashtags")}
            WHERE {_TIMED} AND l.hashtag IS NOT NULL AND {OWN}
        """,
        output=ACTIONS.append(pa.field("position", pa.int64())),
    )
)
REPLIES = _step("replies", "p.replied_post_id", "p.kind = 'reply'")
MENTIONED_IDS = _step(
    "mentioned_ids",
    "l.account_id",
    OWN,
    joined=_of_list("post_mentioned_ids"),
    inputs=("post_mentioned_ids",),
)
_ID_BESIDE = "l.platform = i.platform AND l.post_id = i.post_id AND l.position = i.position"
MENTIONED_HANDLES = _step(
    "mentioned_handles",
    "l.handle",
    f"{OWN} AND i.account_id IS NULL",
    joined=f"{_of_list('post_mentioned_handles')} LEFT JOIN post_mentioned_ids AS i ON {_ID_BESIDE}",
    inputs=("post_mentioned_handles", "post_mentioned_ids"),
)
"""Mentions without an id."""
HANDLES_OF_IDS = register(
    Step(
        name="coordination.handles_of_ids",
        inputs=("post_mentioned_handles", "post_mentioned_ids"),
        sql=f"""
            SELECT DISTINCT l.platform AS platform, l.handle AS handle, i.account_id AS account_id
            FROM post_mentioned_handles AS l INNER JOIN post_mentioned_ids AS i ON {_ID_BESIDE}
            WHERE l.handle IS NOT NULL AND i.account_id IS NOT NULL
        """,
        output=pa.schema([("platform", pa.string()), ("handle", pa.string()), ("account_id", pa.string())]),
    )
)
TEXTS = _step("texts", "p.text_key", OWN)
MEDIA = _step("media", "l.media_key", OWN, joined=_of_list("post_media"), inputs=("post_media",))
POSTS = _step("posts", "p.kind", "TRUE")
CLIENTS = _step("clients", "p.client", "TRUE")


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What traces can be told: the latency of a fast repost, in seconds; and which posts say nearly the same.

    ``families`` gives ``text_families.members`` (platform, post_id, family, ...); without it texts must be equal.
    """

    fast_repost_s: int = 60
    families: Callable[[], pa.Table] | None = None


Build = Callable[[Engine, Settings], pa.Table]


@dataclass(frozen=True, kw_only=True)
class Trace:
    """One trace: ``build`` yields its actions with the objects folded; ``shared`` says what two accounts share.

    ``per_platform`` objects are ids of one platform; the others are the same object on every platform.
    ``timed`` traces are tested for co-action within a window; the others for co-selection only.
    """

    name: str
    shared: str
    build: Build
    per_platform: bool = True
    timed: bool = True
    note: str = ""


def _plain(step: Step) -> Build:
    return lambda engine, _: engine.run(step)


def _folded(step: Step, fold: Callable[[str], str | None]) -> Build:
    """The step's actions with each distinct object folded; actions whose object folds to None are left out."""

    def build(engine: Engine, _settings: Settings) -> pa.Table:
        return fold_objects(engine.run(step), fold)

    return build


def fold_objects(actions: pa.Table, fold: Callable[[str], str | None]) -> pa.Table:
    """``actions`` with their objects folded once for each distinct one."""
    column = actions["object"].dictionary_encode().combine_chunks()
    folded = pa.array([fold(value) for value in column.dictionary.to_pylist()], pa.string())
    objects = folded.take(column.indices)
    place = actions.column_names.index("object")
    return actions.set_column(place, "object", objects).filter(pc.is_valid(objects))


def fold_tag(tag: str) -> str:
    """A hashtag as compared: case folded."""
    return tag.casefold()


def _mentions(engine: Engine, _settings: Settings) -> pa.Table:
    """Mentioned accounts by id; a mention without one by the only id that its handle has elsewhere, else as @handle."""
    ids, handles = engine.run(MENTIONED_IDS), fold_objects(engine.run(MENTIONED_HANDLES), fold_tag)
    if not handles.num_rows:
        return ids
    known: dict[tuple[str, str], set[str]] = {}
    for row in engine.run(HANDLES_OF_IDS).to_pylist() if ids.num_rows else []:
        known.setdefault((row["platform"], fold_tag(row["handle"])), set()).add(row["account_id"])
    name_of = {name: next(iter(accounts)) for name, accounts in known.items() if len(accounts) == 1}
    mentions = _joined(handles["platform"], handles["object"]).dictionary_encode()
    names = [
        name_of.get((platform, handle), f"@{handle}")
        for platform, _, handle in (key.partition("\0") for key in mentions.dictionary.to_pylist())
    ]
    objects = pa.array(names, pa.string()).take(mentions.indices)
    place = handles.column_names.index("object")
    return pa.concat_tables([ids, handles.set_column(place, "object", objects)])


def _sequences(least: int) -> Build:
    """Ordered hashtag sequences of at least ``least`` tags: a post's whole sequence is one object."""

    def build(engine: Engine, _settings: Settings) -> pa.Table:
        rows = fold_objects(engine.run(HASHTAG_POSITIONS), fold_tag)
        keys = ["platform", "account_id", "time", "post_id", "time_precision"]
        rows = rows.sort_by([("platform", "ascending"), ("post_id", "ascending"), ("position", "ascending")])
        grouped = rows.group_by(keys, use_threads=False).aggregate([("object", "list")])
        long_enough = pc.greater_equal(pc.list_value_length(grouped["object_list"]), least)
        grouped = grouped.filter(long_enough)
        joined = pc.binary_join(grouped["object_list"], " ")
        return grouped.append_column("object", joined).select(ACTIONS.names)

    return build


def _texts(engine: Engine, settings: Settings) -> pa.Table:
    """Texts by their family, those in none (all of them without families) by the text itself."""
    rows = engine.run(TEXTS)
    if settings.families is None:
        return rows
    members = settings.families()
    place = pc.index_in(
        _joined(rows["platform"], rows["post_id"]), _joined(members["platform"], members["post_id"])
    )
    family = members["family"].combine_chunks().take(place).cast(pa.string())
    named = pc.binary_join_element_wise("family", family, ":")
    object_ = rows.column_names.index("object")
    return rows.set_column(object_, "object", pc.coalesce(named, rows["object"]))


_QUARTER_HOUR = 900_000_000
_MINUTE = 60_000_000


def _by_day(engine: Engine, _settings: Settings) -> pa.Table:
    """Every original post as an action on its day (UTC): accounts that write at the same moments, whatever they write.

    Reposts, replies and quotes are left out: others' posts set their moments, and their own traces know which. So is
    the first minute of each quarter of an hour: schedulers of all kinds post then, and meet each other there whoever
    runs them (see the finding posting_hours.scheduler).
    """
    rows = engine.run(POSTS)
    own = pc.equal(rows["object"], "original")
    rows = rows.filter(pc.and_(own, pa.array(rows["time"].to_numpy() % _QUARTER_HOUR >= _MINUTE)))
    days = np.floor_divide(rows["time"].to_numpy(), 86_400_000_000)
    place = rows.column_names.index("object")
    return rows.set_column(place, "object", pa.array(days).cast(pa.string()))


TRACES: Mapping[str, Trace] = MappingProxyType(
    {
        trace.name: trace
        for trace in (
            Trace(name="repost", shared="reposts of the same post", build=_plain(REPOSTS)),
            Trace(
                name="fast_repost",
                shared="reposts of the same post soon after it",
                build=lambda engine, settings: engine.run(FAST_REPOSTS, latency=settings.fast_repost_s * 1_000_000),
                note="only where the original's time is known",
            ),
            Trace(name="link", shared="the same link", build=_folded(LINKS, normal_link), per_platform=False),
            Trace(name="domain", shared="links to the same domain", build=_plain(DOMAINS), per_platform=False),
            Trace(name="hashtag", shared="the same hashtag", build=_folded(HASHTAGS, fold_tag), per_platform=False),
            Trace(
                name="hashtag_sequence_3",
                shared="the same sequence of 3 or more hashtags",
                build=_sequences(3),
                per_platform=False,
            ),
            Trace(
                name="hashtag_sequence_5",
                shared="the same sequence of 5 or more hashtags",
                build=_sequences(5),
                per_platform=False,
            ),
            Trace(name="reply", shared="replies to the same post", build=_plain(REPLIES)),
            Trace(name="mention", shared="mentions of the same account", build=_mentions),
            Trace(
                name="text",
                shared="the same text",
                build=_texts,
                per_platform=False,
                note="of equal texts (spaces and letter case aside)",
            ),
            Trace(name="media", shared="the same picture or video", build=_plain(MEDIA)),
            Trace(
                name="posting",
                shared="original posts at the same moments",
                build=_by_day,
                per_platform=False,
                note="without the first minute of each quarter of an hour, at which all schedulers meet",
            ),
            Trace(name="client", shared="the same client", build=_plain(CLIENTS), timed=False),
        )
    }
)
"""Every trace, by name."""


def as_built(trace: Trace, settings: Settings) -> Trace:
    """``trace`` with the words for what it compares under ``settings``."""
    if trace.name != "text" or settings.families is None:
        return trace
    return replace(
        trace,
        shared="nearly the same text",
        note="of text families: texts that say the same in nearly the same words (see text_families)",
    )


@dataclass(frozen=True)
class TraceActions:
    """The actions of one trace over the accounts and posts of the case.

    ``actions`` numbers accounts by ``accounts`` (all traces share it), objects by ``objects`` and posts by
    ``posts``; ``coarsest_s`` is how finely the least precise time is known, in seconds.
    """

    trace: Trace
    actions: Actions
    accounts: pa.Array
    objects: pa.Array
    posts: pa.Array
    coarsest_s: float


PRECISION_S: Mapping[str, float] = MappingProxyType({"ms": 0.001, "s": 1.0, "min": 60.0})


def build(trace: Trace, engine: Engine, settings: Settings, accounts: pa.Array) -> TraceActions:
    """The actions of ``trace``, each (account, object, post) once; ``accounts`` are the sorted names of all accounts.

    Names are ``platform`` and id joined by a NUL. The result does not depend on the engine or the order of rows.
    """
    trace = as_built(trace, settings)
    rows = trace.build(engine, settings)
    names, account = _numbered(rows["account_id"], rows["platform"])
    place = pc.index_in(names, accounts).to_numpy(zero_copy_only=False).astype(np.int64)
    objects, object_ = _numbered(rows["object"], rows["platform"] if trace.per_platform else None)
    posts, post = _numbered(rows["post_id"], rows["platform"])
    actions = Actions.of(
        place[account],
        object_,
        rows["time"].to_numpy(),
        post,
        n_accounts=len(accounts),
        n_objects=len(objects),
    )
    present = pc.unique(rows["time_precision"]).to_pylist()
    return TraceActions(
        trace=trace,
        actions=actions.distinct(),
        accounts=accounts,
        objects=objects,
        posts=posts,
        coarsest_s=max((PRECISION_S.get(name, 60.0) for name in present), default=0.001),
    )


def _joined(first: pa.ChunkedArray, second: pa.ChunkedArray) -> pa.Array:
    return pc.binary_join_element_wise(first, second, "\0").combine_chunks()


def _numbered(ids: pa.ChunkedArray, platform: pa.ChunkedArray | None) -> tuple[pa.Array, Int64]:
    """The sorted distinct names (platform and id joined by a NUL, or the ids alone), and each row's number among them.

    Strings are touched once for each distinct one, not for each row.
    """
    encoded = ids.dictionary_encode().combine_chunks()
    names, row = encoded.dictionary, encoded.indices.to_numpy(zero_copy_only=False).astype(np.int64)
    if platform is not None:
        of = platform.dictionary_encode().combine_chunks()
        several = len(of.dictionary) > 1
        pairs = of.indices.to_numpy(zero_copy_only=False).astype(np.int64) * len(names) + row
        distinct, row = np.unique(pairs, return_inverse=True) if several else (np.arange(len(names)), row)
        size = max(len(names), 1)
        platforms = of.dictionary.take(pa.array(distinct // size))
        names = pc.binary_join_element_wise(platforms, names.take(pa.array(distinct % size)), "\0")
    order = pc.sort_indices(names)
    rank = np.empty(len(names), np.int64)
    rank[order.to_numpy()] = np.arange(len(names))
    return names.take(order), rank[row]
