"""Tested days that a case remembers: a verdict on a day does not change when later days come."""

from __future__ import annotations

import hashlib
import json
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from undertow.analyses.amplification.rises import COMPONENTS, Anomalies, anomalies
from undertow.analyses.derived import program
from undertow.statistics.surges import Surges

if TYPE_CHECKING:
    from undertow.analyses.amplification.reading import Reach
    from undertow.analyses.amplification.series import Series
    from undertow.case import Case

_COUNTS = ("broad", "new", "objects")


def remembered(case: Case, series: Series, reach: Reach) -> Anomalies:
    """:func:`anomalies` of ``series``, from the first day on that is not as it was; the same numbers as without."""
    who = [[t.platform, t.account_id, *t.handles] for t in reach.targets]
    document = json.dumps([program(), series.first_day, who])
    path = (
        case.path / "derived" / "amplification.tested" / f"{hashlib.sha256(document.encode()).hexdigest()[:32]}.npz"
    )
    found = anomalies(series, resume=_earlier(path, series))
    _keep(path, series, found)
    return found


def _earlier(path: Path, series: Series) -> tuple[int, tuple[Surges, ...]] | None:
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as kept:
            n_days = min(kept["broad"].shape[1], series.broad.shape[1])
            same = np.ones(n_days, bool)
            for name in _COUNTS:
                same &= (kept[name][:, :n_days] == getattr(series, name)[:, :n_days]).all(axis=0)
            until = n_days if same.all() else int(np.argmin(same))
            parts = tuple(
                Surges(**{name: kept[f"{part}.{name}"] for name in Surges.__dataclass_fields__})
                for part in COMPONENTS
            )
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        return None  # not there, or not whole
    return until, parts


def _keep(path: Path, series: Series, found: Anomalies) -> None:
    arrays = {name: getattr(series, name) for name in _COUNTS}
    for part, surges in zip(COMPONENTS, found.by_component, strict=True):
        arrays |= {f"{part}.{name}": getattr(surges, name) for name in Surges.__dataclass_fields__}
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        staged = path.with_suffix(".making.npz")
        np.savez(staged, **arrays)
        for old in path.parent.glob("*.npz"):
            if old not in (staged, path):
                old.unlink(missing_ok=True)
        staged.replace(path)
    except OSError:
        return  # a case that cannot be written goes without
