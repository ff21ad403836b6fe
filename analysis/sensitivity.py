"""Do the planned results hang on who is in them? Every hypothesis again with other participants."""

from collections.abc import Sequence
from dataclasses import replace

import pandas as pd

from analysis.findings import Finding, decide
from analysis.sample import Sample
from study.protocol import Protocol

COLUMNS = (
    "hypothesis",
    "measure",
    "participants",
    "n",
    "scale",
    "difference",
    "low",
    "high",
    "p",
    "p_adjusted",
    "note",
)


def with_other_participants(of: Sample, everybody: pd.DataFrame, protocol: Protocol) -> pd.DataFrame:
    """Every hypothesis as planned, without exclusions, with complete sittings only, with every condition only: COLUMNS.

    `everybody`: the rows of measures before exclusions. p and its correction as in the plan; `note` says why there are no numbers.
    """
    plan = protocol.analysis.model_copy(update={"missing": "complete"})
    ways = {
        "as planned": (of, protocol),
        "nobody excluded": (of.with_everybody(everybody), protocol),
        "complete sittings": (replace(of, rows=of.rows[of.rows["complete"]]), protocol),
        "every condition": (of, protocol.model_copy(update={"analysis": plan})),
    }
    rows = [row for name, (those, way) in ways.items() for row in _rows(name, decide(those, way))]
    order = {name: place for place, name in enumerate(dict.fromkeys(row[0] for row in rows))}
    frame = pd.DataFrame(rows, columns=list(COLUMNS))
    return frame.sort_values("hypothesis", key=lambda ids: ids.map(order), kind="stable").reset_index(drop=True)


def _rows(name: str, found: Sequence[Finding]) -> list[tuple[object, ...]]:
    rows: list[tuple[object, ...]] = []
    for one in found:
        asks, e = one.hypothesis, one.estimate
        numbers = (
            (e.n, e.scale, e.difference, e.low, e.high, one.p, one.p_adjusted) if e else (0, "", *[float("nan")] * 5)
        )
        rows.append((asks.id, asks.measure, name, *numbers, one.refusal))
    return rows
