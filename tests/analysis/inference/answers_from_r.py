"""R's answers, for the tests of this folder: the shared ones beside the repository, and the project's own."""

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

HERE = Path(__file__).resolve()
ORACLE = HERE.parents[3].parent / "shared" / "oracle"
REFERENCE = HERE.parents[1] / "reference"

needs_oracle = pytest.mark.skipif(not ORACLE.is_dir(), reason="the folder of R's answers is not beside the repository")


def oracle(file: str) -> dict[str, dict[str, Any]]:
    """The cases of one file of the shared answers, by id."""
    return {case["id"]: case for case in json.loads((ORACLE / "expected" / f"{file}.json").read_text())}


def oracle_data(name: str) -> pd.DataFrame:
    """One of its data sets."""
    return pd.read_csv(ORACLE / "data" / name)


def reference(file: str) -> dict[str, Any]:
    """The project's own cases: id → what R found."""
    return {case["id"]: case["expected"] for case in json.loads((REFERENCE / f"{file}.json").read_text())}


def starting(cases: dict[str, Any], kind: str) -> list[str]:
    """The ids of one kind, without it."""
    return [id.removeprefix(kind + ".") for id in cases if id.startswith(kind + ".")]
