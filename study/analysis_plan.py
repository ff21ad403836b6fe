"""What is decided before the data are seen: hypotheses, who is left out, what is done about gaps, when to stop."""

import datetime
from typing import Literal, Self

from pydantic import Field, model_validator

from study.events import Frozen
from study.timeline import Id

Test = Literal[
    "mixed_model", "ordinal_mixed_model", "paired_t", "wilcoxon", "welch_t", "mann_whitney", "ordinal_model",
    "partial_odds_model", "repeated_anova", "friedman", "count_model", "binary_model",
]  # fmt: skip
NOT_OF_LOGARITHMS = ("ordinal_mixed_model", "ordinal_model", "partial_odds_model", "count_model", "binary_model")
"""Tests of answers, counts, or yes and no: logarithms are for amounts, such as times."""
OF_INTERACTIONS = ("mixed_model", "ordinal_mixed_model", "ordinal_model", "count_model", "binary_model")
"""Tests with a model that can hold an interaction."""


class Interaction(Frozen):
    """The second factor of an interaction, and the two levels of it at which a contrast of the first is compared."""

    factor: Id
    contrast: tuple[Id, Id]

    def sides(self, of: tuple[str, str], sign: str = "−") -> tuple[str, str]:
        """The contrast `of` the first factor at either level, as a table names it: (argues − informs | told)."""
        first, second = (f"({of[0]} {sign} {of[1]} | {level})" for level in self.contrast)
        return first, second


TESTS_OF_MEANS: tuple[Test, ...] = ("mixed_model", "paired_t", "welch_t", "repeated_anova")
"""Their estimate is in units of the measure and has a standard error, so they alone can be held against a smallest effect."""


class Hypothesis(Frozen):
    """One confirmatory comparison, reported whatever comes out.

    `contrast` names two conditions, or with `factor` two levels of it; what is compared is the first minus
    the second. `direction`: the first is `greater`, `less`, `different`, or `equivalent` within the smallest
    effect of interest, which is in units of the measure. With a smallest effect equivalence is tested beside every other
    direction too, but not by tests of ranks or ordinal models. Hypotheses of one `family` are corrected together.
    `given`: a measure from before the conditions (say the opinion before), held constant. `interaction`: is the contrast of
    `factor` larger at the first than at the second level of another factor? `log`: times and other amounts above zero are
    compared by their logarithms, so that the result is a ratio, and `smallest_effect` the smallest ratio of interest (1.25).
    """

    id: Id
    text: str = Field(min_length=1)
    measure: str = Field(min_length=1)
    factor: Id | None = None
    contrast: tuple[Id, Id]
    direction: Literal["greater", "less", "different", "equivalent"] = "different"
    test: Test = "mixed_model"
    alpha: float = Field(default=0.05, gt=0, le=0.2)
    smallest_effect: float | None = Field(default=None, gt=0)
    family: Id = "primary"
    given: str | None = None
    interaction: Interaction | None = None
    log: bool = False

    @model_validator(mode="after")
    def _can_be_tested(self) -> Self:
        if self.contrast[0] == self.contrast[1]:
            raise ValueError(f"hypothesis '{self.id}' compares '{self.contrast[0]}' with itself")
        if self.direction == "equivalent" and self.smallest_effect is None:
            raise ValueError(f"hypothesis '{self.id}': equivalence needs smallest_effect, in units of the measure")
        return self

    @model_validator(mode="after")
    def _logarithms_fit(self) -> Self:
        if self.log and self.test in NOT_OF_LOGARITHMS:
            raise ValueError(f"hypothesis '{self.id}': log is for amounts, and {self.test} is not; plan mixed_model")
        if self.log and self.smallest_effect is not None and self.smallest_effect <= 1:
            raise ValueError(
                f"hypothesis '{self.id}': with log, smallest_effect is a ratio above 1 (1.25: a quarter more)"
            )
        return self

    @model_validator(mode="after")
    def _interaction_fits(self) -> Self:
        if self.interaction is None:
            return self
        if self.factor is None or self.factor == self.interaction.factor:
            raise ValueError(f"hypothesis '{self.id}': an interaction is of `factor` and another factor")
        if self.interaction.contrast[0] == self.interaction.contrast[1]:
            raise ValueError(
                f"hypothesis '{self.id}': interaction.contrast names '{self.interaction.contrast[0]}' twice"
            )
        if self.test not in OF_INTERACTIONS:
            raise ValueError(
                f"hypothesis '{self.id}': {self.test} tests no interaction; plan {', '.join(OF_INTERACTIONS)}"
            )
        return self

    @property
    def sides(self) -> tuple[str, str]:
        """What is compared, first and second, in the words of a table."""
        return self.interaction.sides(self.contrast) if self.interaction else self.contrast


class Exclusion(Frozen):
    """Whose data are left out, by a rule that was fixed in advance: a measure out of bounds, or failed checks."""

    text: str = Field(min_length=1)
    measure: str | None = None
    below: float | None = None
    above: float | None = None
    failed_checks: int | None = Field(default=None, ge=1)

    @model_validator(mode="after")
    def _says_who(self) -> Self:
        bounded = self.below is not None or self.above is not None
        if (self.measure is not None) != bounded:
            raise ValueError("an exclusion by a measure needs measure together with below or above")
        if not bounded and self.failed_checks is None:
            raise ValueError("an exclusion needs a measure with below or above, or failed_checks")
        return self


class AnalysisPlan(Frozen):
    """The confirmatory analysis; whatever else is computed is exploratory.

    `primary` are the measures, `contrasts` the pairs of conditions (first minus second) that tables and
    figures show first. `missing`: `model` uses every row that there is (a mixed model, under missing at
    random), `complete` only participants with every condition. `moderators` are measures of people (need for control,
    expertise …) by which the differences may vary: always exploratory.
    """

    primary: tuple[str, ...] = ()
    contrasts: tuple[tuple[str, str], ...] = ()
    hypotheses: tuple[Hypothesis, ...] = ()
    exclusions: tuple[Exclusion, ...] = ()
    moderators: tuple[str, ...] = ()
    missing: Literal["model", "complete"] = "model"

    def measures(self) -> list[tuple[str, str]]:
        """(where it is named, measure) of every measure that the plan names."""
        return [
            *((f"analysis.primary[{n}]", name) for n, name in enumerate(self.primary)),
            *((f"analysis.hypotheses[{n}].measure", h.measure) for n, h in enumerate(self.hypotheses)),
            *((f"analysis.hypotheses[{n}].given", h.given) for n, h in enumerate(self.hypotheses) if h.given),
            *((f"analysis.moderators[{n}]", name) for n, name in enumerate(self.moderators)),
            *((f"analysis.exclusions[{n}].measure", e.measure) for n, e in enumerate(self.exclusions) if e.measure),
        ]


class Stopping(Frozen):
    """When recruitment ends: after so many complete sessions, or at the end of a day (UTC), whichever is first."""

    after_complete: int | None = Field(default=None, ge=1)
    until: datetime.date | None = None
    note: str = ""

    @model_validator(mode="after")
    def _says_when(self) -> Self:
        if self.after_complete is None and self.until is None:
            raise ValueError("a stopping rule needs after_complete or until")
        return self
