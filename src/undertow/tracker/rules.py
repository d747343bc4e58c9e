"""The rule file of a tracker (TOML): what is kept up to date, what alerts, where alerts go."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

from undertow.analyses import ANALYSES, load
from undertow.errors import InputError, did_you_mean
from undertow.finding import STRENGTHS

FILE = "track.toml"
"""The rule file's name in a case; without one the default rules hold."""

PRESETS: Mapping[str, tuple[str, tuple[str, ...]]] = MappingProxyType(
    {
        "anomaly": ("amplification.anomalies", ("account", "first")),
        "new_group": ("coordination.groups", ("members",)),
        "registrations": ("account_origins.registration_bursts", ("first",)),
        "pivot": ("account_histories.second_lives", ("account_id",)),
    }
)
"""Kinds of rule that watch the rows of one finding: its id, and the columns by which a row is told from others."""
KINDS = ("threshold", "rows", *PRESETS)
CHANNELS = ("jsonl", "atom", "webhook")

_RULE = ("name", "kind", "finding", "keys", "above", "below", "strength")
_DELIVER = ("to", "path", "url", "attempts")
_TOP = ("only", "identifiable", "settings", "rule", "deliver")


@dataclass(frozen=True, kw_only=True)
class Rule:
    """When to alert: a finding's interval beyond a bound, or a new row in its table.

    ``threshold`` alerts when the whole interval lies ``above`` (or ``below``) a number, ``rows`` and the presets when a
    row comes whose ``keys`` were not there before; both only from ``strength`` on, which is weak for the presets and none
    for others: many findings that are worth watching are never rated.
    """

    name: str
    kind: str
    finding: str
    keys: tuple[str, ...] = ()
    above: float | None = None
    below: float | None = None
    strength: str = "weak"


@dataclass(frozen=True, kw_only=True)
class Channel:
    """Where alerts go: a JSON Lines file, an Atom feed, or a webhook."""

    to: str
    path: Path | None = None
    url: str | None = None
    attempts: int = 5

    @property
    def name(self) -> str:
        """What the state calls it."""
        return f"{self.to}:{self.url or self.path}"


@dataclass(frozen=True, kw_only=True)
class Rules:
    """A whole rule file. ``settings`` are those of the analyses, as for ``--set``.

    By default the reach without coordinated groups is off: groups cost a whole run of coordination with each update.
    """

    only: tuple[str, ...] = ("amplification",)
    identifiable: bool = False
    settings: Mapping[str, object] = field(default_factory=lambda: {"amplification.coordinated": False})
    rules: tuple[Rule, ...] = (Rule(name="rises", kind="anomaly", finding="amplification.anomalies",
                                    keys=("account", "first")),)  # fmt: skip
    channels: tuple[Channel, ...] = ()


def read_rules(path: Path) -> Rules:
    """The rules in the file ``path``; the default rules when it is not there.

    Raises :class:`InputError` that says what is wrong, in which rule, and what to do.
    """
    if not path.exists():
        return Rules()
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(f"the rule file cannot be read: {error}", where=str(path), todo="Mend it.") from error
    _known(document, _TOP, str(path))
    default = Rules()
    only = tuple(_list(document.get("only", list(default.only)), "only", str(path)))
    if not only:
        raise InputError("only names nothing", where=str(path), todo='Write for example only = ["amplification"].')
    for name in only:
        _made(name, f"{path}, only")
    rules = tuple(_rule(entry, f"{path}, rule {n}") for n, entry in enumerate(_tables(document, "rule", path), 1))
    names = [rule.name for rule in rules]
    if len(set(names)) < len(names):
        raise InputError("two rules have one name", where=str(path), todo="Give each a name of its own.")
    for rule in rules:
        if not _tracked(rule, only):
            raise InputError(
                f"the rule {rule.name!r} watches {rule.finding}, which is not kept up to date",
                where=str(path),
                todo=f'Add "{rule.finding.partition(".")[0]}" to only = [...].',
            )
    identifiable = document.get("identifiable", False)
    if not isinstance(identifiable, bool):
        raise InputError(
            "identifiable is neither true nor false", where=str(path), todo="Write true, without quotes."
        )
    return Rules(
        only=only,
        identifiable=identifiable,
        settings=_settings(document.get("settings", dict(default.settings)), path),
        rules=rules if "rule" in document else tuple(rule for rule in default.rules if _tracked(rule, only)),
        channels=tuple(
            _channel(entry, f"{path}, deliver {n}", path.parent)
            for n, entry in enumerate(_tables(document, "deliver", path), 1)
        ),
    )


def _tracked(rule: Rule, only: Sequence[str]) -> bool:
    """Whether the finding that ``rule`` watches is kept up to date: by itself, or with its analysis."""
    return bool({rule.finding, rule.finding.partition(".")[0]} & set(only))


