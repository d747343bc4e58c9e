"""Running a reproduction bundle again on another copy of the raw files, and saying exactly what differs."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from undertow.analyses.run import Request, run
from undertow.case import SETTINGS, Case
from undertow.errors import CaseError, InputError
from undertow.exports.bundle import Bundle, canonical_finding, canonical_tables, post_hashes, read_bundle, versions
from undertow.pseudonyms import Pseudonyms
from undertow.sources.base import ReadOptions
from undertow.storage import sha256_of

CELLS = 5
"""Differing cells of a table that are printed; all are counted."""


@dataclass(frozen=True)
class Difference:
    """One thing that is not the same: of what (a finding's key, a table, a file), which part, there and here."""

    what: str
    part: str
    there: object
    here: object


@dataclass(frozen=True, kw_only=True)
class Reproduction:
    """What came of running a bundle again. ``notes`` are differences of the surroundings that change no number by
    themselves: versions."""

    case: Case
    findings: int
    tables: int
    differences: tuple[Difference, ...]
    notes: tuple[str, ...]

    @property
    def same(self) -> bool:
        """Whether everything is the same, bit by bit."""
        return not self.differences

    def to_json(self) -> dict[str, Any]:
        """The result as JSON-ready values."""
        return {
            "same": self.same,
            "findings": self.findings,
            "tables": self.tables,
            "differences": [vars(each) for each in self.differences],
            "notes": list(self.notes),
            "case": str(self.case.path),
        }


def reproduce(
    bundle_path: Path, files: Sequence[Path], case_path: Path, *, said: Callable[[str], None] = lambda _: None
) -> Reproduction:
    """Read ``files`` into a new case at ``case_path`` as the bundle says, run its runs, and compare.

    Raises :class:`CaseError` when there is a case already, :class:`InputError` for a bundle or file that cannot be read.
    """
    bundle = read_bundle(bundle_path)
    if (case_path / "ledger.jsonl").exists():
        raise CaseError("there is a case here already", where=str(case_path), todo="name a new one with --case")
    requests = [_request(each, bundle_path) for each in bundle.manifest["runs"]]
    case = _filled(bundle, files, case_path)
    (case.path / SETTINGS).write_text(bundle.settings, encoding="utf-8")
    for number, request in enumerate(requests, start=1):
        said(f"run {number} of {len(requests)}")
        case = case.record(list(run(case, request)), request.to_json())
    found = case.findings()
    pseudonyms = None if bundle.manifest["identifiable"] else Pseudonyms.of_case(case)
    here = [canonical_finding(each, pseudonyms) for each in found]
    tables = canonical_tables(found, pseudonyms)
    differences = [
        *_inputs(bundle, case),
        *_posts(bundle, case),
        *_findings(bundle.findings, here),
        *_tables(bundle.tables, tables),
    ]
    return Reproduction(
        case=case,
        findings=len(bundle.findings),
        tables=len(bundle.tables),
        differences=tuple(differences),
        notes=tuple(_notes(bundle, case)),
    )


def _request(parameters: Mapping[str, Any], where: Path) -> Request:
    """The run that ``parameters`` recorded."""
    known = set(Request.__dataclass_fields__)
    if strange := sorted(set(parameters) - known):
        raise InputError(
            f"a run was recorded with parameters that no command has: {', '.join(strange)}",
            where=str(where),
            todo="ask whoever made the bundle to analyse the case with undertow analyse",
        )
    values = dict(parameters)
    for name in ("since", "until"):
        if values.get(name):
            values[name] = dt.date.fromisoformat(values[name])
    if "only" in values:
        values["only"] = tuple(values["only"])
    return Request(**values)


def _filled(bundle: Bundle, files: Sequence[Path], case_path: Path) -> Case:
    """A new case with ``files``, each read as the bundle's file of the same content (or else the same name) was."""
    inputs = bundle.manifest["inputs"]
    case = Case.create(case_path, title=str(bundle.manifest["title"]))
    for file in files:
        digest = sha256_of(file) if file.is_file() else ""
        entry = next((each for each in inputs if each["sha256"] == digest), None)
        entry = entry or next((each for each in inputs if Path(each["name"]).name == file.name), inputs[0])
        options = entry["options"]
        case, _ = case.add(
            file,
            format=entry["format"] if options.get("mapping") else None,
            options=ReadOptions(
                mapping=options.get("mapping", {}),
                platform=options.get("platform"),
                escape=options.get("escape"),
                encoding=options.get("encoding"),
            ),
        )
    return case


def _inputs(bundle: Bundle, case: Case) -> Iterator[Difference]:
    there = {entry["sha256"]: entry["name"] for entry in bundle.manifest["inputs"]}
    here = {entry.sha256: entry.name for entry in case.inputs}
    for digest in there.keys() - here.keys():
        yield Difference("raw files", there[digest], f"SHA-256 {digest}", "not among the files given")
    for digest in here.keys() - there.keys():
        yield Difference("raw files", here[digest], "not in the bundle", f"SHA-256 {digest}")


def _posts(bundle: Bundle, case: Case) -> Iterator[Difference]:
    here = frozenset(post_hashes(case))
    if gone := len(bundle.posts - here):
        yield Difference("posts", "only in the bundle", gone, 0)
    if new := len(here - bundle.posts):
        yield Difference("posts", "only in these files", 0, new)


def _findings(there: Sequence[Mapping[str, Any]], here: Sequence[Mapping[str, Any]]) -> Iterator[Difference]:
    mine = {each["key"]: each for each in here}
    for each in there:
        other = mine.pop(each["key"], None)
        if other is None:
            yield Difference(each["key"], "finding", "there", "not made here")
            continue
        for name, value in _flat(each):
            now = dict(_flat(other)).get(name)
            if now != value:
                yield Difference(each["key"], name, value, now)
    for key in mine:
        yield Difference(key, "finding", "not there", "made here")


def _flat(finding: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, Any]]:
    """The parts of a finding with their names: ``estimate.value``, ``p_value``, ..."""
    for name, value in finding.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{before}{name}.")
        else:
            yield f"{before}{name}", value


def _tables(
    there: Mapping[str, Sequence[Mapping[str, Any]]], here: Mapping[str, Sequence[Mapping[str, Any]]]
) -> Iterator[Difference]:
    for name in sorted(there.keys() | here.keys()):
        rows, mine = there.get(name), here.get(name)
        what = f"table {name}"
        if rows is None or mine is None:
            yield Difference(what, "table", rows is not None, mine is not None)
            continue
        if len(rows) != len(mine):
            yield Difference(what, "rows", len(rows), len(mine))
        cells = [
            Difference(what, f"row {number}, {column}", value, other.get(column))
            for number, (row, other) in enumerate(zip(rows, mine, strict=False), start=1)
            for column, value in row.items()
            if value != other.get(column)
        ]
        yield from cells[:CELLS]
        if len(cells) > CELLS:
            yield Difference(what, f"{len(cells) - CELLS} more cells differ", "", "")


def _notes(bundle: Bundle, case: Case) -> Iterator[str]:
    import undertow

    if bundle.manifest["version"] != undertow.__version__:
        yield f"the bundle was made with Undertow {bundle.manifest['version']}, this is {undertow.__version__}"
    for name, version in versions().items():
        there = bundle.manifest["packages"].get(name)
        if there != version:
            yield f"{name} was {there} there, and is {version} here"
    if bundle.manifest["posts"] != case.posts.count():
        yield f"{bundle.manifest['posts']:,} posts there, {case.posts.count():,} here"
