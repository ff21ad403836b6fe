"""A frame as CSV that no spreadsheet takes for anything but text and numbers."""

import pandas as pd

from analysis.columns import TEXT

FORMULA = r"^[=+\-@\t\r\n＝＋－＠]"


def safe_csv(frame: pd.DataFrame) -> bytes:
    """UTF-8 CSV in which no text cell can start a formula: such cells get a leading apostrophe."""
    risky = {name: cells for name in frame.columns if (cells := _formulas(frame[name])).any()}
    safe = frame.assign(
        **{name: frame[name].mask(cells, "'" + frame[name].astype(TEXT)) for name, cells in risky.items()}
    )
    return bytes(safe.to_csv(index=False, lineterminator="\n").encode())


def _formulas(column: pd.Series) -> pd.Series:
    """Which cells a spreadsheet would take for a formula."""
    if column.dtype not in (TEXT, object):
        return pd.Series(False, index=column.index)
    return column.astype(TEXT).str.match(FORMULA).fillna(False).astype(bool)
