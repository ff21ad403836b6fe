"""A formula and a frame → the numbers that a regression needs: response, design matrix, groups.

Formulas are R's (`score ~ condition + period`), read by formulaic; categories get treatment contrasts, the first level of a
categorical column (or the first in sorted order) is the reference, as in R.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from formulaic import Formula, ModelSpec
from formulaic.errors import FormulaicError

from analysis.inference.estimate import NotEstimable

Array = np.ndarray


@dataclass(frozen=True)
class Design:
    """`y` (n), `x` (n × p), `groups` (n: index of the participant), and what the columns mean.

    `columns` are the p names; `terms` maps each term of the formula to its columns; `rows` are the n rows of the frame that
    were used (those without a gap in any variable), `dropped` how many were not; `spec` codes new data the same way.
    """

    y: Array
    x: Array
    groups: Array
    columns: tuple[str, ...]
    terms: Mapping[str, tuple[int, ...]]
    rows: pd.DataFrame
    dropped: int
    spec: ModelSpec

    @property
    def participants(self) -> int:
        """How many participants the rows are of."""
        return int(self.groups.max()) + 1

    def coded(self, frame: pd.DataFrame) -> Array:
        """The design matrix of other rows, with the same columns (for means and predictions)."""
        return np.asarray(self.spec.get_model_matrix(frame), dtype=float)


def design(frame: pd.DataFrame, formula: str, participant: str) -> Design:
    """The rows without gaps, coded. Raises NotEstimable where no regression can be fitted, saying why."""
    parsed = Formula(formula)
    needed = [*sorted({str(name) for name in parsed.required_variables}), participant]
    if absent := [name for name in needed if name not in frame.columns]:
        raise NotEstimable(f"The data have no column '{absent[0]}', which '{formula}' needs.")
    rows = plain(frame.dropna(subset=needed)).reset_index(drop=True)
    _can_be_fitted(rows, parsed, formula, participant)
    try:
        matrices = parsed.get_model_matrix(rows, output="numpy")
    except FormulaicError as error:
        raise NotEstimable(f"'{formula}' cannot be coded: {error}") from error
    y, x = np.asarray(matrices.lhs, dtype=float).ravel(), np.asarray(matrices.rhs, dtype=float)
    spec = matrices.rhs.model_spec
    _full_rank(x, spec.column_names, formula)
    groups = pd.factorize(rows[participant])[0]
    terms = {str(term): tuple(places) for term, places in spec.term_indices.items()}
    return Design(y, x, groups, tuple(spec.column_names), terms, rows, len(frame) - len(rows), spec)


def plain(frame: pd.DataFrame) -> pd.DataFrame:
    """The same values in numpy's own types: nullable integers and strings of pandas trip formula readers.

    Levels of a category that no row has are dropped, the order of the others stays.
    """
    made = frame.copy()
    for name, column in frame.items():
        if isinstance(column.dtype, pd.CategoricalDtype):
            made[name] = column.cat.remove_unused_categories()
        elif pd.api.types.is_bool_dtype(column.dtype):
            made[name] = column.astype(bool)
        elif pd.api.types.is_numeric_dtype(column.dtype):
            made[name] = column.astype(float)
        else:
            made[name] = column.astype(object)
    return made


def _can_be_fitted(rows: pd.DataFrame, parsed: Formula, formula: str, participant: str) -> None:
    people = rows[participant].nunique()
    if people < 2:
        raise NotEstimable(f"'{formula}' needs at least 2 participants with every value; there are {people}.")
    response = str(parsed.lhs).strip()
    values = rows.get(response, None)
    if values is not None and values.nunique() < 2:
        raise NotEstimable(f"Every value of '{response}' is {values.iloc[0]}: there is nothing to explain.")
    for name in {str(v) for v in parsed.rhs.required_variables} & set(rows.columns):
        if rows[name].nunique() < 2:
            raise NotEstimable(f"'{name}' has only one value ({rows[name].iloc[0]}): its effect cannot be estimated.")


def _full_rank(x: Array, names: list[str], formula: str) -> None:
    rank = int(np.linalg.matrix_rank(x))
    if rank < x.shape[1]:
        raise NotEstimable(
            f"'{formula}' asks for {x.shape[1]} coefficients ({', '.join(names)}), but these data tell only {rank} apart."
        )
    if len(x) <= rank:
        raise NotEstimable(f"'{formula}' has {rank} coefficients and {len(x)} rows; it needs more rows.")
