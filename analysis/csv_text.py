"""A frame as CSV that no spreadsheet takes for anything but text and numbers."""

import pandas as pd

from analysis.columns import TEXT
from study.plain_csv import FORMULA, RETURN


def safe_csv(frame: pd.DataFrame) -> bytes:
    """UTF-8 CSV in which no text cell can start a formula: such cells get a leading apostrophe.

    Every line break becomes one line feed.
    """
    changed = {}
    for name in frame.columns:
        if frame[name].dtype in (TEXT, object):
            texts = frame[name].astype(TEXT)
            risky, returns = _where(texts, FORMULA), _where(texts, RETURN)
            safe = (
                frame[name].mask(returns, texts.str.replace(RETURN, "\n", regex=True)) if returns.any() else frame[name]
            )
            if risky.any() or returns.any():
                changed[name] = safe.mask(risky, "'" + safe.astype(TEXT))
    return bytes(frame.assign(**changed).to_csv(index=False, lineterminator="\n").encode())


def _where(texts: pd.Series, pattern: str) -> pd.Series:
    return texts.str.contains(pattern, regex=True).fillna(False).astype(bool)
