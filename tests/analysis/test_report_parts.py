"""Parts of the report from whole plans: each p in a table is the one that its hypothesis asks for, each family is named."""

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest
from reference.handover_data import asks, handed_over
from scipy import stats

from analysis.findings import UNBOUNDED, confirm
from analysis.inference.multiplicity import benjamini_hochberg
from analysis.report.document import Table
from analysis.report.evidence import NO_MARGIN, evidence
from analysis.report.exploratory import UNCORRECTED, moderators
from analysis.report.methods import exploratory_families, methods
from analysis.report.outcomes import Outcomes
from analysis.report.sensitivity import CARRIED, CLUSTERED, PLANNED, ROBUST, sensitivity

MARGIN = 1.0


def outcomes(name: str, *hypotheses: Any, **plan: Any) -> Outcomes:
    """What a report is made of, from the rows of a study that R answers."""
    of = handed_over(name)
    changed = of.protocol.analysis.model_copy(update={"hypotheses": hypotheses, **plan})
    protocol = of.protocol.model_copy(update={"analysis": changed})
    found = tuple(confirm(of.chosen, protocol))
    record: Any = SimpleNamespace(protocol=protocol)
    nothing: Any = None
    return Outcomes(record, nothing, nothing, of.everybody, of.chosen, found, ())


def varied(of: Outcomes) -> pd.DataFrame:
    (table,) = [block for block in sensitivity(of) if isinstance(block, Table)]
    assert "not corrected" in table.note
    return table.frame.set_index(["hypothesis", "analysis"])


def wanted(row: Any, direction: str) -> float:
    """The p of a row by hand, from its difference, standard error and degrees of freedom."""
    known = stats.norm if row["df"] != row["df"] else stats.t(row["df"])
    if direction == "equivalent":
        return max(
            known.sf((row["difference"] + MARGIN) / row["se"]), known.cdf((row["difference"] - MARGIN) / row["se"])
        )
    z = row["difference"] / row["se"]
    return float({"greater": known.sf(z), "less": known.cdf(z), "different": 2 * known.sf(abs(z))}[direction])


@pytest.mark.parametrize(
    ("name", "contrast", "more", "others"),
    [
        ("within", ("passive", "baseline"), {"measure": "control"}, {CLUSTERED, CARRIED}),
        ("between", ("argues_told", "informs_withheld"), {"measure": "trust"}, {ROBUST}),
    ],
)
def test_every_row_of_the_sensitivity_table_has_the_p_that_its_hypothesis_asks_for(
    name: str, contrast: tuple[str, str], more: dict[str, str], others: set[str]
) -> None:
    sides = ("equivalent", "greater", "less", "different")
    plan = [
        asks(side, more["measure"], *contrast, "mixed_model", side, smallest_effect=MARGIN, family=side)
        for side in sides
    ]
    table = varied(outcomes(name, *plan))
    for side in sides:
        rows = table.loc[side]
        assert {PLANNED, *others} <= set(rows.index)
        for which, row in rows.iterrows():
            assert row["p_planned"] == pytest.approx(wanted(row, side), rel=1e-6), (side, which)


def test_a_margin_that_a_test_cannot_use_is_not_said_to_be_missing() -> None:
    ranks = asks("h1", "personal", "active", "passive", "wilcoxon", smallest_effect=0.5)
    model = asks("h2", "control", "active", "passive", "mixed_model", smallest_effect=0.5)
    texts, tables = _told(outcomes("within", ranks))
    assert len(texts) == 1 and texts[0].startswith(f"h1 (±0.5): {UNBOUNDED}: ") and "equivalence" not in tables
    texts, tables = _told(outcomes("within", ranks, model))
    assert len(texts) == 1 and texts[0].startswith("h1 (±0.5)") and "equivalence" in tables
    assert _told(outcomes("within", model.model_copy(update={"smallest_effect": None})))[0] == [NO_MARGIN]


def _told(of: Outcomes) -> tuple[list[str], list[str]]:
    blocks = list(evidence(of))
    return [b for b in blocks if isinstance(b, str)], [b.name for b in blocks if isinstance(b, Table)]


def test_interactions_are_corrected_together_and_what_is_below_them_is_not() -> None:
    plan = [asks(f"h{n}", name, "active", "passive", "mixed_model") for n, name in enumerate(("control", "personal"))]
    of = outcomes("within", *plan, moderators=("trait",))
    known = {name: SimpleNamespace(title=name.title()) for name in ("control", "personal", "trait")}
    of.__dict__["known"] = known  # what the plan's own protocol does not ask
    blocks = list(moderators(of))
    said = [block for block in blocks if isinstance(block, str) and "condition × moderator" in block]
    p = [float(sentence.split(", p = ")[1][:4]) for sentence in said]
    assert len(said) == 2
    for sentence, after in zip(said, benjamini_hochberg(p), strict=True):
        shown = float(sentence.split("(p = ")[1][:4])
        assert shown == pytest.approx(after, abs=2e-3) and "corrected over 2 interactions" in sentence
    assert all(table.note == UNCORRECTED for table in blocks if isinstance(table, Table))


def test_the_methods_paragraph_names_every_family_and_what_is_not_corrected() -> None:
    ranks = asks("h1", "personal", "active", "passive", "wilcoxon", "greater")
    of = outcomes("within", ranks, moderators=("trait",))
    text = " ".join(block for block in methods(of) if isinstance(block, str))
    assert "the ratios of counts and yes–no outcomes" in text and "the interactions with moderators" in text
    assert "Every other exploratory p is not corrected" in text
    assert "unlike p, not adjusted for the number of tests. p of a hypothesis with a direction is one-sided" in text
    assert "by another test (paired t test)" in text and "assumes less" not in text
    assert "moderators" not in exploratory_families(outcomes("within", ranks, moderators=()))
    explored = replace(of, explored=of.confirmed * 3)
    assert "each for itself: the contrasts on measures without a hypothesis (3); the ratios" in exploratory_families(
        explored
    )
