"""A case as a STIX 2.1 bundle: findings as notes, judgements as opinions, accounts as observed data.

A campaign is in it only where somebody has judged that there is one; nothing in it names a private person. Objects of
OpenCTI's extension (channel, narrative) are declared as such.
"""

from __future__ import annotations

import datetime as dt
import json
import uuid
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from stix2 import v21

from undertow.attribution.assessment import Verdict
from undertow.attribution.disarm import Tag, Technique, framework
from undertow.errors import UsageError
from undertow.exports import networks
from undertow.exports.stix_parts import (
    CONFIDENCE,
    NAMESPACE,
    OPENCTI,
    Maker,
    custom,
    extension,
    marking,
    present,
    text,
    unique,
)
from undertow.finding import Finding
from undertow.published import Published
from undertow.reports.figures import estimate_words
from undertow.wording import p_words

_OPINIONS = {
    "almost no chance": "strongly-disagree",
    "very unlikely": "strongly-disagree",
    "unlikely": "disagree",
    "roughly even chance": "neutral",
    "likely": "agree",
    "very likely": "strongly-agree",
    "almost certain": "strongly-agree",
}
"""A likelihood on STIX's scale of opinions about the hypothesis."""


def bundle(
    published: Published,
    *,
    tlp: str = "amber",
    author: str | None = None,
    techniques: Mapping[str, Technique] | None = None,
) -> bytes:
    """The bundle as JSON; the same case gives the same bytes, and a changed one the same ids.

    ``author`` names the organisation that publishes it; ``techniques`` are those of the user's DISARM file, whose ids
    are then referred to instead of objects of our own.
    """
    marked = marking(tlp)
    identity = _identity(author, marked.id)
    first = published.case.ledger.lines[0]
    changed = max([published.made_at, *(each.time for each in published.assessment.judgements)])
    maker = Maker(
        case=first.hash,
        created=_moment(first.time),
        modified=_moment(changed),
        author=identity.id,
        marking=marked.id,
    )
    patterns = _patterns(published.assessment.tags, maker, techniques)
    observed, accounts = _observed(published, maker)
    channels = list(_channels(published, maker))
    about = [each.id for each in observed] or [maker.id("report", "report")]
    notes = {each.key: _note(each, published, maker, about, patterns) for each in published.findings}
    hypotheses = {
        one.hypothesis.id: _hypothesis(published, maker, one.hypothesis.id, about)
        for one in published.assessment.ranking
    }
    opinions = [_opinion(each, maker, hypotheses[each.hypothesis.id].id) for each in published.assessment.verdicts]
    campaigns = list(_campaigns(published, maker))
    links = list(_relationships(maker, campaigns, observed, patterns, published.assessment.tags))
    own_patterns = [each for each in patterns.values() if not isinstance(each, str)]
    contents = [*observed, *accounts, *notes.values(), *hypotheses.values(), *opinions, *own_patterns]
    contents += [*campaigns, *links]
    referred = [each for each in patterns.values() if isinstance(each, str)]
    report = v21.Report(
        **maker.common("report", "report"),
        name=text(published.title),
        description=text(" ".join([*published.assessment.sentences, published.assessment.ranking_sentence])),
        report_types=["campaign", "observed-data"] if campaigns else ["observed-data"],
        published=_moment(published.made_at),
        object_refs=list(dict.fromkeys([*(each["id"] for each in contents), *referred])),
        external_references=[
            {
                "source_name": "Undertow ledger",
                "description": f"head {published.head}, Undertow {published.version}",
            }
        ],
    )
    declared = [extension(identity.id)] if channels else []
    made = v21.Bundle(
        # a report may refer to STIX's own types only, so OpenCTI's stand beside it
        objects=unique([marked, identity, *declared, report, *contents, *channels]),
        id=f"bundle--{uuid.uuid5(NAMESPACE, f'{first.hash}|{published.head}|{published.identifiable}')}",
    )
    document = json.loads(made.serialize())
    return json.dumps(document, ensure_ascii=True, sort_keys=True, indent=1).encode("ascii") + b"\n"


