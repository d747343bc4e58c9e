"""What chance means for a shared text: both tests are calibrated, agree with slow definitions, and see what was planted."""

from __future__ import annotations

import math
from collections import Counter, defaultdict

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from undertow.analyses.text_families.chance import against_set
from undertow.analyses.text_families.commonness import log_at_least
from undertow.analyses.text_families.families import find_families
from undertow.analyses.text_families.guards import tokens
from undertow.analyses.text_families.kernel_chance import log_poisson_tail
from undertow.analyses.text_families.phrases import CARRIED, RUNS, Core, Phrases
from undertow.analyses.text_families.posts import OwnPosts
from undertow.analyses.text_families.timing import AROUND, MOST_ANCHORS, WINDOWS, together

DAY = 86_400_000_000


def own_posts(texts: list[str], account: np.ndarray, times: list[int | None]) -> OwnPosts:
    ids = [f"p{n:06d}" for n in range(len(texts))]
    return OwnPosts(
        platforms=["board"] * len(texts),
        ids=ids,
        account=account.astype(np.int64),
        accounts=tuple(f"board\0a{n}" for n in range(int(account.max()) + 1)),
        times=times,
        texts=list(texts),
        tags=[None] * len(texts),
        links=[()] * len(texts),
        reposts=0,
    )


