"""How well the indicators of account origins and automation tell accounts that others have labelled.

Four tasks on real sets: Internet Research Agency accounts against real ones (state_trolls_vs_real, by profiles); the
same against four organic communities (by posts); accounts that attacked trends in Turkey against ordinary profiles;
accounts that a class labelled bots. For each: the area under the curve (AUC) of the number of indicators, of each
indicator, of two baselines (posts a day, account age; the better direction is taken, which flatters them), and of a
logistic regression with weights of at least 0 that was learnt on the other tasks only, so that no account or campaign is
on both sides. Intervals: bootstrap over accounts.

    python bench/account_accuracy.py SHARED_DATA

The results stand in docs/explanation/automation.md.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.optimize import minimize

from undertow.analyses import account_origins, automation, base
from undertow.analyses.account_origins import accounts, registration
from undertow.analyses.account_origins.names import families, readable
from undertow.analyses.automation.clients import read_clients
from undertow.case import Case
from undertow.sources.base import ReadOptions

Floats = npt.NDArray[np.float64]

DRAWS = 400
PROFILE = {"account_id": "id", "handle": "handle", "display_name": "name", "description": "about", "location": "place",
           "account_created_at": "born", "followers": "fans", "following": "follows"}  # fmt: skip
POSTS = {"account_id": "id", "created_at": "when", "text": "text"}
TWEETS = {
    "post_id": "tweet_id", "account_id": "user_id", "created_at": "created_at", "text": "text", "client": "source",
    "is_repost": "is_retweet", "reposted_post_id": "retweet_status_id", "replied_post_id": "reply_to_status_id",
    "account_created_at": "user_account_created_at", "followers": "user_followers_count", "location": "user_location",
    "following": "user_friends_count", "language": "lang",
}  # fmt: skip

LOOKUP = {
    "username": "handle", "description": "about", "location": "place", "created_at": "born",
    "public_metrics.followers_count": "fans", "public_metrics.following_count": "follows",
    "public_metrics.tweet_count": "posts",
}  # fmt: skip
CLASS = {
    "screen_name": "handle", "description": "about", "location": "place", "created_at": "born",
    "followers_count": "fans", "friends_count": "follows", "statuses_count": "posts",
}  # fmt: skip


@dataclass(frozen=True)
class Task:
    """Accounts as rows: ``x`` holds 1 (shows the indicator), 0 or NaN (not examined), ``label`` 1 for the operation's."""

    name: str
    indicators: tuple[str, ...]
    x: Floats
    label: npt.NDArray[np.bool_]
    posts_a_day: Floats
    age: Floats


def auc(counts: Floats) -> Floats:
    """The area under the curve of (draws, values ascending, 2: the others, the operation's) counts; ties count half."""
    below = np.cumsum(counts[..., 0], axis=-1) - counts[..., 0] / 2
    totals = counts.sum(axis=-2)
    with np.errstate(invalid="ignore"):
        found: Floats = (below * counts[..., 1]).sum(axis=-1) / (totals[..., 0] * totals[..., 1])
    return found


def words(
    score: Floats, label: npt.NDArray[np.bool_], rng: np.random.Generator, *, either_way: bool = False
) -> str:
    """The AUC with its interval; of accounts whose score is known."""
    known = np.isfinite(score)
    score, label = score[known], label[known]
    if label.size == 0 or label.all() or not label.any():
        return "not defined"
    values, place = np.unique(score, return_inverse=True)
    cells = np.bincount(2 * place + label, minlength=2 * values.size)
    drawn = rng.multinomial(label.size, cells / label.size, DRAWS).reshape(
        DRAWS, -1, 2
    )  # accounts, with replacement
    value, curves = float(auc(cells.reshape(-1, 2))), auc(drawn)
    if either_way and value < 0.5:
        value, curves = 1 - value, 1 - curves
    low, high = np.nanquantile(curves, [0.025, 0.975])
    return f"{value:.2f} ({low:.2f} to {high:.2f}), {int(label.sum())} against {int((~label).sum())}"


