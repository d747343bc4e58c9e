"""Undertow: find and document covert influence operations, with evidence that stands up."""

__version__ = "0.1.0"
