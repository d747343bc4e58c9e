"""Which listed domain a link's domain belongs to."""

from __future__ import annotations

from collections.abc import Container


def listed_domain(domain: str, listed: Container[str]) -> str | None:
    """The domain itself when it is in ``listed``, else the nearest parent that is; None when there is none.

    >>> listed_domain("fr.example.org", {"example.org", "org"}), listed_domain("example.com", {"example.org"})
    ('example.org', None)
    """
    labels = domain.split(".")
    for start in range(len(labels) - 1):  # a top-level domain alone is nobody's
        name = ".".join(labels[start:])
        if name in listed:
            return name
    return None
