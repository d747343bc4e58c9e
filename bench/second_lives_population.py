"""Accounts with and without second lives, written independently of ``undertow simulate``: one person a life.

A person has a rhythm (sessions with log-normal gaps), hours around a centre, languages, a client, own topics and own
partners (Zipf), and shares the week's news with everybody. A life is a person for some time; an account is one life or
several. Nothing here knows how the analysis looks at accounts. ``KINDS`` lists what is planted and what only looks like it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from undertow.schema import ACCOUNT_COUNTERS, ACCOUNTS, POSTS
from undertow.text import text_key

DAY = 86_400_000_000
START = 16_800 * DAY  # 2015-12-31
SPAN = 1_200  # days

SENTENCES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "en": ("the evening train was late again and nobody knew why", "what a quiet morning by the river this is"),
        "es": (
            "el mercado abre muy temprano los domingos por la mañana",
            "hoy llueve mucho y no quiero salir de casa",
        ),
        "pt": ("a praia estava cheia de gente no fim de semana", "não consigo dormir com este calor todo"),
        "tr": ("bugün hava çok güzel ve herkes sahilde yürüyor", "akşam yemeğinde ne pişireceğimi bilmiyorum"),
        "id": ("pagi ini jalan menuju kantor macet sekali", "makan malam bersama keluarga selalu menyenangkan"),
        "ru": ("сегодня утром поезд опять опоздал на полчаса", "вечером пойдём гулять вдоль реки с друзьями"),
        "ar": ("كان الطقس جميلا اليوم في المدينة القديمة", "سنذهب إلى السوق مع العائلة غدا"),
        "zh": ("今天早上的火车又晚点了大家都很着急", "周末我们一起去河边散步吧天气真好"),
    }
)
"""Sentences by language, made up; enough letters for a detector."""

CLIENTS = ("Phone One", "Phone Two", "Web", "Desk", "Old App", "New App")


@dataclass(frozen=True)
class Person:
    """Who writes: sessions a day, centre of the day's hours (UTC), shares of languages and clients, topics, partners."""

    rate: float
    centre: float
    languages: Mapping[str, float]
    clients: Mapping[str, float]
    topics: tuple[str, ...]
    partners: tuple[str, ...]
    width: float = 3.0
    phase_days: int = 0
    """Days for which a language is kept; 0: drawn anew in each session."""


@dataclass(frozen=True)
class Life:
    """A person from one day to another."""

    person: Person
    first: float
    last: float
    kept: float = 1.0
    """Share of its posts that were not deleted."""


@dataclass(frozen=True)
class Account:
    """An account: its kind, its lives, and the days on which it changed hands."""

    kind: str
    lives: tuple[Life, ...]
    changes: tuple[float, ...] = ()
    emptied: float | None = None
    """The day on which its counter fell to nothing, where that was seen."""
    renamed: float | None = None


Rng = np.random.Generator


def somebody(rng: Rng, language: str | None = None) -> Person:
    """A person with one language, one client with a few strays, and everything else drawn."""
    spoken = language or str(rng.choice(list(SENTENCES)))
    main = str(rng.choice(CLIENTS[:4]))
    return Person(
        rate=float(np.clip(rng.lognormal(np.log(0.25), 0.7), 0.05, 2.0)),
        centre=float(rng.uniform(0, 24)),
        languages={spoken: 0.97, "en" if spoken != "en" else "es": 0.03},
        clients={main: 0.9, str(rng.choice(CLIENTS[:4])): 0.1},
        topics=tuple(f"{spoken}topic{n}" for n in rng.choice(400, 12, replace=False)),
        partners=tuple(f"p{n}" for n in rng.choice(50_000, 15, replace=False)),
    )


def _other_language(rng: Rng, person: Person) -> str:
    return str(rng.choice([name for name in SENTENCES if name not in person.languages]))


def _whole(person: Person) -> tuple[Life, ...]:
    return (Life(person, 0, SPAN),)


def ordinary(rng: Rng) -> Account:
    return Account("ordinary", _whole(somebody(rng)))


