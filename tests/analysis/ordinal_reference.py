"""R's answers (reference/*.json), the generated studies they are about, and the folder of published cases."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

HERE = Path(__file__).parent / "reference"
ORACLE = Path(__file__).resolve().parents[2].parent / "shared" / "oracle"
CONDITIONS = ["baseline", "active", "passive"]

ANSWERS: dict[str, dict[str, Any]] = {
    case["id"]: case["expected"]
    for name in ("ordinal.json", "integrated.json")
    for case in json.loads((HERE / name).read_text())
}


def study(name: str) -> pd.DataFrame:
    """A generated study, baseline as the reference condition."""
    frame = pd.read_csv(HERE / f"{name}.csv")
    if "condition" in frame and set(frame["condition"]) == set(CONDITIONS):
        frame["condition"] = pd.Categorical(frame["condition"], CONDITIONS)
    return frame


def published(file: str) -> dict[str, dict[str, Any]]:
    """The cases of one file of the folder of R's answers."""
    return {case["id"]: case for case in json.loads((ORACLE / "expected" / file).read_text())}


def numbers(named: dict[str, float]) -> list[float]:
    return list(named.values())


def errors(covariance: np.ndarray) -> list[float]:
    return list(np.sqrt(np.diag(covariance)))
