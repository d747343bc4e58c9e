"""One block of a covert operation: its accounts, what they post, and the truth about them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from undertow.simulation import blocks
from undertow.simulation.accounts import make_roster
from undertow.simulation.alterations import Copy
from undertow.simulation.blocks import Block, Drafts, Floats, Ints, Objects, Truth, World
from undertow.simulation.copying import assign_families
from undertow.simulation.populations import DAY, MICRO, OrganicHabits, office_times, organic_times
from undertow.simulation.randomness import heavy_tailed, stream
from undertow.simulation.scenario import Operation, Scenario
from undertow.simulation.texts import CAMPAIGN, EVERYDAY, LANGUAGES, NEWS, grammar
from undertow.simulation.workdays import EPOCH, day_number, office_zone, utc_offsets

PREVIOUS_PLACES = {
    "en": ("US", "America/New_York"),
    "zh": ("SG", "Asia/Singapore"),
    "zh-Hant": ("TW", "Asia/Taipei"),
    "ru": ("RU", "Europe/Moscow"),
    "ar": ("EG", "Africa/Cairo"),
    "es": ("MX", "America/Mexico_City"),
    "in": ("ID", "Asia/Jakarta"),
}
"""Where the owner of a previous life lived, by its language."""

PREVIOUS_DAYS = 1100
"""How long before the scenario's first day a previous life may begin."""


@dataclass(frozen=True)
class Cast:
    """The accounts of a block and their roles; one entry each. Days count from the scenario's first."""

    expected: Floats
    language: NDArray[np.int8]
    begin: Ints
    end: Ints
    created: Ints
    batch: Ints
    repurposed: NDArray[np.bool_]
    previous_language: NDArray[np.int8]
    previous_begin: Ints
    previous_end: Ints
    scheduler: NDArray[np.bool_]
    amplifier: NDArray[np.bool_]
    client: NDArray[np.int8]
    operator: Ints
    night: NDArray[np.bool_]


def _date(day: int) -> str:
    return (EPOCH + timedelta(days=day)).isoformat()


