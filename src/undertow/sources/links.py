"""The domain of a link: in Python, and the same rule as DuckDB SQL."""

from __future__ import annotations

import re

HOST_PATTERN = r"^(?:[A-Za-z][A-Za-z0-9+.-]*://)?(?:[^/?#@\s]*@)?(?:[wW]{3}\.)?([^/?#:@\s\[\]]+\.[^/?#:@\s\[\]]+)"
"""A link's host without ``www.``: after the scheme and a user, before port, path, query; it has a dot inside."""
_HOST = re.compile(HOST_PATTERN)


def domain(url: str | None) -> str | None:
    """The host of ``url`` in lower case, without ``www.``, port and final dot; null where there is none.

    >>> [domain(url) for url in ("https://WWW.Example.com:80/x", "http://a@b.co.uk", "youtu.be/x", "mailto:x")]
    ['example.com', 'b.co.uk', 'youtu.be', None]
    """
    if url is None:
        return None
    match = _HOST.match(url)
    if match is None:
        return None
    return match.group(1).lower().rstrip(".") or None


def domain_sql(url: str) -> str:
    """The SQL expression that does as :func:`domain` to the expression ``url``."""
    return f"nullif(rtrim(lower(regexp_extract({url}, '{HOST_PATTERN}', 1)), '.'), '')"
