"""Who took part: the flow of participants through a crossover (CONSORT extension: Dwan et al., BMJ 2019).

Above, from arrival to allocation; then a row of boxes for each order of the conditions, read from left to right; below, why
some are not complete or not analysed.
"""

import textwrap
from html import escape
from itertools import pairwise

import pandas as pd

from analysis.figures.boxes import Sheet
from analysis.figures.flow_counts import flow_counts
from analysis.figures.style import WIDTH, Figure, empty, finished
from analysis.frames import Frames
from analysis.sample import Sample

TITLE = "Participant flow"
EDGE, BETWEEN, GAP = 8, 18, 34
"""Margins of the sheet, space between boxes beside and above one another, in px."""
LETTER = 6.0
"""Width of a letter, in px."""


def participant_flow(data: Frames, sample: Sample) -> Figure:
    """Arrived, consented, per order of conditions started and finished each period, complete, excluded by which rule, analysed.

    The frame is that of `flow_counts`.
    """
    frame = flow_counts(data, sample)
    if frame.empty:
        return empty(TITLE, frame, sample.simulated)
    sheet = Sheet()
    _entry(sheet, frame)
    _orders(sheet, frame)
    _ends(sheet, frame)
    return finished(sheet.titled(TITLE, sample.simulated), frame, _sentence(frame))


def _entry(sheet: Sheet, frame: pd.DataFrame) -> None:
    box, side, middle = (100.0, 340.0), (400.0, 720.0), 220.0
    bottom = sheet.box(box, ["<b>Arrived</b>", f"n = {_total(frame, 'arrived')}"])
    sheet.y = bottom + BETWEEN
    lost = [f"<b>Not consented</b> (n = {_total(frame, 'not_consented')})", *_reasons(frame, "not_consented", side)]
    below = sheet.box(side, lost, left=True)
    sheet.arrow((middle, (sheet.y + below) / 2), (side[0], (sheet.y + below) / 2))
    sheet.y = below + BETWEEN
    sheet.arrow((middle, bottom), (middle, sheet.y))
    consented = ["<b>Consented, allocated to an order</b>", f"n = {_total(frame, 'consented')}"]
    bottom = sheet.box(box, consented)
    sheet.y = bottom + GAP
    sheet.arrow((middle, bottom), (middle, sheet.y - 6))


def _orders(sheet: Sheet, frame: pd.DataFrame) -> None:
    periods = int(frame["period"].max()) if frame["period"].notna().any() else 0
    columns = ["Order", *(f"Period {number}" for number in range(1, periods + 1)), "Complete", "Analysed"]
    width = (WIDTH - 2 * EDGE + BETWEEN) / len(columns)
    spans = [(EDGE + n * width, EDGE + (n + 1) * width - BETWEEN) for n in range(len(columns))]
    for name, span in zip(columns, spans, strict=True):
        sheet.words([f"<b>{name}</b>"], sum(span) / 2, sheet.y + 8)
    sheet.y += 22
    for number, rows in enumerate(dict(list(frame[frame["order"] != ""].groupby("order", sort=False))).values(), 1):
        cells = _cells(rows, number, periods, spans[0][1] - spans[0][0])
        height = 12 + 15 * max(len(lines) for lines in cells)
        shown = [(span, lines) for span, lines in zip(spans, cells, strict=True) if lines]
        for span, lines in shown:
            bottom = sheet.box(span, lines, height)
        for (left, _), (right, _) in pairwise(shown):
            sheet.arrow((left[1], sheet.y + height / 2), (right[0], sheet.y + height / 2))
        sheet.y = bottom + 10


def _cells(rows: pd.DataFrame, number: int, periods: int, width: float) -> list[list[str]]:
    """The lines of every box of one order."""
    met = rows.dropna(subset=["period"]).groupby("period", sort=True)
    cells = [[f"<b>Order {number}</b>", f"n = {_total(rows, 'allocated')}"]]
    for _, here in met:
        name = [f"<b>{line}</b>" for line in _lines(here["condition"].iloc[0], width)]
        cells.append([*name, f"started {_total(here, 'started')}", f"finished {_total(here, 'finished')}"])
    cells += [[]] * (periods - len(met))
    complete = [f"n = {_total(rows, 'complete')}"]
    return [*cells, complete, [f"n = {_total(rows, 'analysed')}", f"excluded {_total(rows, 'excluded')}"]]


def _ends(sheet: Sheet, frame: pd.DataFrame) -> None:
    sheet.y += BETWEEN
    half = (WIDTH - 2 * EDGE - BETWEEN) / 2
    spans = [(float(EDGE), EDGE + half), (EDGE + half + BETWEEN, float(WIDTH - EDGE))]
    left = [f"<b>Not complete</b> (n = {_total(frame, 'not_complete')})", *_reasons(frame, "not_complete", spans[0])]
    out = [f"<b>Excluded from the analysis</b> (n = {_total(frame, 'excluded')})"]
    right = [*out, *_reasons(frame, "excluded_by", spans[1])]
    height = 12 + 15 * max(len(left), len(right))
    sheet.box(spans[0], left, height, left=True)
    bottom = sheet.box(spans[1], right, height, left=True)
    sheet.y = bottom + BETWEEN
    total = [f"<b>Complete</b> n = {_total(frame, 'complete')}", f"<b>Analysed</b> n = {_total(frame, 'analysed')}"]
    span = (EDGE + half - 120, EDGE + half + 138)
    sheet.y = sheet.box(span, [*total, *_reasons(frame, "analysed_of", span)])


def _reasons(frame: pd.DataFrame, stage: str, span: tuple[float, float]) -> list[str]:
    counts = frame[frame["stage"] == stage].groupby("reason", sort=True)["count"].sum()
    texts = (f"{reason}: {count}" for reason, count in counts.items())
    return [line for text in texts for line in _lines(text, span[1] - span[0] - 14)]


def _lines(text: str, width: float) -> list[str]:
    """Text broken to a width in px; a long name breaks after its underscores."""
    broken = textwrap.wrap(text.replace("_", "_\u200b"), max(int(width / LETTER), 6), break_on_hyphens=True)
    return [escape(line.replace("\u200b", ""), quote=False) for line in broken]


def _total(frame: pd.DataFrame, stage: str) -> int:
    return int(frame.loc[frame["stage"] == stage, "count"].sum())


def _sentence(frame: pd.DataFrame) -> str:
    orders = frame.loc[frame["order"] != "", "order"].nunique()
    return (
        f"Of {_total(frame, 'arrived')} participants who arrived, {_total(frame, 'consented')} consented and were allocated to "
        f"{orders} orders of the conditions; complete: {_total(frame, 'complete')}, excluded by a rule: "
        f"{_total(frame, 'excluded')}, analysed: {_total(frame, 'analysed')}."
    )
