"""numba's ``njit``, typed: the one place of the package that imports numba. Import this module late."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import numba

F = TypeVar("F", bound=Callable[..., object])


def compiled(function: F) -> F:
    """``function`` compiled on first use, kept on disk for the next run, and free of the interpreter's lock."""
    wrapped: F = numba.njit(cache=True, nogil=True)(function)
    return wrapped
