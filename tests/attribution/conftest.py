"""A small case whose findings the tests state themselves."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from undertow.case import Case
from undertow.finding import Aspect, Estimate, Evidence, Finding, Strength

Make = Callable[..., Finding]


@pytest.fixture(scope="session")
def make() -> Make:
    """A finding of any id, strength and aspect; ``value=None`` makes it too little to tell."""

    def made(
        name: str,
        strength: Strength = "strong",
        aspect: Aspect = "behaviour",
        value: float | None = 0.7,
        **more: Any,
    ) -> Finding:
        return Finding(
            id=name,
            question=f"What about {name.partition('.')[0]}?",
            statement=f"{name} is {strength}.",
            estimate=Estimate(value=value, unit="share of posts", n=100),
            p_value=None,
            null_model=None,
            method="Made up.",
            assumptions=(),
            alternatives=("anything",),
            strength=strength,
            aspect=aspect,
            evidence=Evidence(sql="SELECT * FROM posts WHERE false", rows=0),
            **more,
        )

    return made


@pytest.fixture
def case_of(tmp_path: Path) -> Callable[..., Case]:
    """A case with a handful of posts and the findings given."""

    def made(*findings: Finding, name: str = "case") -> Case:
        table = tmp_path / f"{name}.csv"
        lines = [f"{n},a{n % 3},2020-01-0{n} 10:00:00,word {n}" for n in range(1, 9)]
        table.write_text("post_id,account_id,created_at,text\n" + "\n".join(lines) + "\n", encoding="utf-8")
        from undertow.sources.base import ReadOptions

        columns = ("post_id", "account_id", "created_at", "text")
        options = ReadOptions(mapping={column: column for column in columns}, platform="twitter")
        case, _ = Case.create(tmp_path / name).add(table, options=options)
        return case.record(findings, {}) if findings else case

    return made
