"""Names: the patterns of handles, families of similar ones, and display names in another script than the posts."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from undertow.analyses.account_origins import charts
from undertow.analyses.account_origins.accounts import Accounts, Bool
from undertow.analyses.account_origins.context import Context
from undertow.analyses.account_origins.names import (
    FAMILY,
    NEAR,
    OTHER,
    PATTERNS,
    SEQUENCE,
    STEM,
    Families,
    families,
    pattern,
    readable,
)
from undertow.analyses.account_shares import Measured, ShareWords, share_finding
from undertow.finding import Finding
from undertow.languages import main_script
from undertow.statistics.intervals import wilson
from undertow.statistics.strength import ACCOUNTS_SHOWING
from undertow.wording import count, share

PATTERNS_ID = "account_origins.name_patterns"
FAMILIES_ID = "account_origins.handle_families"
SCRIPT_ID = "account_origins.name_script"

SUSPICIOUS = tuple(name for name in PATTERNS[:3])
"""Patterns that nobody chooses for beauty: they are counted together."""
LATIN = "Latn"


def patterns(context: Context) -> Finding:
    """The share of handles that look made rather than chosen, by pattern."""
    seen, found = made_names(context.accounts)
    control = None if context.control is None else made_names(context.control)
    rows = _pattern_rows("these accounts", found)
    if control is not None:
        rows += _pattern_rows("control", control[1])
    by_pattern = [
        f"{share(found.count(name) / max(len(found), 1))} {name}"
        for name in PATTERNS
        if name in found and name != OTHER
    ]
    words = ShareWords(
        what="have a handle as platforms suggest or as software makes: a name with eight or with four and more digits, "
        "or letters without a pattern",
        missing=f"no handle is known of {count(len(context.accounts), 'account')} (or only its hash)",
        method=(
            "Each handle gets the first pattern that fits: letters and exactly eight digits; four or more digits "
            "at the end that are no year; letters and digits that alternate, capitals that alternate, or six Latin "
            "consonants in a row; two capitalised words."
        ),
        alternatives=(
            "The platform suggests a name with eight digits to everybody who signs up on a phone",
            "Namesakes: where a name is common, its owner adds digits",
        ),
        more=f" By pattern: {', '.join(by_pattern)}." if by_pattern else "",
    )
    figure = charts.shares(
        rows, "Patterns of handles", "Share of accounts whose handle has each pattern, with its 95% interval."
    )
    return share_finding(
        context.population,
        PATTERNS_ID,
        words,
        seen=seen,
        control=None if control is None else control[0],
        scale=ACCOUNTS_SHOWING,
        result=pa.Table.from_pylist(rows),
        figure=figure,
    )


def made_names(accounts: Accounts) -> tuple[Measured, list[str]]:
    """Handles that look made, and the pattern of each readable handle."""
    names = [readable(handle) for handle in accounts.handle]
    found = [None if name is None else pattern(name) for name in names]
    return (
        Measured(
            np.array([name in SUSPICIOUS for name in found], np.bool_),
            np.array([name is not None for name in found], np.bool_),
        ),
        [name for name in found if name is not None],
    )


def _pattern_rows(set_: str, found: list[str]) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = []
    for name in PATTERNS if found else ():
        number = found.count(name)
        low, high = wilson(number, len(found))
        rows.append(
            {"what": name, "set": set_, "accounts": number, "share": number / len(found), "low": low, "high": high}
        )
    return rows


def handle_families(context: Context) -> tuple[Finding, Families]:
    """The share of accounts whose handle is one of a family, and the families."""
    seen, found = _families(context.accounts)
    control = None if context.control is None else _families(context.control)[0]
    sizes = np.bincount(found.family[found.family >= 0], minlength=found.number)
    sequences = int(found.in_sequence.sum())
    more = (
        f" The families number {found.number:,}; the largest has {int(sizes[0]):,} accounts."
        if found.number
        else ""
    )
    if sequences:
        more += f" {count(sequences, 'account')} have successive numbers after the same name."
    words = ShareWords(
        what=f"have a handle that is one of {FAMILY} or more alike",
        missing=f"no handle is known of {count(len(context.accounts), 'account')} (or only its hash)",
        method=(
            f"Alike are handles with the same {STEM} or more letters once digits and underscores are out, and "
            f"handles of {NEAR} or more characters that become equal when at most one character of each is taken "
            f"out; a family is {FAMILY} or more. A sequence is {SEQUENCE} or more successive numbers after the same "
            "beginning. The larger a set, the more families arise by chance: compare with a control of about the "
            "same size."
        ),
        alternatives=(
            "Common names: the larger the set, the more namesakes",
            "Sections of one organisation, or fans of one idol, that name themselves alike",
        ),
        more=more,
    )
    rows = [
        {"family": number + 1, "accounts": int(size), "in_sequence": int(found.in_sequence[found.family == number].sum()),
         "members": [context.accounts.account_id[at] for at in np.flatnonzero(found.family == number)]}
        for number, size in enumerate(sizes)
    ]  # fmt: skip
    schema = pa.schema(
        [
            ("family", pa.int64()),
            ("accounts", pa.int64()),
            ("in_sequence", pa.int64()),
            ("members", pa.list_(pa.string())),
        ]
    )
    finding = share_finding(
        context.population,
        FAMILIES_ID,
        words,
        seen=seen,
        control=control,
        scale=ACCOUNTS_SHOWING,
        result=pa.Table.from_pylist(rows, schema=schema),
    )
    return finding, found


def _families(accounts: Accounts) -> tuple[Measured, Families]:
    names = [readable(handle) for handle in accounts.handle]
    found = families(names)
    return Measured(found.family >= 0, np.array([name is not None for name in names], np.bool_)), found


def name_script(context: Context) -> Finding:
    """The share of accounts whose display name is in a script that their posts' languages are not written in."""
    seen, latin = script_mismatch(context.accounts)
    n_latin = int((latin & seen.examined).sum())
    control = None if context.control is None else script_mismatch(context.control)[0]
    words = ShareWords(
        what="have a display name in a script that the languages of their posts are not written in (Latin names aside)",
        missing="no account has both a display name with letters and own posts whose language the platform states",
        method=(
            "The script of most letters of the display name is held against the scripts of every language that a "
            "tenth or more of the account's own posts are in, as the platform states it. Latin names are counted "
            "apart: they are usual in every language."
        ),
        alternatives=(
            "Migrants, learners and fans who keep a name of one language and write in another",
            "Languages that the platform states wrongly, in short posts above all",
        ),
        more=f" {count(n_latin, 'account has', 'accounts have')} a Latin name above posts in another script."
        if n_latin
        else "",
    )
    return share_finding(context.population, SCRIPT_ID, words, seen=seen, control=control, scale=ACCOUNTS_SHOWING)


def script_mismatch(accounts: Accounts) -> tuple[Measured, Bool]:
    """Display names in another script than the posts' languages, and Latin ones among those."""
    script = [
        main_script(name) if name is not None and readable(name) is not None else None
        for name in accounts.display_name
    ]
    examined = np.array(
        [s is not None and bool(used) for s, used in zip(script, accounts.scripts, strict=True)], np.bool_
    )
    other = np.array([s not in used for s, used in zip(script, accounts.scripts, strict=True)], np.bool_) & examined
    latin = np.array([s == LATIN for s in script], np.bool_)
    return Measured(other & ~latin, examined), other & latin
