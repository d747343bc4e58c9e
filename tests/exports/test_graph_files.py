"""GEXF and GraphML: valid, whole after a round trip, and inert whatever the names hold."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import networkx as nx
import pytest
from lxml import etree

from undertow.case import Case
from undertow.exports import graph_files
from undertow.exports.networks import Network, network
from undertow.published import Published, published
from undertow.reports.neutral import neutral

SCHEMA = etree.XMLSchema(etree.parse(str(Path(__file__).with_name("gexf-1.2draft.xsd"))))


def shown_of(case: Case, *, identifiable: bool = True) -> tuple[Network, Published]:
    shown = published(case, identifiable=identifiable)
    return network(shown.findings), shown


@pytest.mark.parametrize("which", ["planted", "hostile"])
def test_gexf_is_valid(which: str, planted: Any, hostile_case: Case) -> None:
    made, shown = shown_of(planted.case if which == "planted" else hostile_case)
    document = etree.fromstring(graph_files.gexf(made, shown))
    SCHEMA.assertValid(document)


def test_the_schema_refuses_what_is_wrong(planted: Any) -> None:
    made, shown = shown_of(planted.case)
    text = graph_files.gexf(made, shown)
    for old, new in (
        (b'weight="', b'weight="x'),
        (b'source="0"', b'source="99"'),
        (b'start="2020', b'start="x2020'),
    ):
        assert old in text
        assert not SCHEMA.validate(etree.fromstring(text.replace(old, new, 1)))


def graph_of(layout: str, made: Network, shown: Published) -> Any:
    if layout == "gexf":
        return nx.read_gexf(io.BytesIO(graph_files.gexf(made, shown)), version="1.2draft")
    return nx.read_graphml(io.BytesIO(graph_files.graphml(made, shown)))


@pytest.mark.parametrize("layout", ["gexf", "graphml"])
def test_a_round_trip_loses_nothing(layout: str, planted: Any) -> None:
    made, shown = shown_of(planted.case)
    graph = graph_of(layout, made, shown)
    assert graph.number_of_nodes() == len(made.nodes) == 3
    assert graph.number_of_edges() == len(made.links) == 2
    by_label = {data["label"]: (name, data) for name, data in graph.nodes(data=True)}
    for node in made.nodes:
        data = by_label[node.name][1]
        assert data["group"] == node.group == 1
        place = data["viz"]["position"] if layout == "gexf" else data
        assert (place["x"], place["y"]) == pytest.approx((node.x, node.y))
        assert data["template"] == node.attributes["template"]
    for link in made.links:
        ends = (by_label[made.nodes[link.one].name][0], by_label[made.nodes[link.other].name][0])
        data = graph.edges[ends]
        assert data["weight"] == link.weight
        assert link.first is not None
        assert data["first"] == link.first.isoformat()
        assert data["trace"] == "text"
        if layout == "gexf":
            assert data["start"] == link.first.date().isoformat()


@pytest.mark.parametrize("layout", ["gexf", "graphml"])
def test_hostile_names_come_back_as_text(layout: str, hostile_case: Case) -> None:
    """Whatever a name holds is one label after a real parser, never markup, an entity or a control."""
    made, shown = shown_of(hostile_case)
    graph = graph_of(layout, made, shown)
    labels = [data["label"] for _, data in graph.nodes(data=True)]
    wanted = [" ".join(neutral(node.name).split()) for node in made.nodes]
    assert sorted(" ".join(label.split()) for label in labels) == sorted(wanted)
    raw = (graph_files.gexf if layout == "gexf" else graph_files.graphml)(made, shown)
    assert b"<!DOCTYPE" not in raw
    assert b"<!ENTITY" not in raw
    tags = {etree.QName(element).localname for element in etree.fromstring(raw).iter()}
    assert not tags & {"script", "img", "svg", "iframe", "a", "style"}


def test_the_same_case_gives_the_same_bytes(planted: Any) -> None:
    for write in (graph_files.gexf, graph_files.graphml):
        assert write(*shown_of(planted.case)) == write(*shown_of(Case.open(planted.case.path)))


def test_pairs_are_counted_once_whichever_is_named_first() -> None:
    import pyarrow as pa

    from undertow.exports.networks import _link, _pairs

    table = pa.Table.from_pylist(
        [
            {"account_a": "b", "account_b": "a", "trace": "link", "occasions": 3, "p_value": 0.5, "also": False},
            {"account_a": "a", "account_b": "b", "trace": "text", "occasions": 7, "p_value": 0.1, "also": True},
        ]
    )
    [(pair, rows)] = _pairs(table).items()
    link = _link({("", "a"): 0, ("", "b"): 1}, pair, rows)
    assert (link.weight, link.attributes) == (7.0, {"trace": "link, text", "p_value": 0.1, "also": True})
