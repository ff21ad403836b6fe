"""A share of participants (who prefer one condition to another): exact test and two intervals."""

from dataclasses import dataclass

from scipy import stats

from analysis.inference.estimate import NotEstimable


@dataclass(frozen=True)
class Proportion:
    """`count` of `n`; p of the exact binomial test against `null`; Clopper–Pearson (exact) and Wilson intervals."""

    count: int
    n: int
    share: float
    null: float
    p: float
    exact_low: float
    exact_high: float
    wilson_low: float
    wilson_high: float


def proportion(count: int, n: int, null: float = 0.5, level: float = 0.95) -> Proportion:
    """Raises NotEstimable where there is nobody. R: binom.test(count, n, null); prop.test(..., correct = FALSE)$conf.int."""
    if n < 1 or not 0 <= count <= n:
        raise NotEstimable(
            f"{count} of {n} is no share: it needs at least 1 participant and a count between 0 and all."
        )
    tested = stats.binomtest(count, n, null)
    exact = tested.proportion_ci(level, method="exact")
    wilson = tested.proportion_ci(level, method="wilson")
    return Proportion(
        count, n, count / n, null, float(tested.pvalue),
        float(exact.low), float(exact.high), float(wilson.low), float(wilson.high),
    )  # fmt: skip
