"""One block of the organic control population: ordinary accounts and the hard negatives among them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from undertow.simulation import blocks
from undertow.simulation.accounts import make_roster
from undertow.simulation.alterations import Copy
from undertow.simulation.blocks import Block, Drafts, Ints, Objects, Truth, World
from undertow.simulation.copying import make_story
from undertow.simulation.populations import DAY, MICRO, OfficeHabits, PostTimes, office_times, organic_times
from undertow.simulation.randomness import heavy_tailed, stream
from undertow.simulation.scenario import ORGANIC_KINDS, Organic, Scenario
from undertow.simulation.texts import EVERYDAY, LANGUAGES, NEWS
from undertow.simulation.workdays import day_number, office_zone

KIND = {name: number for number, name in enumerate(ORGANIC_KINDS)}


def _kinds(rng: np.random.Generator, plan: Organic, count: int) -> NDArray[np.int8]:
    shares = [getattr(plan, name) for name in ORGANIC_KINDS[1:]]
    return rng.choice(len(ORGANIC_KINDS), count, p=[1 - sum(shares), *shares]).astype(np.int8)


def _absences(rng: np.random.Generator, kind: NDArray[np.int8], days: int) -> tuple[NDArray[np.bool_], list[str]]:
    """Three to eight weeks of silence, once or twice a year, for the holiday-takers; and the same in words."""
    away = np.zeros((len(kind), days), dtype=np.bool_)
    said = [""] * len(kind)
    for account in np.flatnonzero(kind == KIND["holiday_taker"]).tolist():
        count = max(1, int(rng.poisson(1.5 * days / 365.25)))
        stretches = []
        for start in np.sort(rng.integers(0, max(1, days - 10), count)).tolist():
            length = int(rng.integers(21, 57))
            away[account, start : start + length] = True
            stretches.append(f"{start}+{length}")
        said[account] = "away_days=" + ",".join(stretches)
    return away, said


def _at_work(
    rng: np.random.Generator,
    plan: Organic,
    scenario: Scenario,
    *,
    kind: NDArray[np.int8],
    place: Ints,
    expected: NDArray[np.float64],
) -> list[PostTimes]:
    """Posts of the professionals, who keep their own country's office hours and holidays, each for themselves."""
    days = (scenario.last - scenario.first).days + 1
    found = []
    for index, country in enumerate(plan.languages):
        rows = np.flatnonzero((kind == KIND["professional"]) & (place == index))
        if not len(rows):
            continue
        posts = office_times(
            rng,
            calendar=country,
            zone=office_zone(country),
            first=scenario.first,
            last=scenario.last,
            expected=expected[rows],
            begin=np.zeros(len(rows), dtype=np.int64),
            end=np.full(len(rows), days - 1, dtype=np.int64),
            operator=np.arange(len(rows)),
            night=np.zeros(len(rows), dtype=np.bool_),
            habits=OfficeHabits(compliance=0.8, leave_days=20, self_excitation=0.4),
        )
        found.append(PostTimes(rows[posts.account].astype(np.int32), posts.time))
    return found


def _services(rng: np.random.Generator, scenario: Scenario, rows: Ints, each: float) -> PostTimes:
    """Every few hours on the hour, with a second or two of delay."""
    days = (scenario.last - scenario.first).days + 1
    start = day_number(scenario.first) * DAY
    accounts, times = [], []
    for account in rows.tolist():
        choices = np.array([1, 2, 3, 6, 12, 24, 72, 168])
        hours = int(choices[np.argmin(np.abs(days * 24 / choices - each))])
        ticks = np.arange(int(rng.integers(0, hours)) * 3600, days * DAY, hours * 3600)
        accounts.append(np.full(len(ticks), account))
        times.append((start + ticks) * MICRO + rng.integers(0, 2 * MICRO, len(ticks)))
    if not accounts:
        return PostTimes(np.zeros(0, dtype=np.int32), np.zeros(0, dtype=np.int64))
    return PostTimes(np.concatenate(accounts).astype(np.int32), np.concatenate(times))