def read(case: Case) -> tuple[list[str], Mapping[str, Floats], Floats, Floats]:
    """Account ids of a case, each indicator as 1, 0 or NaN, posts a day, and age in days."""
    with base.open_engine(case, base.Parameters()) as engine:
        found = accounts.accounts_of(engine, scoped=False)
        lines = automation.timelines(engine)
    by_day, by_hour = (
        registration.registrations(found, None, unit) for unit in (registration.DAY, registration.HOUR)
    )
    alike = families([readable(handle) for handle in found.handle]).family >= 0
    columns: dict[str, Floats] = {}
    for name, measured in account_origins._indicators(found, by_day, by_hour, alike).items():
        columns[name] = np.where(measured.examined, measured.yes.astype(np.float64), np.nan)
    place = {pair: at for at, pair in enumerate(zip(lines.platform, lines.account_id, strict=True))}
    at = np.array([place.get(pair, -1) for pair in zip(found.platform, found.account_id, strict=True)])
    for reading in automation.read_all(lines, read_clients(None), control=None, seed=0) if len(lines) else ():
        values = np.where(reading.measured.examined, reading.measured.yes.astype(np.float64), np.nan)
        columns[reading.name] = np.where(at >= 0, values[at], np.nan)
    span = np.maximum((found.last_us - found.first_us) / accounts.DAY_US, 1.0)
    daily = np.where(found.posts > 0, found.posts / span, np.nan)
    newest = max(int(found.created_us.max()), int(found.last_us.max()))
    age = np.where(found.dated, (newest - found.created_us) / accounts.DAY_US, np.nan)
    return found.account_id, columns, daily, age


def task(name: str, case: Case, positive: set[str], *, daily: Mapping[str, float] | None = None) -> Task:
    """The task on one case."""
    ids, columns, posts_a_day, age = read(case)
    if daily is not None:
        posts_a_day = np.array([daily.get(account, np.nan) for account in ids])
    return Task(
        name,
        tuple(columns),
        np.column_stack(list(columns.values())),
        np.array([i in positive for i in ids]),
        posts_a_day,
        age,
    )


def learnt(others: list[Task], indicators: tuple[str, ...]) -> Floats:
    """Weights (at least 0) of a logistic regression on the other tasks, each task weighing the same."""
    x, y, weight = [], [], []
    for other in others:
        columns = [
            other.x[:, other.indicators.index(n)] if n in other.indicators else np.zeros(len(other.label))
            for n in indicators
        ]
        x.append(np.nan_to_num(np.column_stack(columns)))
        y.append(other.label)
        share = np.where(other.label, 1 / max(other.label.sum(), 1), 1 / max((~other.label).sum(), 1))
        weight.append(share)
    rows, label, weights = np.vstack(x), np.concatenate(y), np.concatenate(weight)

    def loss(b: Floats) -> float:
        z = rows @ b[1:] + b[0]
        return float((weights * (np.logaddexp(0, z) - label * z)).sum() + 0.01 * (b[1:] ** 2).sum())

    bounds = [(None, None), *[(0.0, None)] * len(indicators)]
    found: Floats = minimize(loss, np.zeros(len(indicators) + 1), bounds=bounds, method="L-BFGS-B").x[1:]
    return found


def profiles(frame: pd.DataFrame, path: Path) -> Path:
    """A CSV of profiles with the columns of :data:`PROFILE`."""
    frame = frame.drop_duplicates("id")
    born = pd.to_datetime(frame["born"], utc=True, errors="coerce", format="mixed", dayfirst=True)
    frame.assign(born=born.dt.strftime("%Y-%m-%d %H:%M:%S")).reindex(columns=list(PROFILE.values())).to_csv(
        path, index=False
    )
    return path


