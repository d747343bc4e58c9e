"""Chance co-action: which pairs co-act on more separate occasions than chance explains.

For each candidate pair the expected number is the sum, over the objects both acted on, of the chance that they did
so within the window; the observed number of separate occasions is held against the Poisson-binomial distribution of
those chances, and Benjamini-Hochberg is run over *all* pairs that share two objects. The formulas, the sources and
the measured limits are in ``docs/explanation/coordination.md``.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from undertow.analyses.coordination.actions import Actions, Bool, Float, Int32, Int64
from undertow.analyses.coordination.chance_model import ChanceModel, ObjectCounts, count_objects, fit_chance
from undertow.analyses.coordination.counting import CoActions, count_co_actions
from undertow.analyses.coordination.elsewhere import without_recurring
from undertow.analyses.coordination.embeddedness import q_values_by_embeddedness
from undertow.analyses.coordination.habit_model import fit_habits
from undertow.analyses.coordination.screening import ROUNDS, beyond_chance, most_partners
from undertow.analyses.coordination.shared_pairs import count_sharing_pairs
from undertow.analyses.coordination.shares import Habits, Shares, features, occasions, shared_rows
from undertow.statistics.multiple_testing import benjamini_hochberg

_ROW_BUDGET = 4_000_000
"""Rows (pair and shared object) looked up or evaluated at a time: bounds the working memory, not the result."""
OCCASION_GAP = 600_000_000
"""Co-actions within ten minutes of each other are one occasion (one sitting, one post with several hashtags)."""
UNSEEN = (0.97895, 0.02, 0.001, 0.00005)
"""Shares of pairs whose hazard is 1, 2, 4 and 8 times what their known habits say, each doubling twenty times rarer. Some
pairs share habits that nobody sees, such as odd hours; over many objects these look like coordination (see the docs)."""
MAX_FLAGGED_SHARE = 0.4
"""Above this share of the accounts flagged, the rest is no longer a sample of chance (measured: see the docs)."""


@dataclass(frozen=True)
class PairTests:
    """Tested pairs, sorted by (left, right): observed against expected.

    ``n_shared``: objects both acted on; ``n_objects``: those with a co-action; ``n_occasions``: separate occasions
    among them, the test's statistic; ``expected``: the sum of chances; ``p_value`` of at least that many occasions;
    ``p_above`` of more (for randomised p-values); ``q_value``: Benjamini-Hochberg over all testable pairs.
    """

    left: Int32
    right: Int32
    n_shared: Int64
    n_objects: Int64
    n_occasions: Int64
    expected: Float
    p_value: Float
    p_above: Float
    q_value: Float

    def __len__(self) -> int:
        return len(self.left)

    def take(self, keep: Bool | Int64) -> PairTests:
        """The pairs where ``keep`` holds, or at these places."""
        return PairTests(*(getattr(self, name)[keep] for name in self.__dataclass_fields__))

    def by_partners(self, n_tested: int, level: float) -> PairTests:
        """The same with q-values given the partners of the two accounts (:mod:`embeddedness`), for calling at ``level``.

        ``n_tested`` is the number of pairs behind the q-values.
        """
        q_value = q_values_by_embeddedness(
            self.left,
            self.right,
            self.p_value,
            self.q_value,
            self.p_value * n_tested,
            self.n_occasions >= 2,
            level=level,
        )
        return replace(self, q_value=q_value)

    def called(self, level: float) -> Bool:
        """Which pairs are beyond chance at this level. Pairs of one occasion never are."""
        return np.asarray((self.n_occasions >= 2) & (self.q_value <= level))

    def expected_false(self, judged: PairTests, n_tested: int, level: float) -> float:
        """How many pairs chance alone would give among those that are called in ``judged``, which is :meth:`by_partners`.

        Of pairs called by themselves: the largest p times the number of tests; of those called by their partners: the
        largest q times their number.
        """
        called, by_itself = judged.called(level), self.q_value <= level
        p_value, q_value = self.p_value[called & by_itself], judged.q_value[called & ~by_itself]
        return float(p_value.max(initial=0.0)) * n_tested + float(q_value.max(initial=0.0)) * len(q_value)

    def randomised(self, generator: np.random.Generator) -> Float:
        """Randomised p-values: exactly uniform where the null is true and its chances are right."""
        return np.asarray(
            self.p_above + generator.random(len(self)) * (self.p_value - self.p_above), dtype=np.float64
        )

    def ratio(self, level: float = 0.95) -> tuple[Float, Float, Float]:
        """Observed over expected, with Garwood's interval for a Poisson count."""
        from scipy.stats import chi2

        tail = (1 - level) / 2
        low = np.where(self.n_occasions > 0, chi2.ppf(tail, 2 * np.maximum(self.n_occasions, 1)) / 2, 0.0)
        high = chi2.ppf(1 - tail, 2 * self.n_occasions + 2) / 2
        return self.n_occasions / self.expected, low / self.expected, high / self.expected


