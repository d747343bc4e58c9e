"""The whole study of a set of posts: every trace counted and tested, the traces combined, the groups found.

Nothing here speaks to people: findings, tables and pictures are made from the :class:`Study`.
"""

from __future__ import annotations

import importlib
import logging
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from undertow.analyses.coordination.actions import Actions, Bool, Int64
from undertow.analyses.coordination.chance import CoActionTest, PairTests, co_action_test
from undertow.analyses.coordination.combine import AccountIndicator, FusedPairs, account_indicator, combined
from undertow.analyses.coordination.counting import pair_counts
from undertow.analyses.coordination.groups import Groups, find_groups
from undertow.analyses.coordination.plan import NO_SELECTION, Planned, raised
from undertow.analyses.coordination.selection_candidates import Selection, selection_of
from undertow.analyses.coordination.shares import Shares
from undertow.analyses.coordination.traces import Settings, Trace, TraceActions, build
from undertow.engines.engine import Engine
from undertow.engines.steps import Step, register
from undertow.errors import UndertowError
from undertow.statistics.multiple_testing import benjamini_hochberg

_log = logging.getLogger(__name__)

TRACES_AT_A_TIME = 2

ACCOUNTS = register(
    Step(
        name="coordination.accounts",
        inputs=("posts",),
        sql="""
            SELECT platform, account_id, COUNT(*) AS posts
            FROM posts
            WHERE account_id IS NOT NULL
            GROUP BY platform, account_id
        """,
        output=pa.schema([("platform", pa.string()), ("account_id", pa.string()), ("posts", pa.int64())]),
    )
)


@dataclass(frozen=True)
class Population:
    """The accounts: ``keys`` are platform and id joined by a NUL, sorted; ``posts`` counts each one's posts."""

    keys: pa.Array
    platforms: tuple[str, ...]
    ids: tuple[str, ...]
    posts: Int64

    @classmethod
    def of(cls, engine: Engine) -> Population:
        """The accounts with posts in scope."""
        rows = engine.run(ACCOUNTS)
        keys = pc.binary_join_element_wise(rows["platform"], rows["account_id"], "\0").combine_chunks()
        order = pc.sort_indices(keys)
        rows = rows.take(order)
        return cls(
            keys=keys.take(order),
            platforms=tuple(rows["platform"].to_pylist()),
            ids=tuple(rows["account_id"].to_pylist()),
            posts=rows["posts"].to_numpy(),
        )

    def __len__(self) -> int:
        return len(self.ids)

    @cached_property
    def _several(self) -> bool:
        """Whether the accounts are of more than one platform."""
        return len(set(self.platforms)) > 1

    def pair(self, one: int, other: int) -> dict[str, object]:
        """The columns of tables that name a pair."""
        return {
            "platform_a": self.platforms[one],
            "account_a": self.ids[one],
            "platform_b": self.platforms[other],
            "account_b": self.ids[other],
        }

    def listed(self, accounts: Iterable[int]) -> dict[str, object]:
        """The columns of tables that name several accounts: their platforms, and in the same order their ids."""
        numbers = list(accounts)
        return {
            "platforms": [self.platforms[account] for account in numbers],
            "members": [self.ids[account] for account in numbers],
        }

    def shown(self, account: int) -> str:
        """An account as people name it: its id, after its platform where there are several. Not for tables: their
        columns of accounts hold ids alone, so that one account has one pseudonym everywhere."""
        return self.named(self.platforms[account], self.ids[account])

    def named(self, platform: str, account_id: str) -> str:
        """The account with this id as people name it."""
        return f"{platform}:{account_id}" if self._several else account_id


@dataclass(frozen=True)
class WindowStudy:
    """One trace at one window: how many pairs of actions were looked at, and the test."""

    window_s: float
    looked_at: int
    test: CoActionTest


