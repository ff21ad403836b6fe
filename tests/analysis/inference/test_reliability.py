"""Alpha, omega and items: against R, turned and scaled, per condition, and refused by name."""

from math import isnan

import numpy as np
import pandas as pd
import pytest
from answers_from_r import REFERENCE, needs_oracle, oracle, oracle_data, reference, starting

from analysis.inference.estimate import NotEstimable
from analysis.inference.one_factor import one_factor
from analysis.inference.reliability import pooled_within_alpha, reliability, reliability_by, scored_items
from study.instruments import Instrument

pytestmark = pytest.mark.filterwarnings("error")

R = reference("ranks")
RAW = pd.read_csv(REFERENCE / "ranks_items.csv").set_index(["participant", "condition"])
ITEMS = RAW.assign(i3=8 - RAW["i3"])


def of(condition: str, items: pd.DataFrame = ITEMS) -> pd.DataFrame:
    return items.xs(condition, level="condition")


@pytest.mark.parametrize("id", starting(R, "alpha"))
def test_alpha_and_the_items_are_psychs(id: str) -> None:
    theirs, condition = R[f"alpha.{id}"], id.split(".")[0]
    found = reliability(of(condition, RAW if id.endswith("unreversed") else ITEMS))
    assert (found.n, found.dropped, found.k) == (theirs["n"], 24 - theirs["n"], 5)
    ours = (found.alpha, found.alpha_standardised, found.guttman_6, found.mean_r, found.low, found.high)
    names = ("alpha", "standardised", "g6", "r", "low", "high")
    assert ours == pytest.approx(tuple(theirs[k] for k in names), rel=1e-9)
    assert {i.item: i.item_rest for i in found.items} == pytest.approx(theirs["item_rest"], rel=1e-9)
    assert {i.item: i.alpha_if_deleted for i in found.items} == pytest.approx(theirs["deleted"], rel=1e-9)


@pytest.mark.parametrize("condition", starting(R, "omega"))
def test_one_factor_is_lavaans(condition: str) -> None:
    """lavaan stops its search where omega is right to about 1e-6, loadings and residuals to 1e-5."""
    theirs, found = R[f"omega.{condition}"], one_factor(of(condition).dropna().to_numpy())
    assert found.omega == pytest.approx(theirs["omega"], rel=2e-6)
    assert list(found.loadings) == pytest.approx(list(theirs["loadings"].values()), rel=1e-5)
    assert list(found.residuals) == pytest.approx(list(theirs["residuals"].values()), rel=1e-5)
    names = ("chi2", "df", "p", "cfi", "tli", "rmsea")
    assert [getattr(found, k) for k in names] == pytest.approx([theirs[k] for k in names], rel=1e-8)
    assert found.srmr == pytest.approx(theirs["srmr"], rel=1e-5)
    assert found.converged and not found.heywood


@needs_oracle
@pytest.mark.parametrize(
    ("case", "names", "turned"),
    [("agree", "A", ["A1"]), ("extra", "E", ["E1", "E2"]), ("agree_not_reversed", "A", [])],
)
def test_the_shared_answers_on_bfi(case: str, names: str, turned: list[str]) -> None:
    theirs = oracle("60_reliability_agreement")[f"bfi400.{case}"]["expected"]
    data = oracle_data("bfi400.csv")[[f"{names}{number}" for number in range(1, 6)]]
    items = data.assign(**{item: 7 - data[item] for item in turned})
    found = reliability(items)
    near = {"rel": 1e-4}
    ours = (found.n, found.k, found.alpha, found.alpha_standardised, found.low, found.high, found.guttman_6)
    keys = ("n", "k", "alpha_raw", "alpha_std", "alpha_feldt_low", "alpha_feldt_high", "guttman_l6")
    assert ours == pytest.approx(tuple(theirs[k] for k in keys), **near)
    assert found.mean_r == pytest.approx(theirs["mean_inter_item_r"], **near)
    assert (found.omega, found.omega_observed) == pytest.approx(
        (theirs["omega_total_ml"], theirs["omega_observed_var"]), **near
    )
    for column, key in (
        ("item_rest", "item_rest_r"),
        ("alpha_if_deleted", "alpha_if_deleted"),
        ("mean", "item_mean"),
        ("sd", "item_sd"),
    ):
        assert dict(zip(found.table()["item"], found.table()[column], strict=True)) == pytest.approx(
            theirs[key], **near
        )
    loadings = np.array([item.loading for item in found.items])
    their_loadings = np.array(list(theirs["loadings_ml"].values()))
    assert loadings * np.sign(loadings[1] * their_loadings[1]) == pytest.approx(their_loadings, **near)
    fit = one_factor(items.dropna().to_numpy())
    ours = (fit.chi2, fit.df, fit.p, fit.cfi, fit.tli, fit.rmsea, fit.srmr)
    keys = ("chisq", "df", "pvalue", "cfi", "tli", "rmsea", "srmr")
    assert ours == pytest.approx(tuple(theirs["cfa"][k] for k in keys), **near)
    assert bool(found.warnings) == (case == "agree_not_reversed")


def test_two_items_have_spearman_brown_and_no_omega() -> None:
    found, theirs = reliability(of("active")[["i1", "i2"]]), R["spearman_brown"]
    assert (found.n, found.spearman_brown) == (theirs["n"], pytest.approx(theirs["value"], rel=1e-9))
    assert isnan(found.omega) and "Spearman–Brown stands in for omega" in found.note
    assert isnan(reliability(of("active")).spearman_brown)


