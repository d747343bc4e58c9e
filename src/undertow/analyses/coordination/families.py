"""Which posts say nearly the same: read from what the analysis of texts publishes, where it does."""

from __future__ import annotations

import pyarrow as pa

from undertow.analyses import base
from undertow.analyses.derived import derived, is_published
from undertow.case import Case

MEMBERS = "text_families.members"


def families_of(case: Case, parameters: base.Parameters) -> pa.Table | None:
    """The family of each post of ``case`` that is in one (platform, post_id, family, ...); None where nobody
    publishes families: texts are then the same when they are equal."""
    return derived(case, MEMBERS, parameters) if is_published(MEMBERS) else None
