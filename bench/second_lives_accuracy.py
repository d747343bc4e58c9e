"""How well changes of hands are found: two generators, two shares, many seeds; and by kind of account.

    python bench/second_lives_accuracy.py [--seeds 20] [--accounts 800] [--generator own|simulate|both]

``own`` is :mod:`second_lives_population`, written without a look at the simulator; ``simulate`` is ``undertow simulate``
(``second_lives`` resized). Prints for each share precision, recall and the share of changes dated within a week, over
all seeds together with Wilson intervals, and what share of each kind of account was called.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import tempfile
from collections import Counter
from dataclasses import dataclass, field, replace
from pathlib import Path

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


@dataclass
class Tally:
    """What was called, over all seeds."""

    planted: int = 0
    found: int = 0
    false: int = 0
    dated: int = 0
    of_kind: Counter[str] = field(default_factory=Counter)
    called_of_kind: Counter[str] = field(default_factory=Counter)
    recalls: list[float] = field(default_factory=list)
    precisions: list[float] = field(default_factory=list)

    def add(self, result: Study, truth: dict[str, float], kinds: dict[str, str]) -> None:
        """Count one study; ``truth`` has the day of the change (since 1970) of each planted account that can be seen."""
        names = result.found.account_id.to_pylist()
        called = {names[account] for account in result.accounts.tolist()}
        moments: dict[str, list[float]] = {}
        for account, at in zip(result.called.moments.account.tolist(), result.moments_us.tolist(), strict=True):
            moments.setdefault(names[account], []).append(at / own.DAY)
        hits = called & set(truth)
        self.planted += len(truth)
        self.found += len(hits)
        self.false += len(called) - len(hits)
        self.dated += sum(any(abs(at - truth[name]) <= WEEK for at in moments[name]) for name in hits)
        self.recalls.append(len(hits) / max(len(truth), 1))
        self.precisions.append(len(hits) / max(len(called), 1))
        for name in names:
            self.of_kind[kinds.get(name, "?")] += 1
            self.called_of_kind[kinds.get(name, "?")] += name in called

    def report(self, title: str) -> None:
        """Print the rates."""
        print(title)
        for name, hit, of in (
            ("recall", self.found, self.planted),
            ("precision", self.found, self.found + self.false),
            ("dated within 7 days", self.dated, self.found),
        ):
            low, high = wilson(hit, of) if of else (0.0, 1.0)
            print(f"  {name}: {hit / max(of, 1):.3f} ({low:.3f} to {high:.3f}; {hit} of {of})")
        print(f"  worst seed: recall {min(self.recalls):.2f}, precision {min(self.precisions):.2f}")
        for kind, number in sorted(self.of_kind.items()):
            low, high = wilson(self.called_of_kind[kind], number)
            print(
                f"    {kind}: {self.called_of_kind[kind]} of {number} called = {self.called_of_kind[kind] / number:.4f} "
                f"({low:.4f} to {high:.4f})"
            )


def _own(folder: Path, *, seed: int, share: float, accounts: int, tally: Tally) -> None:
    made = own.population(seed, own.shares(share), accounts)
    files, first_posts = own.write(folder, made, seed)
    with DuckDBEngine(files) as engine:
        result = study(engine, Rule())
    names = [f"account{number:06d}" for number in range(len(made))]
    truth = {names[number]: at / own.DAY for number, at in first_posts.items()}
    tally.add(result, truth, {name: account.kind for name, account in zip(names, made, strict=True)})


def _simulated(folder: Path, *, seed: int, share: float, accounts: int, tally: Tally) -> None:
    scenario = preset("second_lives")
    operation = scenario.operation
    assert operation is not None
    scenario = replace(scenario, operation=replace(operation, repurposed_share=share)).sized(accounts=accounts // 2)
    simulate(folder / "data", scenario=scenario, seed=seed)
    case, _ = Case.create(folder / "case").add(*sorted((folder / "data").glob("*posts*")))
    truth, kinds = _truth(folder / "data")
    with base.open_engine(case, base.Parameters()) as engine:
        tally.add(study(engine, Rule()), truth, kinds)


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


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--first-seed", type=int, default=1)
    parser.add_argument("--accounts", type=int, default=800)
    parser.add_argument("--shares", type=float, nargs="+", default=[0.02, 0.2])
    parser.add_argument("--generator", choices=("own", "simulate", "both"), default="both")
    arguments = parser.parse_args()
    generators = {"own": _own, "simulate": _simulated}
    for name, generator in generators.items():
        if arguments.generator not in (name, "both"):
            continue
        for share in arguments.shares:
            tally = Tally()
            for seed in range(arguments.first_seed, arguments.first_seed + arguments.seeds):
                with tempfile.TemporaryDirectory() as folder:
                    generator(Path(folder), seed=seed, share=share, accounts=arguments.accounts, tally=tally)
            tally.report(f"{name}, {share:.0%} planted, {arguments.seeds} seeds of {arguments.accounts} accounts")


if __name__ == "__main__":
    main()
