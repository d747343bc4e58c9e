"""Which posts say nearly the same: read from what the analysis of texts publishes, where it does."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor

import pyarrow as pa

from undertow.analyses import base
from undertow.analyses.derived import derived, is_published
from undertow.case import Case

MEMBERS = "text_families.members"


def families_of(case: Case, parameters: base.Parameters, pool: Executor) -> Callable[[], pa.Table] | None:
    """What waits for the family of each post of ``case`` that is in one (platform, post_id, family, ...).

    ``pool`` looks for them meanwhile: it takes longer than all other traces. None where nobody publishes families:
    texts are then the same when they are equal.
    """
    return pool.submit(derived, case, MEMBERS, parameters).result if is_published(MEMBERS) else None
