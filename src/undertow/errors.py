"""Errors that people see: what is wrong, where, and what to do next.

Every error that Undertow raises on purpose is an :class:`UndertowError`; the command line prints its three
parts and exits with its code, the library raises it, and nothing else shows a traceback for bad input.
"""

from __future__ import annotations

import difflib
import errno
from collections.abc import Iterable


class UndertowError(Exception):
    """Something a person can mend.

    ``what`` is wrong, ``where`` (file, record, option; may be empty) and what to do next (``todo``).
    """

    exit_code = 3

    def __init__(self, what: str, *, where: str = "", todo: str = "") -> None:
        self.what = what
        self.where = where
        self.todo = todo
        super().__init__(str(self))

    def __str__(self) -> str:
        text = f"{self.where}: {self.what}" if self.where else self.what
        return f"{text}\n  {self.todo}" if self.todo else text

    def to_json(self) -> dict[str, str]:
        """The error's parts, the same in the library, on the command line and over HTTP."""
        return {"error": type(self).__name__, "what": self.what, "where": self.where, "todo": self.todo}


class UsageError(UndertowError):
    """A name, option or expression that does not exist or cannot be used (exit code 2)."""

    exit_code = 2


class InputError(UndertowError):
    """A file that cannot be read at all (exit code 3); the case is untouched."""


class CaseError(UndertowError):
    """A case that cannot be opened or used: missing, locked, of another version."""


class BusyError(CaseError):
    """A case that another command writes to, or has changed meanwhile: the same command does later."""


class TamperedError(CaseError):
    """A case whose record does not match its contents (exit code 1)."""

    exit_code = 1


def of_system(error: OSError) -> InputError:
    """What the operating system refused (no permission, no room, no such folder), in the shape of all errors.

    >>> of_system(PermissionError(13, "Permission denied", "case/ledger.jsonl")).what
    'the system refused this: Permission denied'
    """
    todo = {
        errno.EACCES: "Check that it may be read and written, or choose another place.",
        errno.EPERM: "Check that it may be read and written, or choose another place.",
        errno.EROFS: "Choose a place that can be written.",
        errno.ENOSPC: "Make room on the disk, then run the command again.",
        errno.EDQUOT: "Make room on the disk, then run the command again.",
        errno.EFBIG: "Make room on the disk, then run the command again.",
    }.get(error.errno or 0, "Check the path.")
    where = error.filename if isinstance(error.filename, str) else str(error.filename or "")
    return InputError(f"the system refused this: {error.strerror or error}", where=where, todo=todo)


class EngineError(UndertowError):
    """An engine that cannot do what was asked, or is not installed."""

    exit_code = 2


_LISTED = 60
"""Names that an error lists: more than there are findings of one analysis or settings, fewer than accounts."""


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """``did you mean 'x'?`` for the nearest known name, else what there is: all of it, or the first few.

    >>> did_you_mean("langage", ["language", "client"])
    "did you mean 'language'?"
    """
    names = list(known)
    close = difflib.get_close_matches(name, names, n=1)
    if close:
        return f"did you mean {close[0]!r}?"
    more = f" and {len(names) - _LISTED:,} more" if len(names) > _LISTED + 1 else ""
    return f"there are: {', '.join(names[:_LISTED] if more else names)}{more}"