def _made(name: str, where: str) -> None:
    """Raise unless ``name`` is an analysis, or a finding that its analysis makes."""
    analysis, _, rest = name.partition(".")
    if analysis not in ANALYSES:
        raise InputError(f"there is no analysis {analysis!r}", where=where, todo=did_you_mean(analysis, ANALYSES))
    findings = load(analysis).FINDINGS
    if rest and name not in findings:
        raise InputError(f"there is no finding {name!r}", where=where, todo=did_you_mean(name, findings))


def _settings(stated: object, path: Path) -> dict[str, object]:
    """The settings by name; ``analysis.name = value`` without quotes, which TOML takes for a table, is the same."""
    if not isinstance(stated, Mapping):
        raise InputError(
            "settings is not a table", where=str(path), todo='Write [settings] and "analysis.name" = value.'
        )
    flat: dict[str, object] = {}
    for key, value in stated.items():
        flat |= (
            {f"{key}.{name}": one for name, one in value.items()} if isinstance(value, Mapping) else {key: value}
        )
    return flat


def _known(document: Mapping[str, object], names: tuple[str, ...], where: str) -> None:
    for name in document:
        if name not in names:
            raise InputError(f"there is no setting {name!r}", where=where, todo=did_you_mean(name, names))


def _tables(document: Mapping[str, Any], name: str, path: Path) -> list[Mapping[str, Any]]:
    entries = document.get(name, [])
    if not isinstance(entries, list) or not all(isinstance(entry, Mapping) for entry in entries):
        raise InputError(f"{name} is not a list of tables", where=str(path), todo=f"Write [[{name}]] for each.")
    return entries


def _list(value: object, name: str, where: str) -> list[str]:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise InputError(f"{name} is not a list of texts", where=where, todo=f'Write {name} = ["...", "..."].')
    return value


def _rule(entry: Mapping[str, Any], where: str) -> Rule:
    _known(entry, _RULE, where)
    kind = entry.get("kind")
    if kind not in KINDS:
        raise InputError(f"there is no kind of rule {kind!r}", where=where, todo=did_you_mean(str(kind), KINDS))
    finding, keys = PRESETS.get(kind, (entry.get("finding"), tuple(_list(entry.get("keys", []), "keys", where))))
    if not isinstance(finding, str):
        raise InputError("the rule names no finding", where=where, todo='Write finding = "analysis.finding".')
    if "." not in finding:
        raise InputError(f"{finding!r} is not a finding", where=where, todo='Write finding = "analysis.finding".')
    _made(finding, where)
    bounds = {name: entry[name] for name in ("above", "below") if name in entry}
    if any(
        isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value)
        for value in bounds.values()
    ):
        raise InputError("above and below are numbers", where=where, todo="Write for example above = 0.5.")
    if (kind == "threshold") != (len(bounds) == 1):
        raise InputError(
            "a threshold has one of above and below, and no other rule has any",
            where=where,
            todo="Write one of them.",
        )
    if kind == "rows" and not keys:
        raise InputError(
            "rows are told apart by no column", where=where, todo='Write keys = ["column"], columns of its table.'
        )
    strength = entry.get("strength", "weak" if kind in PRESETS else "none")
    if strength not in STRENGTHS:
        raise InputError(f"there is no strength {strength!r}", where=where, todo=f"One of {', '.join(STRENGTHS)}.")
    name = entry.get("name", kind)
    if not isinstance(name, str):
        raise InputError("the rule's name is not a text", where=where, todo='Write name = "...".')
    return Rule(name=name, kind=kind, finding=finding, keys=keys, strength=strength, **bounds)


def _channel(entry: Mapping[str, Any], where: str, folder: Path) -> Channel:
    _known(entry, _DELIVER, where)
    to = entry.get("to")
    if to not in CHANNELS:
        raise InputError(f"alerts cannot go to {to!r}", where=where, todo=f"One of {', '.join(CHANNELS)}.")
    needed = "url" if to == "webhook" else "path"
    if not isinstance(entry.get(needed), str):
        raise InputError(f"{to} needs a {needed}", where=where, todo=f'Write {needed} = "...".')
    if to == "webhook" and not entry["url"].startswith(("https://", "http://")):
        raise InputError("the url is no web address", where=where, todo="Write https://...")
    attempts = entry.get("attempts", 5)
    if isinstance(attempts, bool) or not isinstance(attempts, int) or attempts < 1:
        raise InputError("attempts is no number from 1 on", where=where, todo="Write attempts = 5.")
    path = None if to == "webhook" else folder / entry["path"]
    return Channel(to=to, path=path, url=entry.get("url"), attempts=attempts)