@dataclass(frozen=True)
class CoActionTest:
    """The result: ``tests`` of all candidates, and what they were held against.

    ``edges`` are all pairs that co-acted on at least two objects; ``tests`` those of them that did so on at least two
    separate occasions.

    ``n_tested`` is the number of pairs the p-values are corrected for; ``flagged_share`` the share of the accounts
    that could be tested which the screening took out; ``counts`` the meetings that each object's own speed was learnt
    from (None with a control); ``refusal`` says why chance could not be learnt, or is None. Where there is a refusal,
    no edge is significant.
    """

    tests: PairTests
    edges: CoActions
    level: float
    n_tested: int
    n_accounts_tested: int
    flagged_share: float
    model: ChanceModel
    counts: ObjectCounts | None
    refusal: str | None

    @property
    def significant(self) -> Bool:
        """Which of ``tests`` are called; none where there is a refusal."""
        if self.refusal is not None:
            return np.zeros(len(self.tests), bool)
        return self.tests.by_partners(self.n_tested, self.level).called(self.level)


def co_action_test(
    actions: Actions,
    window: int,
    *,
    control: Actions | None = None,
    apart: Bool | None = None,
    level: float = 0.01,
    occasion_gap: int = OCCASION_GAP,
    max_flagged_share: float = MAX_FLAGGED_SHARE,
    seed: int = 0,
) -> CoActionTest:
    """Pairs that co-act within ``window`` (microseconds, inclusive) beyond chance.

    ``control``: actions of another set (organic, same platform and trace) that supply the chances instead, where
    the set at hand is one operation. ``apart`` (one value an account): accounts that are tested but from which
    chance is not learnt, such as a takedown's among organic ones; nothing is screened out then. ``level`` is the
    false discovery rate; ``seed`` drives the sampling of pairs for the habits' effects and nothing else. Two runs
    on the same input give the same bits.
    """
    shares = Shares.of(actions)
    habits = Habits.of(shares)
    edges = count_co_actions(actions, [window], min_objects=2)[0]
    n_tested = count_sharing_pairs(shares)
    testable = np.zeros(actions.n_accounts, bool)
    shared = shares.object_size[shares.object] > 1
    testable[np.flatnonzero(np.bincount(shares.account[shared], minlength=actions.n_accounts) > 1)] = True
    prepared = _Prepared.of(shares, habits, edges.left, edges.right, window=window, gap=max(occasion_gap, window))
    refusal: str | None = None
    left_out = np.zeros(actions.n_accounts, bool)
    counts: ObjectCounts | None = None
    if control is not None:
        control_shares = Shares.of(control)
        habit_model = fit_habits(control, control_shares, Habits.of(control_shares), window, seed=seed)
        control_counts = count_objects(control, control_shares, window)
        model = fit_chance(control_shares, habit_model, window, counts=control_counts)
        tests = prepared.tested(model, None, n_tested)
    elif apart is not None:
        habit_model = fit_habits(actions, shares, habits, window, left_out=apart, seed=seed)
        counts = count_objects(actions, shares, window, apart)
        model = fit_chance(shares, habit_model, window, counts=counts, left_out=apart)
        tests = prepared.tested(model, counts, n_tested)
    else:
        habit_model = fit_habits(actions, shares, habits, window, seed=seed)
        counts = prepared.without_recurring(count_objects(actions, shares, window), left_out)
        model = fit_chance(shares, habit_model, window, counts=counts)
        most = most_partners(shares)
        for _ in range(ROUNDS):
            screened = prepared.tested(model, counts, n_tested, screening=True)
            newly = beyond_chance(screened, n_tested, int(testable.sum()), most) & ~left_out
            if not newly.any():
                break
            left_out |= newly
            # habits are learnt from all accounts (else the promptest are left out and nobody knows how they meet),
            # only how flagged ones meet each other does not count: a group must not explain itself by its habits
            habit_model = fit_habits(actions, shares, habits, window, flagged=left_out, seed=seed)
            counts = prepared.without_recurring(count_objects(actions, shares, window, left_out), left_out)
            model = fit_chance(shares, habit_model, window, counts=counts, left_out=left_out)
        tests = prepared.tested(model, counts, n_tested)
    flagged_share = float(left_out.sum() / max(int(testable.sum()), 1))
    if control is None and flagged_share > max_flagged_share:
        refusal = (
            f"chance cannot be learnt from these data: {flagged_share:.0%} of the accounts that could be tested "
            f"co-act beyond the chance of the rest (limit {max_flagged_share:.0%}); give a control set"
        )
    return CoActionTest(
        tests=tests,
        edges=edges,
        level=level,
        n_tested=n_tested,
        n_accounts_tested=int(testable.sum()),
        flagged_share=flagged_share,
        model=model,
        counts=counts,
        refusal=refusal,
    )


