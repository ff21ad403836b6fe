"""Effects without a finite estimate: where a condition leaves no doubt about the answer, its log odds run to infinity."""

import re
from collections.abc import Sequence

import numpy as np

from analysis.inference.estimate import NotEstimable

Array = np.ndarray
FLAT = 50.0
"""A standard error (times the SD of what it multiplies) past this is that of a likelihood without a maximum."""


def at_infinity(names: Sequence[str], covariance: Array, x: Array) -> list[str]:
    """The names of the effects (the last of `covariance`) that these data do not bound; `x` (n × q) is what they multiply."""
    if not len(names):
        return []
    wide = np.sqrt(np.abs(np.diag(covariance)[-len(names) :])) * x.std(0) > FLAT
    return [name for name, without in zip(names, wide, strict=True) if without]


ALIKE = "on one side all answers are alike", "log odds are"
NONE_COUNTED = "on one side nothing was counted", "log rate is"
NEVER_LATER = "on one side it never happened, or always before it did on the other", "log hazard is"
"""How a separation shows, and what is infinite then: of answers, of counts, of times."""


def refuse_separation(
    names: Sequence[str], covariance: Array, x: Array, response: str, said: tuple[str, str] = ALIKE
) -> None:
    """Raises NotEstimable where an effect is infinite, naming it."""
    if unbounded := at_infinity(names, covariance, x):
        why, effect = said
        raise NotEstimable(
            f"'{_level(unbounded[0])}' separates '{response}' completely ({why}): its {effect} infinite. Report the counts, or "
            "join levels that are rare."
        )


def _level(name: str) -> str:
    """How a reader knows the effect: `told` for the model's `level[T.told]`, and so in each part of an interaction."""
    return ":".join(re.sub(r"^.*\[(?:T\.)?(.*)\]$", r"\1", part) for part in name.split(":"))