def bilingual(rng: Rng) -> Account:
    one = somebody(rng)
    share = float(rng.uniform(0.25, 0.75))
    first = next(iter(one.languages))
    mixed = replace(one, languages={first: share, _other_language(rng, one): 1 - share})
    return Account("bilingual", _whole(replace(mixed, phase_days=int(rng.choice([0, 0, 7, 30])))))


def abroad(rng: Rng) -> Account:
    """Half a year in another country and mostly another language, then home again."""
    one = somebody(rng)
    away = replace(
        one,
        centre=(one.centre + float(rng.uniform(4, 12))) % 24,
        languages={next(iter(one.languages)): 0.3, _other_language(rng, one): 0.7},
        partners=one.partners[:10] + tuple(f"a{n}" for n in rng.choice(50_000, 6)),
    )
    first = float(rng.uniform(300, 600))
    return Account("abroad", (Life(one, 0, first), Life(away, first, first + 180), Life(one, first + 180, SPAN)))


def holidays(rng: Rng) -> Account:
    one = somebody(rng)
    ends = np.sort(rng.uniform(100, SPAN - 100, 3))
    gaps = rng.uniform(20, 60, 3)
    lives, begin = [], 0.0
    for end, gap in zip(ends, gaps, strict=True):
        if end > begin + 20:
            lives.append(Life(one, begin, float(end)))
            begin = float(end + gap)
    return Account("holidays", (*lives, Life(one, begin, SPAN)))


def mover(rng: Rng) -> Account:
    """Moves for good after a pause of weeks: other hours, partly another language, some new partners."""
    one = somebody(rng)
    moved = replace(
        one,
        centre=(one.centre + float(rng.uniform(4, 12))) % 24,
        languages={next(iter(one.languages)): 0.6, _other_language(rng, one): 0.4},
        partners=one.partners[:9] + tuple(f"m{n}" for n in rng.choice(50_000, 6)),
    )
    day = float(rng.uniform(300, 800))
    return Account("mover", (Life(one, 0, day), Life(moved, day + float(rng.uniform(5, 60)), SPAN)))


def new_phone(rng: Rng) -> Account:
    one = somebody(rng)
    other = str(rng.choice([name for name in CLIENTS[:4] if name not in one.clients]))
    day = float(rng.uniform(200, 1000))
    return Account("new_phone", (Life(one, 0, day), Life(replace(one, clients={other: 1.0}), day, SPAN)))


def forced_update(rng: Rng) -> Account:
    """Everybody\u2019s old app stops on one day; some were silent around it."""
    one = replace(somebody(rng), clients={"Old App": 1.0})
    quiet = float(rng.uniform(0, 120)) if rng.random() < 0.3 else 0.0
    return Account(
        "forced_update",
        (Life(one, 0, 600 - quiet / 2), Life(replace(one, clients={"New App": 1.0}), 600 + quiet / 2, SPAN)),
    )


def returner(rng: Rng) -> Account:
    """Comes back after a year with a new phone, half of the topics new, most partners old."""
    one = somebody(rng)
    back = replace(
        one,
        clients={str(rng.choice([name for name in CLIENTS[:4] if name not in one.clients])): 1.0},
        topics=one.topics[:6] + tuple(f"new{n}" for n in rng.choice(400, 6, replace=False)),
        partners=one.partners[:10] + tuple(f"r{n}" for n in rng.choice(50_000, 5)),
    )
    day = float(rng.uniform(250, 500))
    return Account("returner", (Life(one, 0, day), Life(back, day + float(rng.uniform(200, 400)), SPAN)))


def seasonal(rng: Rng) -> Account:
    """Other topics every half year, as sports and series have them."""
    one = somebody(rng)
    lives = [
        Life(
            replace(one, topics=tuple(f"season{part}x{n}" for n in rng.choice(400, 12, replace=False))),
            part * 200,
            part * 200 + 200,
        )
        for part in range(6)
    ]
    return Account("seasonal", tuple(lives))


