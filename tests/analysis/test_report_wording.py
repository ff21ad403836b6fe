"""What a report says of results made by hand, word for word, and how its tables look as LaTeX."""

import re
from dataclasses import replace
from math import inf, log, nan

import pandas as pd
import pytest
from latex_table import check_latex

from analysis.findings import UNBOUNDED, Described, Finding
from analysis.inference.equivalence import tost
from analysis.inference.estimate import SHIFT, Estimate, NotEstimable
from analysis.inference.fitted import TermTest
from analysis.inference.moderators import Moderation
from analysis.inference.proportions import proportion
from analysis.inference.sequences import Homogeneity
from analysis.measure import Measure
from analysis.planned_tests import Outcome
from analysis.printed import (
    bounds,
    chi2_text,
    coefficient,
    decimals,
    effect_text,
    f_text,
    number,
    p_cell,
    share_text,
    test_text,
)
from analysis.report import log as sequences
from analysis.report.document import Table
from analysis.report.evidence import without_equivalence
from analysis.report.exploratory import moderated
from analysis.report.latex import escape, latex
from analysis.report.methods import twins
from analysis.report.outcomes import or_why
from analysis.report.sensitivity import COMPLETE, PLANNED, agreement
from analysis.report.tested import effects_note, intervals
from analysis.terms import term_text
from analysis.wording import result, sentence, title
from study.analysis_plan import Hypothesis

MIXED = Estimate(
    "panel", "plain", 24, 0.6, "mixed model", se=0.2, low=0.21, high=0.99, statistic="t", value=3.1, df=41.96, p=0.0034,
    standardised=0.52, standardised_low=0.1, standardised_high=0.93, denominator="d_total: √ of the sum; delta method",
)  # fmt: skip
RANKS = Estimate(
    "panel", "plain", 22, 0.5, "Wilcoxon", low=0.0, high=1.0, statistic="W+", value=190, p=0.016, called=SHIFT
)
CONTROL = Measure("control", "Perceived control", "1 to 7", "higher", "", lambda _data, _protocol: pd.DataFrame())
written_test = test_text
del test_text  # pytest would take it for a test


def found(direction: str = "different", test: str = "mixed_model", **more: object) -> Finding:
    planned = {
        "id": "h1",
        "text": "More.",
        "measure": "control",
        "contrast": ("panel", "plain"),
        "direction": direction,
    }
    asks = Hypothesis.model_validate(planned | {"test": test, "smallest_effect": more.pop("smallest_effect", None)})
    described = (Described("panel", 24, 5.2, 1.1, 5.0), Described("plain", 24, 4.6, 1.2, 4.5))
    told = {"twin": RANKS, "described": described, "bayes": 4.2, "p": 0.0034, "p_adjusted": 0.0102, "together": 3}
    return Finding(asks, CONTROL, True, **{"outcome": Outcome(MIXED), **told, **more})  # type: ignore[arg-type]


def test_a_planned_contrast_is_said_in_the_form_of_the_field() -> None:
    assert sentence(found()) == (
        "H1, Perceived control: panel M = 5.20, SD = 1.10 against plain M = 4.60, SD = 1.20; difference 0.60, 95 % CI [0.21, "
        "0.99]; t(42) = 3.10, p = .003 (two-sided, p = .010 corrected over 3); standardised 0.52 [0.10, 0.93] (d_total: √ of "
        "the sum); BF10 = 4.20; n = 24. The data support the hypothesis that panel and plain differ. Robust twin (Wilcoxon): "
        "shift (Hodges–Lehmann) 0.50, 95 % CI [0.00, 1.00], p = .016 (two-sided)."
    )


def test_what_was_not_shown_is_not_said_to_be_absent() -> None:
    said = result(found("greater", p=0.4, p_adjusted=0.8, twin=None, bayes=nan))
    assert said.endswith(
        "n = 24. The data do not show that panel is higher than plain; this is no evidence that it is not so."
    )
    assert "BF10" not in said and "one-sided" in said


def test_an_effect_on_the_other_side_is_said() -> None:
    turned = replace(MIXED, difference=-1.4, low=-1.79, high=-1.01)
    said = result(found("greater", outcome=Outcome(turned), p=1 - 1e-9, p_adjusted=1.0))
    assert "p > .999 (one-sided, p > .999 corrected over 3)" in said
    assert (
        "The data do not show that panel is higher than plain; the interval lies on the other side: in all of it panel is "
        "lower than plain."
    ) in said
    assert "no evidence" not in said
    assert "in all of it panel is higher than plain." in result(found("less", p=0.9983, p_adjusted=1.0))
    open_ = replace(MIXED, difference=-0.2, low=-0.9, high=0.5)
    assert "this is no evidence" in result(found("greater", outcome=Outcome(open_), p=0.7, p_adjusted=1.0))


