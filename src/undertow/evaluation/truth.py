"""What is known to be true: accounts, groups of accounts, or pairs, from a CSV file."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from undertow.errors import InputError

TRUE_WORDS = frozenset({"1", "true", "yes", "y", "positive", "coordinated"})
FALSE_WORDS = frozenset({"0", "false", "no", "n", "negative", "organic", ""})
SIMULATOR_LABELS = ("co_repost_group", "role=amplifier")
"""What counts as coordinated in the simulator's truth, where nothing else is said."""


@dataclass(frozen=True)
class Truth:
    """Which accounts are known (``accounts``: id -> coordinated or not), their groups, and the pairs known to be true.

    ``pairs`` holds (id, id) with the smaller first: those stated, or all pairs within a group; empty where neither
    groups nor pairs are known.
    """

    accounts: Mapping[str, bool]
    groups: Mapping[str, str] = field(default_factory=dict)
    pairs: frozenset[tuple[str, str]] = frozenset()

    @property
    def n_true(self) -> int:
        """Accounts known to be coordinated."""
        return sum(self.accounts.values())


def read_truth(path: Path, labels: Iterable[str] = ()) -> Truth:
    """The truth in a CSV file, by its columns.

    - the simulator's ``truth.csv`` (``subject_type``, ``subject_id``, ``label``, ``value``): accounts with one of
      ``labels`` (``label`` or ``label=value``; :data:`SIMULATOR_LABELS` by default) are coordinated, the others not;
      accounts with the same ``co_repost_group`` are a group;
    - ``account_a``, ``account_b`` and optionally ``label``: true pairs (and false ones);
    - ``subject_id`` and ``label`` (1 or 0) or ``group`` (empty for none), or both.

    Raises :class:`InputError` for a file that cannot be read so.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            columns = set(reader.fieldnames or ())
            rows = list(reader)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError(
            f"not a CSV file in UTF-8: {error}", where=str(path), todo="give a CSV with a header"
        ) from error
    if {"subject_type", "subject_id", "label", "value"} <= columns:
        truth = _simulated(rows, tuple(labels) or SIMULATOR_LABELS)
    elif {"account_a", "account_b"} <= columns:
        truth = _of_pairs(rows, path)
    elif "subject_id" in columns and ({"label", "group"} & columns):
        truth = _plain(rows, path)
    else:
        raise InputError(
            f"its columns are {', '.join(sorted(columns)) or 'none'}",
            where=str(path),
            todo="give subject_id and label (1 or 0) or group, or account_a and account_b",
        )
    if not truth.n_true or (truth.n_true == len(truth.accounts) and not truth.pairs):
        raise InputError(
            f"{truth.n_true} of {len(truth.accounts)} accounts in it are coordinated: there is nothing to tell apart",
            where=str(path),
            todo="give accounts of both kinds, or another label with --label",
        )
    return truth


def _simulated(rows: list[dict[str, str]], labels: tuple[str, ...]) -> Truth:
    accounts: dict[str, bool] = {}
    groups: dict[str, str] = {}
    for row in rows:
        if row["subject_type"] != "account":
            continue
        name = row["subject_id"]
        fits = row["label"] in labels or f"{row['label']}={row['value']}" in labels
        accounts[name] = accounts.get(name, False) or fits
        if row["label"] == "co_repost_group" and fits:
            groups[name] = row["value"]
    # what the truth calls an outsider has no post of its own
    for row in rows:
        if row["label"] == "role" and row["value"] == "outsider":
            accounts.pop(row["subject_id"], None)
    return Truth(accounts, groups, _within(groups))


def _of_pairs(rows: list[dict[str, str]], path: Path) -> Truth:
    pairs: set[tuple[str, str]] = set()
    accounts: dict[str, bool] = {}
    for number, row in enumerate(rows, start=2):
        one, other = sorted((row["account_a"], row["account_b"]))
        true = _flag(row.get("label", "1"), path, number)
        if true:
            pairs.add((one, other))
        for name in (one, other):
            accounts[name] = accounts.get(name, False) or true
    return Truth(accounts, {}, frozenset(pairs))


def _plain(rows: list[dict[str, str]], path: Path) -> Truth:
    accounts: dict[str, bool] = {}
    groups: dict[str, str] = {}
    for number, row in enumerate(rows, start=2):
        name, group = row["subject_id"], row.get("group", "")
        flagged = _flag(row["label"], path, number) if "label" in row else bool(group)
        accounts[name] = accounts.get(name, False) or flagged
        if group:
            groups[name] = group
    return Truth(accounts, groups, _within(groups))


def _flag(text: str, path: Path, line: int) -> bool:
    word = text.strip().lower()
    if word in TRUE_WORDS:
        return True
    if word in FALSE_WORDS:
        return False
    raise InputError(f"{text!r} is neither true nor false", where=f"{path}, line {line}", todo="write 1 or 0")


def _within(groups: Mapping[str, str]) -> frozenset[tuple[str, str]]:
    members: dict[str, list[str]] = {}
    for name, group in groups.items():
        members.setdefault(group, []).append(name)
    return frozenset(
        (one, other)
        for listed in members.values()
        for place, one in enumerate(sorted(listed))
        for other in sorted(listed)[place + 1 :]
    )
