"""Preregistrations: of every shipped protocol, complete, the same each time, and word for word for the demo.

`PYTHONPATH=. python tests/analysis/preregistration/test_preregistration.py` writes the demo's anew, to be read before it is committed.
"""

import datetime
import re
from functools import cache
from html import unescape
from pathlib import Path

import pytest

from analysis.power.assumptions import Assumptions
from analysis.power.files import write_power
from analysis.power.runs import Simulation
from analysis.preregistration.document import Bullets, Heading, Table, html, markdown
from analysis.preregistration.files import write_preregistration
from analysis.preregistration.tests import as_planned
from analysis.preregistration.writing import Circumstances, preregistration, software
from memory.mechanisms.registry import parameter_models
from study.analysis_plan import Hypothesis
from study.collected import Collected
from study.errors import AtelierError
from study.protocol import Protocol
from study.protocol_file import load_protocol

HERE = Path(__file__).parent
FILES = sorted((HERE.parents[2] / "protocols").glob("*.yaml"))
LOADED = {file.stem: load_protocol(file, parameter_models()) for file in FILES}
DEMO = LOADED["active_vs_passive"]
GOLDEN = HERE / "active_vs_passive.md"
DAY = Circumstances(datetime.date(2026, 3, 31))


@cache
def written(name: str) -> str:
    return markdown(preregistration(LOADED[name], DAY))


def planning(**changes: object) -> Protocol:
    plan = type(DEMO.analysis).model_validate({**DEMO.analysis.model_dump(), **changes})
    return DEMO.model_copy(update={"analysis": plan})


def section(text: str, title: str) -> str:
    return text.split(f"\n## {title}\n")[1].split("\n## ")[0]


def test_the_demo_word_for_word() -> None:
    assert written("active_vs_passive") == GOLDEN.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", LOADED)
def test_it_holds_everything_that_the_plan_says(name: str) -> None:
    protocol, text = LOADED[name], written(name)
    assert protocol.content_hash() in text and "2026-03-31" in text and f"`{protocol.id}`" in text
    analysis = section(text, "Confirmatory analysis")
    for one in protocol.analysis.hypotheses:
        assert f"**{one.id}** (family “{one.family}”): {one.text}" in text
        assert re.search(rf"^### (\w+, )*{one.id}(, \w+)*: ", analysis, re.MULTILINE)
        sides = {"different": "Two-sided at", "equivalent": "Two one-sided tests, each at"}
        assert f"{sides.get(one.direction, 'One-sided, in the expected direction, at')} α = {one.alpha:g}" in analysis
    for condition in protocol.conditions:
        assert f"**{condition.id}**" in text
        assert all(f"`{use.name}`" in text for use in condition.mechanisms)
    assert all(rule.text in section(text, "Exclusions and missing data") for rule in protocol.analysis.exclusions)
    assert all(f"(`{task.id}`)" in text for task in protocol.tasks)
    assert f"{protocol.design.planned_participants} complete participants are planned." in text
    if protocol.stopping:
        assert f"after {protocol.stopping.after_complete} complete sessions" in text


@pytest.mark.parametrize("name", LOADED)
def test_nothing_of_a_program_is_left_in_it(name: str) -> None:
    text = written(name)
    assert not re.search(
        r"\bNone\b|\bnan\b|\bTrue\b|\bFalse\b|<class|\{\w*\}|\.\.(?!\.)|,,|  +\w", text.replace("{answer}", "")
    )
    assert "cannot be tested as planned" not in text
    headings = re.findall(r"^#+ .*$", text, re.MULTILINE)
    assert len(set(headings)) == len(headings) and headings[0] == f"# Preregistration: {LOADED[name].title}"


@pytest.mark.parametrize("name", LOADED)
def test_the_same_protocol_gives_the_same_bytes(name: str) -> None:
    assert markdown(preregistration(LOADED[name].model_copy(), DAY)) == written(name)


@pytest.mark.parametrize("name", LOADED)
def test_every_gap_is_listed_at_the_top(name: str) -> None:
    protocol, top = LOADED[name], written(name).split("\n| ")[0]
    assert "**To be filled in** before this is registered:" in top
    assert ("Hypotheses with a direction" in top) == (not protocol.analysis.hypotheses)
    assert ("The stopping rule" in top) == (protocol.stopping is None)
    assert ("Rules of exclusion" in top) == (not protocol.analysis.exclusions)
    assert "The reason for the number of participants" in top and "ethics committee" in top


def test_the_page_says_the_same_and_needs_nothing_else() -> None:
    blocks = preregistration(DEMO, DAY)
    page = html(blocks)
    assert not re.search(r"<(script|link|img)|https?://(?!doi)", page.replace("https://doi", ""))
    plain = unescape(re.sub(r"<[^>]+>", " ", page.split("</style>")[1]))
    words = re.sub(r"[|#*`-]|<[^>]+>", " ", markdown(blocks)).split()
    assert re.sub(r"[|#*`-]", " ", plain).split() == words


