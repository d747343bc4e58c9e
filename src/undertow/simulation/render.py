"""From drafts to rows of the archive: texts, ids, lists, counters."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from undertow.simulation import blocks
from undertow.simulation.alterations import alter
from undertow.simulation.blocks import Block, Drafts, Ints, World, snowflakes
from undertow.simulation.randomness import stream
from undertow.simulation.texts import CAMPAIGN, LANGUAGES, NEWS, compose, decorate, grammar

_CODES = np.frombuffer(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", dtype="S1")
_SHARE_SHORT = 0.02


@dataclass(frozen=True)
class Posts:
    """The posts of a block as columns of the archive, with what the truth needs to know about them."""

    columns: dict[str, pa.Array]
    post_id: Ints
    drafts: Drafts
    alteration: list[str]
    """For each post with a family, in the posts' order: the kind of alteration it has."""


def as_list(values: tuple[str, ...]) -> str:
    """A list as the archive writes it.

    >>> as_list(("a", "b"))
    "['a', 'b']"
    """
    return "[" + ", ".join(f"'{value}'" for value in values) + "]"


def _short_links(rng: np.random.Generator, count: int) -> pa.Array:
    letters = np.ascontiguousarray(_CODES[rng.integers(0, len(_CODES), (count, 6))])
    codes = letters.view("S6").ravel().astype(str)
    return pc.binary_join_element_wise("https://t.co/synt", pa.array(codes, pa.string()), "")


def _numbers(values: NDArray[np.int64]) -> pa.Array:
    return pc.cast(pa.array(values), pa.string())


def _tags(rng: np.random.Generator, drafts: Drafts, share: float) -> tuple[pa.Array, pa.Array]:
    """For each draft the hashtags as appended to the text (null: none) and as a list."""
    texts: list[str] = []
    lists: list[str] = []
    start: dict[tuple[int, bool], tuple[int, int]] = {}
    for number, name in enumerate(LANGUAGES):
        rules = grammar(name)
        for campaign in (False, True):
            tags = rules.campaign_tags if campaign else rules.tags
            combos = [(tag,) for tag in tags] + [(tag, other) for tag in tags for other in tags if tag != other]
            start[number, campaign] = (len(texts), len(combos))
            texts += [" ".join(f"#{tag}" for tag in combo) for combo in combos]
            lists += [as_list(combo) for combo in combos]
    index = np.full(len(drafts), -1, dtype=np.int64)
    tagged = (rng.random(len(drafts)) < share) & (drafts.kind != blocks.REPOST)
    for (number, campaign), (offset, size) in start.items():
        rows = np.flatnonzero(tagged & (drafts.language == number) & ((drafts.topic == CAMPAIGN) == campaign))
        index[rows] = offset + rng.integers(0, size, len(rows))
    place = pa.array(index, mask=index < 0)
    shown = pc.take(pa.array(texts, pa.string()), place)
    return shown, pc.fill_null(pc.take(pa.array(lists, pa.string()), place), "[]")


def _links(rng: np.random.Generator, count: int, share: float) -> tuple[pa.Array, pa.Array]:
    """Short links as appended to the text (null: none), and the lists of what they lead to."""
    linked = rng.random(count) < share
    domain = _numbers(rng.integers(1, 300, count))
    page = _numbers(rng.integers(0, 10**6, count))
    listed = pc.binary_join_element_wise("['https://synthetic-", domain, ".example/", page, "']", "")
    mask = pa.array(linked)
    return pc.if_else(mask, _short_links(rng, count), pa.scalar(None, pa.string())), pc.if_else(mask, listed, "[]")


def _put(values: pa.Array, rows: Ints, new: list[str]) -> pa.Array:
    """``values`` with the entries at ``rows`` replaced."""
    mask = np.zeros(len(values), dtype=np.bool_)
    mask[rows] = True
    return pc.replace_with_mask(values, pa.array(mask), pa.array(new, pa.string()))


def world_texts(world: World, seed: int) -> pa.StringArray:
    """The texts of the outsiders' posts."""
    rng = stream(seed, "world texts")
    topic = np.full(len(world.time), NEWS, dtype=np.int8)
    return compose(rng, seed, world.language, topic, _SHARE_SHORT)


