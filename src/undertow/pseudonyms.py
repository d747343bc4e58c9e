"""Pseudonyms for accounts in what is published: keyed, one key a case, kept apart from what is published.

A pseudonym is the first 50 bits of HMAC-SHA256 over the account's name under the case's key, so a reader can
follow one account through a report and nobody without the key can go back to it. In result tables and charts the
columns of :data:`ACCOUNT_COLUMNS` hold accounts, by convention; analyses use these names and no others for them.
Other texts are searched: for names of the case's accounts, for mentions, e-mail addresses and telephone numbers.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from undertow.finding import Evidence, Finding
from undertow.names import Names, is_odd, without_contacts
from undertow.result_columns import holds_program_words

if TYPE_CHECKING:
    from undertow.case import Case

KEY_FILE = "pseudonyms.key"
"""The file in a case that holds its key: never published, never in the ledger."""

ACCOUNT_COLUMNS = frozenset(
    {
        "account",
        "account_a",
        "account_b",
        "account_id",
        "account_reposted",
        "display_name",
        "first_movers",
        "handle",
        "members",
    }
)
"""Columns of result tables and fields of charts that name accounts: one, or a list of several."""

_BYTES = 10
_STRINGS = r"'(?:[^']|'')*'"
_IDENTIFYING = re.compile(
    r"(\b(?:\w*post_id|\w*account_id|\w*handles?|\w*mentioned_ids|conversation_id|edit_root_id|display_name|"
    r"description|location|profile_url|subject_id|page_id|page_name|text)\b[\s)]*"
    rf"(?:=|<>|!=|IN|LIKE|ILIKE|,)\s*)(\((?:\s*{_STRINGS}\s*,?)+\)|{_STRINGS})",
    re.IGNORECASE,
)
_ID = re.compile(r"'(?:\d{5,}|[0-9a-f]{16,})'")
"""What looks like an id wherever it stands: a long number, or a hash."""
_QUOTED = re.compile("“[^”]*”")


@dataclass(frozen=True)
class Pseudonyms:
    """Pseudonyms under one key; ``names`` are those that texts are searched for."""

    key: bytes
    names: Names = field(default_factory=lambda: Names({}, {}))

    @classmethod
    def of_case(cls, case: Case) -> Pseudonyms:
        """Under the key of ``case``, with the names of all accounts in it.

        Of accounts that others only mention or reply to, names that are words (``news``) are not searched for: whole
        cells of account columns hold them, and texts mention them by ``@``.
        """
        rows = case.query(
            "SELECT DISTINCT name, account FROM ("
            "SELECT handle AS name, account_id AS account FROM accounts UNION ALL "
            "SELECT display_name, account_id FROM accounts UNION ALL "
            "SELECT account_id, account_id FROM accounts UNION ALL "
            "SELECT account_id, account_id FROM posts UNION ALL "
            "SELECT reposted_handle, coalesce(reposted_account_id, reposted_handle) FROM posts UNION ALL "
            "SELECT reposted_account_id, reposted_account_id FROM posts UNION ALL "
            "SELECT page_name, page_id FROM ads) WHERE name IS NOT NULL AND account IS NOT NULL"
        )
        addressed = case.query(
            "SELECT DISTINCT name FROM (SELECT replied_account_id AS name FROM posts UNION ALL "
            "SELECT unnest(mentioned_ids) FROM posts UNION ALL SELECT unnest(mentioned_handles) FROM posts UNION ALL "
            "SELECT subject_id FROM labels WHERE subject_type IN ('account', 'handle')) WHERE name IS NOT NULL"
        )["name"].to_pylist()
        pairs = [*zip(rows["name"].to_pylist(), rows["account"].to_pylist(), strict=True)]
        return cls(case_key(case.path), Names.of(pairs + [(name, name) for name in addressed if is_odd(name)]))

    def of(self, name: str) -> str:
        """The pseudonym of an account's id or handle.

        >>> Pseudonyms(b"key").of("someone")
        'acct-l34pqlume4'
        """
        return f"acct-{self._digest(name)}"

    def _digest(self, name: str) -> str:
        digest = hmac.new(self.key, name.encode("utf-8", "surrogatepass"), hashlib.sha256).digest()
        return base64.b32encode(digest).decode("ascii")[:_BYTES].lower()

    def content(self, text: str) -> str:
        """Words of posts and profiles, or of people about them, without names, contacts and long numbers."""
        return self.names.replaced(without_contacts(text, self.of, numbers=True), self.of)

    def sentence(self, text: str) -> str:
        """A sentence of the program: what it quotes is content; elsewhere only names that no sentence holds by
        accident are replaced."""
        quoted = _QUOTED.sub(lambda match: self.content(match.group()), text)
        return self.names.replaced(without_contacts(quoted, self.of, numbers=False), self.of, only_odd=True)

    def _cell(self, value: Any, column: str) -> Any:
        if isinstance(value, str):
            if column in ACCOUNT_COLUMNS:
                return self.of(value) if value else value
            if column.endswith("post_id"):
                return f"post-{self._digest(value)}"
            return self.sentence(value) if holds_program_words(column) else self.content(value)
        if isinstance(value, Mapping):
            return {key: self._cell(part, key if key in ACCOUNT_COLUMNS else column) for key, part in value.items()}
        if isinstance(value, (list, tuple)):
            return [self._cell(part, column) for part in value]
        return value

    def table(self, result: pa.Table) -> pa.Table:
        """``result`` with the accounts in its account columns replaced, and names out of its other texts."""
        for place, name in enumerate(result.column_names):
            kind = result.schema.field(name).type
            if pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_nested(kind):
                values = [self._cell(value, name) for value in result[name].to_pylist()]
                result = result.set_column(place, result.schema.field(name), pa.array(values, kind))
        return result

    def figure(self, part: Any) -> Any:
        """A chart, with the accounts in its account fields replaced, and names out of its data's other texts."""
        if isinstance(part, Mapping):
            return {
                key: self._data(value) if key in ("values", "datasets", "sort", "domain") else self.figure(value)
                for key, value in part.items()
            }
        if isinstance(part, str):
            return self.sentence(part)
        return [self.figure(item) for item in part] if isinstance(part, (list, tuple)) else part

    def _data(self, rows: Any) -> Any:
        """Rows of a chart's data (a list of them, or datasets by name), or a list of its values."""
        if isinstance(rows, Mapping):
            return {name: self._data(part) for name, part in rows.items()}
        if not isinstance(rows, (list, tuple)):
            return rows
        return [
            {key: self._cell(value, key) for key, value in row.items()}
            if isinstance(row, Mapping)
            else self._cell(row, "value")
            for row in rows
        ]

    def finding(self, finding: Finding) -> Finding:
        """``finding`` as it may be published: pseudonyms in its table and chart, the ids in its query and filter
        left out, names out of its words."""
        return replace(
            finding,
            statement=self.sentence(finding.statement),
            method=self.sentence(finding.method),
            assumptions=tuple(map(self.sentence, finding.assumptions)),
            alternatives=tuple(map(self.sentence, finding.alternatives)),
            result=None if finding.result is None else self.table(finding.result),
            figure=None if finding.figure is None else self.figure(finding.figure),
            evidence=Evidence(sql=self.condition(finding.evidence.sql), rows=finding.evidence.rows),
            filter=None if finding.filter is None else self.condition(finding.filter),
        )

    def findings(self, findings: Sequence[Finding]) -> list[Finding]:
        """All ``findings``."""
        return [self.finding(finding) for finding in findings]

    def condition(self, sql: str) -> str:
        """A query or condition without the ids and words that it compares with, and without names."""
        return self.sentence(without_ids(sql))


def without_ids(sql: str) -> str:
    """``sql`` with the ids of posts and accounts, and the words of posts, left out of its comparisons.

    >>> without_ids("SELECT * FROM posts WHERE kind = 'reply' AND post_id IN ('1', '2')")
    "SELECT * FROM posts WHERE kind = 'reply' AND post_id IN (2 ids left out)"
    >>> without_ids("(platform, post_id) IN (('twitter', '1234567'))")
    "(platform, post_id) IN (('twitter', 'id left out'))"
    """

    def shorten(match: re.Match[str]) -> str:
        number = len(re.findall(_STRINGS, match.group(2)))
        return f"{match.group(1)}({number} id{'s' if number > 1 else ''} left out)"

    return _ID.sub("'id left out'", _IDENTIFYING.sub(shorten, sql))


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
