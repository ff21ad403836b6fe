"""The parts of a report on order and on sensitivity vary the planned model in one thing at a time."""

from types import SimpleNamespace

import pytest
from reference.handover_data import handed_over
from test_findings import hypothesis

from analysis.findings import confirm
from analysis.inference.crossover import crossover
from analysis.measures import registry
from analysis.report.document import Table
from analysis.report.order import order
from analysis.report.sensitivity import CARRIED, PLANNED, sensitivity


def outcomes() -> SimpleNamespace:
    """The study of the reference, whose tasks differ, with one planned contrast."""
    study = handed_over("within")
    plan = study.protocol.analysis.model_copy(
        update={"hypotheses": (hypothesis(),), "contrasts": (("active", "passive"),)}
    )
    protocol = study.protocol.model_copy(update={"analysis": plan})
    known = {one.name: one for one in registry(protocol)}
    rows = study.chosen.rows[study.chosen.rows["measure"] == "control"].dropna(subset=["value"])
    return SimpleNamespace(
        protocol=protocol, sample=study.chosen, everybody=study.everybody, confirmed=confirm(study.chosen, protocol),
        is_crossover=True, known=known, conditions=["active", "passive", "baseline"], rows=lambda _name: rows,
    )  # fmt: skip


def test_the_previous_condition_is_all_that_is_added_to_the_planned_model() -> None:
    of = outcomes()
    (table,) = (block for block in sensitivity(of) if isinstance(block, Table))  # type: ignore[arg-type]
    found = table.frame.set_index("analysis")
    (expected,) = crossover(of.rows("control"), "value", [("active", "passive")], others=["task"]).without_carry_over
    for number in ("difference", "se", "df", "p"):
        assert found.loc[CARRIED, number] == pytest.approx(getattr(expected, number))
    (planned,) = of.confirmed
    assert found.loc[PLANNED, "difference"] == planned.estimate.difference


def test_the_contrasts_beside_the_order_are_those_of_the_planned_model(monkeypatch: pytest.MonkeyPatch) -> None:
    of = outcomes()
    of.outcomes = ["control"]
    monkeypatch.setattr("analysis.report.order.order_effects", lambda *_told: None)
    of.comparison, of.analysed = lambda _name: None, SimpleNamespace(sessions=None)
    (table,) = (block for block in order(of) if isinstance(block, Table))  # type: ignore[arg-type]
    row = table.frame.query("analysis == 'period in the model' and first == 'active' and second == 'passive'").iloc[0]
    (planned,) = of.confirmed
    assert planned.estimate is not None
    assert (row["difference"], row["p"]) == pytest.approx((planned.estimate.difference, planned.estimate.p))
