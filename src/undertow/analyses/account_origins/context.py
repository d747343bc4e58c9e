"""What every finding on account origins is made from."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from undertow.analyses import base
from undertow.analyses.account_origins.accounts import Accounts
from undertow.analyses.account_origins.wording import QUESTION
from undertow.analyses.account_shares import Population
from undertow.case import Case


@dataclass(frozen=True)
class Context:
    """The case, its accounts in scope, and those of the control where one is given."""

    case: Case
    parameters: base.Controlled
    accounts: Accounts
    control: Accounts | None

    @cached_property
    def population(self) -> Population:
        """The accounts as findings report shares of them."""
        return Population(
            case=self.case,
            scope=self.parameters.scope,
            question=QUESTION,
            platform=self.accounts.platform,
            account_id=self.accounts.account_id,
            posts=self.accounts.posts,
            table="accounts",
        )
