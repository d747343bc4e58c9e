"""The baseline modes reproduce the peer tools' edge lists: each edge, each weight, every file."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

from undertow.analyses.coordination.baselines import coortweet, pair_tests, similarity, toolkit


@dataclass(frozen=True)
class Codes:
    account: NDArray[np.int64]
    object: NDArray[np.int64]
    content: NDArray[np.int64]
    time: NDArray[np.int64]
    accounts: NDArray[np.object_]
    things: NDArray[np.object_]


_loaded: dict[Path, Codes] = {}


def load(golden: Path, name: str) -> Codes:
    path = golden / "inputs" / f"{name}.parquet"
    if path not in _loaded:
        rows = pd.read_parquet(path)
        account, accounts = pd.factorize(rows["account_id"].to_numpy(object))
        both = np.concatenate((rows["object_id"].to_numpy(object), rows["content_id"].to_numpy(object)))
        codes, things = pd.factorize(both)
        _loaded[path] = Codes(
            account, codes[: len(rows)], codes[len(rows) :], rows["timestamp_share"].to_numpy(), accounts, things
        )
    return _loaded[path]


def output(golden: Path, name: str) -> pd.DataFrame:
    return pd.read_csv(golden / "outputs" / f"{name}.csv.gz")


def undirected(frame: pd.DataFrame, one: str, other: str) -> pd.DataFrame:
    """Edges with the names in alphabetical order, sorted, so that two lists can be laid side by side."""
    swap = frame[one] > frame[other]
    named = frame.assign(
        one=np.where(swap, frame[other], frame[one]), other=np.where(swap, frame[one], frame[other])
    )
    return named.drop(columns=[one, other]).sort_values(["one", "other"], ignore_index=True)


@pytest.mark.parametrize("window", [10, 60])
@pytest.mark.parametrize("name", ["synth_10k", "synth_100k", "russian"])
def test_coortweet(shared_golden: Path, name: str, window: int) -> None:
    data = load(shared_golden, name)
    pairs = coortweet.detect_groups(data.account, data.object, data.content, data.time, window=window)
    expected = output(shared_golden, f"coortweet-{name}-w{window}-p2.pairs")
    columns = ["object_id", "content_id", "content_id_y", "time_delta", "account_id", "account_id_y"]
    mine = pd.DataFrame(
        {
            "object_id": data.things[pairs.object],
            "content_id": data.things[pairs.content],
            "content_id_y": data.things[pairs.later_content],
            "time_delta": pairs.apart,
            "account_id": data.accounts[pairs.account],
            "account_id_y": data.accounts[pairs.later_account],
        }
    )
    assert sorted(mine.itertuples(index=False, name=None)) == sorted(
        expected[columns].itertuples(index=False, name=None)
    )

    edges = coortweet.coordinated_network(pairs, quantile=0.5)
    network = undirected(
        pd.DataFrame(
            {
                "from": data.accounts[edges.left],
                "to": data.accounts[edges.right],
                "weight": edges.weight,
                "avg_time_delta": edges.mean_apart,
                "n_content_id": edges.n_content,
                "n_content_id_y": edges.n_later_content,
                "edge_symmetry_score": edges.symmetry,
                "weight_threshold": edges.above.astype(int),
            }
        ),
        "from",
        "to",
    )
    peer = undirected(output(shared_golden, f"coortweet-{name}-w{window}-p2"), "from", "to")
    pd.testing.assert_frame_equal(
        network, peer[list(network.columns)], check_dtype=False, check_exact=False, rtol=1e-12, atol=1e-9
    )
    for exact in ("one", "other", "weight", "n_content_id", "n_content_id_y", "weight_threshold"):
        assert (network[exact].to_numpy() == peer[exact].to_numpy()).all()


def test_coortweet_fast_subnetwork(shared_golden: Path) -> None:
    data = load(shared_golden, "russian")
    pairs = coortweet.detect_groups(data.account, data.object, data.content, data.time, window=60)
    peer = undirected(output(shared_golden, "coortweet-russian-w60-fast10-p2-objects"), "from", "to")
    fast = coortweet.detect_groups(data.account, data.object, data.content, data.time, window=10)
    for suffix, part in (("full", pairs), ("fast", fast)):
        edges = coortweet.coordinated_network(part, quantile=0.5)
        mine = undirected(
            pd.DataFrame(
                {
                    "from": data.accounts[edges.left],
                    "to": data.accounts[edges.right],
                    f"weight_{suffix}": edges.weight,
                    f"avg_time_delta_{suffix}": edges.mean_apart,
                    f"n_content_id_{suffix}": edges.n_content,
                    f"n_content_id_y_{suffix}": edges.n_later_content,
                    f"edge_symmetry_score_{suffix}": edges.symmetry,
                    f"weight_threshold_{suffix}": edges.above.astype(int),
                }
            ),
            "from",
            "to",
        )
        theirs = peer[peer[f"weight_{suffix}"].notna()].reset_index(drop=True)[list(mine.columns)]
        pd.testing.assert_frame_equal(mine, theirs, check_dtype=False, rtol=1e-12, atol=1e-9)


@pytest.mark.parametrize(
    ("name", "window", "min_weight"),
    [
        *itertools.product(("russian", "synth_10k", "synth_100k"), (10, 60), (1, 2)),
        ("synth_1m", 60, 2),
    ],
)
def test_coordination_network_toolkit(shared_golden: Path, name: str, window: int, min_weight: int) -> None:
    data = load(shared_golden, name)
    edges = toolkit.toolkit_network(
        data.account, data.object, data.content, data.time, window=window, min_weight=min_weight
    )
    mine = sorted(zip(data.accounts[edges.source], data.accounts[edges.target], edges.weight.tolist(), strict=True))
    peer = output(shared_golden, f"cnt-{name}-co_retweet-w{window}-e{min_weight}")
    assert mine == sorted(peer[["source", "target", "weight"]].itertuples(index=False, name=None))


@pytest.mark.parametrize("name", ["russian", "synth_10k"])
def test_luceri_cosine(shared_golden: Path, name: str) -> None:
    data = load(shared_golden, name)
    edges = similarity.tfidf_cosine(data.account, data.object)
    mine = undirected(
        pd.DataFrame(
            {
                "source": data.accounts[edges.left],
                "target": data.accounts[edges.right],
                "weight": edges.weight,
            }
        ),
        "source",
        "target",
    )
    peer = undirected(output(shared_golden, f"valeria_coRetweet-{name}"), "source", "target")
    assert len(mine) == len(peer)
    assert (mine[["one", "other"]] == peer[["one", "other"]]).all(axis=None)
    # a sum of up to some hundred products of doubles, in another order
    assert np.abs(mine["weight"] - peer["weight"]).max() < 1e-13


@pytest.mark.parametrize("name", ["synth_10k", "synth_100k"])
def test_coordinationz(shared_golden: Path, name: str) -> None:
    data = load(shared_golden, name)
    found = pair_tests.degree_matched_null(data.account, data.object, seed=7)
    mine = undirected(
        pd.DataFrame(
            {
                "a": data.accounts[found.left],
                "b": data.accounts[found.right],
                "sim": found.similarity,
                "pvalue": found.p_value,
            }
        ),
        "a",
        "b",
    )
    peer = undirected(output(shared_golden, f"coordinationz-{name}-null-R1000"), "a", "b")
    assert (mine[["one", "other"]] == peer[["one", "other"]]).all(axis=None)
    assert np.abs(mine["sim"] - peer["sim"]).max() < 1e-13
    # both are estimates from 1000 draws: five standard errors of their difference, and one draw for the zeros
    p = (mine["pvalue"] + peer["pvalue"]) / 2
    assert (np.abs(mine["pvalue"] - peer["pvalue"]) <= 5 * np.sqrt(2 * p * (1 - p) / 1000) + 1 / 1001).all()
    assert (mine["pvalue"] < 0.01).mean() > 0.9


def test_coortweet_statistics_of_accounts_and_objects(shared_golden: Path) -> None:
    data = load(shared_golden, "russian")
    full, fast = (
        coortweet.detect_groups(data.account, data.object, data.content, data.time, window=window)
        for window in (60, 10)
    )
    stats = coortweet.account_statistics(full, fast)
    mine = pd.DataFrame(
        {
            "avg_time_delta_full": stats.mean_apart,
            "avg_time_delta_fast": stats.fast_mean_apart,
            "avg_edge_symmetry_score_full": stats.mean_symmetry,
            "avg_edge_symmetry_score_fast": stats.fast_mean_symmetry,
            "unique_shares_count": stats.n_contents,
        },
        index=pd.Index(data.accounts[stats.account], name="account_id"),
    ).sort_index()
    peer = (
        output(shared_golden, "coortweet-russian-w60-fast10-p2-account_stats").set_index("account_id").sort_index()
    )
    pd.testing.assert_frame_equal(mine, peer[list(mine.columns)], check_dtype=False, rtol=1e-9)

    # the tool's objects table counts the `from` ends only, and which end that is depends on its inner order: with
    # the ends as it chose them, our edges on each object give its counts
    edges = output(shared_golden, "coortweet-russian-w60-fast10-p2-objects")
    starts = {frozenset(ends): ends[0] for ends in zip(edges["from"], edges["to"], strict=True)}
    on_object: dict[str, set[str]] = {}
    objects_of: dict[frozenset[str], set[str]] = {}
    for thing, one, other in zip(
        data.things[full.object], data.accounts[full.account], data.accounts[full.later_account], strict=True
    ):
        on_object.setdefault(thing, set()).add(starts[frozenset((one, other))])
        objects_of.setdefault(frozenset((one, other)), set()).add(thing)
    groups = output(shared_golden, "coortweet-russian-w60-fast10-p2-group_stats")
    assert {thing: len(ends) for thing, ends in on_object.items()} == dict(
        zip(groups["object_id"], groups["num_accounts"], strict=True)
    )
    for row in edges.itertuples():
        listed = {thing.strip() for thing in str(row.object_ids_full).split(",")}
        assert listed == objects_of[frozenset((row[1], row[2]))]
