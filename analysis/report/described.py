"""How the values lie, before anything is tested: descriptives of every measure, and whether scales hold together."""

from collections.abc import Iterator
from math import nan

import pandas as pd

from analysis.comparisons import describe
from analysis.figures import measure_lines, reliability
from analysis.inference.estimate import NotEstimable
from analysis.inference.reliability import Reliability, scored_items
from analysis.inference.reliability import reliability as coefficients
from analysis.printed import coefficient, decimals, number
from analysis.report.document import Block, Bullets, Cell, Drawing, Note, Table
from analysis.report.outcomes import Outcomes, or_why
from analysis.wording import title
from study.instruments import Instrument

ALL = "all"
"""The place of what is asked outside the conditions."""


def descriptives(of: Outcomes) -> Iterator[Block]:
    """Every measure by condition, what was answered and what was done apart; the plan's measures as lines of participants."""
    frame = descriptive_table(of)
    if frame.empty:
        yield "There is nothing to show yet."
        return
    answered = frame["name"].map(lambda name: bool(of.known[name].instrument))
    for name, caption, rows in (
        ("descriptives_answered", "What was answered, by condition", frame[answered]),
        ("descriptives_done", "What was done, by condition", frame[~answered]),
    ):
        flat = rows.groupby("name", sort=False).filter(_is_flat)
        shown = rows[~rows["name"].isin(flat["name"])].reset_index(drop=True)
        if len(shown):
            yield Table(name, caption, shown, columns(shown), grouped=2)
        if len(flat):
            yield Note(_alike(flat))
    for name in of.outcomes:
        yield from or_why(lambda name=name: [Drawing(f"lines_{name}", measure_lines(of.comparison(name)))], name)  # type: ignore[misc]


def _is_flat(rows: pd.DataFrame) -> bool:
    """Whether everybody has the same value in every condition."""
    return bool(rows["mean"].nunique() == 1 and (rows["SD"].fillna(0) == 0).all() and (rows["n"] > 1).all())


def _alike(flat: pd.DataFrame) -> str:
    once = flat.drop_duplicates("name")
    parts = (
        f"{row['measure']} ({number(row['mean'], 0 if row['mean'] % 1 == 0 else 2)})" for row in once.to_dict("records")
    )
    return f"The same for everybody in every condition: {', '.join(parts)}."


def columns(frame: pd.DataFrame) -> dict[str, Cell]:
    """How a table of `descriptive_table` is printed."""
    digits = {name: decimals(rows["mean"]) for name, rows in frame.groupby("name")}

    def shown(column: str) -> Cell:
        return lambda row: number(row[column], digits[row["name"]])

    return {
        "measure": lambda row: row["measure"],
        "unit": lambda row: row["unit"],
        "condition": lambda row: row["condition"],
        "n": lambda row: str(row["n"]),
        "M": shown("mean"),
        "SD": shown("SD"),
        "median": shown("median"),
        "IQR": shown("IQR"),
    }


def descriptive_table(of: Outcomes) -> pd.DataFrame:
    """name, measure, unit, condition, n, mean, SD, median, IQR: a row per measure and condition with data."""
    found: list[tuple[object, ...]] = []
    for name, measure in of.known.items():
        rows = of.rows(name)
        if rows.empty or measure.censored:
            continue
        described = describe(rows, "value", "condition", "participant").set_index("condition")
        for condition in (c for c in of.conditions if c in described.index):
            n, mean, sd, median, iqr, *_ = described.loc[condition]
            found.append((name, title(measure), measure.unit, condition, int(n), mean, sd, median, iqr))
    heads = ["name", "measure", "unit", "condition", "n", "mean", "SD", "median", "IQR"]
    return pd.DataFrame(found, columns=heads)


