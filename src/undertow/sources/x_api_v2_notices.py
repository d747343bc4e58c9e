"""What the X API v2 says of posts and accounts that it does not give: errors, and notices of compliance jobs."""

from __future__ import annotations

import re

from undertow.sources.json_fields import BrokenRecordError, JsonObject, id_at, iso_at, text_at
from undertow.sources.row_types import LabelRow, Row
from undertow.sources.x_api_v2_rows import ASSERTED_BY, PLATFORM, Context
from undertow.sources.x_values import SNOWFLAKE_ABOVE, id_time

_SNOWFLAKES_SINCE = 1_288_915_200_000_000  # 5 November 2010, the day after posts got snowflake ids
_TWEETS_IN_NAME = re.compile(r"tweet|post|status", re.IGNORECASE)
_ACCOUNTS_IN_NAME = re.compile(r"user|account", re.IGNORECASE)


def error_rows(error: JsonObject, context: Context) -> list[Row]:
    """A label ``unavailable`` for the post or account that could not be given, with the reason as its value.

    Values: ``suspended``, or the platform's problem type (``resource-not-found``, ``not-authorized-for-resource``).
    An account named only by its handle is looked up in the page; where that fails, the handle is the subject.
    """
    subject = {"tweet": "post", "user": "account"}.get(text_at(error, "resource_type") or "")
    named = id_at(error, "resource_id") or id_at(error, "value")
    title, detail = text_at(error, "title") or "", text_at(error, "detail") or ""
    if subject is None or named is None:
        raise BrokenRecordError(f"an error that names no post or account: {title or detail or 'no title'}")
    if subject == "account" and (text_at(error, "parameter") or "").endswith(("username", "usernames")):
        named = context.ids.get(named.lower(), named)
    problem = (text_at(error, "type") or title).rsplit("/", 1)[-1]
    return [
        LabelRow(
            subject_type=subject,
            platform=PLATFORM,
            subject_id=named,
            label="unavailable",
            value="suspended" if "suspended" in detail.lower() else problem or None,
            valid_from=context.observed_at,
            asserted_by=ASSERTED_BY,
        )
    ]


def compliance_rows(notice: JsonObject, shown: str) -> list[Row]:
    """A label ``compliance`` from a line of a batch compliance job, with the reason (or the action) as its value.

    The line does not say whether its id is a post's or an account's. It is a post's when the id codes the stated
    millisecond, an account's when it codes no time though posts' ids did by then; else the file's name decides.
    """
    subject_id = id_at(notice, "id")
    if subject_id is None:
        raise BrokenRecordError("a compliance notice without id")
    created, coded = iso_at(notice, "created_at"), id_time(subject_id)
    if created is not None and created % 1_000_000 and coded == created:
        subject = "post"
    elif created is not None and created > _SNOWFLAKES_SINCE and _below_snowflakes(subject_id):
        subject = "account"
    elif bool(_TWEETS_IN_NAME.search(shown)) != bool(_ACCOUNTS_IN_NAME.search(shown)):
        subject = "account" if _ACCOUNTS_IN_NAME.search(shown) else "post"
    else:
        raise BrokenRecordError(
            "a compliance notice of a post or of an account? Put 'tweets' or 'users' into the file's name"
        )
    return [
        LabelRow(
            subject_type=subject,
            platform=PLATFORM,
            subject_id=subject_id,
            label="compliance",
            value=text_at(notice, "reason") or text_at(notice, "action"),
            valid_from=iso_at(notice, "redacted_at"),
            asserted_by="x-compliance",
        )
    ]


def _below_snowflakes(number: str) -> bool:
    return number.isascii() and number.isdigit() and int(number[:20]) <= SNOWFLAKE_ABOVE
