"""DuckDB expressions from a field's text to its value, shared by the layouts.

Each takes and gives SQL. Texts that a layout cannot make sense of become null here; whether that is a problem, the
``not_...`` conditions tell.
"""

from __future__ import annotations

from undertow.sources.languages import NAMES, NO_LANGUAGE, OLD_CODES
from undertow.sql import literal

FIRST_SNOWFLAKE = 29_700_859_247
"""The largest post id that does not code a time (4 November 2010)."""
EPOCH_MS = 1_288_834_974_657
"""Twitter's epoch: the milliseconds since 1970 at which the time in a post id is 0."""

TRUE_WORDS = "'true', 't', '1', '1.0', 'yes'"
FALSE_WORDS = "'false', 'f', '0', '0.0', 'no'"


def whole_number(text: str) -> str:
    """A counter, also written ``4.0``."""
    return f"try_cast({text} AS BIGINT)"


def not_whole_number(text: str) -> str:
    """Whether a counter is written that is not a whole number."""
    return (
        f"({text} IS NOT NULL AND (try_cast({text} AS BIGINT) IS NULL OR "
        f"(contains({text}, '.') AND NOT regexp_full_match({text}, '[+-]?[0-9]+\\.0*'))))"
    )


def float_notation(text: str) -> str:
    """Whether a number is in float notation (``4.0``, ``1.148e+18``), in which ids lose digits."""
    number = "[0-9]+(\\.[0-9]*)?([eE]\\+?[0-9]+)?"
    return f"(regexp_full_match({text}, '{number}') AND NOT regexp_full_match({text}, '[0-9]+'))"


def exact_id(text: str) -> str:
    """An exact id: as it is, without a ``.0`` that changes nothing below 2^53; null in float notation."""
    return (
        f"CASE WHEN {text} IS NULL OR NOT (contains({text}, '.') OR contains({text}, '+')) THEN {text} "
        f"WHEN regexp_full_match({text}, '[0-9]{{1,15}}\\.0') THEN {text}[:-3] "
        f"WHEN {float_notation(text)} THEN NULL ELSE {text} END"
    )


def elements(text: str) -> str:
    """The elements of a list in any of the writings that occur; null where unknown, empty for ``[]``."""
    body = f"trim({text})[2:-2]"
    return (
        f"CASE WHEN {text} IS NULL THEN NULL WHEN {text} = '[]' THEN []::VARCHAR[] "
        f"WHEN contains({text}, '\\') AND starts_with({text}, '[') THEN python_list({text}) "
        f"WHEN starts_with({text}, '[''') AND NOT contains({text}, '\"') THEN string_split({text}[3:-3], ''', ''') "
        f"WHEN starts_with({text}, '[''') OR starts_with({text}, '[\"') THEN python_list({text}) "
        f"WHEN starts_with({text}, '[') THEN list_transform(string_split({body}, ','), lambda x: trim(x)) "
        f"ELSE list_transform(string_split({text}, ','), lambda x: trim(x)) END"
    )


def unfinished_list(text: str) -> str:
    """Whether a list begins and does not end."""
    return f"(starts_with({text}, '[') AND NOT ends_with({text}, ']'))"


def id_milliseconds(number: str) -> str:
    """Milliseconds since 1970 from a post id (BIGINT); null below the first id that codes a time."""
    return f"CASE WHEN {number} > {FIRST_SNOWFLAKE} THEN ({number} >> 22) + {EPOCH_MS} END"


def utc(timestamp: str) -> str:
    """A TIMESTAMP in UTC as TIMESTAMPTZ."""
    return f"timezone('UTC', {timestamp})"


_PLAIN_CODES = tuple(sorted({code for code in NAMES.values() if len(code) == 2}))


def language_tag(text: str) -> str:
    """BCP 47, as ``bcp47`` gives it; the usual codes without a call into Python, for which engine threads wait."""
    plain, none = (", ".join(map(literal, codes)) for codes in (_PLAIN_CODES, sorted(NO_LANGUAGE)))
    renewed = "".join(f"WHEN {text} = {literal(old)} THEN {literal(new)} " for old, new in OLD_CODES.items())
    return (
        f"CASE WHEN {text} IS NULL OR {text} IN ({none}) THEN NULL WHEN {text} IN ({plain}) THEN {text} "
        f"{renewed}ELSE bcp47({text}) END"
    )


_DAY = "[0-9]{4}-[0-9]{2}-[0-9]{2}"
_CLOCK = "[T ][0-9]{2}:[0-9]{2}"
_SECONDS = ":[0-9]{2}([.][0-9]+)?"
_ZONE = " ?([zZ]|UTC|GMT|[+-][0-9]{2}(:?[0-9]{2})?)"
_V1_1 = "[A-Z][a-z]{2} [A-Z][a-z]{2} [0-9]{2} [0-9:]{8} [+-][0-9]{4} [0-9]{4}"
TIMES_READ = "ISO 8601, seconds or milliseconds since 1970, or 'Thu Apr 11 04:06:23 +0000 2019'"


def time_value(text: str) -> str:
    """A TIMESTAMP in UTC from any of the writings of :data:`TIMES_READ`; without a zone it is UTC. Else null."""
    plain = f"regexp_replace({text}, ' ?(z|Z|UTC|GMT)$', '+00')"
    zone = f"regexp_replace({plain}, ' ?([+-][0-9]{{2}}):?([0-9]{{2}})$', '\\1:\\2')"
    return (
        f"CASE WHEN regexp_full_match({text}, '{_DAY}({_CLOCK}({_SECONDS})?)?') THEN try_cast({text} AS TIMESTAMP) "
        f"WHEN regexp_full_match({text}, '{_DAY}{_CLOCK}({_SECONDS})?{_ZONE}') "
        f"THEN timezone('UTC', try_cast(CASE WHEN regexp_full_match({text}, '.*[+-][0-9]{{2}}') THEN {text} "
        f"ELSE {zone} END AS TIMESTAMPTZ)) "
        f"WHEN regexp_full_match({text}, '[0-9]{{9,10}}([.][0-9]+)?') "
        f"THEN make_timestamp(CAST(round(CAST({text} AS DOUBLE) * 1000000) AS BIGINT)) "
        f"WHEN regexp_full_match({text}, '[0-9]{{12,13}}') THEN epoch_ms(CAST({text} AS BIGINT)) "
        f"WHEN regexp_full_match({text}, '{_V1_1}') "
        f"THEN timezone('UTC', try_strptime({text}, '%a %b %d %H:%M:%S %z %Y')::TIMESTAMPTZ) END"
    )


def time_precision(text: str) -> str:
    """How finely a time that :func:`time_value` reads is written: ``day``, ``min``, ``s`` or ``ms``."""
    return (
        f"CASE WHEN regexp_full_match({text}, '{_DAY}') THEN 'day' "
        f"WHEN regexp_full_match({text}, '{_DAY}{_CLOCK}({_ZONE})?') THEN 'min' "
        f"WHEN contains({text}, '.') OR regexp_full_match({text}, '[0-9]{{12,13}}') THEN 'ms' ELSE 's' END"
    )


def precision_milliseconds(precision: str) -> str:
    """The length of a precision's unit in milliseconds."""
    return f"CASE {precision} WHEN 'ms' THEN 1 WHEN 's' THEN 1000 WHEN 'min' THEN 60000 ELSE 86400000 END"
