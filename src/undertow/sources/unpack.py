"""Members of a zip, unpacked safely: bounded, never to a path that the archive chooses."""

from __future__ import annotations

import logging
import shutil
import tempfile
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from undertow.errors import InputError

_log = logging.getLogger(__name__)

MOST_MEMBERS = 10_000
"""A takedown comes in at most some hundred parts."""
BOMB_BYTES = 1 << 30
BOMB_RATIO = 400
"""Text shrinks 3 to 50 times; a member above this size that shrinks more than this is not data."""
_COPY = 1 << 20
_CLUTTER = {"thumbs.db", "desktop.ini"}
_DOCUMENTS = {".pdf", ".md", ".docx", ".html", ".rtf"}


@dataclass(frozen=True)
class Member:
    """One unpacked member: where it lies, and the name that people see."""

    path: Path
    shown: str


def is_zip(path: Path) -> bool:
    """Whether the file begins like a zip (also an empty or a split one)."""
    with path.open("rb") as file:
        return file.read(4) in (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")


def unpack(path: Path, staging: Path) -> list[Member]:
    """Unpack the data files of the zip at ``path`` into ``staging``, in the archive's order.

    Folders, system clutter and documents (README, PDF) are left out. InputError when the archive is damaged,
    encrypted, empty, or would fill the disk.
    """
    shown = path.name
    try:
        with zipfile.ZipFile(path) as archive:
            members = [info for info in archive.infolist() if _is_data(info)]
            _check(archive, members, shown, staging)
            folder = Path(tempfile.mkdtemp(prefix="zip-", dir=staging))
            return [_extract(archive, info, shown, folder, number) for number, info in enumerate(members, 1)]
    except zipfile.BadZipFile as error:
        raise InputError(
            f"the zip archive is cut off or damaged ({error})", where=shown, todo="Get the file again."
        ) from error


def _is_data(info: zipfile.ZipInfo) -> bool:
    name = PurePosixPath(info.filename.replace("\\", "/"))
    if info.is_dir() or "__MACOSX" in name.parts or name.name.startswith(".") or name.name.lower() in _CLUTTER:
        return False
    document = name.suffix.lower() in _DOCUMENTS or name.stem.lower() in ("readme", "license", "licence")
    if document:
        _log.info("left out the document %s", info.filename)
    return not document


def _check(archive: zipfile.ZipFile, members: list[zipfile.ZipInfo], shown: str, staging: Path) -> None:
    names = {info.filename for info in archive.infolist()}
    if "[Content_Types].xml" in names:
        raise InputError("this is an Office document, not data", where=shown, todo="Save the sheet as CSV (UTF-8).")
    if not members:
        raise InputError(
            "the zip archive holds no data file", where=shown, todo="Give a zip with CSV or JSON files."
        )
    if len(members) > MOST_MEMBERS:
        raise InputError(
            f"the zip archive has {len(members)} members, more than {MOST_MEMBERS}",
            where=shown,
            todo="Unpack it first.",
        )
    encrypted = [info.filename for info in members if info.flag_bits & 1]
    if encrypted:
        raise InputError(
            f"the zip archive is encrypted ({encrypted[0]})", where=shown, todo="Unpack it with its password first."
        )
    for info in members:
        if info.file_size > BOMB_BYTES and info.file_size > BOMB_RATIO * max(info.compress_size, 1):
            raise InputError(
                f"{info.filename} would unpack {info.file_size // max(info.compress_size, 1)}-fold to "
                f"{info.file_size >> 20} MB, which data do not",
                where=shown,
                todo="If you trust it, unpack it first.",
            )
    needed, free = sum(info.file_size for info in members), shutil.disk_usage(staging).free
    if needed > free * 0.9:
        raise InputError(
            f"unpacking needs {needed >> 20} MB and {free >> 20} MB are free",
            where=shown,
            todo="Make room on the disk.",
        )


def _extract(archive: zipfile.ZipFile, info: zipfile.ZipInfo, shown: str, folder: Path, number: int) -> Member:
    name = f"{shown}!{info.filename}"
    target = folder / f"member-{number:05d}"
    try:
        with archive.open(info) as source, target.open("wb") as copy:
            shutil.copyfileobj(source, copy, _COPY)
    except (zipfile.BadZipFile, zlib.error, EOFError) as error:
        raise InputError(
            f"the zip archive is cut off or damaged ({error})", where=name, todo="Get the file again."
        ) from error
    except (NotImplementedError, RuntimeError) as error:
        raise InputError(f"the member cannot be unpacked ({error})", where=name, todo="Unpack it first.") from error
    return Member(target, name)
