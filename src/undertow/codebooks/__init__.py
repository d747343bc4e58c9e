"""Codebooks: what a theme is, written down by an analyst in a file that others can read, test and dispute.

The format is in ``docs/how-to/codebooks.md``; :mod:`undertow.codebooks.reader` reads a file,
:mod:`undertow.codebooks.matching` finds what it names in posts, :mod:`undertow.codebooks.check` runs its examples.
"""

from __future__ import annotations

from undertow.codebooks.matching import Matcher
from undertow.codebooks.model import Codebook, Frame, Term, Theme
from undertow.codebooks.reader import files_of, find, read, shipped

__all__ = ["Codebook", "Frame", "Matcher", "Term", "Theme", "files_of", "find", "read", "shipped"]
