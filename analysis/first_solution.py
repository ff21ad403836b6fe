"""How long it took until a plan held its first option, where some tasks end before it does."""

import pandas as pd

from analysis.frames import Frames

TRIAL = ["session_id", "block"]


def times_to_solution(data: Frames) -> pd.DataFrame:
    """participant, condition, block, time (minutes), observed: the first task of each block.

    Observed: the solution got an option so long after the task was shown. Else watching ended with the task, or with the
    last thing that was heard from a task that was broken off.
    """
    begun = data.trials.dropna(subset=["started_at"]).sort_values("started_at").drop_duplicates(TRIAL)
    first = data.solutions[data.solutions["options"] > 0].drop_duplicates(["session_id", "step"])
    heard = data.events.groupby(["session_id", "step"])["at"].max().rename("heard").reset_index()
    rows = begun.merge(first[["session_id", "step", "at"]], on=["session_id", "step"], how="left")
    rows = rows.merge(heard, on=["session_id", "step"], how="left")
    ended = rows["at"].fillna(rows["finished_at"]).fillna(rows["heard"]).fillna(rows["started_at"])
    return pd.DataFrame(
        {
            "participant": rows["participant"],
            "condition": rows["condition"],
            "block": rows["block"],
            "time": (ended - rows["started_at"]).dt.total_seconds() / 60,
            "observed": rows["at"].notna(),
        }
    )