def test_a_shown_equivalence_is_no_lack_of_evidence() -> None:
    near = replace(MIXED, difference=0.05, low=-0.35, high=0.45)
    shown = {"outcome": Outcome(near), "equivalence": tost(near, -0.8, 0.8), "p": 0.8, "p_adjusted": 1.0, "twin": None}
    said = result(found(smallest_effect=0.8, **shown))
    assert (
        "The data do not show that panel and plain differ; they show that any difference is smaller than 0.8. " in said
    )
    assert "Equivalence within ±0.8: p < .001, 90 % CI" in said and "no evidence" not in said
    narrow = shown | {"equivalence": tost(near, -0.2, 0.2)}
    assert "this is no evidence that it is not so. Equivalence within ±0.2: p = " in result(
        found(smallest_effect=0.2, **narrow)
    )


def test_what_is_further_apart_than_the_bounds_is_said() -> None:
    beyond = found("equivalent", smallest_effect=0.2, p=0.97, p_adjusted=1.0, equivalence=tost(MIXED, -0.2, 0.2))
    assert "that panel and plain differ by less than 0.2; the interval lies outside the bounds: in all of it" in result(
        beyond
    )
    within = replace(MIXED, low=0.1, high=1.1)
    assert "this is no evidence" in result(replace(beyond, outcome=Outcome(within)))


def test_what_only_the_correction_took_is_said() -> None:
    said = result(found(p=0.03, p_adjusted=0.09))
    assert "After correction over 3 tests the data do not show that panel and plain differ; this is no evidence" in said


def test_the_twin_is_said_by_its_kind_and_side() -> None:
    assert "Robust twin (Wilcoxon): shift (Hodges–Lehmann) 0.50, 95 % CI [0.00, 1.00], p = .008 (one-sided)." in result(
        found("greater")
    )
    ranks = found(test="wilcoxon", outcome=Outcome(RANKS), twin=replace(MIXED, method="paired t test"))
    assert "; shift (Hodges–Lehmann) 0.50, 95 % CI" in result(ranks)
    assert "The same by another test (paired t test): difference 0.60, 95 % CI [0.21, 0.99], p = .003 (two-sided)." in (
        result(ranks)
    )


def test_a_hypothesis_without_numbers_says_why() -> None:
    assert result(found(outcome=None, refusal="Nobody has a value.")) == "not tested. Nobody has a value."


def test_a_ratio_and_its_endless_bound_are_said_as_such() -> None:
    odds = replace(MIXED, scale="log odds", difference=log(2), low=0.0, high=inf)
    assert effect_text(odds) == "odds ratio 2.00, 95 % CI [1.00, ∞]"
    assert effect_text(replace(odds, low=nan, high=nan)) == "odds ratio 2.00, 95 % CI [none]"
    assert effect_text(replace(odds, high=10_000)).endswith("∞]")


@pytest.mark.parametrize(
    ("value", "wanted"),
    [(4.2, 2), (0.5, 2), (0.034, 3), (0.00031, 5), (48.8, 1), (310, 0), (17_524, 0), (0, 2), (nan, 2), (-48.8, 1)],
)
def test_decimals_follow_the_size_of_the_numbers(value: float, wanted: int) -> None:
    assert decimals([value]) == wanted


def test_statistics_are_printed_as_the_field_does() -> None:
    assert f_text(TermTest("condition", 5.2, 2, 43.12, 0.0099, "")) == "F(2, 43.1) = 5.20, p = .010"
    assert f_text(TermTest("condition", 5.2, 2, 42.0001, 0.2, "")) == "F(2, 42) = 5.20, p = .200"
    assert chi2_text(7.58, 2, 0.0226) == "χ²(2) = 7.58, p = .023"
    assert [p_cell(p) for p in (0.0001, 0.032, 1, nan)] == ["< .001", ".032", "> .999", "–"]
    assert [coefficient(x) for x in (0.81, -0.12, 1.0, nan)] == [".81", "−.12", "1.00", "–"]
    assert share_text(proportion(10, 24)) == "10 of 24 (42 %, 95 % CI [24, 61])"
    assert (bounds(-1, 2), number(-inf), written_test(RANKS)) == ("[−1.00, 2.00]", "−∞", "W+ = 190.00")
    assert title(replace(CONTROL, title="I felt in charge.")) == "“I felt in charge”"


def test_a_permutation_test_says_its_seed() -> None:
    assert sequences.said(Homogeneity(("a", "b"), 12, 30.25, 2000, 1, 0.0005)) == (
        "Exploratory: transitions compared between a, b by permuting condition labels within participants: χ² = 30.2, "
        "p < .001 (not corrected; 2000 permutations, seed 1), n = 12."
    )


def test_variations_are_counted_by_their_sign() -> None:
    rows = [(found(), PLANNED, MIXED, 0.1), (found(), COMPLETE, MIXED, 0.1)]
    other = (found(), "GEE", replace(MIXED, difference=-0.1), 0.4)
    assert agreement([*rows, other]).startswith("Of 2 variations, 1 has the sign of the planned estimate.")
    assert "nothing to compare" in agreement(rows[:1])


