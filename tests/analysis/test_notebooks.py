"""All notebooks run from a database alone, stop where results are sealed, and keep to the style."""

import ast
import os
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from sqlalchemy import Engine

from analysis.notebook import ResultsSealed, open_results, open_study
from study.protocol import Protocol
from study.studies import create_study, set_status

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOKS = sorted((ROOT / "analysis" / "notebooks").glob("0*.ipynb"))
NAMES = ["01_data_quality", "02_confirmatory", "03_exploratory", "04_personalisation"]


@pytest.fixture
def database(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> Engine:
    monkeypatch.setenv("ATELIER_DATABASE_URL", str(engine.url))
    monkeypatch.setenv("ATELIER_STUDY", "small")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")]))
    return engine


def _run(path: Path) -> tuple[nbformat.NotebookNode, str]:
    """Execute a notebook as far as it goes; the notebook, and everything it printed or showed as text."""
    notebook = nbformat.read(path, as_version=4)
    client = NotebookClient(notebook, timeout=280, resources={"metadata": {"path": str(ROOT)}}, allow_errors=False)
    try:
        client.execute()
    except CellExecutionError as error:
        if error.ename != "ResultsSealed":
            raise
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    assert not [output for output in outputs if output.get("name") == "stderr"]
    return notebook, "\n".join(
        str(output.get("text") or output.get("data") or output.get("evalue")) for output in outputs
    )


EXPECTED = {
    "01_data_quality": ("Participant flow", "alpha"),
    "02_confirmatory": ("H1, Control: steered M = ", "nobody excluded", "steered − plain"),
    "03_exploratory": ("comfort.comfort", "steered before plain", "what follows what"),
    "04_personalisation": ("reply 1: 0 beliefs held", "Needs found in messages"),
}


@pytest.mark.slow
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs_on_twelve_participants(path, database, protocol, participants) -> None:  # type: ignore[no-untyped-def]
    create_study(database, protocol, seed=7)
    participants("small", protocol, 12)
    _, shown = _run(path)
    assert "12 simulated" in shown and "simulated data" in shown
    assert all(text in shown for text in EXPECTED[path.stem])


@pytest.mark.slow
def test_an_empty_study_says_so_instead_of_failing(database: Engine, protocol: Protocol) -> None:
    create_study(database, protocol, seed=7)
    assert "has no sessions yet" in _run(NOTEBOOKS[0])[1]


@pytest.mark.slow
def test_a_notebook_of_outcomes_stops_with_one_sentence_while_results_are_sealed(
    written: Engine, database: Engine
) -> None:
    notebook, shown = _run(NOTEBOOKS[1])
    (stop,) = [
        output for cell in notebook.cells for output in cell.get("outputs", []) if output["output_type"] == "error"
    ]
    assert (
        stop["traceback"] == [stop["evalue"]]
        and "sealed, for the study is still collecting: 2 people are complete" in shown
    )
    assert [cell.get("execution_count") for cell in notebook.cells if cell.cell_type == "code"][2:] == [None] * 6
    assert "M = " not in shown


def test_results_open_with_the_study_and_name_every_look(
    written: Engine, database: Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(ResultsSealed, match="when the study is closed"):
        open_results()
    assert open_study().sample.participants == 2
    set_status(written, "small", "closed", "A. Researcher")
    assert open_results().label == "data of people"
    assert "The study is closed" in capsys.readouterr().out


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_only_the_first_looks_at_a_study_whose_results_are_sealed(path: Path) -> None:
    code = [cell.source for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"]
    opened = "open_study()" if path.stem == NAMES[0] else "open_results()"
    assert [opened in source for source in code].index(True) == 1
    assert not any(name in "".join(code) for name in {"open_study()", "open_results()"} - {opened})


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_cells_are_short_calls_without_outputs(path: Path) -> None:
    for cell in nbformat.read(path, as_version=4).cells:
        if cell.cell_type != "code":
            continue
        assert not cell.outputs and cell.execution_count is None
        assert len(cell.source.splitlines()) <= 8
        nodes = list(ast.walk(ast.parse(cell.source)))
        assert not any(isinstance(node, ast.FunctionDef | ast.ClassDef | ast.Lambda) for node in nodes)
        assert not any(word in cell.source for word in ("SELECT", "sqlalchemy", "sqlmodel"))


def test_all_notebooks_are_there() -> None:
    assert [path.stem for path in NOTEBOOKS] == NAMES
