"""Time to the first solution, with those who came to none censored: curves, restricted means, Cox regression."""

from collections.abc import Iterator

import pandas as pd

from analysis.figures import time_to_event
from analysis.first_solution import times_to_solution
from analysis.inference.cox import cox_clustered, cox_stratified
from analysis.inference.estimate import Estimate, NotEstimable
from analysis.inference.survival import kaplan_meier, medians, restricted_mean_differences, restricted_means
from analysis.inference.wald import wald_contrasts
from analysis.printed import bounds, decimals, effect_bounds, effect_number, number, p_cell, test_text
from analysis.report.document import Block, Drawing, Table
from analysis.report.outcomes import Outcomes, or_why
from analysis.results import planned_pairs

SHORT = 3.0
"""Up to so many minutes, times are told in seconds."""


def first_solution(of: Outcomes) -> Iterator[Block]:
    """Kaplan–Meier, restricted means and their differences, hazard ratios; exploratory."""
    rows, unit = _rows(of)
    if not rows["observed"].any():
        yield "No plan got an option, so there is no time to a first solution."
        return
    yield (
        f"Exploratory: from the task being shown to the first plan with an option; {int((~rows['observed']).sum())} of "
        f"{len(rows)} tasks ended without one and count as censored there."
    )
    yield Drawing("first_solution", time_to_event(rows, "first solution", unit, of.conditions, of.sample.simulated))
    curves = [*or_why(lambda: [_curves(rows, unit)])]
    yield from curves
    yield from (one for one in or_why(lambda: [_contrasts(of, rows, unit)]) if one not in curves)


def _rows(of: Outcomes) -> tuple[pd.DataFrame, str]:
    rows = (
        times_to_solution(of.analysed).dropna(subset=["condition"]).astype({"condition": object, "participant": object})
    )
    short = len(rows) and rows["time"].max() < SHORT
    return rows.assign(time=rows["time"] * (60 if short else 1)), "s" if short else "min"


def horizon(rows: pd.DataFrame) -> float:
    """How far every condition was followed: the shortest of their longest times."""
    return float(rows.groupby("condition")["time"].max().min())


def _curves(rows: pd.DataFrame, unit: str) -> Table:
    names = ("time", "observed", "condition", "participant")
    until = horizon(rows)
    middle = {one.condition: one for one in medians(kaplan_meier(rows, *names))}
    means = restricted_means(rows, *names, horizon=until)
    frame = pd.DataFrame([{**vars(one), "median": middle[one.condition].median} for one in means])
    digits = decimals(frame["mean"])
    columns = {
        "condition": lambda row: row["condition"],
        "n": lambda row: str(row["n"]),
        "came to a solution": lambda row: str(row["events"]),
        f"median ({unit})": lambda row: number(row["median"], digits),
        f"restricted mean ({unit})": lambda row: number(row["mean"], digits),
        "95 % CI": lambda row: bounds(row["low"], row["high"], digits),
    }
    note = f"Kaplan–Meier. Means are restricted to {number(until, digits)} {unit}, up to where every condition was followed."
    return Table("first_solution", "Exploratory: time to the first solution", frame, columns, note)


def _contrasts(of: Outcomes, rows: pd.DataFrame, unit: str) -> Table:
    found, refused = _estimates(of, rows, unit)
    if not found:
        raise NotEstimable(" ".join(dict.fromkeys(refused)))
    digits = decimals(one.difference for _, one in found)
    frame = pd.DataFrame([{"row": place, "effect": name, **vars(one)} for place, (name, one) in enumerate(found)])
    columns = {
        "contrast": lambda row: (
            f"{row['first']} − {row['second']}" if row["scale"] == "raw" else f"{row['first']} / {row['second']}"
        ),
        "effect": lambda row: row["effect"],
        "n": lambda row: str(row["n"]),
        "estimate": lambda row: effect_number(found[row["row"]][1], digits if row["scale"] == "raw" else 2),
        "95 % CI": lambda row: effect_bounds(found[row["row"]][1], digits if row["scale"] == "raw" else 2),
        "test": lambda row: test_text(found[row["row"]][1]),
        "p": lambda row: p_cell(row["p"]),
    }
    note = (
        "A hazard ratio above 1 means sooner. Cox regression with errors clustered by participant, and with participants as "
        "strata. p two-sided, not corrected. " + " ".join(dict.fromkeys(refused))
    )
    return Table(
        "first_solution_contrasts", "Exploratory: time to the first solution, contrasts", frame, columns, note.strip()
    )


def _estimates(of: Outcomes, rows: pd.DataFrame, unit: str) -> tuple[list[tuple[str, Estimate]], list[str]]:
    """What can be had of each contrast, and why the rest cannot."""
    there, names = set(rows["condition"]), ("time", "observed", "condition", "participant")
    pairs = [pair for pair in planned_pairs(of.protocol) if set(pair) <= there]

    def means(pair: tuple[str, str]) -> list[Estimate]:
        return restricted_mean_differences(rows, *names, horizon=horizon(rows), pairs=[pair])

    wanted = [(f"restricted mean ({unit})", lambda pair=pair: means(pair)) for pair in pairs]
    wanted.append(("hazard ratio, all participants", lambda: _hazards(cox_clustered, rows, pairs)))
    if of.is_crossover:
        wanted.append(("hazard ratio, within participants", lambda: _hazards(cox_stratified, rows, pairs)))
    found, refused = [], []
    for name, estimate in wanted:
        try:
            found += [(name, one) for one in estimate()]
        except NotEstimable as error:
            refused.append(f"No {name}: {error}")
    return found, refused


def _hazards(fit, rows: pd.DataFrame, pairs: list[tuple[str, str]]) -> list[Estimate]:  # type: ignore[no-untyped-def]
    return wald_contrasts(fit(rows, "time ~ condition", "observed", "participant").coefficients(), "condition", pairs)
