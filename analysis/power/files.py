"""A simulation's table, page, curves and finished runs in one folder."""

import json
from pathlib import Path
from typing import Any

import pandas as pd

from analysis.power.page import curves, heading, power_page
from analysis.power.runs import Simulation
from analysis.power.said import assumptions, reached
from analysis.power.simulation import power, unwatched
from study.advance import Advance
from study.errors import AtelierError
from study.power_folder import CURVES, PAGE, SETTINGS, TABLE
from study.protocol import Protocol


def write_power(
    protocol: Protocol, asked: Simulation, folder: Path, advance: Advance = unwatched, workers: int = -1
) -> pd.DataFrame:
    """Simulate, and write table, page, curves and what was assumed; runs go to the folder as they finish.

    Each file takes the place of an older one in one go, so that who reads meanwhile reads a whole one. Raises AtelierError
    where the folder cannot be written.
    """
    try:
        table = power(protocol, asked, folder, advance, workers)
        settings = {"protocol": protocol.content_hash(), "said": assumptions(asked), "seed": asked.seed}
        _put(folder / TABLE, table.to_csv(index=False))
        _put(folder / PAGE, power_page(protocol, table, assumptions(asked)))
        _put(folder / CURVES, json.dumps(_drawn(protocol, table), ensure_ascii=False))
        _put(folder / SETTINGS, json.dumps(settings, indent=1, ensure_ascii=False) + "\n")
    except OSError as error:
        raise AtelierError(f"{folder} cannot be written ({error.strerror}). Name another folder with --out.") from error
    return table


def read_power(path: Path, protocol: Protocol) -> tuple[pd.DataFrame, list[str]]:
    """A table that was written earlier and what was assumed for it. Raises AtelierError if it is not of this protocol."""
    try:
        table = pd.read_csv(path)
        settings = json.loads((path.parent / SETTINGS).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise AtelierError(f"{path} is no table of power with its {SETTINGS} beside it ({error}).") from error
    if settings["protocol"] != protocol.content_hash():
        raise AtelierError(f"{path} was simulated for another version of the protocol. Run `manage.py power` again.")
    return table, settings["said"]


def _drawn(protocol: Protocol, table: pd.DataFrame) -> list[dict[str, Any]]:
    """Every hypothesis with its figure, for pages, which have no statistics of their own."""
    smallest = reached(protocol, table)
    return [
        {
            "hypothesis": name,
            "heading": heading(name, table),
            "figure": json.loads(curve.figure.to_json()),
            "description": curve.description,
            "reached": smallest[name],
        }
        for name, curve in curves(protocol, table).items()
    ]


def _put(path: Path, text: str) -> None:
    part = path.with_name(f"{path.name}.part")
    part.write_text(text, encoding="utf-8")
    part.replace(path)
