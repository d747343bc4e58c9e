"""DISARM Red techniques: tags on findings and on the case, and the framework's own file, where the user has it.

Undertow ships the ids and names that its findings use and nothing else of the framework; any other id is taken from a
STIX file of DISARM that the user points at (``DISARM.json`` of the DISARM Foundation, CC BY-SA 4.0).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType

from undertow.attribution.hypotheses import read_data
from undertow.errors import InputError, UsageError, did_you_mean
from undertow.finding import Finding


@dataclass(frozen=True, kw_only=True)
class Technique:
    """One technique as a STIX file of DISARM has it."""

    id: str
    name: str
    tactic: str
    stix_id: str
    url: str | None = None


@dataclass(frozen=True, kw_only=True)
class Tag:
    """A technique that the case, or one finding in it, shows; ``by`` is None for the default of a finding."""

    technique: str
    name: str
    finding: str | None = None
    by: str | None = None
    because: str = ""


@cache
def shipped() -> Mapping[str, str]:
    """Id -> name of the techniques that come with Undertow."""
    return MappingProxyType(dict(read_data("disarm.toml")["techniques"]))


def framework() -> str:
    """The framework and its version, as reports print it."""
    data = read_data("disarm.toml")
    return f"{data['framework']} v{data['version']}"


def read_framework(path: Path) -> Mapping[str, Technique]:
    """Id -> technique of the STIX bundle at ``path``.

    Raises :class:`InputError` for a file that is no STIX bundle, or holds no technique with a DISARM id.
    """
    todo = "give DISARM.json, the STIX bundle of DISARM Red"
    try:
        objects = json.loads(path.read_text(encoding="utf-8"))["objects"]
        found = {}
        for item in objects:
            if item["type"] != "attack-pattern" or item.get("revoked") or item.get("x_mitre_deprecated"):
                continue
            for reference in item.get("external_references", ()):
                name = str(reference.get("external_id", ""))
                if name.startswith("T") and name[1:5].isdigit():
                    phases = item.get("kill_chain_phases") or [{}]
                    found[name] = Technique(
                        id=name,
                        name=str(item["name"]),
                        tactic=str(phases[0].get("phase_name", "")),
                        stix_id=str(item["id"]),
                        url=reference.get("url"),
                    )
                    break
    except OSError as error:
        raise InputError(f"it cannot be read: {error.strerror}", where=str(path), todo=todo) from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError("this is not a STIX bundle", where=str(path), todo=todo) from error
    if not found:
        raise InputError("the bundle holds no technique with a DISARM id", where=str(path), todo=todo)
    return MappingProxyType(dict(sorted(found.items())))


def name_of(technique: str, known: Mapping[str, Technique] | None) -> str:
    """The name of a technique, from the user's file or from what is shipped.

    Raises :class:`UsageError` for an id that neither has.
    """
    if known is not None and technique in known:
        return known[technique].name
    if known is None and technique in shipped():
        return shipped()[technique]
    if known is not None:
        todo = did_you_mean(technique, known)
        raise UsageError(f"the DISARM file has no technique {technique!r}", where="--disarm", todo=todo)
    raise UsageError(
        f"{technique!r} is not among the techniques that come with Undertow",
        where="tag",
        todo="point at DISARM's STIX file, against which the id is checked: --disarm DISARM.json",
    )


def default_tags(findings: Sequence[Finding]) -> list[Tag]:
    """What findings show that are beyond chance and more than weak: their own ids, and those of ``data/disarm.toml``.

    A technique is an accusation; what is weak, or was not held against chance, is found in organic communities too.
    """
    listed: Mapping[str, Sequence[str]] = read_data("disarm.toml")["finding"]
    tags = []
    for finding in findings:
        if finding.strength in ("none", "weak") or finding.p_value is None:
            continue
        for technique in dict.fromkeys((*finding.disarm, *listed.get(finding.id, ()))):
            name = shipped().get(technique, "")
            tags.append(Tag(technique=technique, name=name, finding=finding.key))
    return tags


def problems(tags: Sequence[Tag], known: Mapping[str, Technique]) -> list[str]:
    """What does not fit between ``tags`` and the user's file: ids it does not have, names it has otherwise."""
    found = []
    for technique, name in dict.fromkeys((tag.technique, tag.name) for tag in tags):
        if technique not in known:
            found.append(f"{technique}: the file has no such technique")
        elif name and known[technique].name != name:
            found.append(f"{technique}: named “{name}” here, “{known[technique].name}” in the file")
    return found
