"""Whether the order of conditions matters: period, sequence, carry-over, and the first period alone.

The period is always in the model. Carry-over is a sensitivity analysis and never a gate: testing it first and choosing the
analysis by its result gives wrong error rates (Freeman, 1989; Senn, 2002).
R: lmer(value ~ condition + factor(block) + … + (1 | participant)); the first period: lm(value ~ condition + …).
"""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from typing import TypeVar

import numpy as np
import pandas as pd

from analysis.inference.design_matrix import plain
from analysis.inference.estimate import Estimate, NotEstimable
from analysis.inference.fitted import Fitted, TermTest, f_tail, term_tests
from analysis.inference.linear import linear_model
from analysis.inference.means import condition_contrasts
from analysis.inference.mixed import MixedModel, mixed_model
from analysis.inference.order import with_order

Found = TypeVar("Found")
NEVER_A_GATE = (
    "Carry-over and sequence are sensitivity analyses; the planned contrasts stand whatever they say (Freeman, 1989)."
)


@dataclass(frozen=True)
class Crossover:
    """What the order did. `contrasts` are the planned ones, with the period in the model.

    `period`, `sequence` and `carry_over` are F tests; `periods` each later period minus the first. `without_carry_over` are
    the contrasts when the previous condition is in the model too, `first_period` those between the people of the first
    period. Where one of them cannot be had it is None or empty and `left_out` says why.
    """

    contrasts: tuple[Estimate, ...]
    period: TermTest
    periods: tuple[Estimate, ...]
    sequence: TermTest | None
    carry_over: TermTest | None
    without_carry_over: tuple[Estimate, ...]
    first_period: tuple[Estimate, ...]
    fit: MixedModel
    left_out: tuple[str, ...] = ()
    caution: str = NEVER_A_GATE

    def table(self) -> pd.DataFrame:
        """The contrasts of all three analyses, one row each; `analysis` says which."""
        named = {
            "period in the model": self.contrasts,
            "previous condition in the model": self.without_carry_over,
            "first period only": self.first_period,
        }
        return pd.DataFrame([{"analysis": name, **asdict(one)} for name, found in named.items() for one in found])

    def tests(self) -> pd.DataFrame:
        """One row per F test that there is."""
        return pd.DataFrame([asdict(test) for test in (self.period, self.sequence, self.carry_over) if test])


def crossover(
    frame: pd.DataFrame,
    value: str,
    pairs: Sequence[tuple[str, str]],
    condition: str = "condition",
    block: str = "block",
    participant: str = "participant",
    others: Sequence[str] = (),
    level: float = 0.95,
) -> Crossover:
    """All analyses of the order. `frame` has one row per participant and block, or several (one per task).

    `others` are further columns that every model has, such as the task: those of the planned model, so that only the order
    is allowed for otherwise. In the first period alone those stand that a participant has one value of.
    Raises NotEstimable where the model with condition and period cannot be fitted.
    """
    rows = plain(with_order(frame, participant, condition, block).dropna(subset=[value, condition, block]))
    base = " + ".join([f"{value} ~ {condition} + C({block})", *others])
    fit = mixed_model(rows, base, participant)
    (period,) = [test for test in term_tests(fit) if test.term == f"C({block})"]
    blocks = sorted(rows[block].unique())
    later = [(f"{b:g}", f"{blocks[0]:g}") for b in blocks[1:]]
    left_out: list[str] = []
    sequence = _or_reason(lambda: _sequence(rows, base, participant), "sequence", left_out)
    carried = _or_reason(lambda: _carry_over(rows, base, condition, block, participant), "carry-over", left_out)
    first = _or_reason(
        lambda: _first_period(rows, value, pairs, condition, block, participant, others, level),
        "first period",
        left_out,
    )
    return Crossover(
        tuple(condition_contrasts(fit, condition, pairs, level)),
        replace(period, term="period"),
        tuple(condition_contrasts(fit, block, later, level)),
        sequence,
        carried[0] if carried else None,
        tuple(condition_contrasts(carried[1], condition, pairs, level)) if carried else (),
        first or (),
        fit,
        tuple(left_out),
    )


def _or_reason(compute: Callable[[], Found], name: str, reasons: list[str]) -> Found | None:
    try:
        return compute()
    except NotEstimable as error:
        reasons.append(f"{name}: {error}")
        return None


def _sequence(rows: pd.DataFrame, base: str, participant: str) -> TermTest:
    """Do people of different sequences differ in level. Those whose sequence is not known are left out."""
    known = rows[rows["sequence"].notna() & ~rows["sequence"].astype(str).str.contains("?", regex=False)]
    fit = mixed_model(known, f"{base} + sequence", participant)
    (found,) = [test for test in term_tests(fit) if test.term == "sequence"]
    return found


def _carry_over(
    rows: pd.DataFrame, base: str, condition: str, block: str, participant: str
) -> tuple[TermTest, MixedModel]:
    """The previous condition, first-order and additive: each against the last level, nothing in the first period.

    One level must be the reference, because in every later period something came before.
    """
    names = sorted(rows[condition].astype(str).unique())
    first = rows[block] == rows[block].min()
    told = rows[first | rows["previous"].notna()].copy()
    columns = [f"after_{place}" for place in range(len(names) - 1)]
    for column, name in zip(columns, names, strict=False):
        told[column] = (told["previous"].astype(str) == name).astype(float)
    fit = mixed_model(told, f"{base} + {' + '.join(columns)}", participant)
    places = [fit.design.columns.index(column) for column in columns]
    hypothesis = np.eye(len(fit.design.columns))[places]
    f, df2 = fit.f_test(hypothesis)
    return TermTest("carry-over", f, len(places), df2, f_tail(f, len(places), df2), fit.method), fit


def _first_period(
    rows: pd.DataFrame,
    value: str,
    pairs: Sequence[tuple[str, str]],
    condition: str,
    block: str,
    participant: str,
    others: Sequence[str],
    level: float,
) -> tuple[Estimate, ...]:
    """Between people, each with the mean of their rows in the first period."""
    first = rows[rows[block] == rows[block].min()]
    held = [name for name in others if first.groupby(participant)[name].nunique(dropna=False).max() == 1]
    once = first.groupby([participant, condition, *held], as_index=False, sort=False, observed=True)[value].mean()
    fit: Fitted = linear_model(once, " + ".join([f"{value} ~ {condition}", *held]), participant)
    return tuple(replace(found, note="") for found in condition_contrasts(fit, condition, pairs, level))
