"""Results of steps kept part by part, so that what was added to a case is all that is counted.

The parts of ``posts`` are immutable and content-named, and a post is in one part only. So the rows that a step over
``posts`` gives for a part never change, and are kept in ``CASE/derived/partials/<step>/<part>-<key>.parquet``, where the
key is the hash of the part's name and the step's SQL. What is kept may be deleted at any time and is made again.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
import os
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

import pyarrow as pa
import pyarrow.parquet as pq
from sqlglot import exp

from undertow.engines import ENGINES, embedded
from undertow.engines.engine import Engine
from undertow.engines.steps import Step
from undertow.schema import POSTS, TABLES
from undertow.sql import identifier
from undertow.storage import sha256_of

if TYPE_CHECKING:
    from undertow.case import Case

_log = logging.getLogger(__name__)

FOLDER = "partials"
MERGED = "merged"
_OF_POSTS = {"posts", "post_urls", "post_hashtags", "post_mentioned_ids", "post_mentioned_handles", "post_media"}
_PARQUET = b"PAR1"
"""What a Parquet file ends with."""
_ROW_GROUP = 50_000
_SELECT = "SELECT * FROM posts"

Reduce = Callable[[pa.Table], pa.Table]
Merge = Callable[[pa.Table], pa.Table]


class ByPart:
    """Runs steps over the ``posts`` of a case, part by part, and keeps what each part gives.

    With a condition on posts, on a cluster, or where the case cannot be written, all parts are counted at once and
    nothing is kept. A context manager.
    """

    def __init__(self, case: Case, *, engine: str = "duckdb", where: exp.Expression | None = None) -> None:
        self._engine = engine
        self._where = where
        self._parts = {name: case.parts(name) for name in TABLES}
        self._passing: tempfile.TemporaryDirectory[str] | None = None
        self._folder = case.path / "derived" / FOLDER
        if where is not None or engine != "duckdb" or not _writable(self._folder):
            self._passing = tempfile.TemporaryDirectory(prefix="undertow-")
            self._folder = Path(self._passing.name)

        self._engines: dict[tuple[Path, ...], Engine] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for opened in self._engines.values():
            opened.close()
        self._engines.clear()
        if self._passing is not None:
            self._passing.cleanup()

    def _over(self, posts: Sequence[Path]) -> Engine:
        """The engine over these parts of the posts; the last one stays open, since several steps run over one part."""
        key = tuple(posts)
        if key not in self._engines:
            for opened in self._engines.values():
                opened.close()
            self._engines = {key: ENGINES[self._engine]()({**self._parts, "posts": posts}, self._where)}
        return self._engines[key]

    def files(self, step: Step, reduce: Reduce | None = None, *, version: str = "") -> list[Path]:
        """One Parquet file a part with the rows of ``step``, after ``reduce``; ``version`` names what reduce does.

        Raises ValueError for a step that reads more than ``posts`` and its lists.
        """
        if not set(step.inputs) <= _OF_POSTS:
            raise ValueError(f"{step.name} reads {', '.join(step.inputs)}: only steps over posts go part by part")
        folder = self._folder / step.name
        folder.mkdir(parents=True, exist_ok=True)
        posts = self._parts["posts"]
        groups = [posts] if self._passing is not None else [(part,) for part in posts]
        return [self._file(step, group, folder, reduce, version) for group in groups]

    def _file(self, step: Step, parts: Sequence[Path], folder: Path, reduce: Reduce | None, version: str) -> Path:
        names = " ".join(part.name for part in parts)
        key = hashlib.sha256(f"{step.sql}\0{version}\0{names}".encode()).hexdigest()[:32]
        path = folder / f"{parts[0].stem if parts else 'none'}-{key}.parquet"
        if _whole(path):
            return path
        _log.debug("%s: counting %s", step.name, names)
        table = self._over(parts).run(step)
        _write(table if reduce is None else reduce(table), path)
        return path

    def merged(self, step: Step, merge: Merge) -> pa.Table:
        """The rows of ``step`` over all parts, made one by ``merge``, which may be applied to its own results.

        What was merged last is kept with the list of its parts, so that only later parts are merged into it.
        """
        files = self.files(step)
        folder = self._folder / step.name
        wanted = sorted(path.name for path in files)
        record = folder / f"{MERGED}.json"
        known, table = self._last_merged(record, set(wanted))
        fresh = [path for path in files if path.name not in known]
        if not fresh and table is not None:
            return table
        tables = [step.output.empty_table() if table is None else table]
        tables += [pq.read_table(path).cast(step.output) for path in fresh]
        result = merge(pa.concat_tables(tables)).cast(step.output)
        target = folder / f"{MERGED}-{hashlib.sha256(json.dumps(wanted).encode()).hexdigest()[:32]}.parquet"
        _write(result, target)
        document = {"parts": wanted, "file": target.name, "sha256": sha256_of(target)}
        with tempfile.NamedTemporaryFile("w", dir=folder, delete=False, encoding="utf-8") as staged:
            json.dump(document, staged)
        Path(staged.name).replace(record)
        for old in folder.glob(f"{MERGED}-*.parquet"):
            if old != target:
                old.unlink(missing_ok=True)
        return result

    def _last_merged(self, record: Path, wanted: set[str]) -> tuple[set[str], pa.Table | None]:
        """(the parts' files that it covers, the table) of what was merged last, when all its parts are still there."""
        try:
            document = json.loads(record.read_text(encoding="utf-8"))
            covered, file = set(document["parts"]), record.parent / document["file"]
            if covered <= wanted and sha256_of(file) == document["sha256"]:
                return covered, pq.read_table(file)
        except (OSError, ValueError, KeyError, TypeError):
            _log.debug("%s: nothing merged yet", record.parent.name)
        return set(), None

    def rows(self, sql: str) -> int | None:
        """How many rows a SELECT over ``posts`` without a sub-query returns; None for another, or where nothing is kept.

        Such a condition holds for a post by itself, so that the rows of the parts add up.
        """
        if self._passing is not None or not sql.startswith(_SELECT) or sql.upper().count("SELECT") > 1:
            return None
        folder = self._folder / "evidence"
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{hashlib.sha256(sql.encode()).hexdigest()[:32]}.json"
        try:
            known: dict[str, int] = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            known = {}
        fresh = [part for part in self._parts["posts"] if part.name not in known]
        if fresh:
            with contextlib.closing(embedded.connect()) as connection:
                columns = ", ".join(map(identifier, POSTS.names))
                files = embedded.parquet(fresh, options=", filename = true")
                connection.execute(f"CREATE VIEW posts AS SELECT {columns}, filename FROM {files}")
                counted = embedded.read(
                    connection, f"SELECT filename, count(*) AS n FROM ({sql}) GROUP BY filename"
                )
            names = [Path(file).name for file in counted["filename"].to_pylist()]
            by_part = dict(zip(names, counted["n"].to_pylist(), strict=True))
            known |= {part.name: by_part.get(part.name, 0) for part in fresh}
            with tempfile.NamedTemporaryFile("w", dir=folder, delete=False, encoding="utf-8") as staged:
                json.dump({part.name: known[part.name] for part in self._parts["posts"]}, staged)
            Path(staged.name).replace(path)
        return sum(known[part.name] for part in self._parts["posts"])

    def run(self, step: Step) -> pa.Table:
        """The rows of ``step``: merged from its parts where :data:`MERGES` says how, else counted as a whole."""
        if step.name in MERGES:
            return self.merged(step, MERGES[step.name])
        return self._over(self._parts["posts"]).run(step)


def _writable(folder: Path) -> bool:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return False
    return os.access(folder, os.W_OK)


def _whole(path: Path) -> bool:
    """Whether a Parquet file is there to its end: a machine that stopped may leave a name without content."""
    try:
        with path.open("rb") as file:
            file.seek(-len(_PARQUET), os.SEEK_END)
            return file.read() == _PARQUET
    except OSError:
        return False


def _write(table: pa.Table, path: Path) -> None:
    """Write ``table`` to ``path``, whole or not at all."""
    with tempfile.NamedTemporaryFile(dir=path.parent, suffix=".making", delete=False) as staged:
        pq.write_table(table, staged, compression="zstd", row_group_size=_ROW_GROUP)
    Path(staged.name).replace(path)


def distinct(table: pa.Table) -> pa.Table:
    """Each row once."""
    return table.group_by(table.column_names).aggregate([])


def folded(keys: Sequence[str], aggregates: Mapping[str, str]) -> Merge:
    """A merge that groups by ``keys`` and folds the other columns by ``sum``, ``min`` or ``max``."""

    def merge(table: pa.Table) -> pa.Table:
        made = table.group_by(list(keys)).aggregate(list(aggregates.items()))
        named = {f"{column}_{how}": column for column, how in aggregates.items()}
        renamed = made.rename_columns([named.get(name, name) for name in made.column_names])
        return renamed.select(table.column_names)

    return merge


MERGES: Mapping[str, Merge] = {
    "watchlists.named": folded(("platform", "account_id", "handle"), {"first_us": "min", "last_us": "max"}),
    "watchlists.authors": distinct,
    "watchlists.domains": distinct,
    "amplification.links": folded(("platform", "account_id", "domain"), {"posts": "sum", "reposts": "sum"}),
}
"""Step -> how the rows of its parts become the rows of all."""
