"""Posts, accounts and stream notices of the Twitter API v1.1 as canonical rows."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from undertow.sources.json_fields import (
    BrokenRecordError,
    JsonObject,
    count_at,
    degrees,
    id_at,
    iso_at,
    microseconds,
    object_at,
    objects_at,
    text_at,
    texts_at,
)
from undertow.sources.languages import bcp47
from undertow.sources.links import domain
from undertow.sources.row_types import AccountRow, CounterRow, LabelRow, Medium, PostRow, Row, Url
from undertow.sources.x_values import media_key, post_time
from undertow.text import text_key

PLATFORM = "twitter"
ASSERTED_BY = "twitter-api-v1.1"

_TIME = re.compile(r"\w{3} (\w{3}) (\d{2}) (\d{2}):(\d{2}):(\d{2}) ([+-])(\d{2})(\d{2}) (\d{4})")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_CLIENT = re.compile(r"<a [^>]*>(.*)</a>", re.DOTALL)
_REPOST_PREFIX = re.compile(r"RT @(\w{1,20})")


def stated_time(parent: JsonObject, key: str) -> int | None:
    """The time under ``key``, as v1.1 writes it (``Tue Jan 23 21:20:10 +0000 2018``) or ISO 8601, in microseconds.

    >>> stated_time({"t": "Thu Jan 01 00:00:01 +0000 1970"}, "t")
    1000000
    """
    value = parent.get(key)
    match = _TIME.fullmatch(value) if isinstance(value, str) else None
    if match is None or match[1] not in _MONTHS:
        return iso_at(parent, key)
    month, day, hour, minute, second, sign, off_hours, off_minutes, year = match.groups()
    try:
        clock = datetime(
            int(year), _MONTHS.index(month) + 1, int(day), int(hour), int(minute), int(second), tzinfo=UTC
        )
    except ValueError as error:
        raise BrokenRecordError(f"{key} is {value!r}, a time was expected") from error
    offset = (int(off_hours) * 60 + int(off_minutes)) * 60_000_000
    return microseconds(clock) - (offset if sign == "+" else -offset)


def milliseconds_at(parent: JsonObject, key: str) -> int | None:
    """The time under ``key`` in milliseconds since 1970 (text or number), in microseconds; None when absent."""
    value = id_at(parent, key)
    if value is None:
        return None
    if not (value.isascii() and value.isdigit() and len(value) <= 14):
        raise BrokenRecordError(f"{key} is {value[:40]!r}, milliseconds since 1970 were expected")
    return int(value) * 1000


def any_id(parent: JsonObject, key: str) -> str | None:
    """The id under ``key``: of its two forms the text (``id_str``), which no program has rounded."""
    return id_at(parent, f"{key}_str") or id_at(parent, key)


def post_and_nested(post: JsonObject) -> list[JsonObject]:
    """The post, the one it reposts, the ones they quote: each once."""
    found: list[JsonObject] = []
    waiting = [post]
    while waiting:
        current = waiting.pop(0)
        if current not in found:
            found.append(current)
            nested = (object_at(current, key) for key in ("retweeted_status", "quoted_status"))
            waiting.extend(thing for thing in nested if thing)
    return found


def post_rows(post: JsonObject, observed_at: int | None) -> list[Row]:
    """A post's row, and a label for each country it is withheld in. BrokenRecordError when a field is wrong."""
    post_id, author = any_id(post, "id"), object_at(post, "user")
    account_id = any_id(author, "id") if author else None
    if post_id is None or account_id is None:
        raise BrokenRecordError(f"a post without {'id' if post_id is None else 'user.id'}")
    extended = object_at(post, "extended_tweet") or post  # streams cut long posts and put the whole here
    text = text_at(extended, "full_text") or text_at(post, "full_text") or text_at(post, "text")
    entities = object_at(extended, "entities") or {}
    stated = stated_time(post, "created_at")
    created, source, precision = post_time(post_id, stated)
    longitude, latitude = _point(post)
    mentions = [(any_id(m, "id"), text_at(m, "screen_name")) for m in objects_at(entities, "user_mentions")]
    row = PostRow(
        platform=PLATFORM,
        post_id=post_id,
        account_id=account_id,
        created_at=created,
        stated_at=stated,
        time_source=source,
        time_precision=precision,
        observed_at=observed_at,
        kind="original",
        text=text,
        text_key=text_key(text),
        language=bcp47(text_at(post, "lang")),
        client=_client(text_at(post, "source")),
        conversation_id=any_id(post, "conversation_id"),
        hashtags=[tag for h in objects_at(entities, "hashtags") if (tag := text_at(h, "text"))],
        urls=[_url(entity) for entity in objects_at(entities, "urls")],
        mentioned_ids=[known for known, _ in mentions] if any(known for known, _ in mentions) else [],
        mentioned_handles=[handle for _, handle in mentions],
        media=_media(extended, entities),
        latitude=latitude,
        longitude=longitude,
        likes=count_at(post, "favorite_count"),
        reposts=count_at(post, "retweet_count"),
        replies=count_at(post, "reply_count"),
        quotes=count_at(post, "quote_count"),
    )
    _relate(row, post)
    label = "withheld-copyright" if post.get("withheld_copyright") is True else "withheld"
    countries = texts_at(post, "withheld_in_countries")
    return [row, *(_label("post", post_id, label, country, observed_at) for country in countries)]