def render(block: Block, world: World, texts: pa.StringArray, *, seed: int, worker: int) -> Posts:
    """The posts of ``block`` as columns, ordered by account, then time.

    ``texts`` are the outsiders' (see :func:`world_texts`); ``worker`` (0 to 1022) keeps ids of blocks apart.
    """
    rng = stream(seed, "render", worker)
    block = blocks.ordered(block)
    drafts, roster = block.drafts, block.roster
    count = len(drafts)
    post_id = snowflakes(drafts.time, worker)

    text = compose(rng, seed, drafts.language, drafts.topic, _SHARE_SHORT)
    tag_text, tag_list = _tags(rng, drafts, 0.3)
    link_text, link_list = _links(rng, count, 0.2)
    copying = np.flatnonzero(drafts.family >= 0)
    applied: list[str] = []
    bodies, tags, links, shorts = [], [], [], []
    drawn = _short_links(rng, len(copying)).to_pylist()
    for family, kind, short in zip(drafts.family[copying].tolist(), block.copy_kinds, drawn, strict=True):
        done, copy = alter(rng, kind, block.copies[family])
        applied.append(done)
        bodies.append(copy.text)
        tags.append(as_list(copy.tags))
        links.append(as_list(copy.links))
        shorts.append(short if copy.links else None)
    text = _put(text, copying, bodies)
    tag_list = _put(tag_list, copying, tags)
    link_list = _put(link_list, copying, links)
    tag_text = _put(tag_text, copying, [""] * len(copying))
    tag_text = pc.if_else(pc.equal(tag_text, ""), pa.scalar(None, pa.string()), tag_text)
    link_text = pc.replace_with_mask(
        link_text, pa.array(np.isin(np.arange(count), copying)), pa.array(shorts, pa.string())
    )

    shown = pa.array(roster.shown, pa.string())
    handles = pa.array(roster.handle, pa.string())
    target, target_handle, target_id = _targets(block, world, post_id, shown, handles)
    is_reply = drafts.kind == blocks.REPLY
    is_repost = drafts.kind == blocks.REPOST
    is_quote = drafts.kind == blocks.QUOTE
    none = pa.scalar(None, pa.string())
    mention = pc.if_else(pa.array(is_reply), pc.binary_join_element_wise("@", target_handle, ""), none)
    text = decorate(
        pc.if_else(pa.array(is_reply), pc.binary_join_element_wise(mention, text, " "), text),
        [
            tag_text,
            link_text,
        ],
    )
    text = _reposted(block, texts, text, target_handle)
    inherited = _inherited(block, tag_list), _inherited(block, link_list)
    repost_mask = pa.array(is_repost)
    tag_list = pc.if_else(repost_mask, inherited[0], tag_list)
    link_list = pc.if_else(repost_mask, inherited[1], link_list)
    mentioned = pc.binary_join_element_wise("['", target, "']", "")
    mentions = pc.if_else(pa.array(is_reply | is_repost), mentioned, "[]")

    def only(rows: NDArray[np.bool_], values: pa.Array) -> pa.Array:
        return pc.fill_null(pc.if_else(pa.array(rows), values, none), "")

    account = pa.array(drafts.account)
    ids = _numbers(target_id)
    own = ~is_repost
    likes = np.where(own, rng.negative_binomial(0.3, 0.08, count), 0)
    columns = {
        "tweetid": _numbers(post_id),
        **{name: pc.take(values, account) for name, values in account_columns(block).items()},
        "tweet_language": pc.take(
            pa.array([grammar(name).code for name in LANGUAGES], pa.string()), pa.array(drafts.language)
        ),
        "tweet_text": text,
        "tweet_time": pc.strftime(pa.array(drafts.time, pa.timestamp("us")), format="%Y-%m-%d %H:%M"),
        "tweet_client_name": pc.take(pa.array(blocks.CLIENTS, pa.string()), pa.array(drafts.client)),
        "in_reply_to_userid": only(is_reply, target),
        "in_reply_to_tweetid": only(is_reply, ids),
        "quoted_tweet_tweetid": only(is_quote, ids),
        "is_retweet": pc.if_else(repost_mask, "True", "False"),
        "retweet_userid": only(is_repost, target),
        "retweet_tweetid": only(is_repost, ids),
        "latitude": pa.array(["absent"] * count, pa.string()),
        "longitude": pa.array(["absent"] * count, pa.string()),
        "quote_count": _numbers((likes // 40).astype(np.int64)),
        "reply_count": _numbers((likes // 12).astype(np.int64)),
        "like_count": _numbers(likes.astype(np.int64)),
        "retweet_count": _numbers((likes // 4).astype(np.int64)),
        "hashtags": tag_list,
        "urls": link_list,
        "user_mentions": mentions,
        "poll_choices": pa.array([""] * count, pa.string()),
    }
    return Posts(columns=columns, post_id=post_id, drafts=drafts, alteration=applied)


def account_columns(block: Block) -> dict[str, pa.Array]:
    """The columns of the archive's file of accounts."""
    roster = block.roster
    return {
        "userid": pa.array(roster.shown, pa.string()),
        "user_display_name": pa.array(roster.display, pa.string()),
        "user_screen_name": pa.array(roster.handle, pa.string()),
        "user_reported_location": pa.array(roster.location, pa.string()),
        "user_profile_description": pa.array(roster.description, pa.string()),
        "user_profile_url": pa.array(roster.profile_url, pa.string()),
        "follower_count": _numbers(roster.followers),
        "following_count": _numbers(roster.following),
        "account_creation_date": pc.strftime(pa.array(roster.created, pa.timestamp("us")), format="%Y-%m-%d"),
        "account_language": pa.array(roster.language, pa.string()),
    }


def _targets(
    block: Block, world: World, post_id: Ints, shown: pa.Array, handles: pa.Array
) -> tuple[pa.Array, pa.Array, Ints]:
    """For each draft its object's author id, author handle and post id (arbitrary where it has no object)."""
    source = np.maximum(block.drafts.source, 0)
    outsider, row = block.objects.outsider[source], block.objects.row[source]
    foreign = outsider >= 0
    size = len(shown)
    people = pa.concat_arrays([shown, pa.array([str(n) for n in world.numbers.tolist()], pa.string())])
    names = pa.concat_arrays([handles, pa.array(world.handles, pa.string())])
    author = np.where(foreign, size + world.author[np.maximum(outsider, 0)], block.objects.author[source])
    index = pa.array(author)
    ids = np.where(foreign, world.post_id[np.maximum(outsider, 0)], post_id[np.maximum(row, 0)])
    return pc.take(people, index), pc.take(names, index), ids


def _reposted(block: Block, texts: pa.Array, text: pa.Array, handle: pa.Array) -> pa.Array:
    """``text`` with reposts as the archive shows them: ``RT @handle: `` and the object's text, 140 characters."""
    drafts = block.drafts
    rows = np.flatnonzero(drafts.kind == blocks.REPOST)
    source = drafts.source[rows]
    outsider, row = block.objects.outsider[source], block.objects.row[source]
    everything = pa.concat_arrays([_plain(text), _plain(texts)])
    original = pc.take(everything, pa.array(np.where(outsider >= 0, len(text) + outsider, row)))
    whole = pc.binary_join_element_wise("RT @", pc.take(handle, pa.array(rows)), ": ", original, "")
    cut = pc.binary_join_element_wise(pc.utf8_slice_codeunits(whole, 0, 139), "…", "")
    whole = pc.if_else(pc.greater(pc.utf8_length(whole), 140), cut, whole)
    mask = np.zeros(len(drafts), dtype=np.bool_)
    mask[rows] = True
    return pc.replace_with_mask(_plain(text), pa.array(mask), whole)


def _plain(values: pa.Array) -> pa.Array:
    return values.combine_chunks() if isinstance(values, pa.ChunkedArray) else values


def _inherited(block: Block, lists: pa.Array) -> pa.Array:
    """For each draft the list of the post it reposts (outsiders' posts have none)."""
    source = np.maximum(block.drafts.source, 0)
    row = block.objects.row[source]
    known = (block.drafts.source >= 0) & (row >= 0)
    return pc.fill_null(pc.take(_plain(lists), pa.array(np.maximum(row, 0), mask=~known)), "[]")
