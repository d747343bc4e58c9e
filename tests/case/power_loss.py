"""A model of a disk that loses what was not synced: operations are recorded, and each prefix is replayed into it.

The rules, which are harder than any file system's: the bytes of a file reach the disk when the file is synced; until
then any part of them may be there, or NULs in their place. A name (a new one, a changed one, one taken away) reaches
the disk when its folder is synced; until then each may be there or not, by itself: a file that was renamed may have
both names, or none.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from undertow.storage import Disk

Operation = tuple[str, str, Any]
"""Name, path in the case (``.`` is its folder), and what belongs to it."""
Tree = Mapping[str, bytes]
"""Path -> bytes of each file; a folder without files is its path and ``/``."""


class RecordingDisk(Disk):
    """Does what a disk does, and records it; ``told`` records a commit that was reported."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.log: list[Operation] = []

    def told(self, head: str) -> None:
        """A command was reported as done."""
        self.log.append(("told", ".", head))

    def _record(self, name: str, path: Path, extra: Any = None) -> None:
        self.log.append((name, self._name(path), extra))

    def _name(self, path: Path) -> str:
        return path.relative_to(self.root).as_posix()

    def write(self, path: Path, data: bytes) -> None:
        self._record("write", path, data)
        super().write(path, data)

    def append(self, path: Path, data: bytes) -> None:
        self._record("append", path, data)
        super().append(path, data)

    def truncate(self, path: Path, size: int) -> None:
        self._record("truncate", path, size)
        super().truncate(path, size)

    def sync(self, path: Path) -> None:
        super().sync(path)
        self._record("sync", path, path.read_bytes())

    def make_folder(self, path: Path) -> None:
        if not path.is_dir():
            self._record("make_folder", path)
        super().make_folder(path)

    def rename(self, source: Path, target: Path) -> None:
        self._record("rename", source, (self._name(target), read_tree(source)))
        super().rename(source, target)

    def remove(self, path: Path) -> None:
        self._record("remove", path)
        super().remove(path)

    def sync_folder(self, path: Path) -> None:
        super().sync_folder(path)
        self._record("sync_folder", path)


@dataclass
class File:
    """What is on the disk, and what was done since: (position or None for the end, data), or a size to cut at."""

    durable: bytes = b""
    pending: list[bytes | int] = field(default_factory=list)

    def current(self) -> bytes:
        content = self.durable
        for change in self.pending:
            content = content[:change] if isinstance(change, int) else content + change
        return content


@dataclass
class Folder:
    """The names on the disk, and the names set (or taken away: None) since."""

    durable: dict[str, File | Folder] = field(default_factory=dict)
    pending: list[tuple[str, File | Folder | None]] = field(default_factory=list)

    def current(self) -> dict[str, File | Folder]:
        return applied(self.durable, self.pending)


def applied(
    names: Mapping[str, File | Folder], changes: Iterable[tuple[str, File | Folder | None]]
) -> dict[str, File | Folder]:
    """``names`` after ``changes``."""
    result = dict(names)
    for name, node in changes:
        if node is None:
            result.pop(name, None)
        else:
            result[name] = node
    return result


class Model:
    """The disk, as the operations so far have left it; its top folder is durable."""

    def __init__(self, start: Tree = {}) -> None:  # noqa: B006
        self.top = Folder()
        for path, data in start.items():
            folder = self.top
            *parents, name = PurePosixPath(path).parts
            for parent in [*parents, name] if path.endswith("/") else parents:
                folder = folder.durable.setdefault(parent, Folder())  # type: ignore[assignment]
            if not path.endswith("/"):
                folder.durable[name] = File(data)

    def _folder(self, path: PurePosixPath) -> Folder:
        """The folder at ``path``; one that the recorder has not seen made (for staging) has no durable name."""
        folder = self.top
        for part in path.parts:
            child = folder.current().get(part)
            if child is None:
                child = Folder()
                folder.pending.append((part, child))
            assert isinstance(child, Folder), path
            folder = child
        return folder

    def _file(self, path: PurePosixPath, content: bytes | None = None) -> File:
        folder = self._folder(path.parent)
        file = folder.current().get(path.name)
        if file is None:
            file = File(pending=[] if content is None else [content])
            folder.pending.append((path.name, file))
        assert isinstance(file, File), path
        return file

    def do(self, operation: Operation) -> None:
        """Replay one operation."""
        name, text, extra = operation
        path = PurePosixPath(text)
        if name == "write":
            self._file(path).pending += [0, extra]
        elif name in ("append", "truncate"):
            self._file(path).pending.append(extra)
        elif name == "sync":
            file = self._file(path, extra)
            assert file.current() == extra, f"{path} was changed behind the disk's back"
            file.durable, file.pending = extra, []
        elif name == "make_folder":
            self._folder(path)
        elif name == "sync_folder":
            folder = self._folder(path)
            folder.durable, folder.pending = folder.current(), []
        elif name == "remove":
            self._folder(path.parent).pending.append((path.name, None))
        elif name == "rename":
            target, tree = PurePosixPath(extra[0]), extra[1]
            for below, data in tree.items():
                if not below.endswith("/"):
                    self._file(path / below if below else path, data)
            node = self._folder(path.parent).current()[path.name]
            self._folder(path.parent).pending.append((path.name, None))
            self._folder(target.parent).pending.append((target.name, node))
        else:
            assert name == "told", name

    def survivors(self, fate: Fate) -> dict[str, bytes]:
        """The files after the power was lost."""
        return dict(_survivors(self.top, "", fate))


