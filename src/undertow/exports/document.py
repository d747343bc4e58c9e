"""The findings and the assessment in one JSON file."""

from __future__ import annotations

import json

from undertow.published import Published


def document(published: Published) -> bytes:
    """Findings, assessment and the state of the case, as ASCII: nothing in it steers a terminal."""
    made = {
        "title": published.title,
        "question": published.question,
        "version": published.version,
        "made_at": published.made_at,
        "ledger_head": published.head,
        "identifiable": published.identifiable,
        "findings": [finding.to_json() for finding in published.findings],
        "assessment": published.assessment.to_json(),
    }
    return json.dumps(made, ensure_ascii=True, indent=1).encode("ascii") + b"\n"
