"""Who is compared by a test without a model: the values of participants who met both sides, or of two groups of them."""

import pandas as pd

from analysis.asked import LEVEL, VALUE, WHO, Asked
from analysis.inference.estimate import NotEstimable
from analysis.inference.samples import Groups, Pair, pair, two_groups
from study.analysis_plan import Interaction

GAP = "gap"
FEWEST = 2


def samples(of: Asked, first: str, second: str) -> Pair | Groups:
    """The first and the second side of a contrast; of an interaction the contrast at either level of the other factor.

    Raises NotEstimable, also where an interaction is between participants in both factors: nobody then has a difference.
    """
    if of.crossed:
        return _differences(of, (first, second), of.crossed)
    if of.paired(first, second):
        return pair(of.per_level, VALUE, LEVEL, WHO, first, second)
    return two_groups(of.per_level, VALUE, LEVEL, WHO, first, second)


def _differences(of: Asked, contrast: tuple[str, str], crossed: Interaction) -> Pair | Groups:
    """Each participant's own difference by one factor, at both levels of the other, or in the group that has one of them.

    Which of the factors varies within participants does not matter: (a − b at c) − (a − b at d) is (c − d at a) − (c − d at b).
    """
    (a, b), (c, d) = contrast, crossed.contrast
    rows = of.rows.rename(columns={crossed.factor: "other"})
    means = rows.groupby([WHO, LEVEL, "other"], observed=True, sort=False)[VALUE].mean()
    cells = means.unstack([LEVEL, "other"]).reindex(columns=[(a, c), (b, c), (a, d), (b, d)])
    first, second = crossed.sides(contrast)
    if len(whole := cells.dropna()) >= FEWEST:
        gaps = [(whole[a, level] - whole[b, level]).to_numpy() for level in (c, d)]
        return Pair(first, second, *gaps, missing=int(len(cells) - len(whole)))
    of_level = {level: (cells[a, level] - cells[b, level]).dropna() for level in (c, d)}
    if min(map(len, of_level.values())) >= FEWEST:
        return _groups(of_level, (first, second))
    of_other = {level: (cells[level, c] - cells[level, d]).dropna() for level in (a, b)}
    if min(map(len, of_other.values())) >= FEWEST:
        return _groups(of_other, (first, second))
    raise NotEstimable("Nobody met two of the four cells of this interaction, so there are no differences to compare.")


def _groups(held: dict[str, pd.Series], names: tuple[str, str]) -> Groups:
    (first, own), (second, other) = zip(names, held.values(), strict=True)
    rows = pd.DataFrame(
        {
            WHO: [*own.index, *other.index],
            LEVEL: [first] * len(own) + [second] * len(other),
            GAP: [*own, *other],
        }
    )
    return two_groups(rows, GAP, LEVEL, WHO, first, second)
