"""Watchlists as files: what is read, what is refused with its line, and published lists as they are."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from undertow.errors import InputError
from undertow.sources.watchlist import list_entries
from undertow.watchlists import actor_classes
from undertow.watchlists.entries import Entry, EntryError, entry
from undertow.watchlists.reading import read_entries
from undertow.watchlists.reference_lists import account_of_link, fanged

YAML = """\
platform: twitter
source: A study, 2020
accounts:
  - {handle: "@Embassy_X", actor_class: diplomat, country: NO, valid_from: 2019-01-01}
  - account_id: 0123
    actor_class: state_media
    platform: youtube
domains:
  - {domain: www.Example.org, actor_class: fringe_outlet, owner: A holding}
"""


def test_csv_and_yaml_state_the_same(tmp_path: Path) -> None:
    (tmp_path / "w.yaml").write_text(YAML)
    (tmp_path / "w.csv").write_text(
        "handle,account_id,domain,platform,actor_class,country,valid_from,owner,source\n"
        '@Embassy_X,,,twitter,diplomat,NO,2019-01-01,,"A study, 2020"\n'
        ',0123,,youtube,state_media,,,,"A study, 2020"\n'
        ',,www.Example.org,,fringe_outlet,,,A holding,"A study, 2020"\n'
    )
    from_yaml, _ = list_entries(tmp_path / "w.yaml")
    from_csv, _ = list_entries(tmp_path / "w.csv")
    assert from_yaml == from_csv
    assert from_yaml[0].country == "NO", "a country is no truth value"
    assert from_yaml[1].subject == "0123", "an id keeps its zeros"
    assert from_yaml[2].subject == "example.org"
    assert from_yaml[0].valid_from == dt.date(2019, 1, 1)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("somebody,,twitter,diplomatt,", "line 2: there is no actor class 'diplomatt': did you mean 'diplomat'"),
        ("somebody,,twitter,,", "line 2: actor_class is missing"),
        ("some body,,twitter,diplomat,", "line 2: 'some body' is not a handle"),
        ("somebody,,,diplomat,", "line 2: platform is missing"),
        ("somebody,,twitter,diplomat,1.2.2019", "line 2: valid_from '1.2.2019' is not a day"),
        (",https://example.org/page,,fringe_outlet,", "line 2: 'https://example.org/page' is not a domain"),
        ("somebody,example.org,twitter,diplomat,", "line 2: it names handle and domain"),
        (",,twitter,diplomat,", "line 2: it names nobody"),
    ],
)
def test_mistakes_are_said_with_their_line(tmp_path: Path, line: str, said: str) -> None:
    path = tmp_path / "w.csv"
    path.write_text(f"handle,domain,platform,actor_class,valid_from\n{line}\n")
    with pytest.raises(InputError) as caught:
        list_entries(path)
    assert said in str(caught.value)
    assert caught.value.todo


def test_all_mistakes_are_said_at_once(tmp_path: Path) -> None:
    path = tmp_path / "w.csv"
    path.write_text("handle,platform,actor_class\n" + "x,twitter,nobody\n" * 25)
    with pytest.raises(InputError, match="line 2:") as caught:
        list_entries(path)
    assert "line 11:" in str(caught.value)
    assert "and 15 more" in str(caught.value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("accounts:\n  - {handle: a, handle: b, actor_class: diplomat}\n", "line 2: the key 'handle' occurs twice"),
        ("accounts:\n  - [a]\n", "line 2: keys and values were expected"),
        ("acounts: []\n", "there is no key 'acounts'"),
        ("accounts: {a: b}\n", "accounts is not a list"),
        ("accounts:\n  - {handle: [a]}\n", "handle is not one value"),
        ("accounts: [\n", "this is not YAML"),
        ("accounts: []\n", "no lines"),
        ("- [" * 3000, "YAML"),
    ],
)
def test_what_is_no_yaml_watchlist_is_refused(text: str, said: str) -> None:
    with pytest.raises(InputError) as caught:
        read_entries(text, "w.yaml", yaml_=True, platform="twitter")
    assert said in str(caught.value) or "nested too deeply" in str(caught.value)


texts = st.text(st.characters(exclude_categories=("Cs", "Cc", "Zl", "Zp", "Zs")), min_size=1, max_size=20)
days = st.dates(dt.date(1990, 1, 1), dt.date(2100, 1, 1))


@given(
    subject=texts, class_=st.sampled_from(sorted(actor_classes())), country=st.none() | texts,
    first=st.none() | days, length=st.none() | st.integers(0, 1000), withdrawn=st.booleans(),
)  # fmt: skip
def test_an_entry_survives_being_written(
    subject: str, class_: str, country: str | None, first: dt.date | None, length: int | None, withdrawn: bool
) -> None:
    last = None if first is None or length is None else first + dt.timedelta(days=length)
    stated = Entry(subject_type="account", platform="twitter", subject=subject, actor_class=class_, country=country,
                   valid_from=first, valid_to=last, source="s", withdrawn=withdrawn)  # fmt: skip
    assert entry(stated.fields(), platform=None, source="other") == stated


def test_the_end_of_validity_is_the_end_of_its_day() -> None:
    made = entry({"handle": "a", "actor_class": "diplomat", "valid_to": "1970-01-02"}, platform="x", source="s")
    assert made.rows()[0].valid_to == 2 * 86_400_000_000


def test_quality_is_a_share() -> None:
    with pytest.raises(EntryError, match="quality"):
        entry({"domain": "example.org", "quality": "1.5"}, platform=None, source="s")


@pytest.mark.parametrize(
    ("link", "account"),
    [
        ("https://www.facebook.com/Some.Page/?ref=x", ("facebook", "Some.Page")),
        ("https://www.facebook.com/groups/123", None),
        ("https://t.me/s/channel", ("telegram", "channel")),
        ("https://m.vk.com/name", ("vkontakte", "name")),
        ("https://www.youtube.com/watch?v=1", None),
        ("https://tiktok.com/@a.b", ("tiktok", "a.b")),
        ("x.com/name/status/1", ("twitter", "name")),
    ],
)
def test_links_to_accounts(link: str, account: tuple[str, str] | None) -> None:
    assert account_of_link(link) == account


def test_harmless_indicators_are_restored() -> None:
    assert fanged("hxxps://www[.]example[.]org/ ") == "https://www.example.org/"


def test_a_takedowns_indicators(tmp_path: Path) -> None:
    path = tmp_path / "network.csv"
    path.write_text(
        "Tactic ,Technique,Procedure,Indicator\n"
        "0. Acquiring,0.6 Domains,0.6.2 Acquiring domains,example[.]com\n"
        "0. Acquiring,0.9 Accounts,0.9.4 X / Twitter accounts,https://twitter[.]com/somebody\n"
        "0. Acquiring,0.9 Accounts,0.9.1 Facebook assets,17 accounts\n"
        ",,,\n"
    )
    found, left_out = list_entries(path)
    assert [(e.subject_type, e.subject, e.actor_class) for e in found] == [
        ("domain", "example.com", "covert"),
        ("handle", "somebody", "covert"),
    ]
    assert len(left_out) == 1


def test_the_shared_reference_lists_are_known(shared_data: Path) -> None:
    folder = shared_data / "reference_lists"
    found, _ = list_entries(folder / "china_diplomat_media_handles.csv")
    assert [sum(e.actor_class == c for e in found) for c in ("diplomat", "state_media")] == [34, 12]
    found, left_out = list_entries(folder / "state_media_matrix_asd_gmf.csv")
    assert len(left_out) < 100
    assert sum(e.subject_type == "domain" for e in found) > 1000
    found, _ = list_entries(folder / "domain_quality_lin2023" / "domain_ratings.csv")
    assert len(found) > 11_400
