"""A frame as CSV that no spreadsheet takes for anything but text and numbers."""

import pandas as pd

from analysis.columns import TEXT
from study.plain_csv import FORMULA


def safe_csv(frame: pd.DataFrame) -> bytes:
    """UTF-8 CSV in which no text cell can start a formula: such cells get a leading apostrophe."""
    safe = frame.copy()
    for name in frame.columns:
        if frame[name].dtype in (TEXT, object):
            risky = frame[name].astype(TEXT).str.match(FORMULA).fillna(False).astype(bool)
            safe[name] = frame[name].mask(risky, "'" + frame[name].astype(TEXT))
    return bytes(safe.to_csv(index=False, lineterminator="\n").encode())
