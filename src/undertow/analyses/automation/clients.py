"""Client applications: who posts through schedulers and automatic tools, and rare ones that several accounts share."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from importlib import resources
from pathlib import Path

import numpy as np
import pyarrow as pa

from undertow.analyses.account_shares import Measured, ShareWords
from undertow.analyses.automation.readings import Reading
from undertow.analyses.automation.timelines import Timelines
from undertow.errors import UsageError
from undertow.wording import count

KINDS = ("scheduler", "automatic", "ordinary")
UNLISTED = "not listed"
MIN_POSTS = 5
MOSTLY = 0.5
ONLY = 0.9
"""Share of an account's posts from which a client is its only one."""
SHARED_BY = 3
RARE = 0.05
"""A client is rare when at most this share of the accounts (of the control, where there is one) has used it."""


def read_clients(path: str | None) -> Mapping[str, str]:
    """Client (lower case) -> kind, from ``path`` or the package's own list.

    Raises :class:`UsageError` for a file that is not a table of lists of names by kind.
    """
    where = "automation.clients_file"
    try:
        text = (
            resources.files("undertow.analyses.automation")
            .joinpath("data/clients.toml")
            .read_text(encoding="utf-8")
            if path is None
            else Path(path).read_text(encoding="utf-8")
        )
        lists = tomllib.loads(text)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UsageError(f"{path} cannot be read ({error})", where=where, todo="give a TOML file") from error
    found = {}
    for kind, names in lists.items():
        if kind not in KINDS or not isinstance(names, list) or not all(isinstance(name, str) for name in names):
            raise UsageError(
                f"{path}: {kind} is not one of the lists {', '.join(KINDS)}",
                where=where,
                todo='write automatic = ["NAME", ...]',
            )
        found.update(dict.fromkeys((name.casefold() for name in names), kind))
    return found


def clients(given: Timelines, kinds: Mapping[str, str], control: Timelines | None) -> Reading:
    """Accounts that mostly post through listed tools, or only through a rare client that others have too."""
    n = len(given)
    stated = given.client >= 0
    posts = given.per_account(stated)
    width = max(len(given.clients), 1)
    cells, number = np.unique(given.account[stated] * width + given.client[stated], return_counts=True)
    account, client = cells // width, cells % width
    kind = np.array([kinds.get(name.casefold(), UNLISTED) for name in given.clients], object)
    part = number / np.maximum(posts[account], 1)
    examined = posts >= MIN_POSTS
    tool = np.isin(kind, ("scheduler", "automatic"))
    through = np.bincount(account, part * tool[client], n) if len(given.clients) else np.zeros(n)
    users = np.bincount(client, minlength=width)
    only = (part >= ONLY) & examined[account]
    devoted = np.bincount(client[only], minlength=width)
    usual = _usual(given, users, control)
    rare = np.zeros(width, np.bool_)
    rare[: kind.size] = (kind == UNLISTED) & (devoted[: kind.size] >= SHARED_BY) & (usual[: kind.size] <= RARE)
    in_rare = np.zeros(n, np.bool_)
    in_rare[account[only & rare[client]]] = True
    n_rare = int(in_rare.sum())
    more = ""
    if n_rare:
        rares = count(int(rare.sum()), "rare application is", "rare applications are")
        more = f" {rares} the only one of {count(n_rare, 'account')}."
    words = ShareWords(
        what="post mostly through a scheduler or an automatic tool, or only through a rare client that others share",
        missing="the source does not state the application of any account's posts"
        if given.n_with_client == 0
        else f"no account has {MIN_POSTS} posts whose application is stated",
        method=(
            "Applications are listed by kind in a file (data/clients.toml; --set automation.clients_file=FILE). An "
            f"application is rare when it is not listed and at most {RARE:.0%} of the accounts "
            f"{'of the control ' if control is not None else ''}have used it; shared when it makes {ONLY:.0%} of "
            f"the posts of {SHARED_BY} accounts or more. Accounts with {MIN_POSTS} posts or more."
        ),
        alternatives=(
            "Newsrooms, shops and people who plan their posts; a local or older application that a community likes",
        ),
        more=more,
    )
    order = np.lexsort((np.arange(kind.size), -users[: kind.size]))
    return Reading(
        id="automation.clients",
        name="automatic client",
        words=words,
        measured=Measured(examined & ((through >= MOSTLY) | in_rare), examined),
        values={"share_through_tools": np.where(examined, through, np.nan)},
        result=pa.table(
            {
                "client": pa.array([given.clients[at] for at in order], pa.string()),
                "kind": pa.array([kind[at] for at in order], pa.string()),
                "accounts": pa.array(users[order], pa.int64()),
                "only_client_of": pa.array(devoted[order], pa.int64()),
                "posts": pa.array(np.bincount(given.client[stated], minlength=width)[order], pa.int64()),
                "rare_and_shared": pa.array(rare[order], pa.bool_()),
            }
        ),
    )


def _usual(
    given: Timelines, users: np.ndarray[tuple[int], np.dtype[np.int64]], control: Timelines | None
) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """The share of accounts that use each client: of the control's where there is one."""
    if control is None:
        return users / max(int((given.posts > 0).sum()), 1)
    pairs = np.unique(np.stack([control.client, control.account]), axis=1)
    there = dict(
        zip(control.clients, np.bincount(pairs[0][pairs[0] >= 0], minlength=len(control.clients)), strict=True)
    )
    shares = [int(there.get(name, 0)) / max(len(control), 1) for name in given.clients]
    return np.array(shares or [0.0])