def test_marks_of_the_two_formats_are_kept_apart() -> None:
    blocks = [Heading(1, "a < b"), "**bold** & `x < y`", Bullets(("one",)), Table(("h",), (("a | b",),))]
    assert markdown(blocks) == "# a < b\n\n**bold** & `x < y`\n\n- one\n\n| h |\n| --- |\n| a \\| b |\n"
    page = html(blocks)
    assert "<title>a &lt; b</title>" in page and "<strong>bold</strong> &amp; <code>x &lt; y</code>" in page
    assert "<td>a | b</td>" in page


# --- what is found in the record, by simulation, by the engine -----------------------------------


def test_data_that_are_there_are_admitted() -> None:
    def said(so_far: Collected) -> str:
        text = markdown(preregistration(DEMO, Circumstances(DAY.on, so_far)))
        return section(text, "What has been collected already").strip()

    assert (
        said(Collected()) == "No data of people have been collected under this protocol, going by the study's record."
    )
    some = said(Collected(started=7, complete=5, in_other_versions=2, simulated=24))
    assert "**Data have been collected already**: 7 people have started" in some and "5 have finished" in some
    assert "there are 2 sessions of people" in some and "24 sessions of simulated participants" in some


def test_power_becomes_the_reason_for_the_number(tmp_path: Path) -> None:
    effects = {f"h{number}": (1.0,) for number in range(1, 7)}
    write_power(DEMO, Simulation((6, 24), effects, 2, 1, Assumptions()), tmp_path)
    target = tmp_path / "registered.md"
    assert write_preregistration(DEMO, Collected(), target, 24, tmp_path / "power.csv") == [
        target, tmp_path / "registered.html",
    ]  # fmt: skip
    text = target.read_text(encoding="utf-8")
    numbers = section(text, "Number of participants")
    assert "| h1 | 1 (1 to 7) |" in numbers and "| Hypothesis | Difference | n = 6 | n = 24 |" in numbers
    assert "seed 1." in numbers and "24 participants: balanced orders." in numbers
    assert "The reason for the number of participants" not in text
    assert f"numpy {software()['numpy']}" in text
    with pytest.raises(AtelierError, match="name a file that ends in .md"):
        write_preregistration(DEMO, Collected(), tmp_path / "registered.html")


def test_a_hypothesis_that_the_engine_would_refuse_is_found_beforehand() -> None:
    impossible = Hypothesis(id="h1", text="A.", measure="control", contrast=("active", "passive"), test="welch_t")
    text = markdown(preregistration(planning(hypotheses=(impossible,)), DAY))
    assert text.count("The same people met both, so these are no groups.") == 2
    assert "- h1 cannot be tested as planned: " in text.split("\n| ")[0]


def test_formula_test_and_twin_are_those_that_the_engine_reports() -> None:
    for name in ("care", "persuasion_2x2", "diary"):
        analysis = section(written(name), "Confirmatory analysis")
        for one in as_planned(LOADED[name], LOADED[name].design.planned_participants):
            assert one.outcome and one.twin
            assert f"Test: {one.outcome.estimate.method}." in analysis
            assert f"Model: `{one.outcome.formula}`" in analysis and one.twin.method in analysis


def test_equivalence_moderators_and_complete_cases_are_said() -> None:
    same = Hypothesis(
        id="h1", text="The same.", measure="control", contrast=("active", "passive"), direction="equivalent",
        smallest_effect=0.5, test="paired_t",
    )  # fmt: skip
    text = markdown(
        preregistration(planning(hypotheses=(same,), moderators=("tipi.openness",), missing="complete"), DAY)
    )
    assert "expected to be the same, within 0.5 either way" in text
    assert "Equivalence within ±0.5 (1 to 7) is tested: two one-sided tests, 90% interval." in text
    assert "; two-sided, of a difference." in text
    assert "corrected together (Benjamini–Hochberg); contrasts at ± 1 SD and simple slopes (centred) are not" in text
    assert "Moderators: " in text and "(`tipi.openness`)" in text
    assert "Only participants with every condition that they were to meet are analysed." in text


def test_a_smallest_effect_that_ranks_cannot_use_is_said_beforehand() -> None:
    ranks = Hypothesis(
        id="h1", text="More.", measure="control", contrast=("active", "passive"), direction="greater",
        smallest_effect=0.5, test="wilcoxon",
    )  # fmt: skip
    text = markdown(preregistration(planning(hypotheses=(ranks,)), DAY))
    assert "- **Equivalence within the smallest effect of interest is not tested: active − passive: " in text
    assert "Reported: the shift (Hodges–Lehmann) in the measure's own unit (1 to 7)" in text
    assert "paired t test; one-sided." in text


if __name__ == "__main__":
    GOLDEN.write_text(markdown(preregistration(DEMO, DAY)), encoding="utf-8")
