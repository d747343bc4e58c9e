"""Portable steps on Spark (the extra ``spark``: PySpark 4 on Java 17)."""

from __future__ import annotations

import os
import shutil
import tempfile
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

_SEMANTICS = {"spark.sql.session.timeZone": "UTC", "spark.sql.ansi.enabled": "true"}
"""What results depend on, set in every session of ours, whoever started Spark."""
_SAID = 2_000
"""Characters of what Spark said when it did not start that are shown."""


def session() -> SparkSession:
    """The Spark session; started when there is none, without its web page and without messages on stderr.

    Raises :class:`EngineError` when the extra or Java is missing, or Spark does not start.
    """
    try:
        from pyspark import SparkContext
        from pyspark.sql import SparkSession
    except ImportError as error:
        raise EngineError(
            "the engine spark is not installed", where="--engine spark", todo='run: pip install "undertow[spark]"'
        ) from error
    active = SparkSession.getActiveSession()
    if active is not None:
        return active
    if SparkContext._active_spark_context is None:
        _start()
    return SparkSession.builder.getOrCreate()


def _start() -> None:
    """Start Spark; what the Java side prints goes to a file that is shown only when it does not start."""
    from pyspark import SparkConf, SparkContext
    from pyspark.errors import PySparkRuntimeError
    from pyspark.java_gateway import launch_gateway
    from pyspark.logger import PySparkLogger

    if shutil.which("java") is None and "JAVA_HOME" not in os.environ:
        raise EngineError(
            "Spark needs Java 17, and there is no java here",
            where="--engine spark",
            todo="install a Java 17 runtime, or set JAVA_HOME",
        )
    master = os.environ.get(MASTER, "local[2]")
    wanted = {
        "spark.app.name": "undertow",
        "spark.master": master,
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.log.level": "ERROR",
        **({"spark.sql.shuffle.partitions": "4"} if master.startswith("local") else {}),
    }
    configuration = SparkConf(loadDefaults=False).setAll(list(wanted.items()))
    with tempfile.TemporaryFile() as said:
        try:
            gateway = launch_gateway(configuration, popen_kwargs={"stdout": said, "stderr": said})
        except PySparkRuntimeError as error:
            said.seek(0)
            raise EngineError(
                f"Spark did not start: {said.read().decode(errors='replace')[-_SAID:].strip()}",
                where="--engine spark",
                todo="check that JAVA_HOME is a Java 17 runtime",
            ) from error
    SparkContext(gateway=gateway, conf=configuration)
    for name in ("SQLQueryContextLogger", "DataFrameQueryContextLogger"):
        PySparkLogger.getLogger(name).disabled = True  # it prints on stderr what its exceptions say


class SparkEngine(Engine):
    """The engine of a cluster: each engine has a session of its own in one Spark, so that cases do not meet."""

    dialect = SparkDialect()
    _refusals: tuple[type[Exception], ...] = ()

    def _open(self) -> None:
        shared = session()
        from py4j.protocol import Py4JError  # type: ignore[import-untyped]
        from pyspark.errors import PySparkException

        self._refusals = (PySparkException, Py4JError)
        self._session = shared.newSession()
        for name, value in _SEMANTICS.items():
            self._session.conf.set(name, value)

    def close(self) -> None:
        """Drop this engine's views, and with them what was kept; Spark itself stays."""
        for table in self._session.catalog.listTables():
            if table.isTemporary:
                self._session.catalog.dropTempView(table.name)

    def _read_parquet(self, name: str, files: Sequence[Path], schema: pa.Schema) -> None:
        from pyspark.sql.pandas.types import from_arrow_schema

        wanted = from_arrow_schema(schema)
        if files:
            paths = [_escaped(str(file.resolve())) for file in files]
            frame = self._session.read.schema(wanted).parquet(*paths).select(*schema.names)
        else:
            columns = ", ".join(
                f"CAST(NULL AS {field.dataType.simpleString()}) AS {field.name}" for field in wanted
            )
            frame = self._session.sql(f"SELECT {columns} WHERE FALSE")
        frame.createOrReplaceTempView(name)

    def _define(self, name: str, sql: str) -> None:
        self._session.sql(sql).createOrReplaceTempView(name)

    def _materialise(self, name: str, sql: str) -> pa.Schema:
        from pyspark.sql.pandas.types import to_arrow_schema

        frame = self._session.sql(sql).localCheckpoint(eager=True)
        frame.createOrReplaceTempView(name)
        return to_arrow_schema(frame.schema)

    def _fetch(self, sql: str) -> pa.Table:
        return self._session.sql(sql).toArrow()


def _escaped(path: str) -> str:
    """``path`` without the meaning that Spark gives to ``*``, ``?``, ``[`` and ``{`` in paths."""
    return "".join(f"\\{character}" if character in "*?[]{}\\" else character for character in path)
