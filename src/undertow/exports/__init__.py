"""Exports: findings, their tables and networks, for other programs and for readers who check.

What is exported is what :func:`undertow.published.published` makes of a case: pseudonymised unless somebody
asked for names, and the ledger says so.
"""

from __future__ import annotations

from collections.abc import Mapping

FORMATS: Mapping[str, str] = {
    "csv": "every result table and a data dictionary, for spreadsheets (a folder)",
    "parquet": "the same for data programs (a folder)",
    "jsonl": "the same, one JSON object a row (a folder)",
    "json": "the findings and the assessment in one file",
    "gexf": "a network with positions, groups, weights and dates, for Gephi and gephi-lite",
    "graphml": "the same network for other graph programs",
    "stix": "a STIX 2.1 bundle, for threat-intelligence platforms",
    "bundle": "the reproduction bundle, which undertow reproduce runs again on the same raw files",
}
"""What there is: the name after ``--to``, and what it is for."""
