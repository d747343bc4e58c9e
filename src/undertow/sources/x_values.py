"""What Twitter's and X's formats share: times coded in ids, media keys."""

from __future__ import annotations

SNOWFLAKE_ABOVE = 29_700_859_247
"""Ids up to this one are serial numbers (before 4 November 2010); larger ones hold the time."""

_TWITTER_EPOCH_MS = 1_288_834_974_657
_LARGEST_ID = 2**63 - 1
_SECOND = 1_000_000


def id_time(post_id: str | None) -> int | None:
    """The time coded in a post's id, in microseconds (to the millisecond); None for an id without one.

    >>> id_time("1170025343920402432")
    1567790754667000
    """
    if post_id is None or not post_id.isascii() or not post_id.isdigit():
        return None
    number = int(post_id) if len(post_id) < 20 else 0
    if not SNOWFLAKE_ABOVE < number <= _LARGEST_ID:
        return None
    return ((number >> 22) + _TWITTER_EPOCH_MS) * 1000


def post_time(post_id: str, stated: int | None) -> tuple[int | None, str | None, str | None]:
    """(created_at, time_source, time_precision) of a post that states its time to the second.

    The id's time is used where it falls into the stated second; else the id is no snowflake, or not to be trusted.

    >>> post_time("1170025343920402432", 1567790754000000)
    (1567790754667000, 'id', 'ms')
    >>> post_time("20", 1142974214000000)
    (1142974214000000, 'stated', 's')
    """
    coded = id_time(post_id)
    if coded is not None and (stated is None or coded // _SECOND == stated // _SECOND):
        return coded, "id", "ms"
    if stated is None:
        return None, None, None
    return stated, "stated", "ms" if stated % _SECOND else "s"


def media_key(kind: str | None, number: str, picture: str | None) -> str:
    """The media key that version 2 of the interface gives to a version 1.1 medium, so that both can be compared.

    >>> media_key("photo", "955913177102823424", None)
    '3_955913177102823424'
    """
    prefix = {"photo": "3", "animated_gif": "16", "video": "7"}.get(kind or "", "0")
    if kind == "video" and picture and "amplify_video" in picture:
        prefix = "13"
    return f"{prefix}_{number}"