def _early_and_fans(
    rng: np.random.Generator, kind: NDArray[np.int8], drafts: Drafts, objects: Objects, created: Ints
) -> None:
    """Always-early accounts repost within about 30 s; fans repost what their star posted, within minutes."""
    inside = np.flatnonzero(objects.outsider >= 0)
    early = np.flatnonzero((kind[drafts.account] == KIND["always_early"]) & (drafts.kind == blocks.REPOST))
    fans = np.flatnonzero((kind[drafts.account] == KIND["fan"]) & (drafts.kind != blocks.REPLY))
    drafts.source[early] = blocks.choose_objects(rng, objects, drafts, early)
    early = early[drafts.source[early] >= 0]
    stars = np.flatnonzero(objects.popularity[inside] > np.quantile(objects.popularity[inside], 0.9))
    star_rows = inside[stars]
    newest = np.searchsorted(objects.time[star_rows], drafts.time[fans])
    reach = np.minimum(newest, 40)
    fans, newest, reach = fans[reach > 0], newest[reach > 0], reach[reach > 0]
    chosen = star_rows[newest - 1 - (rng.random(len(fans)) * reach).astype(np.int64)]
    fine = (objects.time[chosen] > created[drafts.account[fans]]) & (rng.random(len(fans)) < 0.7)
    fine &= drafts.kind[fans] == blocks.REPOST
    fans, chosen = fans[fine], chosen[fine]
    drafts.source[fans] = chosen
    for rows, median, spread in ((early, 30.0, 0.7), (fans, 300.0, 1.0)):
        delay = rng.lognormal(np.log(median), spread, len(rows)) + 1
        drafts.time[rows] = objects.time[drafts.source[rows]] + (delay * MICRO).astype(np.int64)


def _language_of(
    rng: np.random.Generator, plan: Organic, drafts: Drafts, *, kind: NDArray[np.int8], place: Ints, moved: Ints
) -> None:
    names = list(plan.languages.values())
    first = np.array([LANGUAGES.index(known[0]) for known in names], dtype=np.int8)
    other = np.array([LANGUAGES.index(known[-1]) for known in names], dtype=np.int8)
    other = np.where(other == first, LANGUAGES.index("es"), other).astype(np.int8)
    share = np.full(len(kind), 0.03)
    share[kind == KIND["bilingual"]] = rng.uniform(0.2, 0.6, int((kind == KIND["bilingual"]).sum()))
    of_post = share[drafts.account]
    of_post = np.where(
        (kind[drafts.account] == KIND["migrant"]) & (drafts.time >= moved[drafts.account]), 0.4, of_post
    )
    second = rng.random(len(drafts)) < of_post
    drafts.language[:] = np.where(second, other[place[drafts.account]], first[place[drafts.account]])


def _wire(rng: np.random.Generator, kind: NDArray[np.int8], drafts: Drafts, created: Ints) -> list[Copy]:
    """Publishers' originals carry wire stories: the same headline and link within ten minutes."""
    rows = np.flatnonzero((kind[drafts.account] == KIND["publisher"]) & (drafts.kind == blocks.ORIGINAL))
    stories = len(rows) // 3
    if not stories:
        return []
    start = np.sort(rng.choice(drafts.time[rows], stories, replace=False))
    near = np.searchsorted(start, drafts.time[rows]) - 1 + rng.integers(0, 2, len(rows))
    picked = np.clip(near, 0, stories - 1)
    # Each publisher carries a story once.
    nobody = np.zeros(len(rows), dtype=np.bool_)
    fresh = blocks.first_of_each(drafts.account[rows], picked, drafts.time[rows], nobody)
    fresh &= start[picked] > created[drafts.account[rows]]
    rows, picked = rows[fresh], picked[fresh]
    drafts.family[rows] = picked
    drafts.time[rows] = start[picked] + (rng.gamma(2.0, 90.0, len(rows)) * MICRO).astype(np.int64)
    drafts.client[rows] = blocks.WIRE
    drafts.topic[rows] = NEWS
    spoken = np.zeros(stories, dtype=np.int8)
    spoken[picked] = drafts.language[rows]
    drafts.language[rows] = spoken[picked]
    return [make_story(rng, LANGUAGES[int(code)]) for code in spoken]