def _identity(author: str | None, marked: str) -> Any:
    name = author or "Undertow"
    kind = "organization" if author else "system"
    return v21.Identity(
        id=f"identity--{uuid.uuid5(NAMESPACE, f'author|{kind}|{name}')}",
        created="2022-01-01T00:00:00.000Z",
        modified="2022-01-01T00:00:00.000Z",
        name=text(name),
        identity_class=kind,
        object_marking_refs=[marked],
    )


def _moment(time: str | dt.datetime) -> str:
    when = dt.datetime.fromisoformat(time) if isinstance(time, str) else time
    return when.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


def _patterns(tags: Sequence[Tag], maker: Maker, techniques: Mapping[str, Technique] | None) -> dict[str, Any]:
    """Technique id -> an attack-pattern, or the id that the user's DISARM file gives it."""
    found: dict[str, Any] = {}
    for tag in tags:
        if techniques is not None:
            if tag.technique not in techniques:
                raise UsageError(
                    f"the DISARM file has no technique {tag.technique!r}, which this case is tagged with",
                    where="--disarm",
                    todo="run: undertow disarm FILE --case CASE",
                )
            found[tag.technique] = techniques[tag.technique].stix_id
            continue
        found[tag.technique] = v21.AttackPattern(
            **maker.common("attack-pattern", tag.technique),
            name=text(tag.name or tag.technique),
            external_references=[{"source_name": framework(), "external_id": text(tag.technique)}],
        )
    return found


def _observed(published: Published, maker: Maker) -> tuple[list[Any], list[Any]]:
    """The groups of the default network as observed data, and their accounts."""
    if not networks.networks(published.findings):
        return [], []
    network = networks.network(published.findings)
    platforms = published.case.query("SELECT DISTINCT platform FROM posts ORDER BY platform")[
        "platform"
    ].to_pylist()
    platform = platforms[0] if len(platforms) == 1 else None
    accounts = [
        v21.UserAccount(
            **present(
                {
                    "user_id": text(node.name),
                    "account_type": node.attributes.get("platform", platform),
                    "object_marking_refs": [maker.marking],
                }
            )
        )
        for node in network.nodes
    ]
    members: dict[int | None, list[int]] = {}
    for number, node in enumerate(network.nodes):
        members.setdefault(node.group, []).append(number)
    observed = []
    for group, numbers in members.items():
        inside = [link for link in network.links if link.one in numbers or link.other in numbers]
        times = [when for link in inside for when in (link.first, link.last) if when is not None]
        if not times:
            continue
        counted = int(sum(link.weight for link in inside))
        observed.append(
            v21.ObservedData(
                **maker.common("observed-data", f"{network.finding.key}|{group}"),
                first_observed=_moment(min(times)),
                last_observed=_moment(max(times)),
                number_observed=min(max(1, counted), 999_999_999),
                object_refs=[accounts[number].id for number in numbers],
            )
        )
    return observed, accounts if observed else []


def _note(
    finding: Finding, published: Published, maker: Maker, about: Sequence[str], patterns: Mapping[str, Any]
) -> Any:
    words = estimate_words(finding.estimate)
    lines = [finding.statement, "", f"Strength: {finding.strength}. Aspect: {finding.aspect}."]
    lines.append(f"Estimate: {' '.join(part for part in (words.value, words.unit, words.interval or '') if part)}.")
    if finding.p_value is not None:
        lines.append(f"Against chance: {p_words(finding.p_value)}; chance means: {finding.null_model}.")
    lines.append(f"What else it could be: {'; '.join(finding.alternatives)}.")
    lines.append(f"Method: {finding.method}")
    shown = [tag.technique for tag in published.assessment.tags if tag.finding == finding.key]
    refs = [patterns[name] if isinstance(patterns[name], str) else patterns[name].id for name in shown]
    return v21.Note(
        **maker.common("note", finding.key),
        abstract=text(finding.key),
        content=text("\n".join(lines)),
        object_refs=list(dict.fromkeys([*about, *refs])),
    )


