"""Interactions that nobody planned: each measure and pair of factors once, with R's numbers, and what cannot be had by name."""

import json
from types import SimpleNamespace
from typing import Any

import pytest
from reference.handover_data import ARGUES, HERE, asks, handed_over

from analysis.findings import confirm
from analysis.handover.tables import Handover
from analysis.measure import Measure
from analysis.report.document import Table
from analysis.report.interactions import NO_TWO, crossed, interactions

R = {case["id"]: case["expected"] for case in json.loads((HERE / "handover.json").read_text())}


def outcomes(of: Handover, *names: str, **more: Any) -> Any:
    """As a report has them, of these measures."""
    made = {
        name: Measure(name, name.title(), "1–7", "higher", "made up", lambda data, protocol: data) for name in names
    }
    rows = of.chosen.rows
    held = {"sample": of.chosen, "protocol": of.protocol, "known": made, "confirmed": ()}
    return SimpleNamespace(**(held | {"rows": lambda name: rows[rows["measure"] == name]} | more))


def test_its_f_is_the_square_of_rs_t_and_aligned_ranks_stand_beside_it() -> None:
    (found,), refused = crossed(outcomes(handed_over("crossed"), "agreement"))
    r = R["crossed.h1"]
    assert found.factors == ("opponent", "personal_data") and found.n == 24 and not refused
    assert (found.test.f, found.test.df1) == (pytest.approx(r["statistic"] ** 2, rel=1e-6), 1)
    assert found.test.df2 == pytest.approx(r["df"], rel=1e-6)
    assert found.test.p == pytest.approx(2 * (1 - r["p"]), rel=1e-6), "R's is one-sided, away from the effect"
    assert found.ranked is not None and found.ranked.df1 == 1 and 0 < found.ranked.p <= 1


def test_what_is_planned_is_not_told_again() -> None:
    of = handed_over("crossed")
    plan = of.protocol.analysis.model_copy(
        update={"hypotheses": (asks("h1", "agreement", "argues", "informs", "mixed_model", **ARGUES),)}  # type: ignore[arg-type]
    )
    planned = confirm(of.chosen, of.protocol.model_copy(update={"analysis": plan}))
    assert crossed(outcomes(of, "agreement", confirmed=tuple(planned))) == ([], {})


def test_they_are_corrected_together_and_measures_that_allow_none_say_why() -> None:
    blocks = list(interactions(outcomes(handed_over("between"), "trust", "agreement", "seldom")))
    (table,) = (block for block in blocks if isinstance(block, Table))
    p, adjusted = sorted(table.frame["p"]), sorted(table.frame["p_adjusted"])
    assert list(table.frame["measure"]) == ["Trust", "Agreement"] and "BH" in table.note
    assert adjusted == pytest.approx([min(2 * p[0], p[1]), p[1]])
    (said,) = blocks[-1].items  # nobody was asked `seldom` but who was told
    assert said.startswith("Seldom: ") and "personal_data" in said and "level:" not in said


def test_a_design_of_one_factor_has_none() -> None:
    of = handed_over("within")
    one = of.protocol.model_copy(update={"factors": of.protocol.factors[:1]})
    assert list(interactions(outcomes(of, "control", protocol=one))) == [NO_TWO]