def test_a_note_says_what_effects_and_intervals_are() -> None:
    odds = replace(MIXED, scale="log odds")
    assert effects_note([MIXED]) == "Effect: first minus second."
    assert effects_note([MIXED, odds, RANKS]) == (
        "Effect: first minus second; of ordinal models the odds ratio; of tests of ranks the shift (Hodges–Lehmann)."
    )
    assert intervals([found()]) == "Intervals are two-sided, 95 % and, unlike p, not adjusted for the number of tests."
    assert intervals([found("less")]).endswith("may include 0 (of a ratio 1) although the data support the hypothesis.")


def test_what_stands_beside_the_planned_tests_is_named_by_its_kind() -> None:
    ranks = found(test="wilcoxon", twin=replace(MIXED, method="paired t test"))
    assert twins([found(), found(), ranks]) == (
        "Beside them stand the same contrasts by a test that assumes less (Wilcoxon) or by another test (paired t test)."
    )
    assert twins([ranks]) == "Beside them stand the same contrasts by another test (paired t test)."
    assert twins([found(twin=None)]) == ""


def test_a_smallest_effect_that_was_not_tested_says_why() -> None:
    told = Outcome(RANKS, remarks=("Ties.", f"{UNBOUNDED}: ranks have no standard error."))
    ranks = found(test="wilcoxon", smallest_effect=0.5, outcome=told)
    assert without_equivalence(ranks) == f"h1 (±0.5): {UNBOUNDED}: ranks have no standard error."
    assert without_equivalence(replace(ranks, outcome=None, refusal="Nobody has a value.")) == (
        f"h1 (±0.5): {UNBOUNDED}: Nobody has a value."
    )


def test_an_interaction_is_said_with_its_correction() -> None:
    test = TermTest("condition:trait", 5.2, 2, 43.12, 0.0099, "")
    one = Moderation("trait", 4.2, 1.1, 24, test, (), (), None)  # type: ignore[arg-type]
    assert moderated(one, 0.0198, 2) == (
        "Exploratory: condition × moderator F(2, 43.1) = 5.20, p = .010 (p = .020 corrected over 2 interactions by "
        "Benjamini–Hochberg); n = 24; the moderator has M = 4.20, SD = 1.10."
    )
    assert "p = .010 (the only interaction, so not corrected); n = 24" in moderated(one, 0.0099, 1)


def test_terms_are_named_in_the_words_of_the_protocol() -> None:
    asks = Hypothesis(id="h", text="x", measure="m", contrast=("a", "b"), given="m.before")
    assert term_text("level[T.active]", asks) == "condition: active"
    assert term_text("given", asks) == "m.before"
    assert term_text("value ~ level + given + task", asks) == "value ~ condition + {m.before} + task"
    assert term_text("'given' separates 'value'.", asks) == "'m.before' separates the measure."
    assert term_text("'value' is infinite.", asks) == "The measure is infinite."
    assert term_text("level", asks.model_copy(update={"factor": "voice"})) == "voice"


def test_only_a_refusal_is_caught() -> None:
    def refuse() -> list:  # type: ignore[type-arg]
        raise NotEstimable("Too few.")

    def broken() -> list:  # type: ignore[type-arg]
        raise ZeroDivisionError

    (note,) = or_why(refuse, "Alpha")
    assert note.text == "Alpha: Too few."  # type: ignore[union-attr]
    with pytest.raises(ZeroDivisionError):
        or_why(broken)


# --- LaTeX -------------------------------------------------------------------------------------


def a_table(grouped: int = 0) -> Table:
    frame = pd.DataFrame({"who": ["50 % & <more>", "50 % & <more>", "{x}_1\\"], "m": [-0.5, 1.25, nan]})
    columns = {"who": lambda row: row["who"], "M": lambda row: number(row["m"]), "p #": lambda row: "< .001"}
    return Table("a_table", "Of ~10 $ and 5^2", frame, columns, "χ²(1), √2, “so” – …", grouped)


def test_every_sign_that_latex_reads_is_escaped() -> None:
    assert escape("50 % & 3_a #1 {x} ~ ^ \\ $") == (
        r"50 \% \& 3\_a \#1 \{x\} \textasciitilde{} \textasciicircum{} \textbackslash{} \$"
    )
    assert escape("−0.5 < χ²  → “ja”") == "$-$0.5 $<$ $\\chi$$^2$ $\\rightarrow$ ``ja''"


def test_a_table_as_latex_is_balanced_and_has_the_cells_as_printed() -> None:
    made = latex(a_table(), "simulated data")
    check_latex(made)
    assert r"\caption{Of \textasciitilde{}10 \$ and 5\textasciicircum{}2 (simulated data)}" in made
    assert r"\begin{tabular}{lrr}" in made and r"50 \% \& $<$more$>$ & $-$0.50 & $<$ .001 \\" in made
    assert len(re.findall(r"\\midrule", made)) == 1


def test_what_the_row_above_says_is_left_out_where_a_table_is_grouped() -> None:
    assert [row[0] for row in a_table(1).cells()] == ["50 % & <more>", "", "{x}_1\\"]
