"""The report: what it says while results are sealed, what when they are not, and that it harms nobody's browser."""

import hashlib
import os
import re
import zipfile
from pathlib import Path

import pytest
from html_page import Page
from latex_table import check_latex
from sqlalchemy import Engine

import analysis.report.outcomes as outcomes
from analysis.exporting import Asked, make_kept_export
from analysis.frames import frames
from analysis.report import contents, make_report
from analysis.report.head import quality_table
from study.act_log import acts
from study.errors import AtelierError, NotFound
from study.protocol import Protocol
from study.records import Record, load_record
from study.sealing import unseal
from study.studies import create_study, set_status
from study.tables import Sitting
from study.versions import revise


def made(engine: Engine, folder: Path, study: str = "small") -> str:
    return make_report(engine, study, folder, "Ada", lambda done, total, text: None).read_text(encoding="utf-8")


def cells(text: str, first: str) -> list[str]:
    """The cells of the table's row that starts with this."""
    row = re.search(rf"<tr><td[^>]*>{re.escape(first)}</td>(.*?)</tr>", text)
    assert row is not None, first
    return re.findall(r"<td[^>]*>(.*?)</td>", row.group(1))


def test_a_sealed_report_holds_flow_and_quality_and_no_outcome(
    written: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def computed(*_: object) -> None:
        raise RuntimeError("outcomes were computed")

    monkeypatch.setattr(outcomes, "measures_by_version", computed)
    text = made(written, tmp_path)
    assert "The results are sealed, for the study is still collecting: 2 people are complete." in text
    assert "Measures by condition" not in text and "steered" not in text and "<h2>Quality of the data" in text
    assert cells(text, "started") == ["3", "1"]
    assert cells(text, "agreed to take part") == ["1", "0"]
    assert cells(text, "complete") == ["2", "1"]
    assert cells(text, "running") == ["1", "0"]
    assert cells(text, "answers left empty, of those that were asked") == ["6 of 17"]
    assert cells(text, "messages of participants") == ["3"]
    assert cells(text, "replies that failed") == ["2"]


def test_an_unsealed_report_says_so_first_and_describes_each_measure(written: Engine, tmp_path: Path) -> None:
    unseal(written, "small", "is the <b>panel</b> seen?", "Ada")
    text = made(written, tmp_path)
    head = text[: text.index("<h2>")]
    assert "an interim look" in head
    assert "with 2 complete: “is the &lt;b&gt;panel&lt;/b&gt; seen?”." in head
    # Comfort: P001 said 4 and P002 said 2 in plain; P001 said 6 in steered.
    both = re.search(r"<tr><td>Item comfort</td><td>[^<]*</td>(.*?)</tr><tr><td></td><td></td>(.*?)</tr>", text)
    assert both
    plain, steered = both.groups()
    assert re.findall(r">([^<>]+)</td>", plain) == ["plain", "2", "3.00", "1.41", "3.00", "1.00"]
    assert re.findall(r">([^<>]+)</td>", steered) == ["steered", "1", "6.00", "–", "6.00", "0.00"]
    (first,) = acts(written, "small", "report_made")
    assert (first.by, first.act.complete, first.act.sealed, first.act.simulated) == ("Ada", 2, False, False)
    assert (first.act.file, first.act.content_hash) == (
        next(tmp_path.glob("*.html")).name,
        hashlib.sha256(text.encode()).hexdigest(),
    )


def test_looks_before_the_end_are_named_on_the_first_page_and_among_the_deviations(
    written: Engine, tmp_path: Path
) -> None:
    make_kept_export(load_record(written, "small"), tmp_path / "data", Asked(), "Ed", lambda done, total, text: None)
    set_status(written, "small", "closed", "Ed")
    made(written, tmp_path / "first")
    set_status(written, "small", "open", "Ada", "too <few>")
    sealed = made(written, tmp_path / "second")
    named = re.findall(r"<p>([^<]*)</p>", sealed[: sealed.index("<dl>")])
    assert [re.sub(r"\d{4}-[0-9:\- ]+UTC", "TIME", one) for one in named[1:]] == [
        "Data were exported on TIME by Ed, with 2 complete, while the study was collecting (every session; pseudonymous); "
        "outcomes can be told from them.",
        "A report with outcomes was made on TIME by Ada, with 2 complete, and collecting went on.",
        "The study had been closed, and was opened again on TIME by Ada, with 2 complete: “too &lt;few&gt;”.",
    ]
    assert named[0].startswith("The results are sealed") and "Measures by condition" not in sealed
    set_status(written, "small", "closed", "Ed")
    text = made(written, tmp_path / "third")
    assert named[1] in text and named[2] in text and named[3] in text
    deviating = text[text.index("<h2>Deviations from the protocol") :]
    assert "Outcomes were looked at 1 time before the end; each is named on the first page." in deviating
    assert "Data of people, from which outcomes can be told, were exported 1 time before the end" in deviating
    assert "opened again after it had been closed" in deviating


def test_versions_hashes_models_and_the_closed_study_are_named(
    written: Engine, tmp_path: Path, protocol: Protocol
) -> None:
    revise(written, "small", protocol.model_copy(update={"title": "A <script>alert(1)</script> study"}), by="Ada")
    set_status(written, "small", "closed", "Ada")
    text = made(written, tmp_path)
    record = load_record(written, "small")
    assert all(version.content_hash() in text for version in record.protocols.values())
    assert "<script>alert" not in text and "A &lt;script&gt;" in text
    assert "The study is closed: 2 people are complete." in text and "Measures by condition" in text
    assert "offline" in text and "0.1.0" in text


def test_simulated_data_are_labelled_and_never_sealed(
    engine: Engine, protocol: Protocol, participants, tmp_path: Path
) -> None:  # type: ignore[no-untyped-def]
    create_study(engine, protocol, seed=7)
    participants("small", protocol, 4)
    text = made(engine, tmp_path)
    assert "</h1>" in text and '<span class="label">simulated data</span></h1>' in text
    assert "Measures by condition" in text and cells(text, "complete") == ["0", "4"]


def test_nothing_to_report_is_a_report_too_and_an_unknown_study_is_not(
    engine: Engine, protocol: Protocol, tmp_path: Path
) -> None:
    create_study(engine, protocol, "empty", seed=7)
    assert "Nobody has taken part yet." in made(engine, tmp_path, "empty")
    set_status(engine, "empty", "closed", "Ada")
    assert "There is nothing to show yet." in made(engine, tmp_path, "empty")
    with pytest.raises(NotFound, match="Known: empty"):
        made(engine, tmp_path, "nope")
    (tmp_path / "file").write_text("")
    with pytest.raises(AtelierError, match="cannot be written"):
        made(engine, tmp_path / "file", "empty")
    assert len(acts(engine, "empty", "report_made")) == 2


def test_quality_is_of_those_who_are_analysed(record: Record) -> None:
    data = frames(record)
    simulated: list[Sitting] = [row for row in record.sessions if row.simulated]
    table = quality_table(data.of_sessions({row.id for row in simulated}), record.protocols)
    assert table.set_index("what").loc["answers left empty, of those that were asked", "number"] == "1 of 4"


def test_a_bug_ends_the_report_and_leaves_nothing_behind(
    written: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError

    set_status(written, "small", "closed", "Ada")
    monkeypatch.setattr(contents, "PARTS", (("broken", "Broken", broken),))
    with pytest.raises(ZeroDivisionError):
        made(written, tmp_path / "results")
    assert not (tmp_path / "results").exists() and acts(written, "small", "report_made") == []


@pytest.mark.parametrize("after", range(1, 4))
def test_broken_off_there_is_no_half_report(
    written: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, after: int
) -> None:
    moved, move = 0, os.replace

    def stop(source: Path, target: Path) -> None:
        nonlocal moved
        moved += 1
        if moved == after:
            raise KeyboardInterrupt
        move(source, target)

    monkeypatch.setattr(os, "replace", stop)
    with pytest.raises(KeyboardInterrupt):
        made(written, tmp_path / "results")
    assert [path.name for path in (tmp_path / "results").iterdir()] == []


def test_of_two_people_every_part_is_there_and_says_why_where_it_has_no_numbers(
    written: Engine, tmp_path: Path
) -> None:
    set_status(written, "small", "closed", "Ada")
    page = Page(made(written, tmp_path))
    assert page.problems == [] and set(page.ids) >= {name for name, _, _ in contents.PARTS}
    assert not re.search(r"\b(nan|None|NaN|Traceback)\b", page.text)
    assert "simulated" not in " ".join(page.headings)
    (stem,) = [path for path in tmp_path.glob("2*") if path.is_dir()]
    with zipfile.ZipFile(stem.with_suffix(".zip")) as archive:
        names = set(archive.namelist())
        assert {str(path.relative_to(stem)) for path in stem.rglob("*.*")} == names
    for path in stem.rglob("*.tex"):
        check_latex(path.read_text(encoding="utf-8"))
    assert "tables/descriptives_answered.csv" in names and "tables/descriptives_answered.tex" in names
