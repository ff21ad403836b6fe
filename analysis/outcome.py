"""What a planned test gives of one contrast."""

from dataclasses import dataclass

from analysis.asked import GIVEN, Asked
from analysis.inference.estimate import Estimate


@dataclass(frozen=True)
class Outcome:
    """One contrast by the planned test, the formula of its model, and sentences that belong beside the numbers."""

    estimate: Estimate
    formula: str = ""
    remarks: tuple[str, ...] = ()


def of_fit(singular: bool, converged: bool) -> tuple[str, ...]:
    """What has to be said of a fit."""
    said = ("The variance between participants is estimated as zero (singular fit).",) if singular else ()
    return said if converged else (*said, "The model did not converge.")


def outside_the_model(of: Asked) -> tuple[str, ...]:
    """The terms, and the rows, that had to be left out of the model, a sentence each."""
    said = tuple(f"'{name}' is not in the model: these data cannot tell it from the rest." for name in of.formula()[1])
    lost = int(of.rows[GIVEN].isna().sum()) if GIVEN in of.terms else 0
    return (*said, f"Rows without a value of what is held constant, not in the model: {lost}.") if lost else said
