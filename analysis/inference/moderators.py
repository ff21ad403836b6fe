"""For whom does the condition matter: condition × a centred trait of the participant, and the effect at low, mean and high trait.

Always exploratory: an interaction half the size of a main effect needs about sixteen times its participants.
R: lmer(value ~ condition * c_trait + (1 | participant)), emmeans(…, at = list(c_trait = …)), emtrends(…, var = "c_trait").
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace

import pandas as pd

from analysis.inference.design_matrix import plain
from analysis.inference.estimate import Estimate, NotEstimable
from analysis.inference.fitted import Fitted, TermTest, term_tests
from analysis.inference.linear import linear_model
from analysis.inference.means import condition_contrasts, mean_weights
from analysis.inference.mixed import mixed_model

CAUTION = "Exploratory: an interaction half the size of a main effect needs about sixteen times its participants."
CENTRED = "centred_trait"
POINTS = {"−1 SD": -1.0, "mean": 0.0, "+1 SD": 1.0}


@dataclass(frozen=True)
class Slope:
    """How much the measure changes per unit of the trait within one condition, with its interval."""

    condition: str
    slope: float
    se: float
    df: float
    t: float
    p: float
    low: float
    high: float


@dataclass(frozen=True)
class Moderation:
    """`interaction` tests whether the trait changes the effect of the condition; `conditional` holds the contrasts at each
    of POINTS (their `note` says where), `slopes` the simple slope in each condition. `centre` and `sd` are over
    participants, each counted once."""

    trait: str
    centre: float
    sd: float
    n: int
    interaction: TermTest
    conditional: tuple[Estimate, ...]
    slopes: tuple[Slope, ...]
    fit: Fitted
    label: str = "exploratory"
    caution: str = CAUTION

    def table(self) -> pd.DataFrame:
        """One row per contrast and point of the trait."""
        return pd.DataFrame([asdict(found) for found in self.conditional])

    def slope_table(self) -> pd.DataFrame:
        """One row per condition."""
        return pd.DataFrame([asdict(found) for found in self.slopes])


def moderation(
    frame: pd.DataFrame,
    value: str,
    condition: str,
    trait: str,
    pairs: Sequence[tuple[str, str]],
    participant: str = "participant",
    others: Sequence[str] = (),
    level: float = 0.95,
) -> Moderation:
    """The moderation of `condition` by the numeric column `trait`; `others` are further terms, such as `C(block)`.

    A mixed model where participants have several rows, an ordinary regression where each has one. Raises NotEstimable for
    a trait that is no number, that changes within a participant, or that everybody has alike.
    """
    rows = plain(frame.dropna(subset=[value, condition, trait, participant]))
    centre, sd, n = _across_people(rows, trait, participant)
    rows[CENTRED] = rows[trait] - centre
    formula = " + ".join([f"{value} ~ {condition} * {CENTRED}", *others])
    fit = mixed_model(rows, formula, participant) if rows[participant].duplicated().any() else None
    fit = fit or linear_model(rows, formula, participant)
    tests = {test.term: test for test in term_tests(fit)}
    return Moderation(
        trait,
        centre,
        sd,
        n,
        replace(tests[f"{condition}:{CENTRED}"], term=f"{condition}:{trait}"),
        tuple(_conditional(fit, condition, trait, pairs, centre, sd, level)),
        tuple(_slopes(fit, condition, level)),
        fit,
    )


def _across_people(rows: pd.DataFrame, trait: str, participant: str) -> tuple[float, float, int]:
    if not pd.api.types.is_numeric_dtype(rows[trait]):
        raise NotEstimable(
            f"'{trait}' is no number. For a trait with groups, fit condition * {trait} and test the terms."
        )
    people = rows.groupby(participant)[trait]
    if len(changing := people.nunique().loc[lambda counts: counts > 1]):
        raise NotEstimable(
            f"'{trait}' changes within participant {changing.index[0]}; a moderator is one value per person."
        )
    once = people.first()
    if once.nunique() < 2:
        raise NotEstimable(f"Fewer than two values of '{trait}' are there, so it cannot moderate anything.")
    return float(once.mean()), float(once.std(ddof=1)), len(once)


def _conditional(
    fit: Fitted, condition: str, trait: str, pairs: Sequence[tuple[str, str]], centre: float, sd: float, level: float
) -> list[Estimate]:
    found = []
    for name, steps in POINTS.items():
        here = f"exploratory: at {trait} = {centre + steps * sd:.4g} ({name})"
        for contrast in condition_contrasts(fit, condition, pairs, level, at={CENTRED: steps * sd}):
            found.append(replace(contrast, note="; ".join(filter(None, [here, contrast.note]))))
    return found


def _slopes(fit: Fitted, condition: str, level: float) -> list[Slope]:
    """The mean of a condition one unit above the centre, minus the mean at the centre."""
    above, here = (mean_weights(fit.design, condition, at={CENTRED: at}) for at in (1.0, 0.0))
    found = []
    for name in here:
        slope = fit.combination(above[name] - here[name])
        found.append(Slope(name, slope.estimate, slope.se, slope.df, slope.t, slope.p, *slope.interval(level)))
    return found
