"""Languages and scripts of texts, found offline."""

from __future__ import annotations

from undertow.languages.detect import Detected, detect, detect_all, written_in
from undertow.languages.mix import LanguageMix, language_mix
from undertow.languages.scripts import chinese_script, main_script, scripts
from undertow.languages.tags import Spoken, spoken, spoken_all

__all__ = [
    "Detected",
    "LanguageMix",
    "Spoken",
    "chinese_script",
    "detect",
    "detect_all",
    "language_mix",
    "main_script",
    "scripts",
    "spoken",
    "spoken_all",
    "written_in",
]