def rebrand(rng: Rng) -> Account:
    """A name and topics change on one day; language, hours, client and partners stay."""
    one = somebody(rng)
    day = float(rng.uniform(300, 900))
    new = replace(one, topics=tuple(f"brand{n}" for n in rng.choice(400, 12, replace=False)))
    return Account("rebrand", (Life(one, 0, day), Life(new, day, SPAN)), renamed=day)


def two_hands(rng: Rng) -> Account:
    """Two people with their own clients, hours and topics, all the time."""
    one, other = somebody(rng, "en"), somebody(rng, "en")
    one = replace(one, clients={"Web": 1.0})
    other = replace(other, clients={"Phone One": 1.0}, centre=(one.centre + 9) % 24)
    return Account("two_hands", (Life(one, 0, SPAN), Life(other, 0, SPAN)))


def _office(rng: Rng, language: str) -> Person:
    clients = {str(rng.choice(["Web", "Desk"])): 0.95, "Phone One": 0.05}
    return replace(somebody(rng, language), centre=5.0, width=2.0, clients=clients)


def repurposed(rng: Rng) -> Account:
    """Grown by one person, silent, then run by another in another language; often emptied in part."""
    one = somebody(rng)
    new = _office(rng, _other_language(rng, one))
    day = float(rng.uniform(200, 500))
    pause = float(rng.uniform(60, 400))
    kept = 0.4 if rng.random() < 0.5 else 1.0
    return Account("repurposed", (Life(one, 0, day, kept), Life(new, day + pause, SPAN)), changes=(day + pause,))


def same_language(rng: Rng) -> Account:
    """As repurposed, within one language."""
    one = somebody(rng)
    new = replace(_office(rng, next(iter(one.languages))), centre=(one.centre + float(rng.uniform(6, 12))) % 24)
    new = replace(new, clients={str(rng.choice([name for name in CLIENTS[:4] if name not in one.clients])): 1.0})
    day = float(rng.uniform(200, 500))
    return Account("same_language", (Life(one, 0, day), Life(new, day + 150, SPAN)), changes=(day + 150,))


def stolen(rng: Rng) -> Account:
    """Taken over night: no pause."""
    one = somebody(rng)
    new = replace(
        _office(rng, _other_language(rng, one)),
        centre=(one.centre + float(rng.uniform(6, 12))) % 24,
        clients={str(rng.choice([name for name in CLIENTS[:4] if name not in one.clients])): 1.0},
    )
    day = float(rng.uniform(300, 900))
    return Account("stolen", (Life(one, 0, day), Life(new, day, SPAN)), changes=(day,))


def short_second_life(rng: Rng) -> Account:
    """Three weeks of heavy use after the pause."""
    one = somebody(rng)
    new = replace(_office(rng, _other_language(rng, one)), rate=6.0)
    day = float(rng.uniform(200, 500))
    return Account("short_second_life", (Life(one, 0, day), Life(new, day + 200, day + 221)), changes=(day + 200,))


def emptied(rng: Rng) -> Account:
    """Nearly all posts of the first life deleted, and its counter seen to fall; the language stays."""
    one = somebody(rng)
    new = replace(_office(rng, next(iter(one.languages))), centre=(one.centre + float(rng.uniform(6, 12))) % 24)
    day = float(rng.uniform(300, 600))
    return Account(
        "emptied", (Life(one, 0, day, 0.5), Life(new, day + 90, SPAN)), changes=(day + 90,), emptied=day + 89
    )


PLANTED: Mapping[str, Callable[[Rng], Account]] = MappingProxyType(
    {kind.__name__: kind for kind in (repurposed, same_language, stolen, short_second_life, emptied)}
)
HARMLESS: Mapping[str, Callable[[Rng], Account]] = MappingProxyType(
    {
        kind.__name__: kind
        for kind in (
            ordinary, bilingual, abroad, holidays, mover, new_phone, forced_update, returner, seasonal, rebrand, two_hands,
        )
    }
)  # fmt: skip
KINDS = (*PLANTED, *HARMLESS)


