"""Engines: where the counting runs. DuckDB is embedded; Spark is the extra ``spark``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from undertow.engines.engine import Engine


def _duckdb() -> type[Engine]:
    from undertow.engines.duckdb_engine import DuckDBEngine

    return DuckDBEngine


def _spark() -> type[Engine]:
    from undertow.engines.spark_engine import SparkEngine

    return SparkEngine


ENGINES: Mapping[str, Callable[[], type[Engine]]] = MappingProxyType({"duckdb": _duckdb, "spark": _spark})
"""Engine name -> a function that imports it."""