@dataclass(frozen=True)
class TraceStudy:
    """One trace: its actions, the tests at each window, and the test of all windows together.

    ``tests`` are the pairs with two separate occasions at some window, ``called`` those that chance does not explain, with
    q-values given their partners, and ``false`` how many of these chance alone would give; ``lifted`` the windows asked
    for that were below the times' precision; ``reason`` says why nothing was tested.
    """

    trace: Trace
    found: TraceActions
    windows: tuple[WindowStudy, ...]
    tests: PairTests
    n_tested: int
    called: PairTests
    false: float
    lifted: tuple[float, ...]
    looked_at: int
    selection: Selection | None
    reason: str | None

    @property
    def name(self) -> str:
        """The trace's name."""
        return self.trace.name

    @property
    def widest_s(self) -> float:
        """The widest window tested, in seconds (0 where none was)."""
        return max((each.window_s for each in self.windows), default=0.0)

    @property
    def refusal(self) -> str | None:
        """Why chance could not be learnt, where it could not."""
        return next((each.test.refusal for each in self.windows if each.test.refusal), None)


@dataclass(frozen=True)
class Study:
    """Everything found: traces, the pairs of all traces together, and the groups among the called pairs.

    ``called`` says which pairs of ``pairs`` are beyond chance, ``false`` how many of them chance alone would give;
    ``p_value`` is that of nobody coordinating at all.
    """

    population: Population
    traces: tuple[TraceStudy, ...]
    pairs: FusedPairs
    false: float
    p_value: float
    called: Bool
    indicator: AccountIndicator
    groups: Groups
    level: float
    controlled: bool

    @property
    def tested(self) -> tuple[TraceStudy, ...]:
        """The traces with a test that gave an answer."""
        return tuple(each for each in self.traces if each.windows and each.refusal is None)

    @property
    def left(self) -> Int64:
        """Smaller account of each called pair."""
        return self.pairs.left[self.called].astype(np.int64)

    @property
    def right(self) -> Int64:
        """Larger account of each called pair."""
        return self.pairs.right[self.called].astype(np.int64)

    @property
    def keys(self) -> Int64:
        """The called pairs as one ascending number each: left * number of accounts + right."""
        return self.left * max(len(self.population), 1) + self.right

    @property
    def network(self) -> Int64:
        """The accounts with a called pair, ascending."""
        return np.unique(np.concatenate((self.left, self.right)))


@dataclass(frozen=True)
class Control:
    """An organic set that supplies the chances: its engine, accounts, and settings of the traces."""

    engine: Engine
    population: Population
    settings: Settings


def study(
    engine: Engine,
    plan: Sequence[Planned],
    *,
    settings: Settings,
    level: float,
    max_pairs: int,
    control: Control | None = None,
    seed: int = 0,
) -> Study:
    """Count, test, combine and group. Two runs on the same posts give the same bits."""
    population = Population.of(engine)
    _import_what_threads_use()
    with ThreadPoolExecutor(TRACES_AT_A_TIME) as pool:  # most of it is NumPy's, which works without Python's lock
        traces = tuple(
            pool.map(lambda item: _trace(item, engine, population, settings, level, max_pairs, control, seed), plan)
        )
    able = [each for each in traces if each.windows and each.refusal is None]
    together = combined([each.tests for each in able], [each.n_tested for each in able], len(population), level)
    pairs = together.pairs
    called = (pairs.q_value <= level) & (pairs.occasions >= 2)
    groups = find_groups(
        pairs.left[called],
        pairs.right[called],
        pairs.occasions[called].astype(np.float64),
        len(population),
        seed=seed,
    )
    return Study(
        population=population,
        traces=traces,
        pairs=pairs,
        false=together.false,
        p_value=together.p_value,
        called=called,
        indicator=account_indicator(pairs, len(population), level=level),
        groups=groups,
        level=level,
        controlled=control is not None,
    )


def _import_what_threads_use() -> None:
    """Two threads that import parts of one package at the same time can meet a part that is half made."""
    for name in ("scipy.optimize", "scipy.sparse.csgraph", "undertow.analyses.coordination.kernel_tails"):
        importlib.import_module(name)


