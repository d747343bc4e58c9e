"""Words that the findings on account origins share."""

from __future__ import annotations

QUESTION = "Where do the accounts come from?"
