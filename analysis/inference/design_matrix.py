"""A formula and a frame → the numbers that a regression needs: response, design matrix, groups.

Formulas are R's (`score ~ condition + period`), read by formulaic; categories get treatment contrasts, the first level of a
categorical column (or the first in sorted order) is the reference, as in R.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from formulaic import Formula, ModelSpec
from formulaic.errors import FormulaicError

from analysis.inference.coding import Cells, cells, parsed
from analysis.inference.estimate import NotEstimable

Array = np.ndarray


@dataclass(frozen=True)
class Design:
    """`y` (n), `x` (n × p), `groups` (n: index of the participant), and what the columns mean.

    `columns` are the p names; `terms` maps each term of the formula to its columns; `rows` are the n rows of the frame that
    were used (those without a gap in any variable), `dropped` how many were not; `spec` codes new data the same way,
    and so do `cells`, faster, where the formula is of categories alone.
    """

    y: Array
    x: Array
    groups: Array
    columns: tuple[str, ...]
    terms: Mapping[str, tuple[int, ...]]
    rows: pd.DataFrame
    dropped: int
    spec: ModelSpec
    cells: Cells | None = None

    @property
    def participants(self) -> int:
        """How many participants the rows are of."""
        return int(self.groups.max()) + 1

    def met(self, factor: str) -> dict[Any, set[int]]:
        """Level of a factor → the participants who have a row there."""
        rows = self.rows.groupby(factor, observed=True).indices
        return {level: set(self.groups[places]) for level, places in rows.items()}

    def coded(self, frame: pd.DataFrame) -> Array:
        """The design matrix of other rows, with the same columns (for means and predictions)."""
        known = self.cells.coded(frame) if self.cells else None
        return np.asarray(self.spec.get_model_matrix(frame), dtype=float) if known is None else known


def design(frame: pd.DataFrame, formula: str, participant: str) -> Design:
    """The rows without gaps, coded. Raises NotEstimable where no regression can be fitted, saying why."""
    read = parsed(formula)
    needed = [*sorted({str(name) for name in read.required_variables}), participant]
    if absent := [name for name in needed if name not in frame.columns]:
        raise NotEstimable(f"The data have no column '{absent[0]}', which '{formula}' needs.")
    rows = plain(frame.dropna(subset=needed)).reset_index(drop=True)
    _can_be_fitted(rows, read, formula, participant)
    y, x, spec, known = _coded(rows, read, formula)
    _full_rank(x, spec.column_names, formula)
    groups = pd.factorize(rows[participant])[0]
    terms = {str(term): tuple(places) for term, places in spec.term_indices.items()}
    return Design(y, x, groups, tuple(spec.column_names), terms, rows, len(frame) - len(rows), spec, known)


def _coded(rows: pd.DataFrame, read: Formula, formula: str) -> tuple[Array, Array, ModelSpec, Cells | None]:
    """Response, design matrix, and how other rows are coded."""
    response = str(read.lhs).strip()
    try:
        known = cells(formula, rows) if _is_number(rows, response) else None
        x = known.coded(rows) if known else None
        if known and x is not None:
            return rows[response].to_numpy(), x, known.spec, known
        matrices = read.get_model_matrix(rows, output="numpy")
    except FormulaicError as error:
        raise NotEstimable(f"'{formula}' cannot be coded: {error}") from error
    y, x = np.asarray(matrices.lhs, dtype=float).ravel(), np.asarray(matrices.rhs, dtype=float)
    return y, x, matrices.rhs.model_spec, None


def _is_number(rows: pd.DataFrame, name: str) -> bool:
    return name in rows and pd.api.types.is_float_dtype(rows[name].dtype)


def plain(frame: pd.DataFrame) -> pd.DataFrame:
    """The same values in numpy's own types: nullable integers and strings of pandas trip formula readers.

    Levels of a category that no row has are dropped, the order of the others stays.
    """
    return pd.DataFrame({name: _plain(column) for name, column in frame.items()}, index=frame.index)


def _plain(column: pd.Series) -> pd.Series:
    if isinstance(column.dtype, pd.CategoricalDtype):
        return column.cat.remove_unused_categories()
    if pd.api.types.is_bool_dtype(column.dtype):
        return column.astype(bool)
    return column.astype(float if pd.api.types.is_numeric_dtype(column.dtype) else object)


def _can_be_fitted(rows: pd.DataFrame, read: Formula, formula: str, participant: str) -> None:
    people = rows[participant].nunique()
    if people < 2:
        raise NotEstimable(f"'{formula}' needs at least 2 participants with every value; there are {people}.")
    response = str(read.lhs).strip()
    values = rows.get(response, None)
    if values is not None and values.nunique() < 2:
        raise NotEstimable(f"Every value of '{response}' is {values.iloc[0]}: there is nothing to explain.")
    for name in {str(v) for v in read.rhs.required_variables} & set(rows.columns):
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