def _trace(
    item: Planned,
    engine: Engine,
    population: Population,
    settings: Settings,
    level: float,
    max_pairs: int,
    control: Control | None,
    seed: int,
) -> TraceStudy:
    found = build(item.trace, engine, settings, population.keys)
    actions = found.actions
    precision = found.coarsest_s
    others: Actions | None = None
    if control is not None:
        elsewhere = build(item.trace, control.engine, control.settings, control.population.keys)
        others, precision = elsewhere.actions, max(precision, elsewhere.coarsest_s)
    windows_s = raised(item.windows_s, precision)
    widest = max(windows_s, default=0.0)
    looked_at = int(pair_counts(actions, _us(widest)).sum()) if item.trace.timed else 0
    reason = None
    if not len(actions):
        reason = "there are no such actions"
    elif not item.trace.timed:
        reason = "it has no moments to compare, only what was chosen"
    elif looked_at > max_pairs:
        reason = (
            f"{looked_at:,} pairs of actions lie within {widest:g} s, more than the {max_pairs:,} that the setting "
            "max_pairs allows: choose a smaller window, or allow more"
        )
    elif others is not None and not len(others):
        reason = "the control set has no such actions, so that it cannot say what chance does"
    _log.info("%s: %d actions, %d pairs of actions to look at", item.trace.name, len(actions), looked_at)
    tests: list[WindowStudy] = []
    for window_s in windows_s if reason is None else ():
        test = co_action_test(actions, _us(window_s), control=others, level=level, seed=seed)
        looked = int(pair_counts(actions, _us(window_s)).sum())
        tests.append(WindowStudy(window_s, looked, test))
    n_tested = max((each.test.n_tested for each in tests), default=0)
    together = across_windows([each.test.tests for each in tests], n_tested)
    refused = any(each.test.refusal for each in tests)
    judged = together.by_partners(n_tested, level)
    called = np.zeros(len(judged), bool) if refused else judged.called(level)
    return TraceStudy(
        trace=found.trace,
        found=found,
        windows=tuple(tests),
        tests=together,
        n_tested=n_tested,
        called=judged.take(called),
        false=0.0 if refused else together.expected_false(judged, n_tested, level),
        lifted=tuple(asked for asked in item.windows_s if asked not in windows_s),
        looked_at=looked_at,
        selection=_selection(item.trace, actions, level),
        reason=reason,
    )


def _selection(trace: Trace, actions: Actions, level: float) -> Selection | None:
    if trace.name in NO_SELECTION or not len(actions):
        return None
    try:
        return selection_of(Shares.of(actions), level=level)
    except UndertowError as error:  # the configuration model did not settle: the finding says so
        return Selection(None, 0, error.what)


def _us(seconds: float) -> int:
    return round(seconds * 1_000_000)


def _no_tests() -> PairTests:
    ints, whole, real = np.zeros(0, np.int32), np.zeros(0, np.int64), np.zeros(0)
    return PairTests(ints, ints, whole, whole, whole, real, real, real, real)


def across_windows(tests: Sequence[PairTests], n_tested: int) -> PairTests:
    """The pairs with at least two separate occasions at some window; p is K times the smallest of K windows.

    The counts are those of the window with the smallest p (the narrower one at a tie). Who met on one occasion
    only, such as one viral object, is not among them. q-values are over ``n_tested`` pairs.
    """
    if not tests:
        return _no_tests()
    repeated = [test.take(test.n_occasions >= 2) for test in tests]
    stacked = PairTests(
        *(np.concatenate([getattr(test, name) for test in repeated]) for name in PairTests.__dataclass_fields__)
    )
    window = np.repeat(np.arange(len(tests)), [len(test) for test in repeated])
    order = np.lexsort((window, stacked.p_value, stacked.right, stacked.left))
    stacked = stacked.take(order)
    first = np.ones(len(stacked), bool)
    first[1:] = (stacked.left[1:] != stacked.left[:-1]) | (stacked.right[1:] != stacked.right[:-1])
    best = stacked.take(first)
    p_value = np.minimum(best.p_value * len(tests), 1.0)
    return PairTests(
        best.left,
        best.right,
        best.n_shared,
        best.n_objects,
        best.n_occasions,
        best.expected,
        p_value,
        np.minimum(best.p_above * len(tests), 1.0),
        benjamini_hochberg(p_value, tests=n_tested),
    )


__all__ = ["Control", "Population", "Study", "TraceStudy", "WindowStudy", "study"]