def test_alpha_within_participants_and_within_conditions_is_rs() -> None:
    for by in ("participant", "condition"):
        assert pooled_within_alpha(ITEMS, by) == pytest.approx(R[f"alpha_within.{by}"]["alpha"], rel=1e-9)
    moved = ITEMS + ITEMS.index.get_level_values("participant").str[1:].astype(int).to_numpy()[:, None]
    assert pooled_within_alpha(moved, "participant") == pytest.approx(pooled_within_alpha(ITEMS, "participant"))


def test_an_item_that_was_not_turned_is_warned_of() -> None:
    found = reliability(of("active", RAW))
    (warning,) = found.warnings
    assert warning.startswith("Item 'i3' runs against the rest of its scale (r = -0.76)")
    assert "Alpha is -0.08 with it and 0.76 without" in warning
    assert reliability(of("active")).warnings == ()


def test_shifting_scaling_and_order_do_not_matter() -> None:
    plain = reliability(of("passive"))
    moved = reliability((of("passive") * 10 - 4).sample(frac=1, random_state=2).convert_dtypes())
    assert (moved.alpha, moved.low, moved.omega) == pytest.approx((plain.alpha, plain.low, plain.omega), rel=1e-6)
    assert [i.loading for i in moved.items] == pytest.approx([10 * i.loading for i in plain.items], rel=1e-4)
    back = reliability(8 - of("passive"))
    assert (back.alpha, back.omega) == pytest.approx((plain.alpha, plain.omega), rel=1e-6)


def test_each_condition_by_itself() -> None:
    found = reliability_by(ITEMS, "condition")
    assert {name: made.alpha for name, made in found.items()} == pytest.approx(
        {name: R[f"alpha.{name}"]["alpha"] for name in ("active", "passive", "baseline")}
    )
    flat = ITEMS.copy()
    flat.loc[(slice(None), "passive"), "i2"] = 4
    with pytest.raises(NotEstimable, match="In condition 'passive': Everybody answered item 'i2' with 4"):
        reliability_by(flat, "condition")


def test_a_scale_at_the_boundary_says_so() -> None:
    """First and third go together with the second more than its being their only link allows."""
    draw = np.random.default_rng(4)
    middle = draw.normal(size=60)
    apart = draw.normal(size=60)
    first, third = middle + 0.5 * apart, middle - 0.5 * apart + 0.1 * draw.normal(size=60)
    fit = one_factor(np.column_stack([first, middle, third]))
    assert fit.heywood and isnan(fit.p) and fit.df == 0
    found = reliability(pd.DataFrame({"a": first, "b": middle, "c": third}))
    assert found.note == "an item has (almost) no residual variance: do not trust omega"


def test_what_cannot_be_estimated_is_said() -> None:
    active = of("active")
    with pytest.raises(NotEstimable, match=r"0 complete row\(s\) of 5 item"):
        reliability(active.iloc[:0])
    with pytest.raises(NotEstimable, match=r"of 1 item\(s\)"):
        reliability(active[["i1"]])
    with pytest.raises(NotEstimable, match="Everybody answered item 'i1' with 3"):
        reliability(active.assign(i1=3))
    with pytest.raises(NotEstimable, match="The sum of the items is the same for everybody"):
        reliability(pd.DataFrame({"a": active["i1"], "b": 8 - active["i1"]}))
    assert "no omega" in reliability(active.assign(i5=active["i1"])).note
    with pytest.raises(NotEstimable, match="at least 3 items; there are 2"):
        one_factor(active[["i1", "i2"]].dropna().to_numpy())
    with pytest.raises(NotEstimable, match="do not vary together within 'participant'"):
        pooled_within_alpha(ITEMS.xs("active", level="condition", drop_level=False), "participant")


# --- from responses ------------------------------------------------------------------------------


def instrument() -> Instrument:
    items = [{"id": id, "text": id, "type": "likert", "min": 1, "max": 7, "reversed": id == "i3"} for id in RAW.columns]
    scale = {"id": "trust", "name": "Trust", "items": list(RAW.columns), "range": [1, 7]}
    source = {"citation": "written for the tests", "licence": "MIT"}
    return Instrument.model_validate(
        {"id": "made", "version": "1", "title": "Made", "source": source, "items": items, "scoring": [scale]}
    )


def responses() -> pd.DataFrame:
    """As the frame of responses: one row per answered item."""
    return RAW.reset_index().melt(["participant", "condition"], None, "item", "value").assign(instrument="made")


def test_answers_become_items_with_the_reversed_turned() -> None:
    asked = instrument()
    nullable = responses().astype({"value": "Float64"})
    table = scored_items(nullable, asked, asked.scoring[0])
    pd.testing.assert_frame_equal(table, ITEMS.sort_index(), check_names=False, check_dtype=False)
    assert reliability(table.xs("active", level="condition")).alpha == pytest.approx(R["alpha.active"]["alpha"])


def test_answers_that_are_no_table_are_refused() -> None:
    asked = instrument()
    with pytest.raises(NotEstimable, match="Nobody has answered 'trust' of 'made'"):
        scored_items(responses().iloc[:0], asked, asked.scoring[0])
    twice = pd.concat([responses(), responses().iloc[:1]])
    with pytest.raises(NotEstimable, match="'i1' of 'made' was answered more than once by participant P001, condition"):
        scored_items(twice, asked, asked.scoring[0])


def test_two_items_that_cancel_each_other_out_have_alpha_and_no_formula_of_length() -> None:
    items = pd.DataFrame({"a": [1.0, 2, 3, 4, 5, 6], "b": [3.0, 2.5, 2, 1.5, 1, 0.5]})
    found = reliability(items)
    assert found.alpha < 0 and found.mean_r == pytest.approx(-1)
    assert isnan(found.spearman_brown) and isnan(found.alpha_standardised)