def organic_block(
    scenario: Scenario,
    plan: Organic,
    world: World,
    *,
    seed: int,
    block: int,
    first_number: int,
    accounts: int,
    posts: float,
) -> Block:
    """Block number ``block`` of the control population: ``accounts`` accounts with about ``posts`` posts."""
    rng = stream(seed, "organic", block)
    truth = Truth()
    days = (scenario.last - scenario.first).days + 1
    kind = _kinds(rng, plan, accounts)
    place = rng.integers(0, len(plan.languages), accounts)
    service = kind == KIND["service"]
    served = _services(rng, scenario, np.flatnonzero(service), posts / accounts)
    expected = heavy_tailed(rng, accounts, posts, plan.spread)
    expected *= max(posts - len(served.time), 0.2 * posts) / max(expected[~service].sum(), 1e-9)
    begin = np.where(rng.random(accounts) < 0.6, 0, rng.integers(0, max(1, days // 2), accounts))
    end = np.where(rng.random(accounts) < 0.6, days - 1, rng.integers(days // 2, days, accounts))
    moved_day = rng.integers(days // 4, max(days // 4 + 1, 3 * days // 4), accounts)
    start = day_number(scenario.first) * DAY * MICRO
    moved = start + moved_day * DAY * MICRO
    created = start - rng.integers(1, 2000 * DAY, accounts) * MICRO
    created = np.where(
        begin > 0, start + begin * DAY * MICRO - rng.integers(1, 400 * DAY, accounts) * MICRO, created
    )

    away, away_said = _absences(rng, kind, days)
    zones = [office_zone(country) for country in plan.languages]
    by_hand = np.isin(kind, [KIND["professional"], KIND["service"]])
    new_place = (place + 1 + rng.integers(0, max(1, len(zones) - 1), accounts)) % len(zones)
    shared = stream(seed, "news")
    migrant = np.flatnonzero(kind == KIND["migrant"])
    rows = np.concatenate([np.arange(accounts), migrant])
    row_place = np.concatenate([place, new_place[migrant]])
    row_begin = np.concatenate([begin, moved_day[migrant]])
    row_end = np.concatenate(
        [np.where(kind == KIND["migrant"], np.maximum(moved_day - 1, begin), end), end[migrant]]
    )
    row_expected = np.where(by_hand, 0.0, expected) * np.where(kind == KIND["migrant"], 0.5, 1.0)
    row_expected = np.concatenate([row_expected, expected[migrant] * 0.5])
    lived = organic_times(
        rng,
        zones=zones,
        countries=list(plan.languages),
        first=scenario.first,
        last=scenario.last,
        expected=row_expected,
        begin=row_begin,
        end=row_end,
        place=row_place,
        habits=plan.habits,
        away=away[rows],
        shared=shared,
    )
    times = [PostTimes(rows[lived.account].astype(np.int32), lived.time)]
    times += _at_work(rng, plan, scenario, kind=kind, place=place, expected=expected)
    times.append(served)
    drafts = Drafts.blank(np.concatenate([t.account for t in times]), np.concatenate([t.time for t in times]))
    drafts = drafts.take(drafts.time > created[drafts.account])
    count = len(drafts)
    shares = [plan.repost_share, plan.reply_share, plan.quote_share]
    drafts.kind[:] = rng.choice([1, 2, 3, 0], count, p=[*shares, 1 - sum(shares)])
    drafts.kind[kind[drafts.account] == KIND["service"]] = blocks.ORIGINAL
    fans = kind[drafts.account] == KIND["fan"]
    drafts.kind[fans & (rng.random(count) < 0.5)] = blocks.REPOST
    drafts.topic[:] = rng.choice([EVERYDAY, NEWS], count, p=[0.75, 0.25])
    main = rng.choice([blocks.ANDROID, blocks.IPHONE, blocks.WEB, blocks.DECK], accounts, p=[0.4, 0.3, 0.25, 0.05])
    strays = rng.random(count) < 0.1
    drafts.client[:] = np.where(strays, rng.integers(0, 3, count), main[drafts.account])
    drafts.client[kind[drafts.account] == KIND["service"]] = blocks.SERVICE
    _language_of(rng, plan, drafts, kind=kind, place=place, moved=moved)
    copies = _wire(rng, kind, drafts, created)
    objects = blocks.make_objects(rng, drafts, world, 0.5)
    _early_and_fans(rng, kind, drafts, objects, created)
    open_rows = np.flatnonzero((drafts.kind != blocks.ORIGINAL) & (drafts.source < 0))
    drafts.source[open_rows] = blocks.choose_objects(rng, objects, drafts, open_rows)
    drafts.kind[(drafts.kind != blocks.ORIGINAL) & (drafts.source < 0)] = blocks.ORIGINAL
    blocks.repost_once(drafts)
    for account in range(accounts):
        name = ORGANIC_KINDS[int(kind[account])]
        truth.say(account, "role", "organic")
        truth.say(account, "kind", name, detail=away_said[account])
        truth.say(account, "time_zone", zones[int(place[account])])
        if name == "migrant":
            truth.say(
                account, "moved", blocks.iso(int(moved[account])), detail=f"to={zones[int(new_place[account])]}"
            )
    first = np.array([LANGUAGES.index(known[0]) for known in plan.languages.values()], dtype=np.int8)
    roster = make_roster(
        rng,
        seed=seed,
        first_number=first_number,
        parity=1,
        created=created,
        language=first[place],
        style=rng.choice([0, 3, 3, 3], accounts).astype(np.int8),
        followers=np.minimum(rng.lognormal(np.log(250.0), 1.7, accounts), 2e6).astype(np.int64),
        hash_below=plan.hash_below,
        empty_profiles=0.25,
    )
    kinds = ["exact"] * int((drafts.family >= 0).sum())
    return Block(roster, drafts, objects, copies, kinds, [], truth)