def _hypothesis(published: Published, maker: Maker, name: str, about: Sequence[str]) -> Any:
    one = next(each for each in published.assessment.ranking if each.hypothesis.id == name)
    place = f"place {one.place} of {len(published.assessment.ranking)}" if one.place else "not ranked"
    return v21.Note(
        **maker.common("note", f"hypothesis|{name}"),
        abstract=text(f"Hypothesis: {one.hypothesis.name}"),
        content=text(
            f"{one.hypothesis.means}\n\nIn the evidence matrix: {place}, inconsistency {one.inconsistency:.2f} "
            "(what speaks against it; less is better). A ranking by default rules is no assessment."
        ),
        object_refs=list(about),
    )


def _opinion(verdict: Verdict, maker: Maker, about: str) -> Any:
    judged = verdict.judgement
    return v21.Opinion(
        **maker.common("opinion", f"{judged.by}|{verdict.hypothesis.id}"),
        opinion=_OPINIONS[verdict.likelihood.word],
        explanation=text(" ".join(verdict.sentences)),
        authors=[text(judged.by)],
        confidence=CONFIDENCE[verdict.confidence],
        object_refs=[about],
    )


def _campaigns(published: Published, maker: Maker) -> Iterator[Any]:
    """One campaign, where somebody judged a hypothesis likely that is not an organic one."""
    leading = [
        each
        for each in published.assessment.verdicts
        if not each.hypothesis.organic and each.likelihood.low >= 55 and not each.judgement.stale
    ]
    if leading:
        best = max(leading, key=lambda each: (each.likelihood.low, CONFIDENCE[each.confidence]))
        yield v21.Campaign(
            **maker.common("campaign", "campaign"),
            name=text(published.title),
            description=text(" ".join(best.sentences)),
            confidence=CONFIDENCE[best.confidence],
        )


def _channels(published: Published, maker: Maker) -> Iterator[Any]:
    """The platforms as channels, and the narratives that findings name, in OpenCTI's types."""
    channel, narrative = custom()
    for platform in published.case.query("SELECT DISTINCT platform FROM posts ORDER BY 1")["platform"].to_pylist():
        yield channel(
            **maker.common("channel", platform), name=text(platform), channel_types=["social-media"], **_new_sdo()
        )
    names: dict[str, None] = {}
    for finding in published.findings:
        if finding.strength != "none" and finding.result is not None and "narrative" in finding.result.column_names:
            names |= dict.fromkeys(str(name) for name in finding.result["narrative"].to_pylist() if name)
    for name in names:
        yield narrative(**maker.common("narrative", name), name=text(name), **_new_sdo())


def _new_sdo() -> dict[str, Any]:
    return {"extensions": {OPENCTI: {"extension_type": "new-sdo"}}}


def _relationships(
    maker: Maker,
    campaigns: Sequence[Any],
    observed: Sequence[Any],
    patterns: Mapping[str, Any],
    tags: Sequence[Tag],
) -> Iterator[Any]:
    for campaign in campaigns:
        for technique in dict.fromkeys(tag.technique for tag in tags):
            pattern = patterns[technique]
            yield v21.Relationship(
                **maker.common("relationship", f"uses|{technique}"),
                relationship_type="uses",
                source_ref=campaign.id,
                target_ref=pattern if isinstance(pattern, str) else pattern.id,
            )
        for each in observed:
            yield v21.Relationship(
                **maker.common("relationship", f"related-to|{each.id}"),
                relationship_type="related-to",
                source_ref=each.id,
                target_ref=campaign.id,
            )