def _relate(row: PostRow, post: JsonObject) -> None:
    """Fill in what the post reposts, replies to and quotes, and with it its kind."""
    row.replied_post_id = any_id(post, "in_reply_to_status_id")
    row.replied_account_id = any_id(post, "in_reply_to_user_id")
    original = object_at(post, "retweeted_status")
    if original is not None:
        account = object_at(original, "user") or {}
        row.kind, row.reposted_post_id = "repost", any_id(original, "id")
        row.reposted_account_id = any_id(account, "id")
        row.reposted_handle = text_at(account, "screen_name")
        if row.reposted_handle is None and row.text and (prefix := _REPOST_PREFIX.match(row.text)):
            row.reposted_handle = prefix[1]
        if row.reposted_post_id is not None:
            row.reposted_created_at = post_time(row.reposted_post_id, stated_time(original, "created_at"))[0]
        return  # a repost of a quote repeats the quoted post's id, but does not quote
    quoted = object_at(post, "quoted_status")
    row.quoted_post_id = any_id(post, "quoted_status_id") or (any_id(quoted, "id") if quoted else None)
    if row.replied_post_id or row.replied_account_id:
        row.kind = "reply"
    elif row.quoted_post_id:
        row.kind = "quote"


def _client(source: str | None) -> str | None:
    match = _CLIENT.fullmatch(source) if source else None
    return (match[1] or None) if match else source


def _url(entity: JsonObject) -> Url:
    raw, expanded = text_at(entity, "url"), text_at(entity, "expanded_url")
    unwound = text_at(entity, "unwound_url")
    if isinstance(nested := entity.get("unwound"), dict):
        unwound = unwound or text_at(nested, "url")
    return {"raw": raw, "expanded": expanded, "unwound": unwound, "domain": domain(unwound or expanded or raw)}


def _media(extended: JsonObject, entities: JsonObject) -> list[Medium]:
    media: list[Medium] = []
    full = object_at(extended, "extended_entities") or entities
    for medium in objects_at(full, "media"):
        kind, number = text_at(medium, "type"), any_id(medium, "id")
        picture = text_at(medium, "media_url_https") or text_at(medium, "media_url")
        media.append({"key": number and media_key(kind, number, picture), "type": kind, "url": picture})
    return media


def _point(post: JsonObject) -> tuple[float | None, float | None]:
    """(longitude, latitude): ``coordinates`` is GeoJSON (longitude first), the older ``geo`` has latitude first."""
    for key in ("coordinates", "geo"):
        point = object_at(post, key)
        pair = point.get("coordinates") if point else None
        if pair is None:
            continue
        if not isinstance(pair, list) or len(pair) != 2:
            raise BrokenRecordError(f"{key} is not a pair of longitude and latitude")
        east, north = pair if key == "coordinates" else reversed(pair)
        return degrees(east, "longitude", 180), degrees(north, "latitude", 90)
    return None, None


