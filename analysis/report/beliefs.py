"""Whether what the assistant believed was as often right as it was sure."""

from collections.abc import Iterator

import pandas as pd

from analysis.figures import calibration
from analysis.inference.proportions import proportion
from analysis.memory_use import verdicts
from analysis.printed import number, share_text
from analysis.report.document import Block, Drawing
from analysis.report.outcomes import Outcomes

NOT_JUDGED = "No belief of the assistant was judged right or wrong."


def beliefs(of: Outcomes) -> Iterator[Block]:
    """The calibration curve of judged beliefs, and the Brier score per condition; described, not tested."""
    judged = verdicts(of.analysed)
    judged = judged[judged["verdict"].isin(("right", "wrong"))].dropna(subset=["condition"])
    judged = judged.assign(
        right=judged["verdict"].eq("right").astype(bool), condition=judged["condition"].astype(object)
    )
    if judged.empty:
        yield NOT_JUDGED
        return
    yield said(judged, of.conditions)
    yield Drawing("calibration", calibration(judged, of.conditions, of.sample.simulated))


def said(judged: pd.DataFrame, conditions: list[str]) -> str:
    """Right of judged, mean confidence and Brier score of each condition."""
    parts = []
    for name in conditions:
        rows = judged[judged["condition"] == name]
        if len(rows):
            sure = rows.dropna(subset=["confidence"])
            brier = ((sure["confidence"] - sure["right"]) ** 2).mean()
            parts.append(
                f"{name}: {share_text(proportion(int(rows['right'].sum()), len(rows)))} right, mean confidence "
                f"{number(float(sure['confidence'].mean()))}, Brier score {number(float(brier))}, "
                f"n = {rows['participant'].nunique()}"
            )
    return f"Exploratory, beliefs counted as if independent. {'; '.join(parts)}."