def evaluate_pairs(
    actions: Actions, test: CoActionTest, left: Int32, right: Int32, *, occasion_gap: int = OCCASION_GAP
) -> PairTests:
    """Any pairs under the chances of ``test``, co-acting or not: for calibration studies."""
    shares = Shares.of(actions)
    window = test.model.window
    gap = max(occasion_gap, window)
    prepared = _Prepared.of(shares, Habits.of(shares), left, right, window=window, gap=gap, least=0)
    return prepared.tested(test.model, test.counts, test.n_tested)


@dataclass(frozen=True)
class _Prepared:
    """What does not change from one fit to the next: rows (compact), features, observed counts.

    Rows are the objects that each pair shares; ``starts`` says where each pair's begin.
    """

    shares: Shares
    left: Int32
    right: Int32
    object: Int32
    cell: NDArray[np.int16]
    x: NDArray[np.float32]
    co_acted: Bool
    n_objects: Int64
    n_occasions: Int64
    starts: Int64

    @classmethod
    def of(
        cls, shares: Shares, habits: Habits, left: Int32, right: Int32, *, window: int, gap: int, least: int = 2
    ) -> _Prepared:
        """The pairs with at least ``least`` occasions (others cannot be called), looked up in bounded pieces."""
        cost = np.cumsum(np.minimum(shares.degree[left], shares.degree[right]))
        n_pieces = int(cost[-1] // _ROW_BUDGET) + 1 if len(cost) else 1
        cuts = np.searchsorted(cost, np.arange(1, n_pieces) * _ROW_BUDGET)
        pieces = []
        for part in np.split(np.arange(len(left)), cuts):
            one, other = left[part], right[part]
            rows = shared_rows(shares, one, other, window)
            n_occasions = occasions(rows, len(part), gap)
            kept = n_occasions >= least
            inside = kept[rows.pair]
            left_share, right_share = rows.left_share[inside], rows.right_share[inside]
            pieces.append(
                (
                    one[kept],
                    other[kept],
                    shares.object[left_share],
                    habits.cells(one, other)[rows.pair[inside]].astype(np.int16),
                    features(shares, habits, left_share, right_share).astype(np.float32),
                    rows.co_acted[inside],
                    np.bincount(rows.pair[rows.co_acted], minlength=len(part)).astype(np.int64)[kept],
                    n_occasions[kept],
                    np.bincount(rows.pair, minlength=len(part)).astype(np.int64)[kept],
                )
            )
        one, other, object_, cell, x, co_acted, n_objects, n_occasions, sizes = (
            np.concatenate(column) for column in zip(*pieces, strict=True)
        )
        starts = np.concatenate((np.zeros(1, np.int64), np.cumsum(sizes, dtype=np.int64)))
        return cls(shares, one, other, object_, cell, x, co_acted, n_objects, n_occasions, starts)

    def without_recurring(self, counts: ObjectCounts, left_out: Bool) -> ObjectCounts:
        """``counts``, which do not have the accounts ``left_out``, without the pairs that meet wherever they go."""
        gone = left_out[self.left] | left_out[self.right]
        return without_recurring(counts, self.object, self.co_acted, self.starts, gone)

    def tested(
        self, model: ChanceModel, counts: ObjectCounts | None, n_tested: int, *, screening: bool = False
    ) -> PairTests:
        """The pairs held against ``model``. *Screening* only asks whom chance should not be learnt from: a group must
        not hide in the speed of its own objects, and nothing unseen is allowed for."""
        from undertow.analyses.coordination.kernel_tails import tails

        chances = np.empty(len(self.object))
        for first in range(0, len(chances), _ROW_BUDGET):
            part = slice(first, first + _ROW_BUDGET)
            chances[part] = self._chances(model, counts, not screening, part)
        pair = np.repeat(np.arange(len(self.left)), np.diff(self.starts))
        expected = np.bincount(pair, weights=chances, minlength=len(self.left)).astype(np.float64)
        p_value, p_above = np.zeros(len(self.left)), np.zeros(len(self.left))
        for share in (1.0,) if screening else UNSEEN:
            p_value += share * tails(chances, self.starts, self.n_occasions)
            p_above += share * tails(chances, self.starts, self.n_occasions + 1)
            chances *= 2.0 - chances  # 1 - (1 - chance)^2: twice the hazard
        return PairTests(
            left=self.left,
            right=self.right,
            n_shared=np.diff(self.starts),
            n_objects=self.n_objects,
            n_occasions=self.n_occasions,
            expected=expected,
            p_value=p_value,
            p_above=p_above,
            q_value=benjamini_hochberg(p_value, tests=n_tested),
        )

    def _chances(self, model: ChanceModel, counts: ObjectCounts | None, own_speed: bool, part: slice) -> Float:
        """The chance of each row."""
        object_ = self.object[part]
        bin_ = model.bin_of(self.shares.object_size[object_])
        return model.chance(
            self._hazards(model, counts, own_speed)[object_],
            self.cell[part].astype(np.int64),
            self.x[part].astype(np.float64),
            bin_,
        )

    def _hazards(self, model: ChanceModel, counts: ObjectCounts | None, own_speed: bool) -> Float:
        """The hazard of each object."""
        bin_ = model.bin_of(self.shares.object_size)
        if counts is None:
            return model.hazard((model.co_acted[bin_] + 1) / (model.pairs[bin_] + 1), bin_)
        # the object itself is left out of its bin: a group that owns an object must not set its own chance
        pairs_o, co_acted_o = counts.pairs, counts.co_acted.astype(np.float64)
        rest = np.maximum(model.pairs[bin_] - pairs_o, 0)
        rate = (np.maximum(model.co_acted[bin_] - co_acted_o, 0) + 1) / (rest + 1)
        if own_speed:
            shape = model.dispersion[bin_]
            rate = (co_acted_o + shape) / (pairs_o + shape / rate)
        return model.hazard(rate, bin_)
