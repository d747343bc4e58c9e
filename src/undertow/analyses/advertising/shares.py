"""The share of ads for which something holds, with an interval that respects that ads of one page are alike."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from undertow.analyses.advertising.ads import Ad, pages
from undertow.statistics.intervals import bootstrap_share, wilson

LEAST_PAGES = 5
"""Pages from which drawing pages again says something; below, an interval over ads, which is too narrow, is given."""

INTERVAL = (
    f"Interval: bootstrap over pages, for the ads of one page are not independent; with fewer than {LEAST_PAGES} pages "
    "Wilson's over ads, which then speaks of these pages only and is too narrow for others."
)


def share_of_ads(
    ads: Sequence[Ad], holds: Callable[[Ad], bool], *, draws: int, rng: np.random.Generator
) -> tuple[float, float, float] | None:
    """(share of ``ads`` for which ``holds``, low, high); None without ads. A total counts as many ads as it stands for."""
    rows = np.array(
        [
            [sum(ad.ads for ad in listed if holds(ad)), sum(ad.ads for ad in listed)]
            for listed in pages(ads).values()
        ],
        np.float64,
    ).reshape(-1, 2)
    number, of = (int(part) for part in rows.sum(axis=0))
    if not of:
        return None
    if len(rows) < LEAST_PAGES:
        return number / of, *wilson(number, of)
    return bootstrap_share(rows[rows[:, 1] > 0], draws, rng)
