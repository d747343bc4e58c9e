"""The history of one account, for ``undertow explain --history``: its lives, the tests, and the chain of events."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from undertow.analyses import base
from undertow.analyses.account_histories import Parameters
from undertow.analyses.account_histories.changes import ASPECTS
from undertow.analyses.account_histories.context import moment
from undertow.analyses.account_histories.describing import Life, described
from undertow.analyses.account_histories.lives import Lives
from undertow.analyses.account_histories.study import Study, study
from undertow.case import Case
from undertow.errors import UsageError


@dataclass(frozen=True)
class AspectThere:
    """An aspect at the account's strongest moment: p-value and effect; both None where it was not examined."""

    aspect: str
    p_value: float | None
    effect: float | None


@dataclass(frozen=True)
class History:
    """One account: whether it is ``called``, its lives, its strongest moment (None: too few days) and the aspects there,
    and the events (time in microseconds, kind, words)."""

    account_id: str
    called: bool
    lives: tuple[Life, ...]
    strongest: int | None
    pause_days: float | None
    aspects: tuple[AspectThere, ...]
    events: tuple[tuple[int, str, str], ...]

    def to_json(self) -> Mapping[str, Any]:
        """JSON-ready values."""
        return {
            "account_id": self.account_id,
            "called": self.called,
            "strongest_moment": None if self.strongest is None else moment(self.strongest).isoformat(),
            "pause_days": self.pause_days,
            "aspects": [dict(each.__dict__) for each in self.aspects],
            "lives": [
                {**life.__dict__, "first": moment(life.first).isoformat(), "last": moment(life.last).isoformat()}
                for life in self.lives
            ],
            "events": [
                {"at": moment(at).isoformat(), "event": kind, "words": words} for at, kind, words in self.events
            ],
        }


def history(case: Case, name: str) -> History:
    """The history of the account with this id or handle, among all accounts of the case.

    Raises :class:`UsageError` for an account that has no post in the case.
    """
    parameters = Parameters(**base.prepared_settings(case, "account_histories", {}))  # type: ignore[arg-type]
    with base.open_engine(case, parameters) as engine:
        result = study(engine, parameters.rule)
        account = _number(case, result, name)
        lives = tuple(life for life in result.histories if life.account == account)
        if not lives:
            lives = tuple(described(engine, result.found, _one_life(result, account)))
    row = np.flatnonzero(result.changes.moments.account == account)
    at = result.found.days.first[result.changes.moments.row[row]]
    return History(
        account_id=str(result.found.account_id[account].as_py()),
        called=bool(np.isin(account, result.accounts)),
        lives=lives,
        strongest=int(at[0]) if len(row) else None,
        pause_days=float(result.changes.moments.pause[row[0]]) if len(row) else None,
        aspects=tuple(_there(result, int(row[0]), place) for place in range(len(ASPECTS))) if len(row) else (),
        events=tuple((each.at, each.kind, each.words) for each in result.events if each.account == account),
    )


def _there(result: Study, row: int, place: int) -> AspectThere:
    p_value, effect = float(result.changes.p_value[row, place]), float(result.changes.effect[row, place])
    known = not np.isnan(p_value)
    return AspectThere(ASPECTS[place], p_value if known else None, effect if known else None)


def _one_life(result: Study, account: int) -> Lives:
    start = result.found.days.start
    one = np.ones(1, dtype=np.int64)
    return Lives(one * account, start[account : account + 1], start[account + 1 : account + 2], one)


def _number(case: Case, result: Study, name: str) -> int:
    ids = result.found.account_id.to_pylist()
    wanted = {each for each in ids if each.casefold() == name.casefold()} if name not in ids else {name}
    if not wanted:
        found = case.query(
            "SELECT DISTINCT account_id FROM accounts WHERE lower(handle) = lower($name)",
            {"name": name.lstrip("@")},
        )
        wanted = set(found["account_id"].to_pylist())
    places = [place for place, each in enumerate(ids) if each in wanted and result.found.days.per_account[place]]
    if not places:
        raise UsageError(
            f"no account with the id or handle {name!r} has a dated post in the case",
            where="--history",
            todo="see the ids with: undertow show CASE account_histories.second_lives --json",
        )
    return places[0]
