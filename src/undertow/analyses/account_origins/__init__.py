"""Where do the accounts come from: registered in batches, named by pattern, filled in from one template?

Profiles, counters and posts are read by :mod:`.steps`, measured account by account, and reported as shares of accounts
beside a control. Methods and error rates: ``docs/explanation/account_origins.md``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import ClassVar

from undertow.analyses import base
from undertow.analyses.account_origins import (
    delay_finding,
    indicators_finding,
    names_findings,
    profiles_findings,
    registration,
    together_finding,
)
from undertow.analyses.account_origins.accounts import Accounts, Bool, accounts_of
from undertow.analyses.account_origins.context import Context
from undertow.analyses.account_origins.names import families, readable
from undertow.analyses.account_origins.wording import QUESTION as QUESTION  # part of the analysis's interface
from undertow.analyses.account_shares import Measured
from undertow.analyses.reads import Reads
from undertow.case import Case
from undertow.finding import Finding

FINDINGS: Mapping[str, str] = MappingProxyType(
    {
        registration.DAYS_ID: "days on which more accounts were registered than chance gives, with the batch lists",
        registration.HOURS_ID: "the same by the hour, where the source knows it",
        together_finding.ID: "whether accounts registered together also act together",
        delay_finding.ID: "accounts that lay for a year or more before their first post",
        names_findings.PATTERNS_ID: "handles that look suggested or made, by pattern",
        names_findings.FAMILIES_ID: "families of similar handles, and numbered ones",
        names_findings.SCRIPT_ID: "display names in another script than the posts",
        profiles_findings.EMPTY_ID: "empty profiles, and the fields that are missing",
        profiles_findings.COPIED_ID: "descriptions that several accounts have word for word",
        profiles_findings.FOLLOWERS_ID: "followers and following against age",
        indicators_finding.ID: "each account's indicators, and how many accounts have several",
    }
)

READS = Reads(tables=frozenset({"accounts", "account_counters", "posts"}), derived=("coordination.groups",))


@dataclass(frozen=True, kw_only=True)
class Parameters(base.Controlled):
    """The settings of this analysis."""

    compared: ClassVar[tuple[str, ...]] = ("accounts", "posts")


def analyse(case: Case, parameters: Parameters) -> list[Finding]:
    """The findings on the origins of the accounts: all of the case, or those with a post in scope."""
    with base.open_engine(case, parameters) as engine:
        accounts = accounts_of(engine, scoped=parameters.scope.tree() is not None)
    control = _control(case, parameters)
    context = Context(case, parameters, accounts, control)
    days = registration.registrations(accounts, control, registration.DAY)
    hours = registration.registrations(accounts, control, registration.HOUR)
    handles, found_families = names_findings.handle_families(context)
    here = _indicators(accounts, days, hours, found_families.family >= 0)
    there = None
    if control is not None:
        alike = families([readable(handle) for handle in control.handle]).family >= 0
        by_day, by_hour = (
            registration.registrations(control, None, unit) for unit in (registration.DAY, registration.HOUR)
        )
        there = _indicators(control, by_day, by_hour, alike)
    return [
        registration.finding(context, days, registration.DAY),
        registration.finding(context, hours, registration.HOUR),
        together_finding.finding(context),
        delay_finding.finding(context),
        names_findings.patterns(context),
        handles,
        names_findings.name_script(context),
        profiles_findings.empty_profiles(context),
        profiles_findings.copied_descriptions(context),
        profiles_findings.followers(context),
        indicators_finding.finding(context, here, there),
    ]


def _control(case: Case, parameters: Parameters) -> Accounts | None:
    other = base.control_case(case, parameters)
    if other is None:
        return None
    with base.open_engine(other, base.Parameters(engine=parameters.engine)) as engine:
        return accounts_of(engine, scoped=False)


def _indicators(
    accounts: Accounts,
    days: registration.Registrations | None,
    hours: registration.Registrations | None,
    alike: Bool,
) -> dict[str, Measured]:
    """Each indicator of an account, in words, with which accounts have it and of which it is known."""
    import numpy as np

    none = np.zeros(len(accounts), np.bool_)
    burst, dated = none.copy(), none.copy()
    for found in (days, hours):
        if found is not None:
            burst |= found.burst_of() >= 0
            dated |= found.bin >= 0
    made, _ = names_findings.made_names(accounts)
    return {
        "registered in a burst": Measured(burst, dated),
        "made-up handle": made,
        "handle of a family": Measured(alike, made.examined),
        "name in another script": names_findings.script_mismatch(accounts)[0],
        "empty profile": profiles_findings.empty(accounts),
        "copied description": profiles_findings.copied(accounts)[0],
        "follows and is not followed": profiles_findings.unheard(accounts),
    }
