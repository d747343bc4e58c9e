"""Networks as GEXF 1.2 and GraphML: XML by the standard library, every text neutralised before it is escaped."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from xml.etree import ElementTree as ET

from undertow.exports.networks import Network, Value
from undertow.published import Published
from undertow.reports.neutral import neutral
from undertow.reports.theme import PALETTES

GEXF = "http://www.gexf.net/1.2draft"
VIZ = f"{GEXF}/viz"
GRAPHML = "http://graphml.graphdrawing.org/xmlns"
_TYPES: Mapping[type, str] = {bool: "boolean", int: "long", float: "double", str: "string"}


def gexf(network: Network, published: Published) -> bytes:
    """The network as GEXF 1.2draft, which Gephi and gephi-lite open; edges carry the days of their first and last
    meeting, so that a timeline can be drawn."""
    ET.register_namespace("", GEXF)
    ET.register_namespace("viz", VIZ)
    root = ET.Element(f"{{{GEXF}}}gexf", version="1.2")
    meta = _sub(root, "meta", lastmodifieddate=published.made_at[:10])
    _sub(meta, "creator").text = f"Undertow {_clean(published.version)}"
    _sub(meta, "description").text = _clean(f"{network.finding.statement} Ledger {published.head}.")
    graph = _sub(root, "graph", defaultedgetype="undirected", mode="dynamic", timeformat="date")
    node_columns = {"group": "long", **_columns(node.attributes for node in network.nodes)}
    edge_columns = {"first": "string", "last": "string", **_columns(link.attributes for link in network.links)}
    for kind, columns in (("node", node_columns), ("edge", edge_columns)):
        declared = _sub(graph, "attributes", **{"class": kind, "mode": "static"})
        for name, type_ in columns.items():
            _sub(declared, "attribute", id=_clean(name), title=_clean(name), type=type_)
    nodes = _sub(graph, "nodes", count=str(len(network.nodes)))
    widest = max((degree for degree in _degrees(network)), default=1)
    for number, (node, degree) in enumerate(zip(network.nodes, _degrees(network), strict=True)):
        made = _sub(nodes, "node", id=str(number), label=_clean(node.name))
        own = node.attributes if node.group is None else {"group": node.group, **node.attributes}
        _values(made, own, node_columns)
        ET.SubElement(made, f"{{{VIZ}}}size", value=f"{4 + 16 * degree / widest:.1f}")
        ET.SubElement(made, f"{{{VIZ}}}position", x=f"{node.x:.2f}", y=f"{node.y:.2f}", z="0.0")
        red, green, blue = _colour(node.group)
        ET.SubElement(made, f"{{{VIZ}}}color", r=str(red), g=str(green), b=str(blue))
    edges = _sub(graph, "edges", count=str(len(network.links)))
    for number, link in enumerate(network.links):
        days = {"start": link.first, "end": link.last}
        dated = {name: _utc(when).date().isoformat() for name, when in days.items() if when is not None}
        made = _sub(
            edges, "edge", id=str(number), source=str(link.one), target=str(link.other), weight=f"{link.weight:g}"
        )
        made.attrib.update(dated)
        times = {"first": link.first, "last": link.last}
        stated: dict[str, Value] = {
            name: _utc(when).isoformat() for name, when in times.items() if when is not None
        }
        _values(made, {**stated, **link.attributes}, edge_columns)
    return _written(root)


def graphml(network: Network, published: Published) -> bytes:
    """The network as GraphML: node data ``label``, ``x``, ``y``, ``group``; edge data ``weight``, ``first``, ``last``."""
    ET.register_namespace("", GRAPHML)
    root = ET.Element(f"{{{GRAPHML}}}graphml")
    fixed_node = {"label": "string", "x": "double", "y": "double", "group": "long"}
    fixed_edge = {"weight": "double", "first": "string", "last": "string"}
    node_columns = {**fixed_node, **_columns(node.attributes for node in network.nodes)}
    edge_columns = {**fixed_edge, **_columns(link.attributes for link in network.links)}
    keys: dict[tuple[str, str], str] = {}
    for kind, columns in (("node", node_columns), ("edge", edge_columns)):
        for name, type_ in columns.items():
            keys[kind, name] = f"d{len(keys)}"
            ET.SubElement(
                root,
                f"{{{GRAPHML}}}key",
                {"id": keys[kind, name], "for": kind, "attr.name": _clean(name), "attr.type": type_},
            )
    graph = ET.SubElement(root, f"{{{GRAPHML}}}graph", id="network", edgedefault="undirected")
    ET.SubElement(graph, f"{{{GRAPHML}}}desc").text = _clean(
        f"{network.finding.statement} Undertow {published.version}, ledger {published.head}."
    )
    for number, node in enumerate(network.nodes):
        made = ET.SubElement(graph, f"{{{GRAPHML}}}node", id=f"n{number}")
        own: dict[str, Value | None] = {"label": node.name, "x": node.x, "y": node.y, "group": node.group}
        _data(made, {**own, **node.attributes}, {name: keys["node", name] for name in node_columns})
    for number, link in enumerate(network.links):
        made = ET.SubElement(
            graph, f"{{{GRAPHML}}}edge", id=f"e{number}", source=f"n{link.one}", target=f"n{link.other}"
        )
        times = {"first": link.first, "last": link.last}
        stated = {name: None if when is None else _utc(when).isoformat() for name, when in times.items()}
        _data(
            made,
            {"weight": link.weight, **stated, **link.attributes},
            {name: keys["edge", name] for name in edge_columns},
        )
    return _written(root)


def _clean(text: str) -> str:
    """Text that XML may hold: what it may not, and what would steer a reader, is made visible."""
    return neutral(text)


def _sub(parent: ET.Element, name: str, **attributes: str) -> ET.Element:
    return ET.SubElement(parent, f"{{{GEXF}}}{name}", attributes)


def _columns(rows: Iterable[Mapping[str, Value]]) -> dict[str, str]:
    """Column -> its type: the widest of what its values need."""
    found: dict[str, set[type]] = {}
    for row in rows:
        for name, value in row.items():
            found.setdefault(name, set()).add(type(value))
    return {
        name: _TYPES[next(iter(types))] if len(types) == 1 else "double" if types == {int, float} else "string"
        for name, types in found.items()
    }


def _text(value: Value) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return repr(value)
    return _clean(value)


def _values(parent: ET.Element, values: Mapping[str, Value], columns: Mapping[str, str]) -> None:
    holder = _sub(parent, "attvalues")
    for name in columns:
        if name in values:
            _sub(holder, "attvalue", **{"for": _clean(name), "value": _text(values[name])})


def _data(parent: ET.Element, values: Mapping[str, Value | None], keys: Mapping[str, str]) -> None:
    for name, value in values.items():
        if value is not None:
            ET.SubElement(parent, f"{{{GRAPHML}}}data", key=keys[name]).text = _text(value)


def _degrees(network: Network) -> Sequence[int]:
    degrees = [0] * len(network.nodes)
    for link in network.links:
        degrees[link.one] += 1
        degrees[link.other] += 1
    return degrees


def _colour(group: int | None) -> tuple[int, int, int]:
    palette = PALETTES["light"]
    text = palette.quiet if group is None else palette.categories[(group - 1) % len(palette.categories)]
    return int(text[1:3], 16), int(text[3:5], 16), int(text[5:7], 16)


def _utc(when: dt.datetime) -> dt.datetime:
    return when.astimezone(dt.UTC)


def _written(root: ET.Element) -> bytes:
    ET.indent(root)
    written: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return written + b"\n"
