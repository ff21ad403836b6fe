"""Which beliefs stood when: each row of the `beliefs` frame says from and until which event it held.

The state before any turn is a selection of rows, so that the frame stays as small as what happened.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

from study.beliefs import reaches
from study.flow import Step
from study.log import Stored

NEAR = ("step", "block", "session_number")
"""What tells how near a task is to another one: the same task, the same block, the same session."""


def validity(entries: Iterable[Stored], memory: Mapping[str, str]) -> list[tuple[Stored, int | None]]:
    """Each `belief_changed` of a session with the number of the event from which it no longer counted.

    None: to the end. The number of the event itself: never, for it came after its belief had been replaced.
    `memory`: step → the memory that its task works in; beliefs of different memories never meet.
    """
    ends: list[tuple[Stored, int | None]] = []
    standing: dict[tuple[str, str], int] = {}
    replaced: set[tuple[str, str]] = set()
    for entry in entries:
        belief, where = entry.payload["belief"], memory.get(entry.step, entry.step)
        own, old = (where, belief["id"]), (where, belief["supersedes"] or belief["id"])
        if own in replaced:
            ends.append((entry, entry.seq))
            continue
        for key in {own, old} & standing.keys():
            number = standing.pop(key)
            ends[number] = (ends[number][0], entry.seq)
        if own != old:
            replaced.add(old)
        standing[own] = len(ends)
        ends.append((entry, None))
    return ends


def memories(steps: Mapping[str, Step]) -> dict[str, str]:
    """Step → the memory that its task works in."""
    return {step.id: step.memory for step in steps.values() if step.kind == "task"}


def beliefs_before(beliefs: pd.DataFrame, turn: "pd.Series[Any]") -> pd.DataFrame:
    """The beliefs that stood when a reply was given: rows of the `beliefs` frame, for one row of `replies`.

    What was learned in an earlier task counts where the protocol carried it on and its scope reaches that far.
    """
    stood = (beliefs["seq"] < turn["seq"]) & ~(beliefs["until_seq"] <= turn["seq"])
    mine = beliefs[(beliefs["session_id"] == turn["session_id"]) & (beliefs["memory"] == turn["memory"]) & stood]
    here = {name: (mine[name] == turn[name]) | (mine[name].isna() & pd.isna(turn[name])) for name in NEAR}
    near = zip(mine["scope"], *here.values(), strict=True)
    reached = [task or reaches(scope, task, block, sitting) for scope, task, block, sitting in near]
    return mine[pd.Series(reached, index=mine.index, dtype=bool)]
