"""Who took part, how far they came, and whom the plan leaves out."""

import json
from collections.abc import Iterator
from math import isnan, nan

import pandas as pd

from analysis.figures import participant_flow
from analysis.frames import Frames
from analysis.printed import decimals, number
from analysis.report.document import Block, Drawing, Table
from analysis.report.outcomes import Outcomes
from study.timeline import QuestionnaireStep, walk

BEFORE = "before the first condition"
NO_BASELINE_TESTS = (
    "Differences between groups at the start are not tested: participants were allocated by chance or in turn, so every "
    "such difference is one of chance."
)
CHOICES = ("single", "multiple")


def participants(of: Outcomes) -> Iterator[Block]:
    """Flow, drop-out by the condition reached, exclusions by rule, who they were."""
    flow = participant_flow(of.data, of.sample)
    yield Drawing("participant_flow", flow)
    left = drop_out(of)
    yield Table(
        "drop_out",
        "How many left, by the condition they had reached",
        left,
        {
            "condition reached": lambda row: row["condition"],
            "reached it": lambda row: str(row["reached"]),
            "left there": lambda row: str(row["left"]),
            "%": lambda row: number(100 * row["left"] / row["reached"], 0) if row["reached"] else "–",
        },
        "Of those who agreed to take part. Left: not complete when the record was read, whatever the reason.",
    )
    yield from _excluded(of)
    yield from _who(of)
    yield NO_BASELINE_TESTS


def drop_out(of: Outcomes) -> pd.DataFrame:
    """condition, reached, left: participants who agreed to take part, by the last condition they met."""
    sessions = of.data.sessions
    mine = sessions[
        (sessions["simulated"] == of.sample.simulated) & (sessions["blocks_reached"].gt(0) | sessions["consented"])
    ]
    reached, left = dict.fromkeys([BEFORE, *of.conditions], 0), dict.fromkeys([BEFORE, *of.conditions], 0)
    for row in mine.to_dict("records"):
        met = [BEFORE, *json.loads(row["conditions"])][: int(row["blocks_reached"]) + 1]
        for name in met:
            reached[name] = reached.get(name, 0) + 1
        left[met[-1]] = left.get(met[-1], 0) + (not row["complete"])
    return pd.DataFrame(
        [(name, reached[name], left[name]) for name in reached], columns=["condition", "reached", "left"]
    )


def _excluded(of: Outcomes) -> Iterator[Block]:
    rules = [rule.text for rule in of.protocol.analysis.exclusions]
    counts = of.sample.excluded.groupby("rule", sort=False).size()
    rules += [str(rule) for rule in counts.index if rule not in rules]
    if not rules:
        yield "The plan names no rule of exclusion; nobody was left out of the analysis."
        return
    frame = pd.DataFrame([(rule, int(counts.get(rule, 0))) for rule in rules], columns=["rule", "excluded"])
    yield Table(
        "exclusions",
        "Participants left out of the analysis, by the rule of the plan or a researcher’s decision",
        frame,
        {"rule": lambda row: row["rule"], "n": lambda row: str(row["excluded"])},
        "Somebody whom two rules leave out counts in both.",
    )


def _who(of: Outcomes) -> Iterator[Block]:
    frame = background(of.analysed, of)
    if frame.empty:
        return
    yield Table(
        "participants",
        "Who was analysed",
        frame,
        {
            "": lambda row: row["what"],
            "answer": lambda row: row["answer"],
            "n": lambda row: str(row["n"]),
            "M (SD), or share": lambda row: _size(row),
        },
        "Answers given outside the conditions; questions that screen or check, and open texts, are not shown.",
        grouped=1,
    )


def background(data: Frames, of: Outcomes) -> pd.DataFrame:
    """what, answer, n, mean, sd, share: numbers and choices that participants were asked outside the conditions."""
    asked = data.responses[data.responses["block"].isna()].drop_duplicates(
        ["session_id", "instrument", "item"], keep="last"
    )
    rows: list[tuple[object, ...]] = []
    screening = _screening(of)
    for instrument in (one for one in of.protocol.instruments if one.id not in screening):
        for item in instrument.items:
            mine = asked[(asked["instrument"] == instrument.id) & (asked["item"] == item.id)]
            values = mine["value"].dropna()
            if item.type == "number" and len(values):
                rows.append((item.text, "", len(values), values.mean(), values.std(ddof=1), nan))
            if item.type in CHOICES and item.right is None and not isinstance(item.options, str):
                rows += _shares(
                    item.text, mine["text"].dropna(), {option.value: option.label for option in item.options}
                )
    return pd.DataFrame(rows, columns=["what", "answer", "n", "mean", "sd", "share"])


def _screening(of: Outcomes) -> set[str]:
    """Instruments that decide who goes on."""
    steps = [step for _, step, _ in walk(of.protocol.timeline) if isinstance(step, QuestionnaireStep)]
    return {name for step in steps if step.screen_out or step.checks for name in step.instruments}


def _shares(text: str, given: pd.Series, labels: dict[str, str]) -> Iterator[tuple[object, ...]]:
    chosen = given.map(lambda answer: json.loads(answer) if answer.startswith("[") else [answer]).explode()
    for value, label in labels.items():
        if count := int((chosen == value).sum()):
            yield text, label, count, nan, nan, count / len(given)


def _size(row: dict[str, object]) -> str:
    mean, share = float(row["mean"]), float(row["share"])  # type: ignore[arg-type]
    if not isnan(mean):
        digits = decimals([mean])
        return f"{number(mean, digits)} ({number(float(row['sd']), digits)})"  # type: ignore[arg-type]
    return f"{number(100 * share, 0)} %"