def tasks(shared: Path, folder: Path) -> Iterator[Task]:
    """The four tasks."""
    twitter = {"platform": "twitter"}

    ours = pd.read_csv(shared / "state_trolls_vs_real/russian_unseen.csv").query("bot_or_not == 1")
    theirs = pd.concat(pd.read_csv(shared / f"state_trolls_vs_real/{n}.csv") for n in ("real_test", "real_test2"))
    names = {"user_screen_name": "id", "user_profile_description": "about", "user_reported_location": "place",
             "account_creation_date": "born", "follower_count": "fans", "following_count": "follows",
             "tweet_time": "when", "tweet_text": "text"}  # fmt: skip
    both = pd.concat([ours, theirs]).drop_duplicates("tweetid").rename(columns=names)
    both["handle"], both["when"] = (
        both["id"],
        pd.to_datetime(both["when"], format="mixed").dt.strftime("%Y-%m-%d %H:%M"),
    )
    both["born"] = both["born"].map(lambda text: str(pd.to_datetime(text, utc=True))[:10])
    both[["id", "when", "text"]].to_csv(folder / "p1.csv", index=False)
    case, _ = Case.create(folder / "c1").add(folder / "p1.csv", options=ReadOptions(mapping=POSTS, **twitter))
    case, _ = case.add(profiles(both, folder / "u1.csv"), options=ReadOptions(mapping=PROFILE, **twitter))
    yield task("IRA against real (profiles, a few posts each)", case, set(ours["user_screen_name"]))

    case, _ = Case.create(folder / "c2").add(shared / "ira_troll_tweets/tweets.parquet")
    agency = set(case.query("SELECT DISTINCT account_id AS a FROM posts")["a"].to_pylist())
    for name in ("elgl19_localgov_conf_2019", "esa2019_ecology_conf", "aprendeencasa_mexico_2020"):
        path = shared / f"organic_controls/{name}.parquet"
        case, _ = case.add(path, options=ReadOptions(mapping=TWEETS, **twitter))
    german = {"account_id": "screen_name", "created_at": "created_at", "text": "text"}
    case, _ = case.add(
        shared / "organic_controls/german_politicians_2018.parquet", options=ReadOptions(mapping=german, **twitter)
    )
    yield task("IRA against organic communities (posts)", case, agency)

    attack = pd.read_csv(shared / "ephemeral_astroturfing/past_search_all_bots_lookupv2.csv.bz2", dtype={"id": str})
    attack = attack.rename(columns=LOOKUP)
    attack["id"] = "a" + attack["id"]
    labelled = []
    for name in ("bots", "nonbots"):
        frame = pd.read_csv(shared / f"bot_labels/{name}_data.csv", encoding="latin-1")
        frame = frame.rename(columns=CLASS)
        labelled.append(frame.assign(id=name[0] + frame["handle"].astype(str)))
    bots, people = labelled

    def daily(*frames: pd.DataFrame) -> dict[str, float]:
        frame = pd.concat(frames)
        born = pd.to_datetime(frame["born"], utc=True, errors="coerce", format="mixed", dayfirst=True)
        days = (born.max() - born).dt.days.clip(lower=1)
        return dict(
            zip(frame["id"], (pd.to_numeric(frame["posts"], errors="coerce") / days).astype(float), strict=True)
        )

    options = ReadOptions(mapping=PROFILE, **twitter)
    pairs = (
        ("accounts that attacked trends against people (profiles)", attack, people),
        ("bots against people, by a class (profiles)", bots, people),
    )
    for number, (title, ours, others) in enumerate(pairs, 3):
        path = profiles(pd.concat([ours, others]), folder / f"u{number}.csv")
        case, _ = Case.create(folder / f"c{number}").add(path, options=options)
        yield task(title, case, set(ours["id"]), daily=daily(ours, others))


def main() -> None:
    """Read, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("shared", type=Path)
    arguments = parser.parse_args()
    rng = np.random.default_rng(7)
    found = []
    with tempfile.TemporaryDirectory() as temporary:
        for current in tasks(arguments.shared, Path(temporary)):
            found.append(current)
            print(f"\n{current.name}: {int(current.label.sum())} against {int((~current.label).sum())} accounts")
            print(f"  number of indicators   {words(np.nansum(current.x, axis=1), current.label, rng)}")
            print(f"  posts a day            {words(current.posts_a_day, current.label, rng, either_way=True)}")
            print(f"  account age            {words(current.age, current.label, rng, either_way=True)}")
            for name, column in zip(current.indicators, current.x.T, strict=True):
                if np.isfinite(column).any():
                    parts = (column[current.label], column[~current.label])
                    shown = [f"{np.nanmean(part):.3f}" if np.isfinite(part).any() else "-" for part in parts]
                    about = words(column, current.label, rng)
                    print(f"    {name:28s} {about}; shown by {shown[0]} and {shown[1]}", flush=True)
    print("\nweights learnt on the other tasks")
    for current in found:
        weights = learnt([other for other in found if other is not current], current.indicators)
        print(f"  {current.name}: {words(np.nan_to_num(current.x) @ weights, current.label, rng)}")


if __name__ == "__main__":
    main()
