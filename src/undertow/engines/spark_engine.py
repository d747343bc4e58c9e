"""Portable steps on Spark (the extra ``spark``: PySpark 4 on Java 17)."""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa

from undertow.engines.dialects import SparkDialect
from undertow.engines.engine import Engine
from undertow.errors import EngineError

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

MASTER = "UNDERTOW_SPARK_MASTER"
"""Environment variable with the cluster's address; ``local[2]`` when it is not set."""


def session() -> SparkSession:
    """The Spark session, started when there is none: UTC, ANSI, no web page.

    Raises :class:`EngineError` when the extra or Java is missing.
    """
    try:
        from pyspark.sql import SparkSession
    except ImportError as error:
        raise EngineError(
            "the engine spark is not installed", where="--engine spark", todo='run: pip install "undertow[spark]"'
        ) from error
    if shutil.which("java") is None and "JAVA_HOME" not in os.environ:
        raise EngineError(
            "Spark needs Java 17, and there is no java here",
            where="--engine spark",
            todo="install a Java 17 runtime, or set JAVA_HOME",
        )
    return (
        SparkSession.builder.appName("undertow")
        .master(os.environ.get(MASTER, "local[2]"))
        .config("spark.ui.enabled", "false")
        .config("spark.ui.showConsoleProgress", "false")
        .config("spark.sql.session.timeZone", "UTC")
        .config("spark.sql.ansi.enabled", "true")
        .config("spark.sql.shuffle.partitions", "8")
        .config("spark.sql.execution.arrow.pyspark.enabled", "true")
        .config("spark.log.level", "ERROR")
        .getOrCreate()
    )


class SparkEngine(Engine):
    """The engine of a cluster; temporary views carry a prefix, so that several cases can share a session."""

    dialect = SparkDialect()

    def _open(self) -> None:
        self._session = session().newSession()

    def close(self) -> None:
        """Drop this engine's views and cached tables; the shared session stays."""
        self._session.catalog.clearCache()
        for table in self._session.catalog.listTables():
            if table.isTemporary:
                self._session.catalog.dropTempView(table.name)

    def _read_parquet(self, name: str, files: Sequence[Path], schema: pa.Schema) -> None:
        from pyspark.sql.pandas.types import from_arrow_schema

        if files:
            frame = self._session.read.parquet(*(str(file.resolve()) for file in files))
            frame = frame.select(*schema.names)
        else:
            frame = self._session.createDataFrame([], from_arrow_schema(schema))
        frame.createOrReplaceTempView(name)

    def _define(self, name: str, sql: str) -> None:
        self._session.sql(sql).createOrReplaceTempView(name)

    def _materialise(self, name: str, sql: str, step: str) -> None:
        from pyspark.errors import PySparkException

        try:
            self._session.sql(sql).localCheckpoint(eager=True).createOrReplaceTempView(name)
        except PySparkException as error:
            raise EngineError(f"Spark refused {step}: {error}") from error

    def _fetch(self, sql: str, step: str) -> pa.Table:
        from pyspark.errors import PySparkException

        try:
            return self._session.sql(sql).toArrow()
        except PySparkException as error:
            raise EngineError(f"Spark refused {step}: {error}") from error
