"""Which column of an unknown table probably is what: offered to the user as a command to check, never used by itself."""

from __future__ import annotations

import re
import shlex
import tomllib
from collections.abc import Collection, Iterable, Mapping
from functools import cache
from importlib import resources

_IDS = ("_id", "_ids")
_NO_NAME = re.compile(r"[^a-z0-9]+")


def guessed_map(columns: Iterable[str], lost: Collection[str] = ()) -> dict[str, str]:
    """Canonical name -> column, by what exports call their columns; empty where it would not make posts.

    Columns in ``lost`` hold ids in float notation, so that they are offered for no id.
    Posts need somebody who posts, and a post's own number or text: without these, a date may be anything.

    >>> guessed_map(["tweet_id", "User ID", "created_at", "text", "score"])
    {'post_id': 'tweet_id', 'account_id': 'User ID', 'created_at': 'created_at', 'text': 'text'}
    >>> guessed_map(["id", "created_at", "score"])
    {}
    """
    by_name: dict[str, str] = {}
    for column in columns:
        by_name.setdefault(_NO_NAME.sub("", column.lower()), column)
    found: dict[str, str] = {}
    for canonical, names in _names().items():
        usable = (by_name[name] for name in names if name in by_name)
        known = next((column for column in usable if column not in lost or not canonical.endswith(_IDS)), None)
        if known is not None and known not in found.values():
            found[canonical] = known
    makes_posts = {"account_id", "handle"} & set(found) and {"created_at", "text"} & set(found)
    return found if makes_posts and {"post_id", "text"} & set(found) else {}


def as_options(mapping: Mapping[str, str]) -> str:
    """A map as it is typed on a command line."""
    return " ".join(f"--map {shlex.quote(f'{name}={column}')}" for name, column in mapping.items())


@cache
def _names() -> Mapping[str, list[str]]:
    file = resources.files(__package__).joinpath("data/column_names.toml")
    return tomllib.loads(file.read_text(encoding="utf-8"))
