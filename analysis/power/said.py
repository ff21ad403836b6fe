"""A table of power in words, for the terminal and for a preregistration."""

from math import isnan

import pandas as pd

from analysis.power.runs import Simulation
from analysis.power.table import Sensitivity, sensitivity
from study.protocol import Protocol


def assumptions(asked: Simulation) -> list[str]:
    """What the numbers rest on."""
    return [
        *asked.assumed.sentences(),
        "An effect is planted for one hypothesis at a time; the power is that of the corrected test (Holm, within the family), "
        "so it holds for the hardest case, in which nothing else of the family on other measures is true.",
        f"{asked.runs} runs for each number of participants who begin, seed {asked.seed}.",
    ]


def lines(protocol: Protocol, table: pd.DataFrame) -> list[str]:
    """Every hypothesis with its power by difference and number of participants, and what the planned number of them finds."""
    said, smallest_found = [], reached(protocol, table)
    for name, rows in table.groupby("hypothesis", sort=False):
        first, sizes = rows.iloc[0], sorted(set(rows["n"]))
        said += ["", f"{name}: {first['measure']} ({first['unit']}), {first['contrast']}"]
        said.append(f"{'difference':>12}" + "".join(f"{f'n = {size}':>10}" for size in sizes))
        for effect, same in rows.groupby("effect", sort=False):
            power = same.set_index("n")["power"]
            said.append(f"{effect:>12g}" + "".join(f"{_share(power[size]):>10}" for size in sizes))
        said.append(f"  {smallest_found[str(name)]}")
        if lost := rows["not_estimable"].max():
            said.append(f"  In up to {lost:.0%} of the runs there was no estimate; these count as not supported.")
    return [*said, "", *balance(table)]


def reached(protocol: Protocol, table: pd.DataFrame) -> dict[str, str]:
    """Hypothesis → what the planned number of participants finds, in a sentence."""
    units = dict(zip(table["hypothesis"], table["unit"], strict=True))
    found = sensitivity(protocol, table, planned_n(protocol, table))
    return {one.hypothesis: _reached(one, str(units[one.hypothesis])) for one in found if one.hypothesis in units}


def planned_n(protocol: Protocol, table: pd.DataFrame) -> int:
    """The planned number of participants, if it was simulated; else the largest that was."""
    simulated, wanted = set(table["n"]), protocol.design.planned_participants
    return wanted if wanted in simulated else int(max(simulated))


def balance(table: pd.DataFrame) -> list[str]:
    """Which numbers of participants fill the cells evenly."""
    rows = table.drop_duplicates("n")
    return [
        f"{row['n']} participants: " + (f"balanced {row['balanced']}." if row["balanced"] else "not balanced.")
        for row in rows.to_dict("records")
    ]


def smallest(one: Sensitivity, unit: str) -> str:
    """The smallest difference with this power, or why there is none."""
    return one.note if isnan(one.effect) else f"{one.effect:.3g} ({unit})"


def _reached(one: Sensitivity, unit: str) -> str:
    return f"Smallest difference with {one.wanted:.0%} power at n = {one.n}: {smallest(one, unit)}."


def _share(power: float) -> str:
    return f"{power:.2f}".removeprefix("0") if power < 1 else "1.00"
