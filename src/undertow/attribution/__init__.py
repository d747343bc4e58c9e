"""From findings to an assessment that others can check: hypotheses, evidence matrix, confidence words, DISARM.

``assess`` puts together what the matrix says by documented defaults and what people judged; the functions of
:mod:`undertow.attribution.decide` write judgements into the ledger, each with a name and a reason, and refuse a high
confidence that the evidence does not carry.
"""

from __future__ import annotations

from undertow.attribution.assessment import NOT_ASSESSED, Assessment, Verdict, assess

__all__ = ["NOT_ASSESSED", "Assessment", "Verdict", "assess"]
