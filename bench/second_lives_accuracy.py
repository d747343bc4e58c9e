"""How well changes of hands are found: two generators, several shares, many seeds; and by kind of account.

    python bench/second_lives_accuracy.py --rows rows.jsonl [--seeds 20] [--accounts 300] [--generator own|simulate]

``own`` is :mod:`second_lives_population`, written without a look at the simulator; ``simulate`` is ``undertow simulate``
(``second_lives`` resized). Each seed is one line of the file of rows, and seeds that stand there are not run again; so
the study can be stopped and taken up. Printed are, for all rows of the file, precision, recall and the share of changes
dated within a week with Wilson intervals, and what share of each kind of account was called. Share 0 plants nothing: all
calls are false then.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import json
import tempfile
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

import second_lives_population as own
from undertow.analyses import base
from undertow.analyses.account_histories.changes import Rule
from undertow.analyses.account_histories.study import Study, study
from undertow.case import Case
from undertow.engines.duckdb_engine import DuckDBEngine
from undertow.simulation import preset, simulate
from undertow.statistics.intervals import wilson

WEEK = 7.0

Row = Mapping[str, Any]
Generator = Callable[[Path, int, float, int], tuple[Study, dict[str, float], dict[str, str]]]


def counted(result: Study, truth: Mapping[str, float], kinds: Mapping[str, str]) -> dict[str, Any]:
    """What was called; ``truth`` has the day (since 1970) of each planted change whose lives both left posts."""
    names = result.found.account_id.to_pylist()
    called = {names[account] for account in result.accounts.tolist()}
    moments: dict[str, list[float]] = {}
    for account, at in zip(result.called.moments.account.tolist(), result.moments_us.tolist(), strict=True):
        moments.setdefault(names[account], []).append(at / own.DAY)
    hits = called & set(truth)
    return {
        "planted": len(truth),
        "found": len(hits),
        "false": len(called) - len(hits),
        "dated": sum(any(abs(at - truth[name]) <= WEEK for at in moments[name]) for name in hits),
        "of_kind": Counter(kinds.get(name, "?") for name in names),
        "called_of_kind": Counter(kinds.get(name, "?") for name in names if name in called),
    }


def _own(folder: Path, seed: int, share: float, accounts: int) -> tuple[Study, dict[str, float], dict[str, str]]:
    made = own.population(seed, own.shares(share), accounts)
    files, first_posts = own.write(folder, made, seed)
    with DuckDBEngine(files) as engine:
        result = study(engine, Rule())
    names = [f"account{number:06d}" for number in range(len(made))]
    truth = {names[number]: at / own.DAY for number, at in first_posts.items()}
    return result, truth, {name: account.kind for name, account in zip(names, made, strict=True)}


def _simulated(
    folder: Path, seed: int, share: float, accounts: int
) -> tuple[Study, dict[str, float], dict[str, str]]:
    scenario = preset("second_lives")
    operation = scenario.operation
    assert operation is not None
    scenario = replace(scenario, operation=replace(operation, repurposed_share=share)).sized(accounts=accounts // 2)
    simulate(folder / "data", scenario=scenario, seed=seed)
    case, _ = Case.create(folder / "case").add(*sorted((folder / "data").glob("*posts*")))
    truth, kinds = _truth(folder / "data")
    with base.open_engine(case, base.Parameters()) as engine:
        return study(engine, Rule()), truth, kinds


def _truth(folder: Path) -> tuple[dict[str, float], dict[str, str]]:
    truth, kinds = {}, {}
    path = next(folder.glob("truth.csv*"))
    with gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if row["subject_type"] != "account":
                continue
            if row["label"] == "repurposed":
                moment = np.datetime64(row["value"].removesuffix("Z"), "us").astype(np.int64)
                truth[row["subject_id"]] = float(moment) / own.DAY
            if row["label"] == "kind" or (row["label"] == "role" and row["value"] != "organic"):
                kinds[row["subject_id"]] = row["value"]
    return truth, {name: "repurposed" if name in truth else kind for name, kind in kinds.items()}


GENERATORS: Mapping[str, Generator] = {"own": _own, "simulate": _simulated}


def report(rows: list[Row]) -> None:
    """Print the rates of each generator and share."""
    for generator, share in sorted({(row["generator"], row["share"]) for row in rows}):
        mine = [row for row in rows if (row["generator"], row["share"]) == (generator, share)]
        found, false, planted, dated = (
            sum(row[name] for row in mine) for name in ("found", "false", "planted", "dated")
        )
        print(f"{generator}, {share:.0%} planted, {len(mine)} seeds of {mine[0]['accounts']} accounts")
        for name, hit, of in (
            ("recall", found, planted),
            ("precision", found, found + false),
            ("dated within 7 days", dated, found),
        ):
            if of:
                low, high = wilson(hit, of)
                print(f"  {name}: {hit / of:.3f} ({low:.3f} to {high:.3f}; {hit} of {of})")
        of_kind, called = Counter(), Counter()
        for row in mine:
            of_kind.update(row["of_kind"])
            called.update(row["called_of_kind"])
        for kind, number in sorted(of_kind.items()):
            low, high = wilson(called[kind], number)
            print(f"    {kind}: {called[kind]} of {number} called ({low:.4f} to {high:.4f})")


def main() -> None:
    """Run what is missing, and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=Path, required=True)
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--accounts", type=int, default=300)
    parser.add_argument("--shares", type=float, nargs="*", default=[0.02, 0.2])
    parser.add_argument("--generator", choices=tuple(GENERATORS), default="own")
    arguments = parser.parse_args()
    text = arguments.rows.read_text("utf-8") if arguments.rows.exists() else ""
    rows: list[Row] = [json.loads(line) for line in text.splitlines()]
    done = {(row["generator"], row["share"], row["seed"]) for row in rows}
    for share in arguments.shares:
        for seed in range(1, arguments.seeds + 1):
            if (arguments.generator, share, seed) in done:
                continue
            with tempfile.TemporaryDirectory() as folder:
                made = GENERATORS[arguments.generator](Path(folder), seed, share, arguments.accounts)
            setting = {
                "generator": arguments.generator,
                "share": share,
                "seed": seed,
                "accounts": arguments.accounts,
            }
            rows.append({**setting, **counted(*made)})
            with arguments.rows.open("a", encoding="utf-8") as file:
                file.write(json.dumps(rows[-1]) + "\n")
    report(rows)


if __name__ == "__main__":
    main()