@dataclass
class _Rows:
    account: list[int] = field(default_factory=list)
    time: list[int] = field(default_factory=list)
    language: list[str] = field(default_factory=list)
    client: list[str] = field(default_factory=list)
    text: list[str] = field(default_factory=list)
    hashtags: list[list[str]] = field(default_factory=list)
    partners: list[list[str]] = field(default_factory=list)


_ZIPF = np.cumsum(1 / np.arange(1, 13)) / np.sum(1 / np.arange(1, 13))
_ZIPF_PARTNERS = np.cumsum(1 / np.arange(1, 16)) / np.sum(1 / np.arange(1, 16))


def _live(rng: Rng, life: Life, number: int, rows: _Rows) -> None:
    one = life.person
    sessions = max(3, int(1.6 * one.rate * (life.last - life.first)))
    gaps = rng.lognormal(0, 1.0, sessions)
    when = life.first + np.cumsum(gaps) / (gaps.mean() * one.rate)
    when = when[when < life.last]
    day = np.floor(when)
    hour = (one.centre + rng.normal(0, one.width, len(day))) % 24
    languages, clients = list(one.languages), list(one.clients)
    chances = np.cumsum(list(one.languages.values()))
    draw = rng.random(len(day))
    if one.phase_days:
        phase = (day // one.phase_days).astype(int)
        draw = rng.random(int(phase.max(initial=0)) + 1)[phase]
    spoken = np.minimum(np.searchsorted(chances, draw), len(languages) - 1)
    used = np.minimum(
        np.searchsorted(np.cumsum(list(one.clients.values())), rng.random(len(day))), len(clients) - 1
    )
    for session in range(len(day)):
        for part in range(int(rng.integers(1, 4))):
            if rng.random() >= life.kept:
                continue
            at = (
                START
                + int((day[session] * 24 + hour[session]) * 3600e6)
                + part * int(rng.integers(60, 900)) * 1_000_000
            )
            a, b, c, d, e = rng.random(5)
            tags = []
            if a < 0.45:
                tags.append(one.topics[min(int(np.searchsorted(_ZIPF, b)), len(one.topics) - 1)])
            if c < 0.1:
                tags.append(f"news{int(day[session] // 7)}")
            met = []
            if d < 0.5:
                met.append(one.partners[min(int(np.searchsorted(_ZIPF_PARTNERS, e)), len(one.partners) - 1)])
            elif d < 0.6:
                met.append(f"stranger{int(rng.integers(10**6))}")
            sentence = SENTENCES[languages[spoken[session]]]
            rows.account.append(number)
            rows.time.append(at)
            rows.language.append(languages[spoken[session]])
            rows.client.append(clients[used[session]])
            rows.text.append(f"{sentence[int(rng.integers(len(sentence)))]} {int(rng.integers(10**6))}")
            rows.hashtags.append(tags)
            rows.partners.append(met)


def population(seed: int, shares: Mapping[str, float], accounts: int) -> list[Account]:
    """``accounts`` accounts of the kinds in ``shares``."""
    rng = np.random.default_rng([seed, 77])
    kinds = rng.choice(list(shares), accounts, p=np.array(list(shares.values())) / sum(shares.values()))
    makers = {**PLANTED, **HARMLESS}
    return [makers[kind](np.random.default_rng([seed, number])) for number, kind in enumerate(kinds)]


def shares(planted: float) -> dict[str, float]:
    """A share of planted accounts of all kinds; half of the others ordinary, the rest of the other harmless kinds."""
    other = [name for name in HARMLESS if name != "ordinary"]
    each = {"repurposed": 0.6, "same_language": 0.1, "stolen": 0.1, "short_second_life": 0.1, "emptied": 0.1}
    return (
        {name: planted * part for name, part in each.items()}
        | {"ordinary": (1 - planted) / 2}
        | {name: (1 - planted) / 2 / len(other) for name in other}
    )


def write(folder: Path, made: list[Account], seed: int) -> tuple[dict[str, list[Path]], dict[int, int]]:
    """The accounts as the tables of a case in ``folder``, which is what an engine reads; and the truth.

    The truth is the time of the first post after the change, by the number of the account, where both lives left posts.
    """
    folder.mkdir(parents=True, exist_ok=True)
    rows = _Rows()
    for number, account in enumerate(made):
        rng = np.random.default_rng([seed, number, 1])
        for life in account.lives:
            _live(rng, life, number, rows)
    count = len(rows.time)
    names = pa.array([f"account{number:06d}" for number in rows.account])
    columns = {
        "platform": pa.array(["synthetic"] * count),
        "post_id": pa.array([str(number) for number in range(count)]),
        "account_id": names,
        "created_at": pa.array(rows.time, pa.timestamp("us", tz="UTC")),
        "time_precision": pa.array(["s"] * count),
        "kind": pa.array(["original"] * count),
        "text": pa.array(rows.text),
        "text_key": pa.array([text_key(text) for text in rows.text]),
        "language": pa.array(rows.language),
        "client": pa.array(rows.client),
        "hashtags": pa.array(rows.hashtags, pa.list_(pa.string())),
        "mentioned_handles": pa.array(rows.partners, pa.list_(pa.string())),
        "id_quality": pa.array(["exact"] * count),
        "source_id": pa.array(["synthetic"] * count),
        "source_row": pa.array(range(count), pa.int64()),
    }
    tables = {"posts": _table(POSTS.arrow, columns, count), **_seen(made, rows)}
    files = {}
    for name, table in tables.items():
        files[name] = [folder / f"{name}.parquet"]
        pq.write_table(table, files[name][0])
    return files, _first_posts(made, rows)


def _first_posts(made: list[Account], rows: _Rows) -> dict[int, int]:
    times: dict[int, list[int]] = {}
    for number, time in zip(rows.account, rows.time, strict=True):
        times.setdefault(number, []).append(time)
    truth = {}
    for number, account in enumerate(made):
        for change in account.changes:
            later = [time for time in times.get(number, []) if time >= START + change * DAY]
            if later and len(later) < len(times[number]):
                truth[number] = min(later)
    return truth


def _table(schema: pa.Schema, columns: Mapping[str, pa.Array], count: int) -> pa.Table:
    arrays = [
        columns[part.name].cast(part.type) if part.name in columns else pa.nulls(count, part.type)
        for part in schema
    ]
    return pa.Table.from_arrays(arrays, schema=pa.schema([part.with_nullable(True) for part in schema]))


def _seen(made: list[Account], rows: _Rows) -> dict[str, pa.Table]:
    """Counters at each post and profiles on each active day, for accounts that were emptied or renamed."""
    counters: list[tuple[str, int, int]] = []
    states: list[tuple[str, int, str]] = []
    by_account: dict[int, list[int]] = {}
    for number, time in zip(rows.account, rows.time, strict=True):
        by_account.setdefault(number, []).append(time)
    for number, account in enumerate(made):
        name, posts = f"account{number:06d}", 400
        if account.emptied is None and account.renamed is None:
            continue
        fell = False
        for time in sorted(by_account.get(number, [])):
            day = (time - START) / DAY
            if account.emptied is not None and day >= account.emptied and not fell:
                posts, fell = 0, True
            posts += 1
            counters.append((name, time, posts))
            renamed = account.renamed is not None and day >= account.renamed
            states.append((name, time, "new name" if renamed else "old name"))
    return {
        "account_counters": _table(
            ACCOUNT_COUNTERS.arrow,
            {
                "platform": pa.array(["synthetic"] * len(counters), pa.string()),
                "account_id": pa.array([row[0] for row in counters], pa.string()),
                "observed_at": pa.array([row[1] for row in counters], pa.timestamp("us", tz="UTC")),
                "posts": pa.array([row[2] for row in counters], pa.int64()),
            },
            len(counters),
        ),
        "accounts": _table(
            ACCOUNTS.arrow,
            {
                "platform": pa.array(["synthetic"] * len(states), pa.string()),
                "account_id": pa.array([row[0] for row in states], pa.string()),
                "observed_at": pa.array([row[1] for row in states], pa.timestamp("us", tz="UTC")),
                "display_name": pa.array([row[2] for row in states], pa.string()),
            },
            len(states),
        ),
    }
