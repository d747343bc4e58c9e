"""Synthetic campaigns with planted truth, on disk and as arrays.

:func:`simulate` writes a takedown in the archive's layout with an organic control population and the truth;
:mod:`undertow.simulation.populations` and :mod:`undertow.simulation.cascades` make posting times and actions as
arrays for studies. Every model is described in ``docs/explanation/simulation.md``.
"""

from undertow.simulation.run import Manifest, simulate
from undertow.simulation.scenario import PRESETS, Operation, Organic, Scenario, preset

__all__ = ["PRESETS", "Manifest", "Operation", "Organic", "Scenario", "preset", "simulate"]
