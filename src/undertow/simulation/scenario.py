"""What a simulation contains: the operation, the organic control population, and their presets."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from types import MappingProxyType
from typing import NoReturn

from undertow.errors import UsageError, did_you_mean
from undertow.simulation.alterations import ALTERATIONS
from undertow.simulation.populations import OfficeHabits, OrganicHabits
from undertow.simulation.texts import LANGUAGES
from undertow.simulation.workdays import office_zone


def _no_grammar(name: str) -> NoReturn:
    raise UsageError(f"there is no grammar for the language {name!r}", todo=did_you_mean(name, LANGUAGES))


def _check_shares(owner: object, names: Iterable[str]) -> None:
    for name in names:
        value = getattr(owner, name)
        if not 0 <= value <= 1:
            raise UsageError(f"{name} must lie between 0 and 1, not {value}", where="simulate")


@dataclass(frozen=True, kw_only=True)
class Operation:
    """A covert operation. Shares are of its accounts unless they say otherwise."""

    accounts: int
    posts: int
    calendar: str | None = "CN"
    """ISO 3166 code of the office's country; None: weekends only."""
    habits: OfficeHabits = field(default_factory=OfficeHabits)
    languages: Mapping[str, float] = field(
        default_factory=lambda: {"zh": 0.45, "zh-Hant": 0.15, "en": 0.25, "ru": 0.08, "es": 0.07}
    )
    spread: float = 1.6
    """Standard deviation of the log number of posts of an account."""
    batch_share: float = 0.35
    """Accounts that were registered in batches."""
    batch_days: int = 6
    repurposed_share: float = 0.02
    """Accounts with a previous life."""
    dormancy: tuple[int, int] = (60, 500)
    """Days between the two lives, at least and at most."""
    deleted_share: float = 0.3
    """Share of the previous life's posts that were deleted before the takedown (where any were)."""
    scheduler_share: float = 0.03
    amplifier_share: float = 0.06
    """Accounts that mostly repost the officials, quickly."""
    group_share: float = 0.05
    """Accounts in co-reposting groups."""
    group_sizes: tuple[int, int] = (5, 20)
    group_windows: tuple[int, ...] = (10, 30, 60, 180, 600)
    """Seconds; each group has one of them."""
    group_events: tuple[int, int] = (6, 14)
    participation: float = 0.85
    """Probability that a member takes part in an event of its group."""
    copy_share: float = 0.25
    """Share of the original posts that are copies of a family's text."""
    family_size: float = 12.0
    """Expected copies of a family."""
    alterations: tuple[str, ...] = tuple(ALTERATIONS)
    repost_share: float = 0.3
    """Share of an ordinary account's posts."""
    reply_share: float = 0.12
    quote_share: float = 0.02
    campaign_share: float = 0.6
    """Share of the own posts that push the campaign; the others are cover."""
    hash_below: int = 5000
    """Ids of accounts with fewer followers are hashed; 0: none is."""

    def __post_init__(self) -> None:
        _check_shares(
            self,
            [name for name in vars(self) if name.endswith("_share") or name == "participation"],
        )
        if self.calendar is not None:
            office_zone(self.calendar)
        for name in self.languages:
            if name not in LANGUAGES:
                raise UsageError(
                    f"there is no grammar for the language {name!r}", todo=did_you_mean(name, LANGUAGES)
                )
        for kind in self.alterations:
            if kind not in ALTERATIONS:
                raise UsageError(f"no alteration is called {kind!r}", todo=did_you_mean(kind, ALTERATIONS))


@dataclass(frozen=True, kw_only=True)
class Organic:
    """An organic control population: who lives in it. Shares are of its accounts."""

    accounts: int
    posts: int
    habits: OrganicHabits = field(default_factory=lambda: OrganicHabits(holiday_response=0.1))
    languages: Mapping[str, tuple[str, ...]] = field(
        default_factory=lambda: {
            "US": ("en", "es"),
            "GB": ("en",),
            "MX": ("es", "en"),
            "RU": ("ru", "en"),
            "TW": ("zh-Hant", "en"),
            "SG": ("zh", "en"),
            "EG": ("ar", "en"),
            "ID": ("in", "en"),
        }
    )
    """Country -> its languages, the first the commoner."""
    spread: float = 1.6
    bilingual: float = 0.08
    holiday_taker: float = 0.06
    """Accounts that are silent for weeks once or twice a year."""
    fan: float = 0.05
    publisher: float = 0.02
    """Accounts that share the same wire stories within minutes, through the same client."""
    always_early: float = 0.03
    professional: float = 0.08
    """Accounts that post at work: office hours, their country's holidays."""
    migrant: float = 0.02
    """Accounts whose owner moves to another country, time zone and (partly) language."""
    service: float = 0.01
    """Declared automatic services, such as hourly weather."""
    repost_share: float = 0.35
    reply_share: float = 0.25
    quote_share: float = 0.04
    hash_below: int = 5000

    def __post_init__(self) -> None:
        for country, names in self.languages.items():
            office_zone(country)
            for name in names:
                if name not in LANGUAGES:
                    _no_grammar(name)
        shares = tuple(kind for kind in ORGANIC_KINDS if kind != "ordinary")
        _check_shares(self, (*shares, "repost_share", "reply_share", "quote_share"))
        if sum(getattr(self, kind) for kind in shares) > 1:
            raise UsageError("the shares of the kinds of organic account add up to more than 1", where="simulate")