def scales(of: Outcomes) -> Iterator[Block]:
    """Alpha with Feldt's interval and omega of every scale in every condition, and what a researcher should look at."""
    found, refused = _coefficients(of)
    if not found:
        yield Note("No scale of several items has been answered often enough.")
    else:
        frame = pd.DataFrame([_row(scale, place, one) for scale, place, one in found])
        yield Table(
            "reliability",
            "Internal consistency of each scale in each condition",
            frame,
            {
                "scale": lambda row: row["scale"],
                "condition": lambda row: row["condition"],
                "items": lambda row: str(row["items"]),
                "n": lambda row: str(row["n"]),
                "α [95 % CI]": lambda row: (
                    f"{coefficient(row['alpha'])} [{coefficient(row['low'])}, {coefficient(row['high'])}]"
                ),
                "ω": lambda row: coefficient(row["omega"]),
                "Spearman–Brown": lambda row: coefficient(row["spearman_brown"]),
                "lowest item-rest r": lambda row: coefficient(row["lowest_item_rest"]),
            },
            "α: Cronbach's, with Feldt's interval. ω: total, one factor by maximum likelihood; – where it does not exist. Of "
            "two items, Spearman–Brown stands for both. Complete answers only; “all” is what was asked outside the conditions.",
            grouped=1,
        )
        yield Drawing("reliability", reliability(_drawn(found), [*of.conditions, ALL], of.sample.simulated))
    said = [f"{scale}, {place}: {told}" for scale, place, one in found for told in (*one.warnings, *_of_omega(one))]
    if said or refused:
        yield Bullets((*said, *refused))


def _coefficients(of: Outcomes) -> tuple[list[tuple[str, str, Reliability]], list[str]]:
    """(scale, condition, coefficients) of all that has them, and sentences about the rest."""
    found, refused = [], []
    for instrument in of.protocol.instruments:
        for scale in instrument.scoring:
            if len(scale.items) < 2 or scale.method == "weighted":
                continue
            for place, rows in _places(of, instrument):
                try:
                    keys = ("session_id", "block")
                    found.append((scale.name, place, coefficients(scored_items(rows, instrument, scale, keys))))
                except NotEstimable as error:
                    refused.append(f"{scale.name}, {place}: {error}")
    return found, list(dict.fromkeys(refused))


def _places(of: Outcomes, instrument: Instrument) -> Iterator[tuple[str, pd.DataFrame]]:
    """The answers to an instrument in each condition; of one that was answered twice there, the last."""
    rows = of.analysed.responses[of.analysed.responses["instrument"] == instrument.id]
    last = rows.assign(block=rows["block"].fillna(0)).drop_duplicates(
        ["session_id", "block", "occasion", "item"], keep="last"
    )
    for occasion, asked in last.groupby(last["occasion"].fillna(""), sort=False):
        for condition in (*of.conditions, None):
            mine = asked[asked["condition"].isna() if condition is None else asked["condition"] == condition]
            if len(mine):
                yield " ".join(filter(None, [condition or ALL, f"({occasion})" if occasion else ""])), mine


def _row(scale: str, place: str, one: Reliability) -> dict[str, object]:
    item_rest = [item.item_rest for item in one.items if item.item_rest == item.item_rest]
    return {
        "scale": scale,
        "condition": place,
        "items": one.k,
        "n": one.n,
        "alpha": one.alpha,
        "low": one.low,
        "high": one.high,
        "omega": one.omega,
        "spearman_brown": one.spearman_brown,
        "mean_r": one.mean_r,
        "lowest_item_rest": min(item_rest, default=nan),
    }


def _drawn(found: list[tuple[str, str, Reliability]]) -> pd.DataFrame:
    rows = []
    for scale, place, one in found:
        rows.append((scale, place, "alpha", one.alpha, one.low, one.high, one.n))
        second = ("Spearman–Brown", one.spearman_brown) if one.k == 2 else ("omega", one.omega)
        rows.append((scale, place, *second, nan, nan, one.n))
    return pd.DataFrame(rows, columns=["scale", "condition", "coefficient", "value", "low", "high", "n"])


def _of_omega(one: Reliability) -> tuple[str, ...]:
    return (f"{one.note}.",) if one.note and one.k > 2 else ()
