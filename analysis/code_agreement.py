"""How far coders agree on each qualitative code, over the messages and replies that they went through."""

import pandas as pd

from analysis.frames import Frames
from analysis.inference.agreement import Agreement, cohen_kappa, krippendorff_alpha
from analysis.inference.estimate import NotEstimable

SEED = 1
COLUMNS = ["code", "code_name", "coders", "units", "used", "kappa", "kappa_low", "kappa_high",
           "alpha", "alpha_low", "alpha_high", "note"]  # fmt: skip


def judgements(data: Frames, code: str) -> pd.DataFrame:
    """Messages and replies (rows, by event id) × coders: 1 the code holds, 0 it does not, missing: not gone through.

    Only whole sessions count that a coder says to have coded, for else a missing code says nothing.
    """
    through = data.code_history[data.code_history["kind"] == "session_coded"]
    through = through.groupby(["session_id", "coder"], as_index=False).last()
    through = through[through["done"] == 1]
    given = data.replies[data.replies["given"]]
    units = pd.concat([data.messages[["session_id", "event_id"]], given[["session_id", "event_id"]]])
    asked = units.merge(through[["session_id", "coder"]], on="session_id")
    held = data.codes.loc[data.codes["code"] == code, ["event_id", "coder"]].assign(holds=1)
    found = asked.merge(held, on=["event_id", "coder"], how="left").fillna({"holds": 0})
    return found.pivot(index="event_id", columns="coder", values="holds")


def agreement(data: Frames) -> pd.DataFrame:
    """A row per code that was ever applied: units with two coders or more, kappa of two coders, alpha of all; NaN with a note.

    `used`: how often the code was given in these units. See analysis/inference/agreement.py for both coefficients.
    """
    used = data.code_history[data.code_history["kind"] == "code_applied"]
    rows = [_row(code, name, judgements(data, code)) for code, name in used.groupby("code")["code_name"].last().items()]
    return pd.DataFrame(rows, columns=COLUMNS).sort_values("code_name", ignore_index=True)


def _row(code: object, name: object, codes: pd.DataFrame) -> list[object]:
    both = codes[codes.notna().sum(axis=1) >= 2].dropna(axis=1, how="all")
    notes: list[str] = []
    found: list[object] = []
    for coefficient in (_kappa, _alpha):
        try:
            one = coefficient(both)
            found += [one.value, one.low, one.high]
        except NotEstimable as why:
            found += [float("nan")] * 3
            notes.append(str(why))
    return [code, name, both.shape[1], len(both), int(both.sum().sum()), *found, " ".join(dict.fromkeys(notes))]


def _kappa(codes: pd.DataFrame) -> Agreement:
    return cohen_kappa(codes, seed=SEED)


def _alpha(codes: pd.DataFrame) -> Agreement:
    return krippendorff_alpha(codes, "nominal", seed=SEED)
