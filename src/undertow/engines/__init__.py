"""Engines: where the counting runs. DuckDB is embedded; Spark is the extra ``spark``."""
