"""The file operations of the commit protocol, and the lock of a case.

Every change to a case on disk goes through :class:`Disk`, one method an operation, so that a test can record
the operations and replay every prefix with the unsynced data dropped.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from undertow.errors import BusyError, CaseError

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl


def sha256_of(path: Path) -> str:
    """The SHA-256 of the file at ``path``, as 64 hex digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


class Disk:
    """Durable file operations. Windows cannot fsync a folder: there only a crash of the process is survived."""

    def write(self, path: Path, data: bytes) -> None:
        """Create ``path`` with ``data``; not yet durable."""
        path.write_bytes(data)

    def append(self, path: Path, data: bytes) -> None:
        """Append ``data`` to ``path``, creating it; not yet durable."""
        with path.open("ab") as file:
            file.write(data)

    def truncate(self, path: Path, size: int) -> None:
        """Cut ``path`` to ``size`` bytes; not yet durable."""
        os.truncate(path, size)

    def sync(self, path: Path) -> None:
        """Make the bytes of the file ``path`` durable."""
        with path.open("rb+") as file:
            os.fsync(file.fileno())

    def make_folder(self, path: Path) -> None:
        """Create the folder ``path`` unless it is there, and make its name durable in its parent.

        A folder that is there may be of a command that was killed before its name was durable.
        """
        path.mkdir(exist_ok=True)
        self.sync_folder(path.parent)

    def rename(self, source: Path, target: Path) -> None:
        """Rename within one file system, replacing ``target``; durable after the folders are synced."""
        source.replace(target)

    def remove(self, path: Path) -> None:
        """Remove the file ``path``."""
        path.unlink()

    def sync_folder(self, path: Path) -> None:
        """Make the names in the folder ``path`` durable."""
        if sys.platform == "win32":
            return
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _try_lock(file: BinaryIO) -> bool:
    try:
        if sys.platform == "win32":
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _is_at(file: BinaryIO, path: Path) -> bool:
    """Whether ``file`` is still what lies at ``path``: who held its lock may have removed it with the case."""
    try:
        return os.path.samestat(os.fstat(file.fileno()), path.stat())
    except FileNotFoundError:
        return False


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the operating system's lock on the file ``path``; it goes with the process, however that ends.

    Raises :class:`BusyError` when another process holds it, :class:`CaseError` when the file system does not keep
    locks, or when the case cannot be written.
    """
    try:
        file = path.open("ab")
    except OSError as error:
        raise CaseError(
            f"the case cannot be written: {error.strerror}",
            where=str(path.parent),
            todo="check that the folder is there and may be written",
        ) from error
    with file:
        if not _try_lock(file) or not _is_at(file, path):
            raise BusyError(
                "another undertow command is writing to this case",
                where=str(path.parent),
                todo="wait until it has ended, then try again; reading commands work meanwhile",
            )
        with path.open("ab") as second:
            if _try_lock(second):
                raise CaseError(
                    "this file system does not keep locks, so two commands could damage the case",
                    where=str(path.parent),
                    todo="keep the case on a local disk",
                )
        yield
