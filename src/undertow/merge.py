"""Merging staged rows into the tables of a case, so that the order of adding does not matter.

What a table holds is a function of the *set* of rows ever added:

- ``posts``: of the rows with one key, the earliest observed, then the smallest row hash, is canonical; each
  other content is one row of ``post_versions`` (its earliest, then smallest), and each further observation of a
  known content with other counters or another time is a row of ``engagements``. Identical rows count once, under
  the smallest source.
- every other table: rows equal but for ``observed_at`` and ``source_id`` are one row; for ``accounts`` a state is
  kept once for each day on which it was seen (so a profile that changes and changes back is three rows).

Rows that nothing else touches are adopted as they were staged, without being rewritten; of several small files one
part is made. A table that was fed by many small files has its small parts joined with the commit of a later one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pyarrow.parquet as pq

from undertow.engines.embedded import digest, parquet
from undertow.schema import COUNTER_NAMES, ENGAGEMENTS, POST_CONTENT, POST_VERSIONS, POSTS, TABLES, Table
from undertow.sources.base import Extraction
from undertow.sql import identifier, literal

_CONTENT = {column.name: column.type for column in POST_CONTENT if column.name != "text_key"}
_COUNTERS = {column: POSTS.column(column).type for column in COUNTER_NAMES}
_OBSERVED = {"observed_at": POSTS.column("observed_at").type}
SMALL_ROWS = 50_000
"""Parts with fewer rows are small. Staged files of posts are joined when several small ones are added at once."""
ALIKE = 16
"""So many small parts of a table whose numbers of rows have equally many digits are joined: a row is written anew
once a power of ten at most, and no more than 15 parts of each remain."""

_ORDER = "observed_at ASC NULLS LAST, row_key, source_id, source_row"


@dataclass(frozen=True)
class Merged:
    """What a merge changes: new Parquet files and dropped parts by table, and the counts by input file.

    ``kept`` has, for each input in order, how many of its records brought something new.
    """

    new: Mapping[str, tuple[Path, ...]]
    dropped: Mapping[str, tuple[Path, ...]]
    kept: tuple[int, ...]


def merge(
    connection: duckdb.DuckDBPyConnection,
    extractions: Sequence[Extraction],
    parts: Mapping[str, Sequence[Path]],
    staging: Path,
) -> Merged:
    """Merge what was staged from several files, in their order, with the present ``parts`` of each table.

    New files are written under ``staging`` (or are the staged files themselves); nothing else changes. Of the tables
    that change, small parts are joined where there are many (:data:`ALIKE`).
    """
    new: dict[str, tuple[Path, ...]] = {}
    dropped: dict[str, tuple[Path, ...]] = {}
    connection.execute("CREATE TEMP TABLE news (file_no INTEGER, record BIGINT)")
    for table in TABLES.values():
        staged = {no: e.staged[table.name] for no, e in enumerate(extractions) if table.name in e.staged}
        if not staged:
            continue
        counted = [no for no in staged if table.name in extractions[no].counted]
        merger = _Posts if table is POSTS else _States
        for changed, files, gone in merger(connection, table, staged, counted, parts, staging).run():
            new[changed] = (*new.get(changed, ()), *files)
            dropped[changed] = (*dropped.get(changed, ()), *gone)
    counts = dict(
        connection.execute("SELECT file_no, count(DISTINCT record) FROM news GROUP BY file_no").fetchall()
    )
    connection.execute("DROP TABLE news")
    for name, files in new.items():
        if files:
            held = [part for part in parts.get(name, ()) if part not in dropped[name]]
            now = _alike_joined(connection, TABLES[name], [*held, *files], staging)
            new[name] = tuple(part for part in now if part not in held)
            dropped[name] = (*dropped[name], *(part for part in held if part not in now))
    return Merged(new, dropped, tuple(counts.get(no, 0) for no in range(len(extractions))))


def _alike_joined(
    connection: duckdb.DuckDBPyConnection, table: Table, parts: Sequence[Path], staging: Path
) -> list[Path]:
    """The ``parts`` with small ones of like size made one, in the order in which they were added."""
    rows = {part: pq.read_metadata(part).num_rows for part in parts}
    while True:
        sizes = Counter(len(str(n)) for n in rows.values() if n < SMALL_ROWS)
        many = next((size for size in sorted(sizes) if sizes[size] >= ALIKE), None)
        if many is None:
            return list(rows)
        alike = [part for part, n in rows.items() if n < SMALL_ROWS and len(str(n)) == many]
        joined = staging / f"{table.name}-alike-{many}.parquet"
        _copy(connection, table, f"SELECT * FROM {parquet(alike)}", joined)
        for part in alike:
            del rows[part]
        rows[joined] = pq.read_metadata(joined).num_rows


def _copy(connection: duckdb.DuckDBPyConnection, table: Table, sql: str, path: Path) -> None:
    """Write the rows of ``sql`` to ``path`` as a part of ``table``."""
    columns = ", ".join(identifier(column) for column in table.names)
    connection.execute(
        f"COPY (SELECT {columns} FROM ({sql})) TO {literal(str(path))} (FORMAT parquet, COMPRESSION zstd)"
    )


Change = tuple[str, tuple[Path, ...], tuple[Path, ...]]


@dataclass(frozen=True)
class _Merger:
    connection: duckdb.DuckDBPyConnection
    table: Table
    staged: Mapping[int, Path]
    counted: Sequence[int]
    parts: Mapping[str, Sequence[Path]]
    staging: Path

    def _staged(self) -> str:
        """SQL for all staged rows, with the number of their file and of their record."""
        record = "source_row" if "source_row" in self.table.names else "record"
        columns = ", ".join(identifier(column) for column in self.table.names)
        return " UNION ALL ".join(
            f"SELECT {columns}, {no} AS file_no, {record} AS record FROM {parquet([path])}"
            for no, path in self.staged.items()
        )

    def _existing(self, table: Table) -> str:
        """SQL for the rows that the case has, with the part they are in."""
        columns = ", ".join(identifier(column) for column in table.names)
        files = self.parts.get(table.name, ())
        if files:
            return f"SELECT {columns}, filename FROM {parquet(files, options=', filename = true')}"
        nulls = ", ".join(f"{identifier(column)}" for column in table.names)
        self.connection.register(f"_no_{table.name}", table.arrow.empty_table())
        return f"SELECT {nulls}, NULL::VARCHAR AS filename FROM _no_{table.name}"

    def _write(self, table: Table, label: str, sql: str) -> Path | None:
        """Write the rows of ``sql`` as a new staged part; None when there are none."""
        path = self.staging / f"{table.name}-{label}.parquet"
        _copy(self.connection, table, sql, path)
        # fetchall, not fetchone: an unfinished result would refuse the next registration on this connection
        ((rows,),) = self.connection.execute(f"SELECT count(*) FROM {parquet([path])}").fetchall()
        if rows == 0:
            path.unlink()
            return None
        return path

    def _replace(self, table: Table, adds: str, drops: str) -> Change:
        """New parts with the rows of the relation ``adds``; parts with rows of ``drops`` are rewritten without.

        ``drops`` has the columns ``filename`` and ``rid``, the digest of the whole row.
        """
        files: list[Path] = []
        gone: list[Path] = []
        columns = {column.name: column.type for column in table.columns}
        listed = self.connection.execute(f"SELECT DISTINCT filename FROM {drops} ORDER BY 1").fetchall()
        for number, (filename,) in enumerate(listed):
            old = Path(filename)
            gone.append(old)
            rest = self._write(
                table,
                f"rest-{number}",
                f"SELECT p.* FROM {parquet([old])} p WHERE {digest(columns, of='p')} NOT IN "
                f"(SELECT rid FROM {drops} WHERE filename = {literal(filename)})",
            )
            files.extend([rest] if rest else [])
        added = self._write(
            table, "new", f"SELECT * FROM {adds} ORDER BY {', '.join(map(identifier, table.names))}"
        )
        files.extend([added] if added else [])
        return table.name, tuple(files), tuple(gone)


class _States(_Merger):
    """Accounts, counters, labels, ads: equal rows are one row, the earliest observed."""

    def run(self) -> list[Change]:
        columns = {column.name: column.type for column in self.table.columns}
        daily = self.table.name == "accounts"
        state = {
            column: type_
            for column, type_ in columns.items()
            if column != "source_id" and not (daily and column == "observed_at")
        }
        key = digest(state)
        if daily:
            key += " || coalesce((epoch_us(observed_at) // 86400000000)::VARCHAR, '-')"
        order = "observed_at ASC NULLS LAST, source_id" if "observed_at" in columns else "source_id"
        subject = ", ".join(column for column in self.table.key if self.table.column(column).required)
        run = self.connection.execute
        run(
            "CREATE TEMP TABLE ranked AS SELECT *, "
            f"row_number() OVER (PARTITION BY state ORDER BY {order}, file_no, record) AS place, "
            "row_number() OVER (PARTITION BY state ORDER BY file_no, record) AS arrival "
            f"FROM (SELECT *, {key} AS state FROM ("
            "SELECT *, -1 AS file_no, 0::BIGINT AS record "
            f"FROM ({self._existing(self.table)}) SEMI JOIN ({self._staged()}) USING ({subject}) "
            f"UNION ALL BY NAME SELECT *, NULL AS filename FROM ({self._staged()})))"
        )
        listed = ", ".join(map(str, self.counted)) or "NULL"
        run(
            "INSERT INTO news SELECT file_no, record FROM ranked "
            f"WHERE arrival = 1 AND file_no >= 0 AND file_no IN ({listed})"
        )
        run("CREATE TEMP VIEW adds AS SELECT * FROM ranked WHERE place = 1 AND filename IS NULL")
        run(
            f"CREATE TEMP TABLE drops AS SELECT filename, {digest(columns)} AS rid FROM ranked "
            "WHERE place > 1 AND filename IS NOT NULL"
        )
        change = self._replace(self.table, "adds", "drops")
        run("DROP VIEW adds")
        for temporary in ("ranked", "drops"):
            run(f"DROP TABLE {temporary}")
        return [change]


class _Posts(_Merger):
    """Posts, their other versions, and further observations of their counters."""

    def run(self) -> list[Change]:
        run = self.connection.execute
        run(
            "CREATE TEMP TABLE touched AS "
            f"SELECT platform, post_id FROM ({self._staged()}) GROUP BY ALL HAVING count(*) > 1 UNION "
            f"SELECT platform, post_id FROM (SELECT platform, post_id FROM ({self._staged()})) "
            f"SEMI JOIN ({self._existing(POSTS)}) USING (platform, post_id)"
        )
        touched = run("SELECT count(*) FROM touched").fetchone()
        listed = ", ".join(map(str, self.counted)) or "NULL"
        clean = f"({self._staged()}) s ANTI JOIN touched USING (platform, post_id)"
        run(f"INSERT INTO news SELECT file_no, record FROM {clean} WHERE file_no IN ({listed})")
        if touched == (0,):
            run("DROP TABLE touched")
            return [("posts", self._joined(), ())]
        changes = self._resolve(clean, listed)
        for temporary in ("touched", "candidates", "observations", "leaders"):
            run(f"DROP TABLE {temporary}")
        return changes

    def _joined(self) -> tuple[Path, ...]:
        """The staged files as they are, but small ones joined: a feed of small files makes no part of each."""
        small = {no: path for no, path in self.staged.items() if pq.read_metadata(path).num_rows < SMALL_ROWS}
        if len(small) < 2:
            return tuple(self.staged.values())
        columns = ", ".join(identifier(column) for column in POSTS.names)
        files = parquet(small.values())
        joined = self._write(POSTS, "joined", f"SELECT {columns} FROM {files}")
        large = tuple(path for no, path in self.staged.items() if no not in small)
        return (*large, *((joined,) if joined else ()))

    def _resolve(self, clean: str, listed: str) -> list[Change]:
        run = self.connection.execute
        content, counters = digest(_CONTENT), digest({**_OBSERVED, **_COUNTERS})
        whole = digest({column.name: column.type for column in POSTS.columns})
        brief = "platform, post_id, observed_at, " + ", ".join(COUNTER_NAMES)
        run(
            f"CREATE TEMP TABLE candidates AS SELECT *, {content} AS content_key, {whole} AS rid FROM ("
            f"SELECT *, -1 AS file_no, 0::BIGINT AS record, 'posts' AS origin FROM ({self._existing(POSTS)}) "
            "SEMI JOIN touched USING (platform, post_id) UNION ALL BY NAME "
            f"SELECT *, -1 AS file_no, 0::BIGINT AS record, 'post_versions' AS origin "
            f"FROM ({self._existing(POST_VERSIONS)}) SEMI JOIN touched USING (platform, post_id) "
            "UNION ALL BY NAME SELECT *, NULL AS filename, 'staged' AS origin "
            f"FROM ({self._staged()}) SEMI JOIN touched USING (platform, post_id))"
        )
        engagement = digest({column.name: column.type for column in ENGAGEMENTS.columns})
        run(
            "CREATE TEMP TABLE observations AS SELECT *, "
            f"md5(content_key || {counters}) AS row_key FROM ("
            f"SELECT {brief}, content_key, source_id, source_row, file_no, record, origin, filename, rid "
            "FROM candidates UNION ALL BY NAME "
            f"SELECT {brief}, content_key, source_id, source_row, -1 AS file_no, 0::BIGINT AS record, "
            f"'engagements' AS origin, filename, {engagement} AS rid "
            f"FROM ({self._existing(ENGAGEMENTS)}) SEMI JOIN touched USING (platform, post_id))"
        )
        run(
            "INSERT INTO news SELECT file_no, record FROM (SELECT *, row_number() OVER ("
            "PARTITION BY platform, post_id, row_key ORDER BY file_no, record) AS arrival FROM observations) "
            f"WHERE arrival = 1 AND file_no IN ({listed})"
        )
        # one observation a row_key (identical rows), then the leader of each content, then of each post
        run(
            "CREATE TEMP TABLE leaders AS SELECT *, "
            f"row_number() OVER (PARTITION BY platform, post_id ORDER BY content_place, {_ORDER}) AS post_place "
            f"FROM (SELECT *, row_number() OVER (PARTITION BY platform, post_id, content_key ORDER BY {_ORDER}) "
            "AS content_place FROM (SELECT * FROM observations QUALIFY row_number() OVER ("
            "PARTITION BY platform, post_id, row_key ORDER BY source_id, source_row, file_no, record) = 1))"
        )
        held = {
            POSTS: "post_place = 1",
            POST_VERSIONS: "content_place = 1 AND post_place > 1",
            ENGAGEMENTS: "content_place > 1",
        }
        changes: list[Change] = []
        for table, condition in held.items():
            self._difference(table, condition)
            if table is POSTS:
                columns = ", ".join(identifier(column) for column in POSTS.names)
                untouched = self._write(POSTS, "clean", f"SELECT {columns} FROM {clean}")
                changes.append(("posts", (untouched,) if untouched else (), ()))
            changes.append(self._replace(table, "adds", "drops"))
            run("DROP TABLE adds")
            run("DROP TABLE drops")
        return changes

    def _difference(self, table: Table, condition: str) -> None:
        """The tables ``adds`` and ``drops`` between what ``table`` held of the touched posts and will hold."""
        run = self.connection.execute
        if table is ENGAGEMENTS:
            wanted = f"SELECT * FROM leaders WHERE {condition}"
        else:
            contents = [column for column in table.names if column in _CONTENT or column == "text_key"]
            borrowed = ", ".join(f"c.{identifier(column)}" for column in contents)
            wanted = (
                f"SELECT l.*, {borrowed} FROM (SELECT * FROM leaders WHERE {condition}) l JOIN "
                "(SELECT * FROM candidates QUALIFY row_number() OVER ("
                "PARTITION BY platform, post_id, content_key ORDER BY file_no, record) = 1) c "
                "USING (platform, post_id, content_key)"
            )
        columns = ", ".join(identifier(column) for column in table.names)
        whole = digest({column.name: column.type for column in table.columns})
        run(f"CREATE TEMP TABLE wanted AS SELECT {columns}, {whole} AS rid FROM ({wanted})")
        run(
            "CREATE TEMP TABLE held AS SELECT filename, rid FROM observations "
            f"WHERE origin = '{table.name}' AND file_no = -1"
        )
        run("CREATE TEMP TABLE adds AS SELECT * FROM wanted ANTI JOIN held USING (rid)")
        run("CREATE TEMP TABLE drops AS SELECT * FROM held ANTI JOIN wanted USING (rid)")
        run("DROP TABLE wanted")
        run("DROP TABLE held")
