"""Posts and accounts of the X API v2 as canonical rows."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

import xxhash

from undertow.sources.json_fields import (
    BrokenRecordError,
    JsonObject,
    count_at,
    degrees,
    id_at,
    iso_at,
    object_at,
    objects_at,
    text_at,
    texts_at,
)
from undertow.sources.languages import bcp47
from undertow.sources.links import domain
from undertow.sources.row_types import AccountRow, CounterRow, LabelRow, Medium, PostRow, Row, Url
from undertow.sources.x_values import post_time
from undertow.text import text_key

PLATFORM = "twitter"
ASSERTED_BY = "x-api-v2"

_REPOST_PREFIX = re.compile(r"RT @(\w{1,20})")
_MEDIA_LINK = re.compile(r"pic\.(?:twitter|x)\.com/")
_NOTICE = re.compile(r"account is temporarily unavailable because it violates the Twitter Media Policy")
_MEDIA_PATH = re.compile(r"/(photo|video)/\d+$")


@dataclass(frozen=True, kw_only=True)
class Context:
    """What a page says besides its data: the objects that posts refer to, by id, and when it was retrieved."""

    posts: dict[str, JsonObject] = field(default_factory=dict)
    accounts: dict[str, JsonObject] = field(default_factory=dict)
    media: dict[str, JsonObject] = field(default_factory=dict)
    ids: dict[str, str] = field(default_factory=dict)
    """Handle in lower case -> account id."""
    observed_at: int | None = None

    def add(self, key: str, thing: JsonObject) -> None:
        """Know an object (``key`` as in ``includes``: users, tweets, media) from now on."""
        if key == "media":
            if (media_key := text_at(thing, "media_key")) is not None:
                self.media[media_key] = thing
            return
        thing_id = id_at(thing, "id")
        if thing_id is None:
            return
        if key == "tweets":
            self.posts.setdefault(thing_id, thing)
            return
        self.accounts[thing_id] = thing
        if (handle := text_at(thing, "username")) is not None:
            self.ids[handle.lower()] = thing_id


def post_rows(post: JsonObject, context: Context) -> list[Row]:
    """A post's row, and a label for each country it is withheld in; BrokenRecordError for a wrong field."""
    post_id, account_id = id_at(post, "id"), id_at(post, "author_id")
    if post_id is None or account_id is None:
        raise BrokenRecordError(f"a post without {'id' if post_id is None else 'author_id'}")
    note = object_at(post, "note_tweet")  # the whole of a long post, whose "text" is cut
    text = (text_at(note, "text") if note else None) or text_at(post, "text")
    entities = (object_at(note, "entities") if note else None) or object_at(post, "entities") or {}
    referenced = {text_at(ref, "type"): ref for ref in objects_at(post, "referenced_tweets")}
    stated = iso_at(post, "created_at")
    created, source, precision = post_time(post_id, stated)
    history = texts_at(post, "edit_history_tweet_ids")
    metrics = object_at(post, "public_metrics")
    urls, media = _links(post, entities, context)
    longitude, latitude = _point(post)
    mentions = [(id_at(m, "id"), text_at(m, "username")) for m in objects_at(entities, "mentions")]
    mentioned = [(known or context.ids.get((handle or "").lower()), handle) for known, handle in mentions]
    row = PostRow(
        platform=PLATFORM,
        post_id=post_id,
        account_id=account_id,
        created_at=created,
        stated_at=stated,
        time_source=source,
        time_precision=precision,
        observed_at=context.observed_at,
        kind="original",
        text=text,
        text_key=text_key(text),
        language=bcp47(text_at(post, "lang")),
        client=text_at(post, "source"),
        conversation_id=id_at(post, "conversation_id"),
        edit_root_id=history[0] if len(history) > 1 else None,
        hashtags=[tag for h in objects_at(entities, "hashtags") if (tag := text_at(h, "tag"))],
        urls=urls,
        mentioned_ids=[known for known, _ in mentioned] if any(known for known, _ in mentioned) else [],
        mentioned_handles=[handle for _, handle in mentioned],
        media=media,
        latitude=latitude,
        longitude=longitude,
        likes=count_at(metrics, "like_count"),
        reposts=count_at(metrics, "retweet_count"),
        replies=count_at(metrics, "reply_count"),
        quotes=count_at(metrics, "quote_count"),
        views=count_at(metrics, "impression_count"),
    )
    _relate(row, post, referenced, context)
    return [row, *_replaced(row), *_withheld(post, PLATFORM, post_id, account_id, context.observed_at)]


def _replaced(row: PostRow) -> Iterator[LabelRow]:
    """A label for a post whose text is the platform's notice: thousands of equal texts that nobody wrote."""
    if row.text is not None and (notice := _NOTICE.search(row.text)):
        yield LabelRow(
            subject_type="post",
            platform=PLATFORM,
            subject_id=row.post_id,
            label="text-replaced",
            value=notice[0],
            valid_from=row.observed_at,
            asserted_by=ASSERTED_BY,
        )


