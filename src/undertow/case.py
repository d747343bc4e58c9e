"""A case on disk: raw files go in, tables and findings come out, and every change is one line of its ledger.

A case is a folder of immutable files and an append-only ledger (see ``docs/explanation/case-format.md``).
Readers take no lock: a :class:`Case` shows the case as its ledger stood when it was opened. Commands that write
hold the case's lock, stage their files, and commit by appending one ledger line; a crash at any moment leaves
the case as it was before the command, or as it is after it.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import logging
import shutil
import sys
import tempfile
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

import undertow
from undertow import ledger as ledgers
from undertow.errors import BusyError, CaseError, InputError, UndertowError, UsageError, did_you_mean
from undertow.finding import Finding
from undertow.inputs import Input, stated
from undertow.ledger import Ledger, Line, Part
from undertow.schema import TABLES
from undertow.storage import Disk, locked, sha256_of
from undertow.table_view import TableView

if TYPE_CHECKING:
    import duckdb

    from undertow.sources.base import Extraction, Reader, ReadOptions, SourceFile

_log = logging.getLogger(__name__)

LEDGER, LOCK, SETTINGS = "ledger.jsonl", ".lock", "case.toml"
FOLDERS = ("tables", "derived", "quarantine", "findings", "staging")

Clock = Callable[[], dt.datetime]


def utc_now() -> dt.datetime:
    """The time now, UTC: the clock that cases use unless another is passed in."""
    return dt.datetime.now(dt.UTC)


@dataclass(frozen=True)
class Case:
    """A case as its ledger stood when it was opened.

    Create one with :meth:`create`, open one with :meth:`open`; :meth:`add` returns what became of each file,
    and :attr:`posts` is the table of posts.

    >>> import tempfile, pathlib
    >>> folder = pathlib.Path(tempfile.mkdtemp()) / "case"
    >>> case = Case.create(folder, title="An example")
    >>> case.posts.count()
    0
    """

    path: Path
    ledger: Ledger
    clock: Clock = utc_now
    disk: Disk = field(default_factory=Disk)

    # --- opening -------------------------------------------------------------------------------------------

    @classmethod
    def create(
        cls,
        path: Path | str,
        *,
        title: str | None = None,
        question: str = "",
        clock: Clock = utc_now,
        disk: Disk | None = None,
    ) -> Case:
        """Create an empty case in the folder ``path``, which must not exist or be empty.

        A ``case.toml`` that is there already is kept, unless ``title`` or ``question`` is given.
        Raises :class:`CaseError` when there is something else in the folder.
        """
        path, disk = Path(path), disk or Disk()
        if path.exists() and not path.is_dir():
            raise CaseError(
                "this is a file, not a folder", where=str(path), todo="choose another path for the case"
            )
        if _is_case(path):
            raise CaseError("there is a case here already", where=str(path), todo="open it, or choose another path")
        strangers = (
            [p.name for p in path.iterdir() if p.name not in {LEDGER, LOCK, SETTINGS, *FOLDERS}]
            if path.is_dir()
            else []
        )
        if strangers:
            raise CaseError(
                f"the folder is not empty (there is {strangers[0]!r})",
                where=str(path),
                todo="choose a path that does not exist yet",
            )
        for folder in reversed([p for p in path.parents if not p.is_dir()]):
            disk.make_folder(folder)
        disk.make_folder(path)
        with locked(path / LOCK):
            if _is_case(path):  # made since we looked
                raise CaseError("there is a case here already", where=str(path), todo="open it")
            for name in FOLDERS:
                disk.make_folder(path / name)
            if title or question or not _is_toml(path / SETTINGS):
                settings = (
                    f"title = {json.dumps(title or path.resolve().name)}\nquestion = {json.dumps(question)}\n"
                )
                disk.write(path / SETTINGS, settings.encode())
            disk.sync(path / SETTINGS)
            disk.write(path / LEDGER, b"")
            disk.sync(path / LEDGER)
            disk.sync_folder(path)
            case = cls(path, Ledger((), 0), clock, disk)
            return case._commit("create")

    @classmethod
    def open(cls, path: Path | str, *, clock: Clock = utc_now, disk: Disk | None = None) -> Case:
        """Open the case in the folder ``path``.

        Raises :class:`CaseError` when there is none, :class:`undertow.errors.TamperedError` when a line of its
        ledger was changed.
        """
        path = Path(path)
        ledger = Ledger.read(path / LEDGER)
        if not ledger.lines:
            raise CaseError(
                "there is no case here", where=str(path), todo="make one with: undertow add CASE FILES..."
            )
        return cls(path, ledger, clock, disk or Disk())

    @classmethod
    def open_or_create(cls, path: Path | str, *, title: str | None = None, clock: Clock = utc_now) -> Case:
        """The case at ``path``, created when there is none."""
        path = Path(path)
        return cls.open(path, clock=clock) if _is_case(path) else cls.create(path, title=title, clock=clock)

    @classmethod
    def add_to(
        cls,
        path: Path | str,
        *files: Path | str,
        title: str | None = None,
        format: str | None = None,  # noqa: A002  (the word that people know from --format)
        options: ReadOptions | None = None,
        clock: Clock = utc_now,
    ) -> tuple[Case, tuple[Input, ...]]:
        """:meth:`add` files to the case at ``path``, which is created when there is none.

        A case that this call made for files that cannot be read is taken away again. Raises what :meth:`add` raises.
        """
        path = Path(path)
        before = {each.name for each in path.iterdir()} if path.is_dir() else None
        made = not _is_case(path)
        case = cls.open_or_create(path, title=title, clock=clock)
        try:
            return case.add(*files, format=format, options=options)
        except (UndertowError, OSError, KeyboardInterrupt):
            if made:
                case._take_away(before)
            raise

    def _take_away(self, before: set[str] | None) -> None:
        """Remove what :meth:`create` made, while nothing was added; what was there ``before`` (None: no folder) stays."""
        lock = self.path / LOCK
        with locked(lock):
            if len(Ledger.read(self.path / LEDGER).lines) > 1:
                return
            (self.path / LEDGER).unlink()
            if SETTINGS not in (before or ()):
                (self.path / SETTINGS).unlink(missing_ok=True)
            for name in set(FOLDERS).difference(before or ()):
                shutil.rmtree(self.path / name, ignore_errors=True)
            if sys.platform != "win32" and LOCK not in (before or ()):
                lock.unlink()  # while it is held: whoever has opened it meanwhile finds that it is gone
        if sys.platform == "win32" and LOCK not in (before or ()):
            with contextlib.suppress(OSError):  # there an open file cannot be removed, ours or another's
                lock.unlink()
        if before is None and not any(self.path.iterdir()):
            self.path.rmdir()

    def refreshed(self) -> Case:
        """The case as its ledger stands now."""
        return Case.open(self.path, clock=self.clock, disk=self.disk)

    # --- what is in it -------------------------------------------------------------------------------------

    @property
    def head(self) -> str:
        """The hash of the ledger's last line: what names this state of the case."""
        return self.ledger.head

    @property
    def settings(self) -> Mapping[str, Any]:
        """The contents of ``case.toml``: title, question, and what the analyst put there."""
        try:
            return tomllib.loads((self.path / SETTINGS).read_text(encoding="utf-8"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
            raise CaseError(
                f"case.toml cannot be read: {error}", where=str(self.path / SETTINGS), todo="mend the file"
            ) from error

    @property
    def title(self) -> str:
        """The case's title."""
        return str(self.settings.get("title", self.path.name))

    @property
    def inputs(self) -> tuple[Input, ...]:
        """Every file that was added, in order."""
        return tuple(Input.from_json(entry) for entry in self.ledger.inputs())

    def parts(self, table: str) -> tuple[Path, ...]:
        """The Parquet files that make up ``table`` now."""
        return tuple(
            self.path / "tables" / part.table / part.file for part in self.ledger.parts() if part.table == table
        )

    def table(self, name: str) -> TableView:
        """The table ``name``; :class:`UsageError` when there is none of that name."""
        if name not in TABLES:
            raise UsageError(f"there is no table {name!r}", todo=did_you_mean(name, TABLES))
        return TableView(self, name)

    @property
    def posts(self) -> TableView:
        """The posts, one row each."""
        return self.table("posts")

    @property
    def accounts(self) -> TableView:
        """The accounts' profiles, one row a state."""
        return self.table("accounts")

    def connect(
        self, *, memory_limit_mb: int | None = None, tables: Iterable[str] = tuple(TABLES)
    ) -> duckdb.DuckDBPyConnection:
        """A DuckDB connection with a view for each of ``tables``, which can read the case's files and nothing else."""
        from undertow.engines import embedded

        limit = memory_limit_mb or embedded.READ_MEMORY_MB
        connection = embedded.connect(memory_limit_mb=limit, only_under=[self.path])
        for name in tables:
            embedded.view(connection, TABLES[name], self.parts(name))
        return connection

    def query(self, sql: str, parameters: Mapping[str, object] | None = None) -> pa.Table:
        """Run a SELECT over the case's tables (DuckDB's SQL) and return its rows.

        Raises :class:`UsageError` for anything but one SELECT over existing tables and columns.
        """
        from undertow.engines.expressions import checked_query, run_checked, tables_of

        checked = checked_query(sql)
        return run_checked(lambda: self.connect(tables=tables_of(checked)), checked, parameters)

    # --- adding --------------------------------------------------------------------------------------------

    def add(
        self,
        *files: Path | str,
        format: str | None = None,  # noqa: A002  (the word that people know from --format)
        options: ReadOptions | None = None,
    ) -> tuple[Case, tuple[Input, ...]]:
        """Add raw files, all or none; returns the case as it is then, and what became of each file.

        A file that the case has (by its hash) is not read again. Raises
        :class:`undertow.errors.InputError` for a file that cannot be read at all, and for one that the case has read
        with other options than those given now; the case is then untouched.
        """
        from undertow.sources.base import ReadOptions

        options = replace(options or ReadOptions(), read_at=self.clock())
        with self._writing() as (case, staging):
            known = {entry["sha256"]: entry for entry in case.ledger.inputs()}
            found = case._detect(files, staging, options, format)
            fresh: dict[str, tuple[SourceFile, Reader]] = {}
            for source, reader in found:
                if source.sha256 in known:
                    _check_same_options(known[source.sha256], options, source)
                else:
                    fresh.setdefault(source.sha256, (source, reader))
            extractions: dict[str, Extraction] = {}
            for number, (sha256, (source, reader)) in enumerate(fresh.items()):
                folder = staging / f"file-{number}"
                folder.mkdir()
                extractions[sha256] = reader.read(source, folder, options)
            if not fresh:
                return case, tuple(_already(case, source) for source, _ in found)
            after, entries = case._merge(fresh, extractions, staging, options)
            reports = []
            for source, _ in found:  # the second time that a hash comes up, the file is known
                fresh_entry = entries.pop(source.sha256, None)
                reports.append(fresh_entry or _already(after, source))
            return after, tuple(reports)

    def _detect(
        self, files: Sequence[Path | str], staging: Path, options: ReadOptions, layout: str | None
    ) -> list[tuple[SourceFile, Reader]]:
        from undertow.sources.detect import detect

        found: list[tuple[SourceFile, Reader]] = []
        for number, file in enumerate(files):
            folder = staging / f"unpacked-{number}"
            folder.mkdir()
            found.extend(detect(Path(file), folder, options, layout=layout))
        if not found:
            raise InputError("no files were given", todo="name at least one file to add")
        return found

    def _merge(
        self,
        fresh: Mapping[str, tuple[SourceFile, Reader]],
        extractions: Mapping[str, Extraction],
        staging: Path,
        options: ReadOptions,
    ) -> tuple[Case, dict[str, Input]]:
        from undertow.engines import embedded
        from undertow.merge import merge

        connection = embedded.connect(
            memory_limit_mb=max(options.memory_limit_mb, 1_000), threads=options.threads, spill=staging / "spill"
        )
        try:
            present = {table: self.parts(table) for table in TABLES}
            merged = merge(connection, list(extractions.values()), present, staging)
        finally:
            connection.close()
        added = [self._adopt(file, "tables", table) for table, new in sorted(merged.new.items()) for file in new]
        gone = {file for files in merged.dropped.values() for file in files}
        removed = [p for p in self.ledger.parts() if self.path / "tables" / p.table / p.file in gone]
        entries: dict[str, Input] = {}
        quarantine: dict[str, str] = {}
        for (sha256, (source, _)), kept in zip(fresh.items(), merged.kept, strict=True):
            extraction = extractions[sha256]
            name = None
            if extraction.quarantine is not None:
                name = f"{source.source_id}.jsonl"
                quarantine[name] = self._place(extraction.quarantine, self.path / "quarantine" / name)
            entries[sha256] = Input(
                name=source.shown,
                format=extraction.format,
                sha256=sha256,
                bytes=source.size,
                read=extraction.records_read,
                kept=kept,
                duplicate=extraction.records_read - extraction.records_quarantined - kept,
                quarantined=extraction.records_quarantined,
                quarantine=name,
                options=stated(options),
                notes=extraction.notes,
            )
        after = self._commit(
            "add",
            inputs=tuple(entry.to_json() for entry in entries.values()),
            added=tuple(part for part in added if part not in removed),
            removed=tuple(part for part in removed if part not in added),
            quarantine=quarantine,
        )
        return after, entries

    # --- findings ------------------------------------------------------------------------------------------

    def findings(self) -> list[Finding]:
        """The latest generation of findings, each with its table and chart."""
        from undertow.findings_store import load

        line = self.ledger.findings()
        return [] if line is None else load(self.path / "findings" / str(line.seq))

    def finding(self, key: str) -> Finding:
        """The finding with this key: an id, or ``id [filter]`` for one about a part of the posts.

        An id names the finding about all posts; where there is none, the last one made about a part of them. Raises
        :class:`UsageError` when there is neither.
        """
        findings = self.findings()
        for finding in findings:
            if key == finding.key:
                return finding
        parts = [finding for finding in findings if key == finding.id]
        if parts:  # of parts of the posts only: the last that was made
            return parts[-1]
        todo = did_you_mean(key, [f.key for f in findings]) if findings else "run: undertow analyse CASE"
        raise UsageError(f"there is no finding {key!r}", where=str(self.path), todo=todo)

    def evidence(self, finding: Finding | str, *, limit: int | None = None) -> pa.Table:
        """The rows behind a finding, at most ``limit`` of them."""
        found = self.finding(finding) if isinstance(finding, str) else finding
        sql = found.evidence.sql
        return self.query(sql if limit is None else f"SELECT * FROM ({sql}) LIMIT {int(limit)}")

    def record(self, findings: Sequence[Finding], parameters: Mapping[str, Any]) -> Case:
        """Store a generation of findings as one ledger line; earlier generations stay.

        Findings of the generation before whose keys are not among the new ones are carried over, unless the
        tables have changed since. Raises :class:`BusyError` when the case has changed since it was opened:
        findings belong to one state.
        """
        from undertow.findings_store import save

        with self._writing() as (case, staging):
            if case.head != self.head:
                raise BusyError(
                    "the case has changed while it was analysed",
                    where=str(self.path),
                    todo="run the analysis again",
                )
            seq = case.ledger.next_seq
            folder = staging / "findings"
            files = save(case._carried(findings), folder)
            for file in files:
                self.disk.sync(folder / file)
            self.disk.sync_folder(folder)
            target = case.path / "findings" / str(seq)
            if target.exists():  # from a command that was killed before its line was written: never committed
                self.disk.rename(target, staging / "orphan")
            self.disk.rename(folder, target)
            self.disk.sync_folder(target.parent)
            return case._commit("analyse", parameters=parameters, findings={"seq": seq, "files": files})

    def note(self, command: str, parameters: Mapping[str, Any]) -> Case:
        """Record in the ledger that ``command`` was done, where it changes no file of the case."""
        with self._writing() as (case, _):
            return case._commit(command, parameters=parameters)

    def _carried(self, findings: Sequence[Finding]) -> list[Finding]:
        """The findings with those of the last generation that still hold: new ones in the place of old ones."""
        line = self.ledger.findings()
        if line is None or any(later.added or later.removed for later in self.ledger.lines[line.seq :]):
            return list(findings)
        merged = {finding.key: finding for finding in self.findings()}
        return list((merged | {finding.key: finding for finding in findings}).values())

    # --- writing -------------------------------------------------------------------------------------------

    @contextlib.contextmanager
    def _writing(self) -> Iterator[tuple[Case, Path]]:
        """The lock, the recovered case, and a staging folder that is gone afterwards."""
        with locked(self.path / LOCK):
            ledger = ledgers.recover(self.path / LEDGER, self.disk)
            if not (self.path / SETTINGS).is_file():
                raise CaseError(f"{SETTINGS} is missing", where=str(self.path), todo="put it back; it may be empty")
            staging_root = self.path / "staging"
            staging_root.mkdir(exist_ok=True)
            for stale in staging_root.iterdir():
                shutil.rmtree(stale) if stale.is_dir() else stale.unlink()
            staging = Path(tempfile.mkdtemp(prefix="command-", dir=staging_root))
            try:
                yield Case(self.path, ledger, self.clock, self.disk), staging
            finally:
                shutil.rmtree(staging, ignore_errors=True)

    def _adopt(self, staged: Path, *folders: str) -> Part:
        """Move a staged Parquet file to its content-hashed name in the tables."""
        table = folders[-1]
        folder = self.path.joinpath(*folders)
        self.disk.make_folder(folder)
        sha256 = sha256_of(staged)
        name = f"{sha256[:32]}.parquet"
        rows = pq.read_metadata(staged).num_rows
        self._place(staged, folder / name, sha256)
        return Part(table, name, sha256, rows)

    def _place(self, staged: Path, target: Path, sha256: str | None = None) -> str:
        """Sync a staged file and rename it into place durably; returns its SHA-256."""
        digest = sha256 or sha256_of(staged)
        self.disk.sync(staged)
        self.disk.rename(staged, target)
        self.disk.sync_folder(target.parent)
        return digest

    def _commit(self, command: str, **fields: Any) -> Case:
        """Append the line that makes what was staged part of the case."""
        line = Line(
            seq=self.ledger.next_seq,
            prev=self.ledger.head,
            time=self.clock().isoformat(timespec="seconds"),
            version=undertow.__version__,
            command=command,
            case_toml=sha256_of(self.path / SETTINGS),
            **fields,
        )
        ledger = self.ledger.append(self.path / LEDGER, line, self.disk)
        _log.info("%s: line %d, head %s", command, line.seq, ledger.head[:16])
        return Case(self.path, ledger, self.clock, self.disk)


def _is_case(path: Path) -> bool:
    return (path / LEDGER).exists() and bool(Ledger.read(path / LEDGER).lines)


def _is_toml(path: Path) -> bool:
    try:
        tomllib.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):  # not there, or of a command that was killed while it wrote
        return False
    return True


def _check_same_options(entry: Mapping[str, Any], options: ReadOptions, source: SourceFile) -> None:
    """InputError where a file that the case has is given with other options than it was read with.

    A case's rows are those of everything that was ever added, merged, so none can be taken out again.
    """
    read, given = entry["options"], stated(options)
    other = sorted(name for name in given if given[name] != read.get(name))
    if not other:
        return
    names = {"mapping": "map (--map)"}
    told = " and ".join(names.get(name, f"{name} (--{name})") for name in other)
    raise InputError(
        f"the case has this file already, read with another {told}; nothing was read",
        where=source.shown,
        todo="Files stay in a case as they were read. Make a new case: undertow add NEW_CASE FILES... with the right "
        "options, for all its files; then delete the folder of this one.",
    )


def _already(case: Case, source: SourceFile) -> Input:
    """The entry of a file that the case has, for one that was given again, by the name that it was given now."""
    entry = next(entry for entry in case.ledger.inputs() if entry["sha256"] == source.sha256)
    return Input.from_json({**entry, "name": source.shown}, known=True)
