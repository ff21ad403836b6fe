"""Both notebooks run from a database alone, with data and without, and keep to the style."""

import ast
import os
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient
from sqlalchemy import Engine

from study.protocol import Protocol
from study.studies import create_study

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOKS = sorted((ROOT / "analysis" / "notebooks").glob("0[12]_*.ipynb"))


@pytest.fixture
def database(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> Engine:
    monkeypatch.setenv("ATELIER_DATABASE_URL", str(engine.url))
    monkeypatch.setenv("ATELIER_STUDY", "small")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")]))
    return engine


def _run(path: Path) -> str:
    """Execute a notebook and give everything it printed or showed as text."""
    notebook = nbformat.read(path, as_version=4)
    NotebookClient(notebook, timeout=120, resources={"metadata": {"path": str(ROOT)}}).execute()
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    return "\n".join(str(output.get("text") or output.get("data")) for output in outputs)


@pytest.mark.slow
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs_on_twelve_participants(path, database, protocol, participants) -> None:  # type: ignore[no-untyped-def]
    create_study(database, protocol, seed=7)
    participants("small", protocol, 12)
    shown = _run(path)
    assert "12 simulated" in shown
    if path.stem == "02_confirmatory":
        assert "steered − plain" in shown and "simulated data" in shown


@pytest.mark.slow
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_an_empty_study_says_so_instead_of_failing(path: Path, database: Engine, protocol: Protocol) -> None:
    create_study(database, protocol, seed=7)
    assert "has no sessions yet" in _run(path)


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


def test_both_notebooks_are_there() -> None:
    assert [path.stem for path in NOTEBOOKS] == ["01_data_quality", "02_confirmatory"]
