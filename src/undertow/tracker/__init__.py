"""The influence tracker: a case that is kept up to date, with rules that alert.

:func:`update` brings the findings of a case up to date, :class:`Watcher` adds what is dropped in a folder. See
``docs/how-to/monitor.md``.
"""

from __future__ import annotations

from undertow.tracker.collectors import Collector
from undertow.tracker.rules import Rules, read_rules
from undertow.tracker.updating import Update, update
from undertow.tracker.watch import Sweep, Watcher

__all__ = ["Collector", "Rules", "Sweep", "Update", "Watcher", "read_rules", "update"]