def account_rows(account: JsonObject, observed_at: int | None) -> list[Row]:
    """An account's profile, its counters, and labels for its verification and the countries it is withheld in."""
    account_id = any_id(account, "id")
    if account_id is None:
        raise BrokenRecordError("an account without id")
    links = objects_at(object_at(object_at(account, "entities") or {}, "url"), "urls")
    rows: list[Row] = [
        AccountRow(
            platform=PLATFORM,
            account_id=account_id,
            observed_at=observed_at,
            handle=text_at(account, "screen_name"),
            display_name=text_at(account, "name"),
            description=text_at(account, "description"),
            location=text_at(account, "location"),
            profile_url=(text_at(links[0], "expanded_url") if links else None) or text_at(account, "url"),
            created_at=stated_time(account, "created_at"),
            language=bcp47(text_at(account, "lang")),
        ),
        CounterRow(
            platform=PLATFORM,
            account_id=account_id,
            observed_at=observed_at,
            followers=count_at(account, "followers_count"),
            following=count_at(account, "friends_count"),
            posts=count_at(account, "statuses_count"),
        ),
    ]
    if account.get("verified") is True:
        rows.append(_label("account", account_id, "verified", "true", observed_at))
    countries = texts_at(account, "withheld_in_countries")
    return [*rows, *(_label("account", account_id, "withheld", country, observed_at) for country in countries)]


def notice_rows(line: JsonObject) -> list[Row]:
    """Labels from a stream's notice: ``deleted``, ``geo-deleted`` or ``withheld``.

    BrokenRecordError for a notice that names no post or account (limit, warning, disconnect), with what it says.
    """
    if (deletion := object_at(line, "delete")) is not None:
        post_id = any_id(object_at(deletion, "status") or {}, "id")
        if post_id is None:
            raise BrokenRecordError("a deletion notice without the post's id")
        return [_label("post", post_id, "deleted", None, milliseconds_at(deletion, "timestamp_ms"))]
    if (scrub := object_at(line, "scrub_geo")) is not None:
        account_id, up_to = any_id(scrub, "user_id"), any_id(scrub, "up_to_status_id")
        if account_id is None:
            raise BrokenRecordError("a notice about deleted places without the account's id")
        return [_label("account", account_id, "geo-deleted", up_to and f"up to post {up_to}", None)]
    for key, subject in (("status_withheld", "post"), ("user_withheld", "account")):
        if (withheld := object_at(line, key)) is not None:
            subject_id, countries = any_id(withheld, "id"), texts_at(withheld, "withheld_in_countries")
            if subject_id is None or not countries:
                raise BrokenRecordError(f"a notice {key} without id or countries")
            since = milliseconds_at(withheld, "timestamp_ms")
            return [_label(subject, subject_id, "withheld", country, since) for country in countries]
    if (limit := object_at(line, "limit")) is not None:
        missed = count_at(limit, "track")
        raise BrokenRecordError(
            f"a limit notice, not a post: {missed} posts had not been delivered since connecting"
        )
    if (errors := line.get("errors")) is not None:
        first = errors[0] if isinstance(errors, list) and errors else {}
        said = text_at(first, "message") if isinstance(first, dict) else None
        raise BrokenRecordError(f"an error, not a post: {said or 'without message'}")
    keys = ", ".join(list(line)[:8])
    raise BrokenRecordError(f"neither a post nor an account: its keys are {keys}" if keys else "an empty object")


def _label(subject_type: str, subject_id: str, label: str, value: str | None, since: int | None) -> LabelRow:
    return LabelRow(
        subject_type=subject_type,
        platform=PLATFORM,
        subject_id=subject_id,
        label=label,
        value=value,
        valid_from=since,
        asserted_by=ASSERTED_BY,
    )