def probed(posts: OwnPosts) -> tuple[list[np.ndarray], np.ndarray, np.ndarray, np.ndarray]:
    """The families of two accounts or more (indices of posts), and p of wording, times and both."""
    found = find_families(posts.texts)
    family = found.family_of_post
    numbers, groups = [], []
    for number in range(len(found.families)):
        mine = np.flatnonzero(family == number)
        if len(np.unique(posts.account[mine])) >= 2:
            numbers.append(number)
            groups.append(mine)
    pairs = np.unique(found.text_of_post * (posts.account.max() + 1) + posts.account)
    users = np.bincount(pairs // (posts.account.max() + 1), minlength=len(found.texts))
    languages = [None] * len(posts)
    chance = against_set(found, posts, languages, numbers, groups, users=users, others=np.zeros_like(users))
    return groups, np.exp(chance.wording), np.exp(chance.times), np.exp(chance.both)


def phrased(rng: np.random.Generator, count: int, choices: int) -> list[str]:
    """Posts of five phrases of one to three words, each one of so many ``choices`` (who, does what, where ...): many come
    out alike, and every phrase stands in many posts."""
    parts = [
        [
            " ".join("".join(rng.choice(list("abdegiklmnoprstu"), int(n))) for n in rng.integers(3, 9, int(words)))
            for words in rng.integers(1, 4, choices)
        ]
        for _ in range(5)
    ]
    drawn = [rng.choice(part, count) for part in parts]
    return [" ".join(row) for row in zip(*(column.tolist() for column in drawn), strict=True)]


@pytest.mark.parametrize("choices", [10, 14])
def test_nothing_is_called_where_accounts_only_use_the_same_phrases(choices: int) -> None:
    """Posts strung together from phrases, at any time: p-values are conservative, and none survives correction."""
    p_values: list[float] = []
    texts = 0
    for seed in range(4):
        rng = np.random.default_rng([11, choices, seed])
        account = np.sort(rng.integers(0, 400, 1500))
        times = rng.integers(0, 300 * DAY, 1500).tolist()
        posts = own_posts(phrased(rng, 1500, choices), account, times)
        groups, _, _, both = probed(posts)
        assert len(groups) >= 50
        assert both.min() * len(set(posts.texts)) > 0.01
        p_values += both.tolist()
        texts += len(set(posts.texts))  # a text without a family has a p-value of 1
    for alpha in (0.01, 0.05):
        tolerance = 3.3 * math.sqrt(alpha * (1 - alpha) / texts)
        assert sum(p <= alpha for p in p_values) / texts <= alpha + tolerance


def test_words_that_nobody_else_puts_in_this_order_are_seen() -> None:
    rng = np.random.default_rng(4)
    texts = phrased(rng, 1500, 14)
    fresh = "a lantern bridge was opened by nobody at all"
    for k in range(6):
        texts[20 * k] = fresh
    posts = own_posts(texts, np.repeat(np.arange(150), 10), rng.integers(0, 300 * DAY, 1500).tolist())
    groups, wording, _, both = probed(posts)
    (of_fresh,) = [n for n, group in enumerate(groups) if 0 in group]
    assert wording[of_fresh] < 1e-9
    assert both[of_fresh] == pytest.approx(2 * wording[of_fresh])


def test_words_posted_together_are_seen_and_spread_out_they_are_not() -> None:
    rng = np.random.default_rng(5)
    account = np.repeat(np.arange(150), 10)
    times = rng.integers(0, 300 * DAY, 1500)
    burst, spread = np.arange(0, 400, 40), np.arange(5, 405, 40)
    times[burst] = 150 * DAY + np.arange(10) * 600_000_000
    found = together(account, times.tolist(), ["en"] * 1500, [burst, spread])
    assert found.log_p[0] < math.log(1e-12)
    assert (found.window[0], found.accounts[0]) in ((3_600, 7), (86_400, 10))
    assert found.log_p[1] > math.log(0.05)


@pytest.mark.parametrize("communities", [1, 4])
def test_the_test_of_times_is_calibrated(communities: int) -> None:
    """Accounts with weeks of activity of their own, in communities that each have years and phrases of their own;
    families drawn from the posts of a community whenever they were."""
    p_values = []
    for seed in range(4):
        rng = np.random.default_rng([12, communities, seed])
        account = np.sort(rng.integers(0, 240, 6000))
        community = account % communities
        begin = 500 * community + rng.integers(0, 60, 240)[account]
        hour = rng.choice(24, 6000, p=np.array([1] * 12 + [3] * 12) / 48)
        times = (
            (begin + rng.gamma(2.0, 12, 6000).astype(int)) * DAY
            + hour * DAY // 24
            + rng.integers(0, DAY // 24, 6000)
        )
        families = []
        for _ in range(400):
            mine = np.flatnonzero(community == rng.integers(communities))
            families.append(np.sort(rng.choice(mine, int(rng.integers(2, 40)), replace=False)))
        p_values += np.exp(together(account, times.tolist(), [None] * 6000, families).log_p).tolist()
    for alpha in (0.01, 0.05, 0.2):
        tolerance = 3.3 * math.sqrt(alpha * (1 - alpha) / len(p_values))
        assert np.mean(np.array(p_values) <= alpha) <= alpha + tolerance


def slow_together(account: list[int], times: list[int | None], language: list[str], family: list[int]) -> float:
    """The same, as the module's docstring says it."""
    spoken = Counter(language[p] for p in family if times[p] is not None)
    if not spoken:
        return 0.0
    most = min(spoken, key=lambda name: (-spoken[name], name))
    pool = [when for when, name in zip(times, language, strict=True) if when is not None and name == most]
    posts = sorted((account[p], when) for p in family if (when := times[p]) is not None)
    best = 0.0
    for who, when in posts:
        near, far = when - AROUND * 1_000_000, when + AROUND * 1_000_000
        for window in WINDOWS:
            last = when + window * 1_000_000
            chance = max(1, sum(when <= t <= last for t in pool)) / max(1, sum(near <= t <= far for t in pool))
            mean, count = 0.0, 0
            for other in {b for b, _ in posts} - {who}:
                mine = [t for b, t in posts if b == other]
                mean += min(1.0, sum(near <= t <= far for t in mine) * min(1.0, chance))
                count += any(when <= t <= last for t in mine)
            best = min(best, log_poisson_tail(count, mean))
    return min(0.0, best + math.log(len(posts) * len(WINDOWS)))


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_times_agree_with_the_slow_definition(data: st.DataObject) -> None:
    hours = st.integers(0, 900).map(lambda h: h * 1_800_000_000 * 4)
    times = data.draw(st.lists(st.none() | hours, min_size=4, max_size=30))
    account = data.draw(st.lists(st.integers(0, 5), min_size=len(times), max_size=len(times)))
    language = data.draw(st.lists(st.sampled_from(["en", "zh"]), min_size=len(times), max_size=len(times)))
    family = data.draw(st.lists(st.integers(0, len(times) - 1), min_size=2, max_size=MOST_ANCHORS, unique=True))
    found = together(np.array(account), times, language, [np.array(sorted(family))])
    assert found.log_p[0] == pytest.approx(slow_together(account, times, language, family), abs=1e-9)


def slow_hardest(texts: list[str], weights: list[int], core: Core) -> float:
    """The bound on the probability of a core's hardest passage, from counters."""
    sequences = [["<", *tokens(text), ">"] for text in texts]
    out = set(core.left_out.tolist())
    alone: Counter[str] = Counter()
    for n, sequence in enumerate(sequences):
        for word in sequence:
            alone[word] += 0 if n in out else weights[n]
    vocabulary = len({word for sequence in sequences for word in sequence} | {"<", ">"})
    counts: dict[int, Counter[tuple[str, ...]]] = {k: Counter() for k in RUNS}
    kinds: dict[tuple[str, ...], set[str]] = defaultdict(set)
    followed: Counter[tuple[str, ...]] = Counter()
    for n, sequence in enumerate(sequences):
        for k in RUNS:
            for at in range(len(sequence) - k + 1):
                run = tuple(sequence[at : at + k])
                counts[k][run] += 0 if n in out else weights[n]
                followed[run[:-1]] += 0 if n in out else weights[n]
                if weights[n]:
                    kinds[run[:-1]].add(run[-1])
    medoid = sequences[core.text]
    best, at = 0.0, 0
    while at < len(medoid):
        if not core.fixed[at]:
            at += 1
            continue
        end, ride = at, at
        total = 0.0
        while end < len(medoid) and core.fixed[end]:
            word = medoid[end]
            p = (alone[word] + 1) / (sum(alone.values()) + vocabulary + 1)
            if not alone[word]:
                p = 1 / (sum(weights) + 1)
            free = end < ride
            if not free and not alone[word]:
                ride = end + 1 + CARRIED
            if word in "<>" or free:
                p = 1.0
            for k in RUNS:
                run = tuple(medoid[max(at, end - k + 1) : end + 1])
                if len(run) == k and followed[run[:-1]] > 0.5:
                    c = followed[run[:-1]]
                    back = min(1.0, 0.75 * len(kinds[run[:-1]]) / c)
                    p = min(1.0, max(counts[k][run] - 0.75, 0) / c + back * p)
            total += math.log(p)
            end += 1
        best = min(best, total + 2 * math.log(len(medoid) - (end - at) + 1))
        at = end
    return best


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_passages_agree_with_the_slow_definition(data: st.DataObject) -> None:
    words = st.lists(st.sampled_from("abcd"), min_size=1, max_size=12).map(" ".join)
    texts = sorted(set(data.draw(st.lists(words, min_size=2, max_size=8))))
    weights = data.draw(st.lists(st.integers(0, 4), min_size=len(texts), max_size=len(texts)))
    cores = []
    for text in data.draw(st.lists(st.integers(0, len(texts) - 1), min_size=1, max_size=3)):
        size = len(tokens(texts[text])) + 2
        fixed = np.array(data.draw(st.lists(st.booleans(), min_size=size, max_size=size)))
        others = data.draw(st.lists(st.integers(0, len(texts) - 1), unique=True))
        cores.append(Core(text, fixed, np.array(sorted({text, *others}), np.int64)))
    found = Phrases(texts, np.array(weights)).hardest(cores)
    for place, core in enumerate(cores):
        assert found.log_probability[place] == pytest.approx(slow_hardest(texts, weights, core), abs=1e-9)
        assert core.fixed[found.first[place] : found.last[place]].all()


def test_a_phrase_that_others_use_costs_its_share() -> None:
    fresh = "a passage that nobody else has ever put in this order"
    texts = sorted({*phrased(np.random.default_rng(8), 3000, 8), fresh})
    model = Phrases(texts, np.ones(len(texts), np.int64))

    def chance(text: str, last: int) -> float:
        """Of the first ``last`` words, beginning included, but for the places they may take."""
        fixed = np.arange(len(tokens(text)) + 2) < last
        number = texts.index(text)
        found = model.hardest([Core(number, fixed, np.array([number]))]).log_probability[0]
        return math.exp(found) / (len(fixed) - last + 1) ** 2

    for text in texts[:200:20]:
        if text != fresh:
            words = tokens(text)
            share = sum(other.startswith(" ".join([*words[:4], ""])) for other in texts if other != text) / len(
                texts
            )
            assert share / 4 < chance(text, 5) < 2 * share + 1e-3
    assert chance(fresh, len(tokens(fresh)) + 2) < 1e-9


@pytest.mark.parametrize(("count", "mean"), [(1, 1e-9), (3, 0.2), (12, 4.0), (200, 90.0), (2, 1e-30)])
def test_tails_of_poisson_variables(count: int, mean: float) -> None:
    from scipy.stats import poisson

    exact = float(poisson.logsf(count - 1, mean))
    assert log_poisson_tail(count, mean) == pytest.approx(exact, rel=1e-6)
    assert log_poisson_tail(count, mean) >= exact - 1e-12


def test_where_the_bound_does_not_hold_there_is_no_evidence() -> None:
    assert log_poisson_tail(4, 3.5) == 0.0
    assert log_poisson_tail(0, 0.0) == 0.0
    assert log_at_least(np.array([0, 5]), np.array([-60.0, 0.0]), np.full(10, 3)).tolist() == [0.0, 0.0]