ORGANIC_KINDS = (
    "ordinary",
    "bilingual",
    "holiday_taker",
    "fan",
    "publisher",
    "always_early",
    "professional",
    "migrant",
    "service",
)


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """A whole simulation; each part may be absent."""

    name: str
    description: str
    first: date = date(2018, 1, 1)
    last: date = date(2020, 4, 30)
    operation: Operation | None = None
    organic: Organic | None = None

    def __post_init__(self) -> None:
        if (self.last - self.first).days < 30:
            raise UsageError("a scenario lasts at least 30 days", where="simulate")
        if self.first < date(2014, 6, 1):
            raise UsageError(
                "ids tell the time from late 2010, previous lives start 1,100 days earlier: start later",
                where="simulate",
            )

    def sized(self, *, accounts: int | None = None, posts: int | None = None) -> Scenario:
        """The same scenario with other numbers for its main part (the operation, else the organic population).

        The other part keeps its proportion. With ``accounts`` alone, posts an account stay the same.
        """
        main = self.operation or self.organic
        if main is None:
            return self
        for name, value in (("accounts", accounts), ("posts", posts)):
            if value is not None and value < 1:
                raise UsageError(f"{name} must be at least 1, not {value}", where="simulate")
        by_accounts = 1.0 if accounts is None else accounts / main.accounts
        by_posts = by_accounts if posts is None else posts / main.posts

        def scale(part: Operation | Organic) -> tuple[int, int]:
            return max(1, round(part.accounts * by_accounts)), max(1, round(part.posts * by_posts))

        operation, organic = self.operation, self.organic
        if operation is not None:
            count, total = scale(operation)
            operation = replace(operation, accounts=count, posts=total)
        if organic is not None:
            count, total = scale(organic)
            organic = replace(organic, accounts=count, posts=total)
        return replace(self, operation=operation, organic=organic)

    def on_calendar(self, calendar: str | None) -> Scenario:
        """The same scenario with the operation's office in another country."""
        if self.operation is None:
            raise UsageError(f"the scenario {self.name!r} has no operation that could keep a calendar")
        return replace(self, operation=replace(self.operation, calendar=calendar))


def _plain(*, accounts: int, posts: int) -> Operation:
    """An operation without any planted feature but its office calendar."""
    return Operation(
        accounts=accounts,
        posts=posts,
        batch_share=0.0,
        repurposed_share=0.0,
        scheduler_share=0.0,
        amplifier_share=0.0,
        group_share=0.0,
        copy_share=0.0,
    )


PRESETS: Mapping[str, Scenario] = MappingProxyType(
    {
        scenario.name: scenario
        for scenario in (
            Scenario(
                name="demo",
                description="a small takedown with every feature and a small control population, in seconds",
                operation=Operation(
                    accounts=320, posts=20_000, repurposed_share=0.05, batch_days=3, hash_below=3000
                ),
                organic=Organic(accounts=180, posts=10_000),
            ),
            Scenario(
                name="takedown",
                description="an operation of 24,000 accounts and 350,000 posts with every feature, and a control",
                operation=Operation(accounts=24_000, posts=350_000),
                organic=Organic(accounts=6_000, posts=150_000),
            ),
            Scenario(
                name="organic",
                description="organic accounts only: whatever is found in them is false",
                organic=Organic(accounts=5_000, posts=300_000),
            ),
            Scenario(
                name="fans",
                description="fan communities: accounts that repost their star within minutes, and nothing planted",
                first=date(2019, 1, 1),
                last=date(2019, 12, 31),
                organic=Organic(accounts=400, posts=30_000, fan=0.6, repost_share=0.6),
            ),
            Scenario(
                name="patriots",
                description="people of one country who keep its holidays, many at work, and repost the same source",
                first=date(2018, 1, 1),
                last=date(2019, 12, 31),
                organic=Organic(
                    accounts=400,
                    posts=40_000,
                    habits=OrganicHabits(holiday_response=-0.8),
                    languages={"RU": ("ru",)},
                    fan=0.35,
                    professional=0.35,
                    migrant=0.0,
                    bilingual=0.0,
                    repost_share=0.5,
                ),
            ),
            Scenario(
                name="calendar",
                description="posting times only: an office that keeps a national calendar, nothing else planted",
                first=date(2016, 1, 1),
                last=date(2018, 12, 31),
                operation=_plain(accounts=400, posts=120_000),
                organic=Organic(accounts=400, posts=120_000),
            ),
            Scenario(
                name="coordination",
                description="co-reposting groups and amplifiers among organic-looking accounts, and a control",
                first=date(2019, 1, 1),
                last=date(2019, 6, 30),
                operation=replace(
                    _plain(accounts=3_000, posts=150_000), group_share=0.05, amplifier_share=0.02, repost_share=0.6
                ),
                organic=Organic(accounts=3_000, posts=150_000, repost_share=0.6),
            ),
            Scenario(
                name="copypaste",
                description="families of copied texts with each kind of alteration, and a control",
                first=date(2019, 1, 1),
                last=date(2019, 12, 31),
                operation=replace(_plain(accounts=1_500, posts=60_000), copy_share=0.4),
                organic=Organic(accounts=1_500, posts=60_000),
            ),
            Scenario(
                name="second_lives",
                description="repurposed accounts (20%) with a previous life, unhashed, and a control",
                first=date(2017, 1, 1),
                last=date(2019, 12, 31),
                operation=replace(
                    _plain(accounts=1_000, posts=120_000), repurposed_share=0.2, hash_below=0, batch_share=0.2
                ),
                organic=Organic(accounts=1_000, posts=120_000, bilingual=0.15, migrant=0.04, hash_below=0),
            ),
        )
    }
)
"""The scenarios that ``undertow simulate --scenario`` knows."""


def preset(name: str) -> Scenario:
    """The preset called ``name``; UsageError if there is none."""
    if name not in PRESETS:
        raise UsageError(f"no scenario is called {name!r}", where="simulate", todo=did_you_mean(name, PRESETS))
    return PRESETS[name]
