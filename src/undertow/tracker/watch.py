"""A watched folder: files that are dropped there are added to a case, each once, whatever happens in between."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from undertow.case import Case
from undertow.errors import BusyError, InputError
from undertow.sources.base import ReadOptions
from undertow.tracker.collectors import Collector
from undertow.tracker.rules import Rules
from undertow.tracker.state import State, tracking
from undertow.tracker.updating import Update, updated

_log = logging.getLogger(__name__)

UNFINISHED = (".part", ".partial", ".tmp", ".crdownload", ".download")
"""Endings of files that somebody is still writing; names that begin with a dot are left alone too."""
BATCH = 100
"""Files that are added together: one line of the ledger, one look at what the case has."""
ADDED, REFUSED = "added", "refused"


@dataclass(frozen=True)
class Sweep:
    """What one look at the folder brought."""

    case: Case
    added: tuple[str, ...]
    refused: tuple[tuple[str, str], ...]
    unsettled: int
    update: Update | None


@dataclass
class Watcher:
    """Looks at a folder again and again; what it has added is remembered in the case."""

    case: Path
    folder: Path
    options: ReadOptions
    layout: str | None = None
    rules: Rules | None = None
    collectors: Sequence[Collector] = ()
    settle: bool = True
    """Take a file only when it has not changed since the look before."""

    def __post_init__(self) -> None:
        self._last_look: dict[str, tuple[int, int]] = {}

    def sweep(self) -> Sweep:
        """Collect, add what is new and finished, and update when anything changed (or the last update was cut off).

        Raises :class:`BusyError` while another command writes to the case or its tracker.
        """
        case = Case.open_or_create(self.case)
        with tracking(case.path):
            return self._sweep(case)

    def _sweep(self, case: Case) -> Sweep:
        state = State.load(case.path)
        cursors = {each.name: each.collect(state.cursors.get(each.name), self.folder) for each in self.collectors}
        ready, unsettled = self._ready(state)
        added: list[str] = []
        refused: list[tuple[str, str]] = []
        for start in range(0, len(ready), BATCH):
            case = self._add(case, ready[start : start + BATCH], state, added, refused)
        if cursors:
            state.cursors.update(cursors)
            state.save(case.path)
        done = updated(case, rules=self.rules) if case.parts("posts") else None
        return Sweep(case if done is None else done.case, tuple(added), tuple(refused), unsettled, done)

    def run(self, wait: Callable[[], bool], told: Callable[[Sweep], None]) -> None:
        """Sweep until ``wait`` (which sleeps between looks) says no more.

        What another command holds up is done at the next look; :class:`BusyError` when there is none.
        """
        while True:
            held = None
            try:
                told(self.sweep())
            except BusyError as error:
                held = error
                _log.info("%s: left for the next look", error.what)
            if not wait():
                if held is not None:
                    raise held
                return

    def _ready(self, state: State) -> tuple[list[tuple[Path, tuple[int, int]]], int]:
        """(files to add, by name; how many are left for the next look because they may still be written)."""
        look: dict[str, tuple[int, int]] = {}
        ready = []
        unsettled = 0
        for path in sorted(self.folder.iterdir()):
            if path.name.startswith(".") or path.suffix.lower() in UNFINISHED or not path.is_file():
                continue
            about = path.stat()
            mark = about.st_size, about.st_mtime_ns
            look[path.name] = mark
            if state.files.get(path.name, [])[:2] == list(mark):
                continue
            if self.settle and self._last_look.get(path.name) != mark:
                unsettled += 1
                continue
            ready.append((path, mark))
        self._last_look = look
        return ready, unsettled

    def _add(
        self,
        case: Case,
        batch: Sequence[tuple[Path, tuple[int, int]]],
        state: State,
        added: list[str],
        refused: list[tuple[str, str]],
    ) -> Case:
        """Add a batch; when a file of it cannot be read, add its files one by one, so that the others are added."""
        try:
            case, _ = case.add(*(path for path, _ in batch), format=self.layout, options=self.options)
        except InputError as error:
            if len(batch) > 1:
                for one in batch:
                    case = self._add(case, [one], state, added, refused)
                return case
            (path, mark) = batch[0]
            _log.warning("%s", error)
            refused.append((path.name, str(error)))
            state.files[path.name] = [*mark, f"{REFUSED}: {error}"]
        else:
            for path, mark in batch:
                added.append(path.name)
                state.files[path.name] = [*mark, ADDED]
        state.save(
            case.path
        )  # after the case has them: a crash before offers them again, and their hashes are known
        return case
