"""Reports of whole simulated studies of shipped protocols: within, between, and with ordinal hypotheses."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from html_page import Page
from latex_table import check_latex
from sqlalchemy import Engine

from analysis.report import contents, make_report
from memory.index import Index
from memory.mechanisms.registry import parameter_models
from memory.simulated import simulate
from study.database import open_database
from study.protocol_file import load_protocol
from study.settings import Settings
from study.studies import create_study

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("report studies")]
PROTOCOLS = Path(__file__).parents[2] / "protocols"
PEOPLE, EARLY = 12, 2
SAID = {
    "active_vs_passive": (
        "Kendall's W",
        "Brier score",
        "Rank the versions",
        "Differences between periods",
        "hazard ratio",
    ),
    "persuasion_2x2": ("Proportional odds", "Everybody met one condition", "Mann–Whitney", "given agreement before"),
    "care": (
        "adaptive quadrature",
        "Manipulation check",
        "carry-over and sequence are one question",
        "it never happened there",
    ),
}
"""What the report of each must come to."""


@dataclass(frozen=True)
class Reported:
    """A study and its reports: when two participants had gone through it, and at the end."""

    engine: Engine
    name: str
    early: Path
    last: Path


@pytest.fixture(scope="module", params=sorted(SAID))
def study(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reported]:
    """A study with simulated participants, so many that no part of the last report is without numbers for want of them."""
    folder, name = tmp_path_factory.mktemp(request.param), request.param
    engine = open_database(f"sqlite:///{folder / 'study.db'}")
    create_study(engine, load_protocol(PROTOCOLS / f"{name}.yaml", parameter_models()), seed=7)
    settings, index = Settings(data_dir=folder), Index(None)
    simulate(engine, settings, index, name, EARLY, 1, lambda: None)
    early = made(engine, name, folder / "early")
    simulate(engine, settings, index, name, PEOPLE - EARLY, 2, lambda: None)
    yield Reported(engine, name, early, made(engine, name, folder / "last"))
    engine.dispose()


def made(engine: Engine, name: str, folder: Path) -> Path:
    return make_report(engine, name, folder, "Ada", lambda done, total, text: None)


def no_slips(page: Page) -> bool:
    """Whether every tag closes, every link leads somewhere, and no value stands there as a programmer would see it."""
    return not page.problems and not re.search(r"\b(nan|None|NaN|Traceback|level\[T)\b", page.text)


def test_of_two_people_every_part_has_numbers_or_says_why_not(study: Reported) -> None:
    page = Page(study.early.read_text(encoding="utf-8"))
    assert no_slips(page)
    assert set(page.ids) >= {part for part, _, _ in contents.PARTS}


def test_a_whole_report_is_valid_complete_and_labelled(study: Reported) -> None:
    text = study.last.read_text(encoding="utf-8")
    page = Page(text)
    assert no_slips(page)
    assert set(page.ids) >= {part for part, _, _ in (contents.DESIGN, contents.PEOPLE, *contents.PARTS)}
    assert not re.search(r"\bsignifican|\*\*\*", page.text.lower().replace("significant other", ""))
    for part in SAID[study.name]:
        assert part.lower() in page.text.lower(), part

    assert all("simulated data" in heading for heading in page.headings if heading != "Contents")
    captions = re.findall(r"<b>(?:Table|Figure) \d+\.</b> ([^<]*)<", text)
    assert len(captions) > 10 and all("simulated data" in caption for caption in captions)
    assert page.text.index("every number is of simulated participants") < page.text.index("Contents")

    outside = {(part, to) for part, to in page.links if not to.startswith("#")}
    assert outside == set() and "http" not in page.text[: page.text.rindex("References of the instruments")]


@pytest.mark.parametrize("study", ["persuasion_2x2"], indirect=True)
def test_made_again_it_is_the_same(study: Reported, tmp_path: Path) -> None:
    report, again = study.last, made(study.engine, study.name, tmp_path)
    dated = re.compile(r"<dd>[\d-]{10} [\d:]{5} UTC by Ada</dd>")
    assert dated.sub("", report.read_text(encoding="utf-8")) == dated.sub("", again.read_text(encoding="utf-8"))
    assert report.with_suffix(".zip").read_bytes() == again.with_suffix(".zip").read_bytes()


def test_its_tables_are_latex_and_its_figures_can_be_drawn(study: Reported) -> None:
    report = study.last
    tables = sorted(report.with_suffix("").rglob("*.tex"))
    assert tables and all(table.with_suffix(".csv").is_file() for table in tables)
    for table in tables:
        check_latex(table.read_text(encoding="utf-8"))
        assert "simulated data" in table.read_text(encoding="utf-8")
    text = report.read_text(encoding="utf-8")
    specs = [json.loads(spec) for spec in re.findall(r'<script type="application/json">(.*?)</script>', text)]
    assert specs and len(specs) == len(list(report.with_suffix("").rglob("figures/*.csv")))
    assert all(spec["data"] or spec["layout"].get("shapes") or spec["layout"].get("annotations") for spec in specs)
