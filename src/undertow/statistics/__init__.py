"""Shared statistics: intervals, circular time, count models, chance models, multiple testing."""
