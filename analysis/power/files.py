"""A simulation's table, page and finished runs in one folder."""

import json
from pathlib import Path

import pandas as pd

from analysis.power.page import power_page
from analysis.power.runs import Simulation
from analysis.power.said import assumptions
from analysis.power.simulation import power, unwatched
from study.advance import Advance
from study.errors import AtelierError
from study.protocol import Protocol

TABLE, PAGE, SETTINGS = "power.csv", "power.html", "power.json"


def write_power(protocol: Protocol, asked: Simulation, folder: Path, advance: Advance = unwatched) -> pd.DataFrame:
    """Simulate, and write `power.csv`, `power.html` and what was assumed; runs go to the folder as they finish.

    Raises AtelierError where the folder cannot be written.
    """
    try:
        table = power(protocol, asked, folder, advance)
        table.to_csv(folder / TABLE, index=False)
        (folder / PAGE).write_text(power_page(protocol, table, assumptions(asked)), encoding="utf-8")
        settings = {"protocol": protocol.content_hash(), "said": assumptions(asked), "seed": asked.seed}
        (folder / SETTINGS).write_text(json.dumps(settings, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
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
