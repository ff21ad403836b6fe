"""A formula of categories is coded once for its levels: the columns are those that formulaic makes row by row."""

import numpy as np
import pandas as pd
import pytest
from all_analyses import study
from formulaic import Formula

from analysis.inference.coding import cells
from analysis.inference.design_matrix import design, plain

ROWS = study(24).assign(
    ordered=lambda rows: pd.Categorical(rows["condition"], ["passive", "never met", "active", "baseline"]),
    words=lambda rows: rows["group"].astype("string"),
)
OF_CATEGORIES = (
    "score ~ condition",
    "score ~ ordered + C(block) + task",
    "score ~ condition * words + C(block)",
    "score ~ words:condition + task",
    "score ~ 0 + ordered",
    "score ~ C(block) * ordered * group",
)
OF_NUMBERS_TOO = ("score ~ condition + trait", "score ~ block", "score ~ condition * C(block) + np.log(trait)")


@pytest.mark.parametrize("formula", [*OF_CATEGORIES, *OF_NUMBERS_TOO])
def test_the_columns_are_formulaics(formula: str) -> None:
    rows = ROWS.sample(frac=1, random_state=3).iloc[:-5]
    made = design(rows, formula, "participant")
    whole = Formula(formula).get_model_matrix(plain(rows).reset_index(drop=True), output="numpy")
    spec = whole.rhs.model_spec
    assert (made.cells is None) == (formula in OF_NUMBERS_TOO)
    assert made.columns == tuple(spec.column_names)
    assert made.terms == {str(term): tuple(places) for term, places in spec.term_indices.items()}
    np.testing.assert_array_equal(made.x, np.asarray(whole.rhs))
    np.testing.assert_array_equal(made.y, np.asarray(whole.lhs).ravel())
    np.testing.assert_array_equal(made.coded(made.rows.iloc[::-2]), np.asarray(whole.rhs)[::-2])


def test_levels_are_known_by_name_and_by_what_they_are() -> None:
    texts = ROWS.assign(level=ROWS["block"].map("{:g}".format))
    numbers = ROWS.assign(level=ROWS["block"])
    assert "C(level)[T.2]" in design(texts, "score ~ C(level)", "participant").columns
    assert "C(level)[T.2.0]" in design(numbers, "score ~ C(level)", "participant").columns
    assert design(numbers, "score ~ level", "participant").columns == ("Intercept", "level")


def test_the_same_levels_are_read_once() -> None:
    first, second = (design(rows, "score ~ condition", "participant") for rows in (ROWS, ROWS.iloc[3:30]))
    assert first.cells is second.cells is cells("score ~ condition", plain(ROWS))
    fewer = design(ROWS[ROWS["condition"] != "active"], "score ~ condition", "participant")
    assert fewer.columns == ("Intercept", "condition[T.passive]")


def test_a_level_that_no_row_had_is_left_to_formulaic() -> None:
    made = design(ROWS, "score ~ condition", "participant")
    assert made.cells is not None
    assert made.cells.coded(pd.DataFrame({"condition": ["active", "unheard of"]})) is None
