"""Strings as an adversary would post them, and a report that carries them everywhere."""

from __future__ import annotations

from dataclasses import replace
from types import ModuleType

import pyarrow as pa

from undertow.attribution.assessment import Assessment
from undertow.finding import Estimate, Evidence, Finding
from undertow.reports import Report, Source, TableCount

PAYLOADS = (
    "<script>window.pwned=1</script>",
    "</script><script>window.pwned=2</script>",
    "</style><style>body{display:none}</style>",
    "</title><img src=x onerror=window.pwned=3>",
    '"><svg onload=window.pwned=4>',
    "' onmouseover='window.pwned=5",
    "<!--<script>",
    "]]><a href=javascript:window.pwned=6>x</a>",
    "{{ 7*7 }}{% raw %}${7*7}",
    "\u2028window.pwned=7\u2029",
    "\x00\x07\x1b[31mred\x1b[0m\x1b]8;;https://example.com\x07link\x9b31m\r\n",
    "\u202eevil\u2066open\u2067",
    "مرحبا 你好 🏳️‍🌈 é̀̀̀",
    "\ud800 alone",
    "W" * 5000,
    "https://example.com/x.png",
    "<iframe src=https://example.com></iframe><link rel=stylesheet href=//example.com/x.css>",
)


def hostile_finding(text: str, number: int = 0) -> Finding:
    rows = [{"label": text, "n": 3}, {"label": f"{text} again", "n": 5}]
    figure = {
        "title": {"text": text, "subtitle": [text, "two"]},
        "description": text,
        "data": {"values": [{**row, "title": text, "image": "https://example.com/x.png"} for row in rows]},
        "mark": {"type": "bar", "tooltip": {"content": "data"}},
        "encoding": {
            "y": {"field": "label", "type": "nominal", "title": text},
            "x": {"field": "n", "type": "quantitative"},
        },
        "usermeta": {"embedOptions": {"loader": {"baseURL": "https://example.com"}, "actions": True}},
    }
    plain = text.encode("utf-8", "replace").decode()
    return Finding(
        id=f"hostile.{text}" if number else text,
        question=text,
        statement=text,
        estimate=Estimate(value=0.5, low=0.4, high=0.6, unit=f"share of {text}", n=1),
        p_value=0.5,
        null_model=text,
        method=text,
        assumptions=(text,),
        alternatives=(text, text),
        strength="weak",
        aspect="behaviour",
        disarm=(text,),
        evidence=Evidence(sql=text, rows=1),
        filter=text,
        result=pa.table({plain: [plain, None], "list": [[plain], None]}),
        figure=figure,
    )


def hostile_assessment(
    samples: ModuleType, findings: tuple[Finding, ...], payloads: tuple[str, ...] = PAYLOADS
) -> Assessment:
    """Every word that an analyst can write, as an adversary would write it."""
    judged = samples.judgement
    judgements = []
    for number, text in enumerate(payloads):
        words = {"by": text, "because": text}
        key, new = findings[number].key, f"h{number}{text}"
        judgements += [
            judged(10 * number + 1, "rating", finding=key, hypothesis="fans", rating="II", **words),
            judged(
                10 * number + 2,
                "evidence",
                id=f"{text}{number}",
                statement=text,
                aspect="intent",
                code="B2",
                **words,
            ),
            judged(
                10 * number + 3,
                "hypothesis",
                hypothesis=new,
                name=text,
                that=text,
                means=text,
                **words,
            ),
            judged(
                10 * number + 4,
                "assessment",
                hypothesis=new,
                likelihood="likely",
                confidence="low",
                **words,
            ),
            judged(10 * number + 5, "tag", technique=text, name=text, finding=key, **words),
        ]
    made: Assessment = samples.sample_assessment(findings, tuple(judgements))
    return made


def hostile_report(samples: ModuleType, payloads: tuple[str, ...] = PAYLOADS) -> Report:
    every = " ".join(payloads[:9])
    findings = tuple(hostile_finding(text, i) for i, text in enumerate(payloads))
    return replace(
        samples.sample_report(),
        title=every,
        question=every,
        case=payloads[1],
        version=payloads[4],
        ledger_head=payloads[0],
        sources=(
            Source(
                name=payloads[3],
                format=payloads[4],
                sha256=payloads[0],
                size_bytes=1,
                records_read=1,
                records_kept=1,
                records_duplicate=0,
                records_quarantined=0,
            ),
        ),
        tables=(TableCount(name=payloads[0], rows=1, meaning=payloads[1]),),
        parameters=((payloads[0], payloads[3]), (payloads[5], payloads[11])),
        limits=payloads,
        findings=findings,
        assessment=hostile_assessment(samples, findings, payloads),
    )
