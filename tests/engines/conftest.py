"""One Spark for all tests, and pairs of engines over the same files."""

from __future__ import annotations

import importlib.util
import os
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path

import pytest
from sqlglot import exp
from worlds import adversarial, write_parts

from undertow.engines.duckdb_engine import DuckDBEngine
from undertow.engines.engine import Engine

Parts = Mapping[str, Sequence[Path]]
Pair = Callable[..., tuple[Engine, Engine]]


@pytest.fixture(scope="session")
def spark() -> Iterator[type[Engine]]:
    """The Spark engine, Spark started; skips where the extra or Java is missing, and fails there in CI."""
    missing = []
    if importlib.util.find_spec("pyspark") is None:
        missing.append("the extra `spark` is not installed")
    if shutil.which("java") is None and "JAVA_HOME" not in os.environ:
        missing.append("there is no Java 17")
    if missing:
        reason = f"Spark cannot run here: {' and '.join(missing)}"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    from undertow.engines import spark_engine

    with pytest.MonkeyPatch.context() as patch:
        # short tests: compiling Java code further costs more than it saves
        patch.setenv("JAVA_TOOL_OPTIONS", "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC")
        session = spark_engine.session()
    yield spark_engine.SparkEngine
    session.stop()


@pytest.fixture
def both(spark: type[Engine]) -> Iterator[Pair]:
    """A function that opens DuckDB and Spark over the same parts."""
    with ExitStack() as stack:

        def opened(parts: Parts, where: exp.Expression | None = None) -> tuple[Engine, Engine]:
            return stack.enter_context(DuckDBEngine(parts, where)), stack.enter_context(spark(parts, where))

        yield opened


@pytest.fixture(scope="session")
def adversarial_parts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Path]]:
    """The files of :func:`worlds.adversarial`, in a folder whose name is a pattern to careless engines."""
    folder = tmp_path_factory.mktemp("parts") / "a case [1], {2} 50% ß"
    return write_parts(folder, adversarial())


@pytest.fixture(scope="session")
def pair(spark: type[Engine], adversarial_parts: Parts) -> Iterator[tuple[Engine, Engine]]:
    """DuckDB and Spark over the adversarial tables."""
    with DuckDBEngine(adversarial_parts) as duck, spark(adversarial_parts) as other:
        yield duck, other
