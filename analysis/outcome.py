"""What a planned test gives of one contrast."""

from dataclasses import dataclass

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


def left_out_of(names: tuple[str, ...]) -> tuple[str, ...]:
    """What the model does not hold, a sentence each."""
    return tuple(f"'{name}' is not in the model: these data cannot tell it from the rest." for name in names)