def _relate(row: PostRow, post: JsonObject, referenced: dict[str | None, JsonObject], context: Context) -> None:
    """Fill in what the post reposts, replies to and quotes, and with it its kind."""
    if quoted := referenced.get("quoted"):
        row.kind, row.quoted_post_id = "quote", id_at(quoted, "id")
    replied = referenced.get("replied_to")
    row.replied_post_id = id_at(replied, "id") if replied else None
    row.replied_account_id = id_at(post, "in_reply_to_user_id") or _author(row.replied_post_id, context)
    if row.replied_post_id or row.replied_account_id:
        row.kind = "reply"
    if (reposted := referenced.get("retweeted")) is None:
        return
    row.kind, row.reposted_post_id = "repost", id_at(reposted, "id")
    row.reposted_account_id = _author(row.reposted_post_id, context)
    account = context.accounts.get(row.reposted_account_id or "")
    row.reposted_handle = text_at(account, "username") if account else None
    if row.reposted_handle is None and row.text and (prefix := _REPOST_PREFIX.match(row.text)):
        row.reposted_handle = prefix[1]
    if row.reposted_account_id is None and row.reposted_handle is not None:
        mentioned = zip(row.mentioned_handles, row.mentioned_ids, strict=False)
        ids = {handle.lower(): known for handle, known in mentioned if handle}
        handle = row.reposted_handle.lower()
        row.reposted_account_id = ids.get(handle) or context.ids.get(handle)
    if row.reposted_post_id is not None:
        original = context.posts.get(row.reposted_post_id)
        stated = iso_at(original, "created_at") if original else None
        row.reposted_created_at = post_time(row.reposted_post_id, stated)[0]


def _author(post_id: str | None, context: Context) -> str | None:
    post = context.posts.get(post_id or "")
    return id_at(post, "author_id") if post else None


def _links(post: JsonObject, entities: JsonObject, context: Context) -> tuple[list[Url], list[Medium]]:
    """(links, media). The link that stands in the text for an attached medium is with the media, not the links."""
    attachments = object_at(post, "attachments") or {}
    keys = texts_at(attachments, "media_keys")
    media = [_medium(key, context) for key in keys]
    urls: list[Url] = []
    for entity in objects_at(entities, "urls"):
        raw, expanded, unwound = (text_at(entity, key) for key in ("url", "expanded_url", "unwound_url"))
        key = text_at(entity, "media_key")
        if key is None and not _MEDIA_LINK.match(text_at(entity, "display_url") or ""):
            host = domain(unwound or expanded or raw)
            urls.append({"raw": raw, "expanded": expanded, "unwound": unwound, "domain": host})
        elif key is not None and key not in keys:
            media.append({**_medium(key, context), "url": expanded})
        elif key is None and not keys:
            address = expanded or raw or ""
            found = _MEDIA_PATH.search(address)
            media.append(
                {"key": xxhash.xxh3_64_hexdigest(address.encode()), "type": found and found[1], "url": address}
            )
    return urls, media


def _medium(key: str, context: Context) -> Medium:
    medium = context.media.get(key)
    if medium is None:
        return {"key": key, "type": None, "url": None}
    address = text_at(medium, "url") or text_at(medium, "preview_image_url")
    return {"key": key, "type": text_at(medium, "type"), "url": address}


def _point(post: JsonObject) -> tuple[float | None, float | None]:
    """(longitude, latitude): GeoJSON's order."""
    geo = object_at(post, "geo")
    point = object_at(geo, "coordinates") if geo else None
    pair = point.get("coordinates") if point else None
    if pair is None:
        return None, None
    if not isinstance(pair, list) or len(pair) != 2:
        raise BrokenRecordError("geo.coordinates is not a pair of longitude and latitude")
    return degrees(pair[0], "longitude", 180), degrees(pair[1], "latitude", 90)


def _withheld(
    thing: JsonObject, platform: str, post_id: str | None, account_id: str, observed_at: int | None
) -> Iterator[LabelRow]:
    withheld = object_at(thing, "withheld")
    if withheld is None:
        return
    of_account = post_id is None or text_at(withheld, "scope") == "user"
    reason = "withheld-copyright" if withheld.get("copyright") is True else "withheld"
    for country in texts_at(withheld, "country_codes"):
        yield LabelRow(
            subject_type="account" if of_account else "post",
            platform=platform,
            subject_id=account_id if of_account or post_id is None else post_id,
            label=reason,
            value=country,
            valid_from=observed_at,
            asserted_by=ASSERTED_BY,
        )


def account_rows(account: JsonObject, observed_at: int | None) -> list[Row]:
    """An account's profile, its counters, and labels for its verification and the countries it is withheld in."""
    account_id = id_at(account, "id")
    if account_id is None:
        raise BrokenRecordError("an account without id")
    links = objects_at(object_at(object_at(account, "entities") or {}, "url"), "urls")
    profile = AccountRow(
        platform=PLATFORM,
        account_id=account_id,
        observed_at=observed_at,
        handle=text_at(account, "username"),
        display_name=text_at(account, "name"),
        description=text_at(account, "description"),
        location=text_at(account, "location"),
        profile_url=(text_at(links[0], "expanded_url") if links else None) or text_at(account, "url"),
        created_at=iso_at(account, "created_at"),
    )
    rows: list[Row] = [profile]
    if (metrics := object_at(account, "public_metrics")) is not None:
        rows.append(
            CounterRow(
                platform=PLATFORM,
                account_id=account_id,
                observed_at=observed_at,
                followers=count_at(metrics, "followers_count"),
                following=count_at(metrics, "following_count"),
                posts=count_at(metrics, "tweet_count"),
            )
        )
    if account.get("verified") is True:
        rows.append(
            LabelRow(
                subject_type="account",
                platform=PLATFORM,
                subject_id=account_id,
                label="verified",
                value=text_at(account, "verified_type") or "true",
                valid_from=observed_at,
                asserted_by=ASSERTED_BY,
            )
        )
    return [*rows, *_withheld(account, PLATFORM, None, account_id, observed_at)]
