"""What follows what in the log: transitions per condition, how long each act lasts, whether conditions differ."""

from collections.abc import Iterator

import pandas as pd

from analysis.figures import transition_matrices
from analysis.inference.sequences import Homogeneity, dwell, homogeneity, transitions
from analysis.log_sequences import sequences
from analysis.printed import decimals, number, p_text
from analysis.report.document import Block, Drawing, Folded, Table
from analysis.report.outcomes import Outcomes, or_why

PERMUTATIONS, SEED = 2000, 1


def log(of: Outcomes) -> Iterator[Block]:
    """Matrices with their lag-1 z, dwell times, and the permutation test within participants; exploratory."""
    rows = sequences(of.analysed)
    if rows.empty:
        yield "Nothing has been done in a task yet."
        return
    yield from or_why(lambda: list(_matrices(of, rows)))
    yield from or_why(lambda: [said(homogeneity(rows, "kind", "seq", "condition", "participant", PERMUTATIONS, SEED))])
    yield from or_why(lambda: [_dwell(rows)])


def _matrices(of: Outcomes, rows: pd.DataFrame) -> Iterator[Block]:
    found = transitions(rows, "kind", "seq", "condition", "participant")
    frame = pd.concat([one.table() for one in found], ignore_index=True)
    counts = frame.rename(columns={"from": "kind", "to": "next"})[["condition", "kind", "next", "count"]]
    yield Drawing("transitions", transition_matrices(counts, of.conditions, of.sample.simulated))
    columns = {
        "condition": lambda row: row["condition"],
        "from": lambda row: row["from"],
        "to": lambda row: row["to"],
        "count": lambda row: str(row["count"]),
        "share": lambda row: number(row["share"]),
        "z": lambda row: number(row["z"]),
    }
    note = (
        "z (Allison & Liker, 1982): by how many SDs a transition is more or less frequent than if what comes next did not "
        "depend on what was before. It counts every step as independent, so it describes and tests nothing."
    )
    table = Table(
        "transitions", "Exploratory: transitions and their lag-1 z", frame[frame["count"] > 0], columns, note, grouped=2
    )
    yield Folded("Every transition that occurs, with its lag-1 z", (table,))


def said(found: Homogeneity) -> str:
    """Whether transitions differ between conditions, as a permutation test says it."""
    return (
        f"Exploratory: transitions compared between {', '.join(found.conditions)} by permuting condition labels within "
        f"participants: χ² = {number(found.chi2, 1)}, {p_text(found.p)} (not corrected; {found.permutations} permutations, "
        f"seed {found.seed}), n = {found.participants}."
    )


def _dwell(rows: pd.DataFrame) -> Table:
    frame = dwell(rows, "kind", "seconds", "condition", "participant")
    digits = decimals(frame["mean"])
    columns = {
        "condition": lambda row: row["condition"],
        "after": lambda row: row["kind"],
        "n": lambda row: str(row["participants"]),
        "times": lambda row: str(row["spells"]),
        "M (s)": lambda row: number(row["mean"], digits),
        "SD (s)": lambda row: number(row["sd"], digits),
    }
    note = (
        "Seconds until the next act: mean and SD over the medians of participants. The last act of a task has no end."
    )
    return Table("dwell", "Exploratory: how long until the next act", frame, columns, note, grouped=1)