@dataclass(frozen=True)
class Fate:
    """What becomes of what was not synced: whether a change of a name survives, and what is left of a file."""

    name: Callable[[], bool]
    data: Callable[[File], bytes]


def _survivors(folder: Folder, prefix: str, fate: Fate) -> Iterator[tuple[str, bytes]]:
    names = applied(folder.durable, [change for change in folder.pending if fate.name()])
    if not names and prefix:
        yield prefix, b""
    for name, node in names.items():
        if isinstance(node, Folder):
            yield from _survivors(node, f"{prefix}{name}/", fate)
        else:
            yield f"{prefix}{name}", node.durable if not node.pending else fate.data(node)


def fates(seed: int) -> dict[str, Fate]:
    """The ways in which unsynced data are lost that are tried after each operation."""
    chance = random.Random(seed)

    def torn(file: File) -> bytes:
        """The first changes, and the one after them up to any byte."""
        whole = chance.randrange(len(file.pending))
        content = File(file.durable, file.pending[:whole]).current()
        change = file.pending[whole]
        if isinstance(change, int):
            return content[:change] if chance.random() < 0.5 else content
        return content + change[: chance.randrange(len(change) + 1)]

    def nulls(file: File) -> bytes:
        """The size without the bytes."""
        least = min([len(file.durable), *(change for change in file.pending if isinstance(change, int))])
        kept = file.durable[: min(least, len(file.current()))]
        return kept + b"\0" * (len(file.current()) - len(kept))

    def late_pages(file: File) -> bytes:
        """The size and the last bytes, NULs before them."""
        content, kept = file.current(), nulls(file)
        cut = chance.randrange(len(file.durable), len(content) + 1) if len(content) > len(file.durable) else 0
        return kept[:cut] + content[cut:]

    def coin() -> bool:
        return chance.random() < 0.5

    def any_way(file: File) -> bytes:
        ways = [torn, nulls, late_pages, File.current, lambda lost: lost.durable]
        return chance.choice(ways)(file)

    always, never = (lambda: True), (lambda: False)
    return {
        "everything lost": Fate(never, lambda file: file.durable),
        "nothing lost": Fate(always, File.current),
        "names without bytes": Fate(always, lambda file: file.durable),
        "bytes without names": Fate(never, File.current),
        "torn": Fate(always, torn),
        "NULs": Fate(always, nulls),
        "late pages": Fate(always, late_pages),
        "mixed 1": Fate(coin, any_way),
        "mixed 2": Fate(coin, any_way),
    }


def read_tree(path: Path) -> dict[str, bytes]:
    """The files at and below ``path``."""
    if path.is_file():
        return {"": path.read_bytes()}
    tree: dict[str, bytes] = {}
    for child in sorted(path.rglob("*")):
        name = child.relative_to(path).as_posix()
        if child.is_file():
            tree[name] = child.read_bytes()
        elif not any(child.iterdir()):
            tree[f"{name}/"] = b""
    return tree


def write_tree(tree: Tree, folder: Path) -> None:
    """Make the files of ``tree`` in the new folder ``folder``."""
    folder.mkdir()
    for name, data in tree.items():
        path = folder / name
        if name.endswith("/"):
            path.mkdir(parents=True, exist_ok=True)
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
