"""Pseudonyms for accounts in what is published: keyed, one key a case, kept apart from what is published.

A pseudonym is the first 50 bits of HMAC-SHA256 over the account's name under the case's key, so a reader can
follow one account through a report and nobody without the key can go back to it. In result tables and charts the
columns of :data:`ACCOUNT_COLUMNS` hold accounts, by convention; analyses use these names and no others for them.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pyarrow as pa

from undertow.finding import Evidence, Finding

KEY_FILE = "pseudonyms.key"
"""The file in a case that holds its key: never published, never in the ledger."""

ACCOUNT_COLUMNS = frozenset(
    {
        "account",
        "account_a",
        "account_b",
        "account_id",
        "accounts_named",
        "display_name",
        "first_movers",
        "handle",
        "members",
    }
)
"""Columns of result tables and fields of charts that name accounts: one, or several joined by ``, ``."""

_BYTES = 10
_IDENTIFYING = re.compile(
    r"(\b(?:post_id|account_id|conversation_id|reposted_post_id|replied_post_id|quoted_post_id|handle)\b\s*"
    r"(?:=|<>|IN)\s*)(\((?:\s*'(?:[^']|'')*'\s*,?)+\)|'(?:[^']|'')*')",
    re.IGNORECASE,
)
_SPLIT = ", "


@dataclass(frozen=True)
class Pseudonyms:
    """Pseudonyms under one key."""

    key: bytes

    def of(self, name: str) -> str:
        """The pseudonym of an account's id or handle.

        >>> Pseudonyms(b"key").of("someone")
        'acct-l34pqlume4'
        """
        digest = hmac.new(self.key, name.encode("utf-8", "surrogatepass"), hashlib.sha256).digest()
        return "acct-" + base64.b32encode(digest).decode("ascii")[:_BYTES].lower()

    def _cell(self, value: Any) -> Any:
        if isinstance(value, str):
            return _SPLIT.join(self.of(name) for name in value.split(_SPLIT)) if value else value
        if isinstance(value, (list, tuple)):
            return [self._cell(part) for part in value]
        return value

    def table(self, result: pa.Table) -> pa.Table:
        """``result`` with the accounts in its account columns replaced."""
        for place, name in enumerate(result.column_names):
            if name in ACCOUNT_COLUMNS:
                values = [self._cell(value) for value in result[name].to_pylist()]
                result = result.set_column(place, name, pa.array(values, result.schema.field(name).type))
        return result

    def figure(self, part: Any) -> Any:
        """A chart, or a part of one, with the accounts in its account fields replaced."""
        if isinstance(part, Mapping):
            return {
                key: self._cell(value)
                if key in ACCOUNT_COLUMNS and not isinstance(value, Mapping)
                else self.figure(value)
                for key, value in part.items()
            }
        return [self.figure(item) for item in part] if isinstance(part, (list, tuple)) else part

    def finding(self, finding: Finding) -> Finding:
        """``finding`` with pseudonyms in its table and chart, and the ids in its query left out."""
        return replace(
            finding,
            result=None if finding.result is None else self.table(finding.result),
            figure=None if finding.figure is None else self.figure(finding.figure),
            evidence=Evidence(sql=without_ids(finding.evidence.sql), rows=finding.evidence.rows),
        )

    def findings(self, findings: Sequence[Finding]) -> list[Finding]:
        """All ``findings``; tables and charts that several share stay shared."""
        return [self.finding(finding) for finding in findings]


def without_ids(sql: str) -> str:
    """``sql`` with the ids of posts and accounts left out of its comparisons.

    >>> without_ids("SELECT * FROM posts WHERE kind = 'reply' AND post_id IN ('1', '2')")
    "SELECT * FROM posts WHERE kind = 'reply' AND post_id IN (2 ids left out)"
    """

    def shorten(match: re.Match[str]) -> str:
        number = len(re.findall(r"'(?:[^']|'')*'", match.group(2)))
        return f"{match.group(1)}({number} id{'s' if number > 1 else ''} left out)"

    return _IDENTIFYING.sub(shorten, sql)


def case_key(folder: Path) -> bytes:
    """The key of the case in ``folder``, made when there is none yet (readable by its owner only)."""
    path = folder / KEY_FILE
    if not path.exists():
        made = folder / f".{KEY_FILE}.{secrets.token_hex(4)}"
        made.touch(mode=0o600)
        made.write_text(secrets.token_hex(32) + "\n", encoding="ascii")
        try:
            path.hardlink_to(made)  # of two commands at once, the first one's key stands
        except FileExistsError:
            pass
        finally:
            made.unlink()
    return bytes.fromhex(path.read_text(encoding="ascii").strip())
