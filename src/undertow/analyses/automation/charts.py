"""The pictures of automation, as Vega-Lite with their data in them; the report gives them their look."""

from __future__ import annotations

from undertow.statistics.common_strings import CommonStrings
from undertow.vega import Spec, spec


def common_strings(real: CommonStrings, shuffled: CommonStrings) -> Spec:
    """How many accounts share a run of actions of each length, and the same once actions are shuffled."""
    rows = [
        {"length": length, "accounts": accounts, "order": order}
        for order, curve in (("as posted", real), ("shuffled", shuffled))
        for length, accounts in zip(curve.lengths, curve.strings, strict=True)
    ]
    return spec(
        "Runs of actions that accounts share",
        "The most accounts that share a run of actions of each length; the longest run that two share has "
        f"{real.lengths[-1]} actions or more.",
        rows,
        height=200,
        mark={"type": "line", "point": True},
        encoding={
            "x": {
                "field": "length",
                "type": "quantitative",
                "scale": {"type": "log", "base": 2},
                "title": "actions in a row",
            },
            "y": {"field": "accounts", "type": "quantitative", "title": "accounts that share it"},
            "color": {"field": "order", "type": "nominal", "title": None},
            "tooltip": [{"field": "length"}, {"field": "accounts", "format": ","}, {"field": "order"}],
        },
    )
