"""Who acts together, beyond chance: co-action counting, its significance, groups, and the published baselines.

What is counted and how it is tested is explained in ``docs/explanation/coordination.md``; this module runs the
:mod:`.study` and turns it into findings.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from types import MappingProxyType

import pyarrow as pa

from undertow.analyses import base
from undertow.analyses.coordination import (
    account_findings,
    baselines_finding,
    group_facts,
    network_findings,
    published,
    selection_finding,
    time_finding,
    trace_findings,
)
from undertow.analyses.coordination.context import Context
from undertow.analyses.coordination.count_in_sql import (
    count_in_sql as count_in_sql,
)  # for what one machine cannot hold
from undertow.analyses.coordination.facts import PostFacts
from undertow.analyses.coordination.families import families_of
from undertow.analyses.coordination.over_time import phases
from undertow.analyses.coordination.plan import planned
from undertow.analyses.coordination.study import Control, Population, Study, study
from undertow.analyses.coordination.tables import CalledCoActions
from undertow.analyses.coordination.traces import TRACES, Settings
from undertow.analyses.coordination.wording import QUESTION as QUESTION  # part of the analysis's interface
from undertow.analyses.derived import Derived, keep
from undertow.analyses.reads import Reads
from undertow.case import Case
from undertow.engines.engine import Engine
from undertow.errors import UsageError
from undertow.finding import Finding

FINDINGS: Mapping[str, str] = MappingProxyType(
    {
        network_findings.NETWORK_ID: "accounts and pairs that act together beyond chance, all traces combined",
        network_findings.GROUPS_ID: "the groups among them: size, trace, co-acted share, roles, likely benign causes",
        time_finding.ID: "groups in sliding periods, matched: births, merges, splits, ends",
        account_findings.ACCOUNTS_ID: "each account's indicator: its strongest evidence and its number of partners",
        account_findings.TRACES_ID: "what was looked at in each trace, and the pairs that two traces both call",
        baselines_finding.ID: "how many pairs the published rules call on the same actions, and how many by both",
        selection_finding.ID: "pairs that choose the same rare objects, whenever: may be shared interest",
    }
    | {
        f"{trace_findings.PREFIX}{trace.name}": f"pairs that share {trace.shared} within the window beyond chance"
        for trace in TRACES.values()
        if trace.timed
    }
)

READS = Reads(tables=frozenset({"posts"}), derived=("text_families.members",))


@dataclass(frozen=True, kw_only=True)
class Parameters(base.Controlled):
    """The settings of this analysis."""

    traces: tuple[str, ...] = field(default=(), metadata={"help": "traces to look at; all by default"})
    windows: tuple[str, ...] = field(
        default=(),
        metadata={"help": "seconds within which two actions co-act, for all traces (60) or one (repost=10)"},
    )
    level: float = field(default=0.01, metadata={"help": "false discovery rate at which pairs are called"})
    fast_repost_s: int = field(
        default=60, metadata={"help": "seconds after the original that a fast repost may take"}
    )
    max_pairs: int = field(
        default=300_000_000,
        metadata={"help": "pairs of actions within a window above which a trace is not counted"},
    )
    period_days: int | None = field(
        default=None,
        metadata={"help": "days of a period in which groups are followed; a twelfth of the time by default"},
    )

    def __post_init__(self) -> None:
        if self.period_days is not None and self.period_days < 1:
            raise UsageError("a period is a day at least", where="coordination.period_days", todo="give 1 or more")
        planned(self.traces, self.windows)
        if not 0 < self.level < 0.5:
            raise UsageError(
                f"{self.level:g} is not a false discovery rate",
                where="coordination.level",
                todo="give a share, for example 0.01",
            )


def analyse(case: Case, parameters: Parameters) -> list[Finding]:
    """The findings on who acts together among the posts in scope."""
    with base.open_engine(case, parameters) as engine:
        found = studied(case, engine, parameters)
        for name, table in published.tables(found).items():
            keep(case, name, parameters, table)
        called = CalledCoActions.of(found)
        facts = PostFacts.of(engine, found, called)
    context = Context(case, parameters.scope, found, called, base.control_case(case, parameters))
    with ThreadPoolExecutor(1) as pool:
        baselines = pool.submit(baselines_finding.finding, context)
        groups = group_facts.group_facts(found, called, facts, seed=parameters.seed)
        return [
            network_findings.network(context, groups),
            network_findings.groups(context, facts, groups, seed=parameters.seed),
            time_finding.finding(
                context, phases(found, called, period_days=parameters.period_days, seed=parameters.seed)
            ),
            account_findings.accounts(context),
            account_findings.traces(context),
            selection_finding.finding(context),
            *(trace_findings.finding(context, trace) for trace in found.traces if trace.trace.timed),
            baselines.result(),
        ]


def _made(name: str) -> Callable[[Case, Parameters], pa.Table]:
    """What makes the derived table ``name``; the others that come with it are kept too."""

    def make(case: Case, parameters: Parameters) -> pa.Table:
        with base.open_engine(case, parameters) as engine:
            tables = published.tables(studied(case, engine, parameters))
        for other in tables.keys() - {name}:
            keep(case, other, parameters, tables[other])
        return tables[name]

    return make


DERIVED: Mapping[str, Derived] = MappingProxyType(
    {name: Derived(meaning, schema, _made(name)) for name, (meaning, schema) in published.TABLES.items()}
)


def studied(case: Case, engine: Engine, parameters: Parameters) -> Study:
    """The study of the posts on ``engine``, as ``parameters`` say."""
    with ThreadPoolExecutor(2) as pool, _control(case, parameters, pool) as control:
        return study(
            engine,
            planned(parameters.traces, parameters.windows),
            settings=_settings(case, parameters, parameters.scope, pool),
            level=parameters.level,
            max_pairs=parameters.max_pairs,
            control=control,
            seed=parameters.seed,
        )


@contextmanager
def _control(case: Case, parameters: Parameters, pool: Executor) -> Iterator[Control | None]:
    """The control set's engine, open while it is needed."""
    other = base.control_case(case, parameters)
    if other is None:
        yield None
        return
    with base.open_engine(other, base.Parameters(engine=parameters.engine)) as engine:
        yield Control(
            engine, Population.of(engine), _settings(other, _without_control(parameters), base.Scope(), pool)
        )


def _without_control(parameters: Parameters) -> Parameters:
    """The parameters for the control set itself, which has none, in what is read of other analyses either."""
    asked = {name: value for name, value in parameters.asked.items() if not name.endswith(".control")}
    return replace(parameters, control=None, asked=asked)


def _settings(case: Case, parameters: Parameters, scope: base.Scope, pool: Executor) -> Settings:
    """What the traces of the posts of ``case`` in ``scope`` are told; ``pool`` looks for the families meanwhile."""
    wanted = base.Parameters(scope=scope, engine=parameters.engine, seed=parameters.seed, asked=parameters.asked)
    texts = not parameters.traces or "text" in parameters.traces
    families = families_of(case, wanted, pool) if texts else None
    return Settings(fast_repost_s=parameters.fast_repost_s, families=families)
