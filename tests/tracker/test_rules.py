"""The rule file: what it says, and what is wrong with it."""

from __future__ import annotations

from pathlib import Path

import pytest

from undertow.errors import InputError
from undertow.tracker import read_rules


def test_without_a_file_rises_alert(tmp_path: Path) -> None:
    rules = read_rules(tmp_path / "track.toml")
    assert [rule.kind for rule in rules.rules] == ["anomaly"]
    assert rules.only == ("amplification",)


def test_a_whole_file(tmp_path: Path) -> None:
    path = tmp_path / "track.toml"
    path.write_text(
        'only = ["amplification", "coordination.groups"]\n[settings]\n"coordination.traces" = "reposts"\n'
        '[[rule]]\nkind = "threshold"\nname = "few"\nfinding = "amplification.concentration"\nabove = 0.9\n'
        '[[rule]]\nkind = "new_group"\nstrength = "moderate"\n'
        '[[deliver]]\nto = "jsonl"\npath = "alerts.jsonl"\n[[deliver]]\nto = "webhook"\nurl = "https://example.org/x"\n'
    )
    rules = read_rules(path)
    assert [(rule.name, rule.finding) for rule in rules.rules] == [
        ("few", "amplification.concentration"),
        ("new_group", "coordination.groups"),
    ]
    assert rules.channels[0].path == tmp_path / "alerts.jsonl"


def test_what_nobody_keeps_up_to_date_is_not_watched_by_default(tmp_path: Path) -> None:
    path = tmp_path / "track.toml"
    path.write_text('only = ["posting_hours"]')
    assert read_rules(path).rules == ()


def test_settings_may_be_written_without_quotes(tmp_path: Path) -> None:
    path = tmp_path / "track.toml"
    path.write_text('[settings]\namplification.coordinated = true\n"amplification.seed" = 1\n')
    assert read_rules(path).settings == {"amplification.coordinated": True, "amplification.seed": 1}


def test_a_threshold_alerts_on_what_is_never_rated(tmp_path: Path) -> None:
    path = tmp_path / "track.toml"
    path.write_text(
        '[[rule]]\nkind = "threshold"\nfinding = "amplification.concentration"\nabove = 0.9\n[[rule]]\nkind = "anomaly"\n'
    )
    assert [rule.strength for rule in read_rules(path).rules] == ["none", "weak"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("only = [", "cannot be read"),
        ('olny = ["amplification"]', "did you mean 'only'"),
        ('only = ["amplificatoin"]', "did you mean 'amplification'"),
        ('[[rule]]\nkind = "anomalie"', "did you mean 'anomaly'"),
        ('[[rule]]\nkind = "threshold"\nfinding = "amplification.reach"', "one of above and below"),
        ('[[rule]]\nkind = "threshold"\nfinding = "amplification.reach"\nabove = "x"', "are numbers"),
        ('[[rule]]\nkind = "rows"\nfinding = "amplification.reach"', "keys"),
        ('only = ["amplification.reech"]', "did you mean 'amplification.reach'"),
        ('identifiable = "yes"', "neither true nor false"),
        (
            '[[rule]]\nkind = "rows"\nfinding = "amplification.anomalys"\nkeys = ["account"]',
            "'amplification.anomalies'",
        ),
        (
            '[[rule]]\nkind = "rows"\nfinding = "amplifikation.reach"\nkeys = ["account"]',
            "did you mean 'amplification'",
        ),
        ('[[rule]]\nkind = "rows"\nfinding = "amplification"\nkeys = ["account"]', "is not a finding"),
        ('[[rule]]\nkind = "threshold"\nfinding = "amplification.reach"\nabove = nan', "are numbers"),
        ('[[rule]]\nkind = "threshold"\nfinding = "amplification.reach"\nbelow = inf', "are numbers"),
        ('[[rule]]\nkind = "anomaly"\nname = 3', "not a text"),
        ('[[rule]]\nkind = "new_group"', "not kept up to date"),
        ('[[rule]]\nkind = "anomaly"\n[[rule]]\nkind = "anomaly"', "one name"),
        ('[[deliver]]\nto = "mail"', "One of jsonl, atom, webhook"),
        ('[[deliver]]\nto = "webhook"\nurl = "file:///etc/passwd"', "no web address"),
        ('[[deliver]]\nto = "jsonl"', "needs a path"),
        ("[rule]\nkind = 1", "[[rule]]"),
        ("only = []", "names nothing"),
        ('only = ["amplification.raech"]', "did you mean 'amplification.reach'"),
        (
            '[[rule]]\nkind = "threshold"\nfinding = "amplification.concentratio"\nabove = 1',
            "did you mean 'amplification.concentration'",
        ),
        ('only = ["amplification.reach"]\n[[rule]]\nkind = "anomaly"', "not kept up to date"),
    ],
)
def test_mistakes_are_said(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "track.toml"
    path.write_text(text)
    with pytest.raises(InputError) as caught:
        read_rules(path)
    assert said in str(caught.value)
    assert str(path) in str(caught.value)
