"""Degrees of freedom for conditions compared by coefficients where participants are few: between them, or within them.

Wald's z takes the standard error to be known, which with two dozen people lets it reject too often. Student's t with the
degrees of freedom that a split-plot design has for the factor is SAS's DDFM=BETWITHIN (Schluchter & Elashoff, 1990, Journal
of Statistical Computation and Simulation 37:69–87); in generalised mixed models of few clusters it keeps to 5 %
(Li & Redden, 2015, BMC Medical Research Methodology 15:38).
"""

from dataclasses import replace

import numpy as np
import pandas as pd

from analysis.inference.design_matrix import Design
from analysis.inference.estimate import NotEstimable
from analysis.inference.wald import Coefficients

NONE = 1e-9
"""A column that moves less than this within participants is constant there."""


def for_few_people(held: Coefficients, factor: str) -> Coefficients:
    """The same coefficients, their contrasts of `factor` held against t. Raises NotEstimable where no degree is left."""
    return replace(held, df=between_within(held.design, factor), method=held.method.replace("Wald z", "Wald t"))


def between_within(design: Design, factor: str) -> float:
    """What is left of the rows within participants, if the factor varies there; else what is left of the participants.

    Within: rows − participants − effects that vary within them. Between: participants − effects that do not.
    """
    own = pd.DataFrame(design.x).groupby(design.groups)
    inner = design.x - own.transform("mean").to_numpy()
    moves = np.abs(inner).max(axis=0) > NONE
    if (design.rows.groupby(design.groups)[factor].nunique() > 1).any():
        left = len(design.y) - design.participants - np.linalg.matrix_rank(inner[:, moves])
    else:
        left = design.participants - np.linalg.matrix_rank(design.x[:, ~moves])
    if left < 1:
        raise NotEstimable(
            f"{len(design.y)} answers of {design.participants} people leave no degree of freedom to compare '{factor}'."
        )
    return float(left)
