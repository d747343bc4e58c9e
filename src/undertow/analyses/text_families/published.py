"""The derived tables of text families: whose posts are in which family, and the language of each post."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from undertow.analyses.text_families.families import Families
from undertow.analyses.text_families.posts import OwnPosts
from undertow.languages import Spoken

MEMBERS = "text_families.members"
LANGUAGES = "text_families.languages"

MEMBERS_SCHEMA = pa.schema(
    [
        ("platform", pa.string()),
        ("post_id", pa.string()),
        ("account_id", pa.string()),
        ("family", pa.int64()),
        ("similarity", pa.float64()),
    ]
)
LANGUAGES_SCHEMA = pa.schema(
    [
        ("platform", pa.string()),
        ("post_id", pa.string()),
        ("language", pa.string()),
        ("script", pa.string()),
        ("source", pa.string()),
    ]
)


def members(posts: OwnPosts, found: Families) -> pa.Table:
    """A row for each own post in a family, by platform and id: ``family`` is its number (0 the largest), and
    ``similarity`` the greater of its text's edit and shingle similarity with the family's medoid."""
    similar = np.zeros(len(found.texts))
    for family in found.families:
        for variant in family.members:
            similar[variant.text] = max(variant.edit, variant.jaccard)
    family_of_post = found.family_of_post
    inside = np.flatnonzero(family_of_post >= 0)
    rows = inside.tolist()
    return pa.table(
        {
            "platform": [posts.platforms[post] for post in rows],
            "post_id": [posts.ids[post] for post in rows],
            "account_id": [posts.shown(int(account)) for account in posts.account[inside]],
            "family": family_of_post[inside],
            "similarity": similar[found.text_of_post[inside]],
        },
        schema=MEMBERS_SCHEMA,
    )


def languages(posts: OwnPosts, spoken: Sequence[Spoken]) -> pa.Table:
    """A row for each own post, by platform and id: its ``language`` (BCP 47) and ``script`` (ISO 15924; ``mixed`` for
    Chinese in both), null where unknown, and the ``source``: tag, text or unknown."""
    return pa.table(
        {
            "platform": posts.platforms,
            "post_id": posts.ids,
            "language": [found.language for found in spoken],
            "script": [found.script for found in spoken],
            "source": [found.source for found in spoken],
        },
        schema=LANGUAGES_SCHEMA,
    )
