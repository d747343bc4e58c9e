"""How accurate it is: findings held against what is known to be true."""

from undertow.evaluation.coordination import Evaluation, evaluate_coordination
from undertow.evaluation.measures import Measures
from undertow.evaluation.truth import Truth, read_truth

__all__ = ["Evaluation", "Measures", "Truth", "evaluate_coordination", "read_truth"]