def _registrations(
    rng: np.random.Generator, plan: Operation, scenario: Scenario, seed: int, count: int
) -> tuple[Ints, Ints]:
    """Batch of each account (-1: none) and the days of the batches, from the scenario's first."""
    common = stream(seed, "batches")
    days = (scenario.last - scenario.first).days + 1
    when = np.sort(common.choice(np.arange(-300, days // 2), max(1, plan.batch_days), replace=False))
    weights = common.dirichlet(np.full(len(when), 3.0))
    batch = np.where(rng.random(count) < plan.batch_share, rng.choice(len(when), count, p=weights), -1)
    return batch.astype(np.int64), when.astype(np.int64)


def _cast(
    rng: np.random.Generator, plan: Operation, scenario: Scenario, *, seed: int, count: int, posts: float
) -> tuple[Cast, Ints]:
    days = (scenario.last - scenario.first).days + 1
    batch, batch_day = _registrations(rng, plan, scenario, seed, count)
    repurposed = (rng.random(count) < plan.repurposed_share / max(1 - plan.batch_share, 1e-9)) & (batch < 0)
    names = list(plan.languages)
    shares = np.array([plan.languages[name] for name in names])
    codes = np.array([LANGUAGES.index(name) for name in names], dtype=np.int8)
    language = codes[rng.choice(len(names), count, p=shares / shares.sum())]

    latest = max(1, days - 60)
    begin = rng.integers(0, max(1, int(days * 0.7)), count)
    delay = np.maximum(1, rng.lognormal(np.log(15.0), 0.8, count)).astype(np.int64)
    begin = np.where(batch >= 0, batch_day[batch] + delay, begin)
    common = stream(seed, "conversions")
    waves = common.integers(int(days * 0.15), max(int(days * 0.6), int(days * 0.15) + 1), 2)
    wave = waves[rng.integers(0, 2, count)] + rng.integers(-5, 6, count)
    begin = np.where(repurposed & (rng.random(count) < 0.6), wave, begin)
    begin = np.clip(begin, 0, latest)
    life = np.maximum(rng.exponential(days * 0.45, count), 30) + np.where(repurposed, days * 0.2, 0)
    end = np.minimum(begin + life.astype(np.int64), days - 1)

    gap = rng.integers(plan.dormancy[0], plan.dormancy[1] + 1, count)
    previous_end = begin - gap
    previous_begin = np.maximum(previous_end - rng.integers(120, 500, count), -PREVIOUS_DAYS)
    shift = rng.integers(1, len(LANGUAGES), count)
    previous_language = ((language + shift) % len(LANGUAGES)).astype(np.int8)
    chinese = [LANGUAGES.index("zh"), LANGUAGES.index("zh-Hant")]
    both = np.isin(language, chinese) & np.isin(previous_language, chinese)
    previous_language[both] = LANGUAGES.index("es")

    first_day = day_number(scenario.first)
    birth = np.where(repurposed, previous_begin - rng.integers(1, 600, count), begin - rng.integers(1, 900, count))
    birth = np.where(batch >= 0, batch_day[batch], birth)
    zone_shift = 0 if plan.calendar is None else _office_shift(plan.calendar, scenario.first)
    second = np.where(batch >= 0, 9 * 3600 + rng.random(count) * 3 * 3600 - zone_shift, rng.random(count) * DAY)
    created = ((first_day + birth) * DAY + second).astype(np.int64) * MICRO + rng.integers(0, MICRO, count)

    operators = max(1, round(count / plan.habits.accounts_per_operator))
    expected = heavy_tailed(rng, count, posts, plan.spread)
    active = np.maximum(expected, 30.0)
    others = expected[~repurposed].sum()
    spare = max(posts - active[repurposed].sum(), 0.2 * posts)
    expected = np.where(repurposed, active, expected * (spare / others if others > 0 else 1.0))
    main = np.array([blocks.WEB, blocks.ANDROID, blocks.DECK, blocks.POSTER], dtype=np.int8)
    return (
        Cast(
            expected=expected,
            language=language,
            begin=begin,
            end=end,
            created=created,
            batch=batch,
            repurposed=repurposed,
            previous_language=previous_language,
            previous_begin=previous_begin,
            previous_end=previous_end,
            scheduler=rng.random(count) < plan.scheduler_share,
            amplifier=(rng.random(count) < plan.amplifier_share) & ~repurposed,
            client=main[rng.choice(4, count, p=[0.62, 0.18, 0.12, 0.08])],
            operator=rng.integers(0, operators, count),
            night=rng.random(operators) < plan.habits.night_share,
        ),
        batch_day,
    )


def _office_shift(calendar: str, day: date) -> int:
    return int(utc_offsets(office_zone(calendar), day, day)[0])


def _office_drafts(rng: np.random.Generator, plan: Operation, scenario: Scenario, cast: Cast) -> Drafts:
    """What the accounts post as part of the operation, apart from coordinated reposts."""
    zone = "UTC" if plan.calendar is None else office_zone(plan.calendar)
    posts = office_times(
        rng,
        calendar=plan.calendar,
        zone=zone,
        first=scenario.first,
        last=scenario.last,
        expected=cast.expected,
        begin=cast.begin,
        end=cast.end,
        operator=cast.operator,
        night=cast.night,
        habits=plan.habits,
    )
    drafts = Drafts.blank(posts.account.astype(np.int64), posts.time)
    count = len(drafts)
    shares = [plan.repost_share, plan.reply_share, plan.quote_share]
    drafts.kind[:] = rng.choice([1, 2, 3, 0], count, p=[*shares, 1 - sum(shares)])
    drafts.kind[cast.amplifier[drafts.account] & (rng.random(count) < 0.85)] = blocks.REPOST
    drafts.language[:] = cast.language[drafts.account]
    drafts.topic[:] = np.where(
        rng.random(count) < plan.campaign_share, CAMPAIGN, rng.choice([EVERYDAY, NEWS], count)
    )
    strays = rng.random(count) < 0.08
    drafts.client[:] = np.where(strays, rng.integers(0, 4, count), cast.client[drafts.account])
    slotted = cast.scheduler[drafts.account] & (drafts.kind == blocks.ORIGINAL)
    half_hour = 1800 * MICRO
    planned = drafts.time - drafts.time % half_hour + rng.integers(0, 2 * MICRO, count)
    planned = np.maximum(planned, cast.created[drafts.account] + MICRO)
    drafts.time[:] = np.where(slotted, planned, drafts.time)
    drafts.client[slotted] = blocks.RECIPES
    return drafts


def _previous_lives(rng: np.random.Generator, plan: Operation, scenario: Scenario, cast: Cast) -> Drafts:
    """Posts of the repurposed accounts before they changed hands."""
    rows: Ints = np.flatnonzero(cast.repurposed)
    if not len(rows):
        return Drafts.blank(np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64))
    places = [PREVIOUS_PLACES[name] for name in LANGUAGES]
    begin = scenario.first - timedelta(days=PREVIOUS_DAYS)
    posts = organic_times(
        rng,
        zones=[zone for _, zone in places],
        countries=[country for country, _ in places],
        first=begin,
        last=scenario.last,
        expected=np.clip(rng.lognormal(np.log(60.0), 0.6, len(rows)), 30, 500),
        begin=cast.previous_begin[rows] + PREVIOUS_DAYS,
        end=cast.previous_end[rows] + PREVIOUS_DAYS,
        place=cast.previous_language[rows].astype(np.int64),
        habits=OrganicHabits(holiday_response=0.1, activity_spread=0.6, vacation_days=4),
    )
    cleaned = rng.random(len(rows)) < 0.6
    kept = rng.random(len(posts.account)) >= np.where(cleaned, plan.deleted_share, 0.0)[posts.account]
    drafts = Drafts.blank(rows[posts.account[kept]].astype(np.int64), posts.time[kept])
    drafts.life[:] = 1
    drafts.language[:] = cast.previous_language[drafts.account]
    drafts.kind[:] = rng.choice([0, 1, 2], len(drafts), p=[0.6, 0.25, 0.15])
    phones = rng.choice([blocks.ANDROID, blocks.IPHONE], len(cast.begin)).astype(np.int8)
    drafts.client[:] = phones[drafts.account]
    return drafts


def _say_lives(cast: Cast, drafts: Drafts, truth: Truth) -> None:
    """The truth about the repurposed accounts that show both lives: the change is the second life's first post."""
    previous, present = drafts.life == 1, drafts.life == 0
    for account in np.flatnonzero(cast.repurposed).tolist():
        mine = drafts.account == account
        before, after = drafts.time[mine & previous], drafts.time[mine & present]
        language = LANGUAGES[int(cast.previous_language[account])]
        details = {
            "previous_language": grammar(language).code,
            "previous_grammar": language,
            "previous_zone": PREVIOUS_PLACES[language][1],
            "previous_posts": str(len(before)),
            "later_posts": str(len(after)),
        }
        if len(before) and len(after):
            client = int(drafts.client[mine & previous][0])
            details["previous_client"] = blocks.CLIENTS[client]
            details["previous_end"] = blocks.iso(int(before.max()))
            details["dormancy_days"] = str(int((after.min() - before.max()) // (DAY * MICRO)))
            change = blocks.iso(int(after.min()))
            truth.say(account, "repurposed", change, detail=_details(details), valid_from=change)
        else:
            truth.say(account, "repurposed_unseen", "one life only", detail=_details(details))


def _details(values: Mapping[str, str]) -> str:
    return ";".join(f"{key}={value}" for key, value in values.items())


def _amplify(rng: np.random.Generator, cast: Cast, drafts: Drafts, objects: Objects, world: World) -> None:
    """Let the amplifiers' reposts be of officials, about 45 s after the official's post."""
    official = world.official_posts()
    place = np.empty(len(world.time), dtype=np.int64)
    inside = np.flatnonzero(objects.outsider >= 0)
    place[objects.outsider[inside]] = inside
    rows = np.flatnonzero(cast.amplifier[drafts.account] & (drafts.kind == blocks.REPOST))
    times = world.time[official]
    span = 20 * DAY * MICRO
    low = np.searchsorted(times, np.maximum(drafts.time[rows] - span, cast.created[drafts.account[rows]] + MICRO))
    high = np.searchsorted(times, drafts.time[rows])
    picked = low + (rng.random(len(rows)) * (high - low)).astype(np.int64)
    rows, picked = rows[high > low], picked[high > low]
    drafts.source[rows] = place[official[picked]]
    delay = np.minimum(rng.lognormal(np.log(45.0), 0.9, len(rows)), 3600.0) + 1
    drafts.time[rows] = times[picked] + (delay * MICRO).astype(np.int64)


def _groups(
    rng: np.random.Generator,
    plan: Operation,
    cast: Cast,
    *,
    drafts: Drafts,
    objects: Objects,
    truth: Truth,
    prefix: str,
) -> tuple[Drafts, list[str]]:
    """The coordinated reposts, and the names of the groups."""
    count = len(cast.begin)
    free = rng.permutation(np.flatnonzero(~cast.amplifier))[: round(count * plan.group_share)]
    parts: list[Drafts] = []
    names: list[str] = []
    outsiders = np.flatnonzero(objects.outsider >= 0)
    taken = 0
    while taken + plan.group_sizes[0] <= len(free):
        size = min(int(rng.integers(plan.group_sizes[0], plan.group_sizes[1] + 1)), len(free) - taken)
        team = free[taken : taken + size]
        taken += size
        window = int(rng.choice(plan.group_windows))
        from_time = int(cast.created[team].max()) + DAY * MICRO
        moments = drafts.time[np.isin(drafts.account, team) & (drafts.life == 0) & (drafts.time > from_time)]
        if len(moments) < plan.group_events[0]:
            moments = drafts.time[(drafts.time > from_time) & (drafts.life == 0)]
        wanted = int(rng.integers(plan.group_events[0], plan.group_events[1] + 1))
        if len(moments) < wanted:
            continue
        begin = np.sort(rng.choice(moments, wanted, replace=False))
        newest = np.searchsorted(objects.time[outsiders], begin - 5 * MICRO) - 1
        target = outsiders[np.maximum(newest - rng.integers(0, 4, wanted), 0)]
        first_use = np.zeros(wanted, dtype=np.bool_)
        first_use[np.unique(target, return_index=True)[1]] = True
        events = np.flatnonzero(first_use & (objects.time[target] < begin))
        member, event = np.nonzero(rng.random((size, len(events))) < plan.participation)
        offset = (rng.random(len(member)) * window * MICRO).astype(np.int64)
        part = Drafts.blank(team[member], begin[events[event]] + offset)
        part.kind[:] = blocks.REPOST
        part.source[:] = target[events[event]]
        part.language[:] = cast.language[part.account]
        part.client[:] = cast.client[part.account]
        part.group[:] = len(names)
        parts.append(part)
        name = f"{prefix}g{len(names)}"
        names.append(name)
        for account in team.tolist():
            truth.say(account, "co_repost_group", name, detail=f"window_seconds={window};events={len(events)}")
    if not parts:
        return Drafts.blank(np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)), names
    return Drafts.join(parts), names


def _copy(rng: np.random.Generator, plan: Operation, drafts: Drafts) -> tuple[list[Copy], list[str]]:
    rows = np.flatnonzero(
        (drafts.kind == blocks.ORIGINAL) & (drafts.life == 0) & (rng.random(len(drafts)) < plan.copy_share)
    )
    copies, family = assign_families(rng, drafts.time[rows], drafts.language[rows], plan.family_size)
    drafts.family[rows] = family
    drafts.topic[rows] = CAMPAIGN
    kinds = list(plan.alterations)
    weights = np.array([4.0 if kind == "exact" else 1.0 for kind in kinds])
    drawn = rng.choice(len(kinds), len(rows), p=weights / weights.sum()) if kinds else np.zeros(0, dtype=np.int64)
    return copies, [kinds[index] for index in drawn[family >= 0]]


def operation_block(
    scenario: Scenario,
    plan: Operation,
    world: World,
    *,
    seed: int,
    block: int,
    first_number: int,
    accounts: int,
    posts: float,
) -> Block:
    """Block number ``block`` of the operation: ``accounts`` accounts with about ``posts`` posts."""
    rng = stream(seed, "operation", block)
    truth = Truth()
    lives = accounts * plan.repurposed_share * 65
    events = accounts * plan.group_share * sum(plan.group_events) / 2 * plan.participation
    budget = max(posts - lives - events, 0.3 * posts)
    cast, batch_day = _cast(rng, plan, scenario, seed=seed, count=accounts, posts=budget)
    drafts = _office_drafts(rng, plan, scenario, cast)
    drafts = Drafts.join([drafts, _previous_lives(rng, plan, scenario, cast)])
    drafts = drafts.take(drafts.time > cast.created[drafts.account])
    copies, kinds = _copy(rng, plan, drafts)
    objects = blocks.make_objects(rng, drafts, world, 0.3)
    _amplify(rng, cast, drafts, objects, world)
    rows = np.flatnonzero((drafts.kind != blocks.ORIGINAL) & (drafts.source < 0))
    drafts.source[rows] = blocks.choose_objects(rng, objects, drafts, rows)
    orphans = (drafts.kind != blocks.ORIGINAL) & (drafts.source < 0)
    drafts.kind[orphans] = blocks.ORIGINAL
    coordinated, names = _groups(rng, plan, cast, drafts=drafts, objects=objects, truth=truth, prefix=f"{block}-")
    drafts = Drafts.join([drafts, coordinated])
    blocks.repost_once(drafts)
    _say_lives(cast, drafts, truth)
    _describe(plan, scenario, cast, batch_day=batch_day, truth=truth, block=block)
    followers = np.minimum(rng.lognormal(np.log(60.0), 2.0, accounts), 2e6).astype(np.int64)
    roster = make_roster(
        rng,
        seed=seed,
        first_number=first_number,
        parity=0,
        created=cast.created,
        language=cast.language,
        style=np.where(cast.batch >= 0, cast.batch % 3, rng.choice([0, 1, 3], accounts)).astype(np.int8),
        followers=followers,
        hash_below=plan.hash_below,
        empty_profiles=0.7,
    )
    return Block(roster, drafts, objects, copies, kinds, names, truth)


def _describe(
    plan: Operation, scenario: Scenario, cast: Cast, *, batch_day: Ints, truth: Truth, block: int
) -> None:
    """The truth that every account has, and its roles."""
    zone = "UTC" if plan.calendar is None else office_zone(plan.calendar)
    first_day = day_number(scenario.first)
    for account in range(len(cast.begin)):
        truth.say(account, "role", "amplifier" if cast.amplifier[account] else "operator")
        truth.say(account, "calendar", plan.calendar or "none")
        truth.say(account, "time_zone", zone)
        night = bool(cast.night[cast.operator[account]])
        truth.say(
            account, "shift", "night" if night else "day", detail=f"operator={block}-{cast.operator[account]}"
        )
        if cast.batch[account] >= 0:
            truth.say(account, "batch_day", _date(first_day + int(batch_day[cast.batch[account]])))
        if cast.scheduler[account]:
            truth.say(account, "scheduler", "minutes 0 and 30")
