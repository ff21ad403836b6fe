"""What the columns of the two tables mean: a table of labels, which CSV has no place for."""

from collections.abc import Iterable, Iterator

import pandas as pd

from analysis.handover.tables import NO, YES, Handover, period
from analysis.measure import Measure
from analysis.measures import registry
from study.instruments import RATED
from study.protocol import Protocol

COLUMNS = ("file", "column", "label", "level", "values", "unit", "measure", "condition")
"""`level` is how JASP and jamovi call it: nominal, ordinal or continuous; `values` are in order, apart by |."""
SEPARATOR = " | "
LONG, WIDE = "analysis_long.csv", "analysis_wide.csv"
OF_PEOPLE = {
    "participant": "Pseudonym of the participant",
    "simulated": "A simulated participant, not a person",
    "status": "How the session ended",
    "excluded": "Left out by a rule of the plan",
    "excluded_by": "The rule that leaves the participant out",
    "sequence": "Conditions in order of presentation, as assigned",
}
OF_PLACES = {
    "condition": "Condition",
    "period": "Place of the condition in the participant's order",
    "previous": "Condition of the period before",
    "task": "Task; of several in one condition the one that the measures of the plan belong to",
}


def column_labels(of: Handover) -> pd.DataFrame:
    """One row per column of `analysis_long.csv` and `analysis_wide.csv`, in their order; columns: COLUMNS."""
    told = {measure.name: measure for measure in registry(of.protocol)}
    ordinal = _items(of.protocol, told)
    rows = [*_long(of, told, ordinal), *_wide(of, told, ordinal)]
    return pd.DataFrame(rows, columns=list(COLUMNS)).astype("str")


def ordered_levels(of: Handover) -> dict[str, list[str]]:
    """Column of `analysis_long.csv` with texts → its levels in the order of the protocol, as far as it has one."""
    blocks = sorted(of.everybody["block"].dropna().unique())
    conditions = [condition.id for condition in of.protocol.conditions]
    found = {
        "simulated": [NO, YES],
        "excluded": [NO, YES],
        "condition": conditions,
        "period": [period(block) for block in blocks],
        "previous": conditions,
        "task": [task.id for task in of.protocol.tasks],
    }
    return {**found, **{of.factors[factor.id]: list(factor.levels) for factor in of.protocol.factors}}


def _long(of: Handover, told: dict[str, Measure], ordinal: set[str]) -> Iterator[tuple[str, ...]]:
    labels, levels = {**OF_PEOPLE, **OF_PLACES}, ordered_levels(of)
    labels |= {column: f"Factor {name}" for name, column in of.factors.items()}
    held = {column: f"{_title(name, told)} (as the hypotheses hold it constant)" for name, column in of.given.items()}
    measures = {column: name for name, column in of.measures.items()}
    for column in of.long.columns:
        if column in labels:
            yield LONG, column, labels[column], "nominal", SEPARATOR.join(levels.get(column, [])), "", "", ""
        elif column in held:
            yield LONG, column, held[column], "continuous", "", "", "", ""
        else:
            yield LONG, column, *_of_measure(measures[column], told, ordinal), ""


def _wide(of: Handover, told: dict[str, Measure], ordinal: set[str]) -> Iterator[tuple[str, ...]]:
    levels = ordered_levels(of)
    for column, label in OF_PEOPLE.items():
        yield WIDE, column, label, "nominal", SEPARATOR.join(levels.get(column, [])), "", "", ""
    for (name, condition), column in of.wide_columns.items():
        label, *rest = _of_measure(name, told, ordinal)
        yield WIDE, column, f"{label} – {condition}" if condition else label, *rest, condition


def _of_measure(name: str, told: dict[str, Measure], ordinal: set[str]) -> tuple[str, ...]:
    """Label, level, values, unit and name of a measure."""
    unit = told[name].unit if name in told else ""
    return _title(name, told), "ordinal" if name in ordinal else "continuous", "", unit, name


def _title(name: str, told: dict[str, Measure]) -> str:
    return " ".join(told[name].title.split()) if name in told else name


def _items(protocol: Protocol, names: Iterable[str]) -> set[str]:
    """The measures of these that are a single item, whose answers have an order and no distances."""
    asked = [(instrument.id, item) for instrument in protocol.instruments for item in instrument.items]
    found = [f"{name}.{item.id}" for name, item in asked if item.type in RATED or item.type == "ranking"]
    return {name for name in names if any(_asks(name, item) for item in found)}


def _asks(measure: str, item: str) -> bool:
    """Whether a measure is this item, or this item on one occasion."""
    return measure == item or measure.startswith(f"{item}.")
