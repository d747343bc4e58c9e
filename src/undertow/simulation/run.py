"""A simulated takedown on disk: posts and accounts in the archive's layout, and the truth about them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from itertools import chain, pairwise
from pathlib import Path

import numpy as np
import pyarrow as pa

from undertow.errors import UsageError
from undertow.simulation.archive import ACCOUNT_COLUMNS, POST_COLUMNS, TRUTH_COLUMNS, CsvFile
from undertow.simulation.blocks import CLIENTS, Block, World, make_world
from undertow.simulation.operation import operation_block
from undertow.simulation.organic import organic_block
from undertow.simulation.render import Posts, account_columns, render, world_texts
from undertow.simulation.scenario import Scenario

BLOCK_POSTS = 100_000
"""Posts of a block, about: what is in memory at once."""

MOST_BLOCKS = 511
MOST_ACCOUNTS = 2_000_000

Progress = Callable[[int, int], None]
"""Called with (posts written, posts expected)."""


def no_progress(done: int, total: int) -> None:
    """The progress callback that does nothing."""


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """What was written: file name -> rows; ``truth`` is one of the files."""

    folder: Path
    scenario: str
    seed: int
    files: dict[str, int]
    posts: int
    accounts: int

    def to_json(self) -> dict[str, object]:
        """The manifest as JSON-ready values."""
        return {**asdict(self), "folder": str(self.folder)}


@dataclass(frozen=True)
class _Part:
    name: str
    accounts: int
    posts: int


def _shares(part: _Part) -> Iterator[tuple[int, int, int, float]]:
    """Blocks of a population: number, first account, accounts, expected posts."""
    blocks = max(1, min(-(-part.posts // BLOCK_POSTS), part.accounts))
    if blocks > MOST_BLOCKS or part.accounts > MOST_ACCOUNTS:
        raise UsageError(
            f"{part.accounts:,} accounts with {part.posts:,} posts are too many for one simulation",
            where="simulate",
            todo=f"at most {MOST_ACCOUNTS:,} accounts and {MOST_BLOCKS * BLOCK_POSTS:,} posts; run parts by seed",
        )
    edges = [part.accounts * number // blocks for number in range(blocks + 1)]
    for number, (low, high) in enumerate(pairwise(edges)):
        yield number, low, high - low, part.posts * (high - low) / part.accounts


def simulate(
    out: Path,
    *,
    scenario: Scenario,
    seed: int,
    accounts: int | None = None,
    posts: int | None = None,
    compress: bool = True,
    progress: Progress = no_progress,
) -> Manifest:
    """Write a simulation of ``scenario`` into the folder ``out``, which is made when absent.

    ``accounts`` and ``posts`` resize the scenario (see :meth:`Scenario.sized`); numbers of posts are expectations.
    Files: ``synthetic_takedown_posts.csv.gz``, ``synthetic_takedown_users.csv.gz``, the same with ``control``,
    ``truth.csv``, ``README.txt``; without ``compress`` plain ``.csv``. The same arguments give the same bytes.
    Raises UsageError when ``out`` holds anything already, or for sizes that ids cannot hold.
    """
    if seed < 0:
        raise UsageError(f"the seed must not be negative, it is {seed}", where="simulate")
    scenario = scenario.sized(accounts=accounts, posts=posts)
    operation, organic = scenario.operation, scenario.organic
    parts = [_Part("takedown", operation.accounts, operation.posts)] if operation else []
    parts += [_Part("control", organic.accounts, organic.posts)] if organic else []
    plans = {part.name: list(_shares(part)) for part in parts}
    total = sum(part.posts for part in parts)
    out.mkdir(parents=True, exist_ok=True)
    if any(out.iterdir()):
        raise UsageError("the folder is not empty", where=str(out), todo="name a new folder")

    world = make_world(seed, scenario.first, scenario.last, operation.calendar if operation else None)
    texts = world_texts(world, seed)
    ending = ".csv.gz" if compress else ".csv"
    files: dict[str, int] = {}
    done = people = 0
    with CsvFile(out / "truth.csv", TRUTH_COLUMNS, quote=False) as truth:
        for part in parts:
            post_path = out / f"synthetic_{part.name}_posts{ending}"
            user_path = out / f"synthetic_{part.name}_users{ending}"
            with CsvFile(post_path, POST_COLUMNS) as post_file, CsvFile(user_path, ACCOUNT_COLUMNS) as user_file:
                for number, first, count, expected in plans[part.name]:
                    settings = {"seed": seed, "block": number, "first_number": first, "accounts": count}
                    if part.name == "takedown" and operation is not None:
                        block = operation_block(scenario, operation, world, **settings, posts=expected)
                    elif organic is not None:
                        block = organic_block(scenario, organic, world, **settings, posts=expected)
                    worker = number * 2 + (part.name == "control")
                    rendered = render(block, world, texts, seed=seed, worker=worker)
                    post_file.write(rendered.columns)
                    user_file.write(account_columns(block))
                    truth.write(_truth_rows(block, rendered, part.name, number))
                    done += len(rendered.post_id)
                    people += count
                    progress(done, max(total, done))
            files[post_path.name] = post_file.rows
            files[user_path.name] = user_file.rows
        truth.write(_world_truth(world))
    files["truth.csv"] = truth.rows
    (out / "README.txt").write_text(_readme(scenario, seed, files), encoding="utf-8", newline="\n")
    return Manifest(folder=out, scenario=scenario.name, seed=seed, files=files, posts=done, accounts=people)


def _columns(rows: list[tuple[str, ...]]) -> dict[str, pa.Array]:
    turned = list(zip(*rows, strict=True)) or [()] * len(TRUTH_COLUMNS)
    return {name: pa.array(values, pa.string()) for name, values in zip(TRUTH_COLUMNS, turned, strict=True)}


def _truth_rows(block: Block, posts: Posts, population: str, number: int) -> dict[str, pa.Array]:
    """Accounts' rows, then posts': each label's subject as the data show it."""
    shown = block.roster.shown
    rows: list[tuple[str, ...]] = [
        ("account", name, "population", population, "synthetic", "", "", population) for name in shown
    ]
    for account, label, value, detail, valid_from, valid_to in block.truth.rows:
        rows.append(("account", shown[account], label, value, detail, valid_from, valid_to, population))
    drafts = posts.drafts
    kind = "text_family" if population == "takedown" else "wire_story"
    copying = np.flatnonzero(drafts.family >= 0)
    for row, alteration in zip(copying.tolist(), posts.alteration, strict=True):
        name = f"{number}-t{drafts.family[row]}"
        rows.append(("post", str(posts.post_id[row]), kind, name, f"alteration={alteration}", "", "", population))
    pairs = sorted({(int(drafts.account[row]), int(drafts.family[row])) for row in copying.tolist()})
    for account, family in pairs:
        rows.append(("account", shown[account], kind, f"{number}-t{family}", "", "", "", population))
    for row in np.flatnonzero(drafts.group >= 0).tolist():
        group = block.groups[int(drafts.group[row])]
        rows.append(("post", str(posts.post_id[row]), "co_repost", group, "", "", "", population))
    for row in np.flatnonzero(drafts.life == 1).tolist():
        client = f"client={CLIENTS[int(drafts.client[row])]}"
        rows.append(("post", str(posts.post_id[row]), "previous_life", "true", client, "", "", population))
    return _columns(rows)


def _world_truth(world: World) -> dict[str, pa.Array]:
    roles = ["official" if number < world.officials else "outsider" for number in range(len(world.handles))]
    details = [f"handle={handle}" for handle in world.handles]
    return _columns(
        [
            ("account", str(number), "role", role, detail, "", "", "outside")
            for number, role, detail in zip(world.numbers.tolist(), roles, details, strict=True)
        ]
    )


def _readme(scenario: Scenario, seed: int, files: dict[str, int]) -> str:
    listed = "\n".join(f"  {name}: {rows:,} rows" for name, rows in files.items())
    settings = chain(
        [f"scenario: {scenario.name} ({scenario.description})", f"seed: {seed}"],
        [f"from {scenario.first} to {scenario.last}"],
        [f"operation: {scenario.operation}"] if scenario.operation else [],
        [f"organic control: {scenario.organic}"] if scenario.organic else [],
    )
    return (
        "SYNTHETIC DATA. Everything in this folder was made by `undertow simulate`: no account, post, place,\n"
        "project or event in it is real. The layout is that of a takedown archive so that tools can be tested.\n"
        "Do not present any of it as evidence about anyone.\n\n"
        f"{listed}\n\n" + "\n".join(settings) + "\n"
    )
