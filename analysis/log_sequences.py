"""What was done in a task, one event after the other: the kinds that are acts of a participant or of the assistant."""

import pandas as pd

from analysis.frames import Frames

KINDS = {
    "message_sent": "message",
    "reply_given": "reply",
    "reply_failed": "failed reply",
    "reply_rated": "rating",
    "solution_updated": "plan changed",
    "control_changed": "control",
    "belief_changed": "belief",
}
"""Kinds of events that stand in a sequence, and what they are called there."""


def sequences(data: Frames) -> pd.DataFrame:
    """participant, condition, kind, seq (unique within a participant), seconds: a row per act in a task."""
    rows = data.events[data.events["kind"].isin(list(KINDS)) & data.events["condition"].notna()]
    start = rows.groupby("session_id")["at"].transform("min")
    # what was stored at one moment has an order all the same: by its number
    seconds = (rows["at"] - start).dt.total_seconds() + rows["seq"] * 1e-6
    made = rows.assign(kind=rows["kind"].map(KINDS), seconds=seconds)
    columns = ["participant", "condition", "kind", "seq", "seconds"]
    return made[columns].astype({"participant": object, "condition": object, "kind": object}).reset_index(drop=True)
