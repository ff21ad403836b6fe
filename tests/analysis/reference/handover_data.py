"""Writes the studies whose plans R answers: `python tests/analysis/reference/handover_data.py FOLDER`, from the repository.

Into this folder the rows of measures (`handover_*.csv`), into FOLDER what is handed over of them, a folder for each (or for those
named behind it); then `Rscript tests/analysis/reference/handover.R FOLDER` runs the scripts there and writes `handover.json`.

`within` and `complete` are shaped like the demo study: 24 people, three conditions, six orders, three tasks, 7-point items. P007
missed a condition, P019 left an item open, P011 wrote too little; nobody differs from anybody in `workload` and `ease`, so that
these fits are singular. `between` has 80 people in the four cells of two factors, `factorial` 24 people who met all four.
`gaps` is the same with people who lack a condition, most of them the same one, and an effect of personal data; in `mixed`, 32
people met the two conditions of one opponent, but for P006, who met one.
`crossed` and `crossed_between` ask their rows for interactions. `amounts`, `amounts_mixed` and `amounts_between` have counts (`edits`
vary more than Poisson), yes and no, and times, of 24 people with three conditions, 40 with two of the four, and 160 with one; `amounts_few` 12
people who differ so much that an interval has no end.
"""

import sys
from itertools import permutations
from pathlib import Path

import numpy as np
import pandas as pd

from analysis.handover import Handover, handover_files
from analysis.sample import without_excluded
from memory.mechanisms.registry import parameter_models
from study.analysis_plan import AnalysisPlan, Exclusion, Hypothesis
from study.protocol import Design, Protocol
from study.protocol_file import load_protocol

HERE = Path(__file__).resolve().parent
PROTOCOLS = HERE.parents[2] / "protocols"
THREE = ("active", "passive", "baseline")
FOUR = ("informs_withheld", "informs_told", "argues_withheld", "argues_told")
EFFECT = {"active": 0.8, "passive": 0.4, "baseline": -0.2, **dict(zip(FOUR, (0, 0.2, 0.5, 0.9), strict=True))}
FEW_WORDS = (Exclusion(text="Whoever wrote fewer than 12 words did not work on it.", measure="words", below=12),)
LACK = {
    "gaps": {(f"P{n:03d}", "argues_told") for n in (2, 6, 9, 14, 20)} | {("P011", "informs_withheld")},
    "mixed": {("P006", "argues_withheld")},
}
"""Who lacks which condition, in the studies that are not made of the demo study."""
COLUMNS = (
    "session_id",
    "participant",
    "simulated",
    "complete",
    "block",
    "condition",
    "task",
    "measure",
    "value",
    "status",
)


def asks(
    id: str, measure: str, first: str, second: str, test: str, direction: str = "different", **more: object
) -> Hypothesis:
    told = {"id": id, "text": f"{measure}: {first} and {second}.", "measure": measure, "contrast": (first, second)}
    return Hypothesis.model_validate(told | {"test": test, "direction": direction} | more)


WITHIN = (
    asks("h1", "control", "active", "passive", "mixed_model", "greater"),
    asks("h2", "control", "active", "baseline", "mixed_model"),
    asks("h3", "control", "passive", "baseline", "mixed_model", "equivalent", smallest_effect=1.0, family="equal"),
    asks("h4", "control", "active", "baseline", "mixed_model", given="trait", family="given"),
    asks("h5", "personal", "active", "passive", "wilcoxon"),
    asks("h6", "personal", "passive", "active", "paired_t", "less"),
    asks("h7", "personal", "active", "baseline", "repeated_anova", family="omnibus"),
    asks("h8", "personal", "passive", "baseline", "friedman", family="omnibus"),
    asks("h9", "comfort", "active", "baseline", "ordinal_mixed_model", "greater", family="ordered"),
    asks("h10", "comfort", "passive", "baseline", "ordinal_mixed_model", "less", family="ordered"),
    asks("h11", "comfort", "active", "passive", "wilcoxon", "greater", family="ordered"),
    asks("h12", "workload", "active", "passive", "mixed_model", family="singular"),
    asks("h13", "ease", "active", "baseline", "ordinal_mixed_model", family="singular"),
    asks("h14", "personal", "active", "passive", "paired_t", "equivalent", smallest_effect=1.0, alpha=0.01, family="equal"),
    asks("h15", "nothing", "active", "passive", "mixed_model"),
)  # fmt: skip
BETWEEN = (
    asks("h1", "agreement", "argues", "informs", "ordinal_model", "greater", factor="opponent", given="before"),
    asks("h2", "agreement", "told", "withheld", "ordinal_model", "greater", factor="personal_data", given="before"),
    asks("h3", "trust", "argues", "informs", "welch_t", factor="opponent", family="trust"),
    asks("h4", "trust", "told", "withheld", "welch_t", "equivalent", factor="personal_data", smallest_effect=0.8, family="trust"),
    asks("h5", "trust", "argues", "informs", "mann_whitney", factor="opponent", family="trust"),
    asks("h6", "seldom", "argues", "informs", "mann_whitney", "less", factor="opponent", family="trust"),
    asks("h7", "trust", "argues", "informs", "mixed_model", factor="opponent", given="before", family="model"),
    asks("h8", "trust", "argues_told", "informs_withheld", "mixed_model", "greater", family="model"),
    asks("h9", "trust", "argues_told", "informs_withheld", "mann_whitney", family="model"),
    asks("h10", "agreement", "argues", "informs", "partial_odds_model", factor="opponent", given="before", family="partial"),
)  # fmt: skip
FACTORIAL = (
    asks("h1", "agreement", "argues", "informs", "mixed_model", "greater", factor="opponent"),
    asks("h2", "agreement", "told", "withheld", "mixed_model", factor="personal_data"),
    asks("h3", "agreement", "argues", "informs", "paired_t", factor="opponent"),
    asks("h4", "agreement", "told", "withheld", "wilcoxon", factor="personal_data"),
    asks("h5", "agreement", "argues", "informs", "ordinal_mixed_model", factor="opponent", family="ordered"),
    asks("h6", "agreement", "argues_told", "informs_withheld", "repeated_anova", family="ordered"),
)  # fmt: skip
GAPS = (
    asks("h1", "trust", "argues", "informs", "mixed_model", factor="opponent"),
    asks("h2", "trust", "argues", "informs", "paired_t", factor="opponent"),
    asks("h3", "trust", "told", "withheld", "paired_t", "greater", factor="personal_data"),
    asks("h4", "trust", "argues", "informs", "wilcoxon", factor="opponent"),
    asks("h5", "trust", "told", "withheld", "repeated_anova", factor="personal_data", family="omnibus"),
    asks("h6", "trust", "argues_told", "argues_withheld", "paired_t", family="conditions"),
)
MIXED = (
    asks("h1", "trust", "argues_told", "argues_withheld", "mixed_model", "greater"),
    asks("h2", "trust", "argues_told", "argues_withheld", "paired_t"),
    asks("h3", "trust", "argues_told", "argues_withheld", "wilcoxon"),
    asks("h4", "trust", "argues_told", "informs_told", "welch_t", family="people"),
    asks("h5", "trust", "argues", "informs", "mixed_model", factor="opponent", family="people"),
    asks("h6", "trust", "argues", "informs", "welch_t", factor="opponent", family="people"),
    asks("h7", "trust", "told", "withheld", "paired_t", factor="personal_data", family="factor"),
    asks("h8", "agreement", "told", "withheld", "mixed_model", factor="personal_data", family="factor"),
)
TOLD = {"factor": "personal_data", "contrast": ("told", "withheld")}
ARGUES = {"factor": "opponent", "interaction": TOLD}
CROSSED = (
    asks("h1", "agreement", "argues", "informs", "mixed_model", "greater", **ARGUES),
    asks("h2", "agreement", "argues", "informs", "ordinal_mixed_model", **ARGUES),
    asks("h3", "agreement", "argues", "informs", "mixed_model", "equivalent", smallest_effect=1.5, family="equal", **ARGUES),
)  # fmt: skip
CROSSED_BETWEEN = (
    asks("h1", "trust", "argues", "informs", "mixed_model", given="before", **ARGUES),
    asks("h2", "agreement", "argues", "informs", "ordinal_model", "less", given="before", **ARGUES),
)
AMOUNTS = (
    asks("h1", "turns", "active", "passive", "count_model", "greater"),
    asks("h2", "edits", "active", "baseline", "count_model"),
    asks("h3", "solved", "active", "baseline", "binary_model"),
    asks("h4", "minutes", "active", "passive", "mixed_model", "less", log=True),
    asks("h5", "minutes", "active", "baseline", "mixed_model", "equivalent", log=True, smallest_effect=1.5, family="equal"),
    asks("h6", "minutes", "passive", "baseline", "paired_t", log=True, family="pairs"),
    asks("h7", "alike", "active", "passive", "count_model", family="singular"),
)  # fmt: skip
AMOUNTS_MIXED = (
    asks("h1", "turns", "argues", "informs", "count_model", **ARGUES),
    asks("h2", "solved", "argues", "informs", "binary_model", **ARGUES),
    asks("h3", "minutes", "argues", "informs", "mixed_model", log=True, **ARGUES),
    asks("h4", "turns", "told", "withheld", "count_model", factor="personal_data", family="between"),
    asks("h5", "edits", "argues", "informs", "count_model", factor="opponent", family="within"),
)  # fmt: skip
AMOUNTS_BETWEEN = (
    asks("h1", "turns", "argues", "informs", "count_model", factor="opponent"),
    asks("h2", "edits", "argues", "informs", "count_model", factor="opponent"),
    asks("h3", "solved", "argues", "informs", "binary_model", **ARGUES),
    asks("h4", "minutes", "told", "withheld", "welch_t", factor="personal_data", log=True),
    asks("h5", "edits", "argues", "informs", "count_model", **ARGUES),
)  # fmt: skip
AMOUNTS_FEW = (asks("h1", "solved", "active", "baseline", "binary_model"),)
AMOUNT_ORDERS = {
    "amounts": [list(permutations(THREE))[n % 6] for n in range(24)],
    "amounts_mixed": [FOUR[n % 2 :: 2][:: 1 if n % 4 < 2 else -1] for n in range(40)],
    "amounts_between": [(FOUR[n % 4],) for n in range(160)],
    "amounts_few": [list(permutations(THREE))[n % 6] for n in range(12)],
}
FEW_SEED = 34
SPREAD = {"amounts_few": 2.0}
"""How much people differ, where it is not by 0.5: of so few not even an endless difference can be told from none."""
ROWS = {"complete": "within", "crossed": "factorial", "crossed_between": "between"}
"""Studies with the rows of another one."""


def cases() -> dict[str, Protocol]:
    """Every study: the protocol whose conditions and factors it has, with the plan of this file."""
    demo, debate = (
        load_protocol(PROTOCOLS / f"{name}.yaml", parameter_models())
        for name in ("active_vs_passive", "persuasion_2x2")
    )
    all_four = debate.model_copy(update={"design": demo.design})
    nested = Design(kind="mixed", between="opponent", labels=("A", "B"))
    two_of_four = debate.model_copy(update={"design": nested})
    by_data = demo.design.model_copy(update={"kind": "mixed", "between": "personal_data"})
    amounts_of_two = debate.model_copy(update={"design": by_data})
    plans = {
        "within": (demo, AnalysisPlan(hypotheses=WITHIN, exclusions=FEW_WORDS)),
        "complete": (demo, AnalysisPlan(hypotheses=WITHIN[:3] + WITHIN[8:10], missing="complete")),
        "between": (debate, AnalysisPlan(hypotheses=BETWEEN)),
        "factorial": (all_four, AnalysisPlan(hypotheses=FACTORIAL)),
        "gaps": (all_four, AnalysisPlan(hypotheses=GAPS)),
        "mixed": (two_of_four, AnalysisPlan(hypotheses=MIXED)),
        "crossed": (all_four, AnalysisPlan(hypotheses=CROSSED)),
        "crossed_between": (debate, AnalysisPlan(hypotheses=CROSSED_BETWEEN)),
        "amounts": (demo, AnalysisPlan(hypotheses=AMOUNTS)),
        "amounts_mixed": (amounts_of_two, AnalysisPlan(hypotheses=AMOUNTS_MIXED)),
        "amounts_between": (debate, AnalysisPlan(hypotheses=AMOUNTS_BETWEEN)),
        "amounts_few": (demo, AnalysisPlan(hypotheses=AMOUNTS_FEW)),
    }
    return {name: of.model_copy(update={"analysis": plan}) for name, (of, plan) in plans.items()}


def handed_over(name: str) -> Handover:
    """One of these studies, from its rows."""
    rows = pd.read_csv(HERE / f"handover_{ROWS.get(name, name)}.csv", keep_default_na=False, na_values=[""])
    protocol = cases()[name]
    chosen = without_excluded(rows, protocol.analysis.exclusions, {})
    met = rows.dropna(subset=["condition"]).sort_values("block").drop_duplicates(["participant", "block"])
    return Handover(rows, chosen, protocol, {who: tuple(own) for who, own in met.groupby("participant")["condition"]})


def _seven(value: float) -> float:
    return float(np.clip(round(value), 1, 7))


def _person(
    number: int, order: tuple[str, ...], tasks: list[str], draw: np.random.Generator, wanted: tuple[str, ...]
) -> list[tuple]:
    who, level, trait = f"P{number + 1:03d}", draw.normal(4, 1), float(np.round(draw.normal(0, 1), 2))
    rows = [
        (f"s{number}", who, False, True, None, None, None, name, trait, "complete")
        for name in ("trait", "before")
        if name in wanted
    ]
    for block, condition in enumerate(order, 1):
        turn = (number // 2 + 2 * block) % 3 - 1  # -1, 0 and 1 once for everybody: so nobody differs from anybody
        to, noise = level + EFFECT[condition] + 0.4 * trait, draw.normal(0, 0.9, 8)
        values = {
            "control": sum(_seven(to + noise[i]) for i in range(3)) / 3,
            "personal": sum(_seven(to + noise[i]) for i in (3, 4, 5)) / 3,
            "comfort": _seven(to + noise[6]),
            "workload": round(50 + 3 * EFFECT[condition] + 9 * turn + 2 * noise[7], 1),
            "ease": _seven(4 + EFFECT[condition] + 1.6 * turn + 0.6 * noise[0]),
            "words": 5.0 if (number, block) == (10, 2) else float(20 + number),
            "agreement": _seven(to + noise[1]),
            "trust": sum(_seven(to + noise[i]) for i in (2, 3)) / 2,
            "seldom": _seven(to + noise[4]) if number % 2 else None,
        }  # fmt: skip
        held = {name: value for name, value in values.items() if name in wanted}
        if (number, condition) == (6, "passive"):
            continue
        if (number, condition) == (18, "baseline") and "control" in held:
            held["control"] = None
        place = (f"s{number}", who, False, True, float(block), condition, tasks[(number // 6 + block) % len(tasks)])
        rows += [(*place, name, value, "complete") for name, value in held.items()]
    return rows


def _amounts(
    number: int, order: tuple[str, ...], tasks: list[str], draw: np.random.Generator, spread: float
) -> list[tuple]:
    """Counts, yes or no, and a time of one person, who is faster or slower than others in all of them."""
    who, level, rows = f"P{number + 1:03d}", draw.normal(0, spread), []
    for block, condition in enumerate(order, 1):
        more = level + 0.8 * EFFECT[condition]
        values = {
            "turns": float(draw.poisson(np.exp(1.2 + 0.5 * more))),
            "edits": float(draw.poisson(np.exp(0.8 + 0.5 * more) * draw.gamma(1.2, 1 / 1.2))),
            "solved": float(draw.random() < 1 / (1 + np.exp(0.2 - more))),
            "minutes": float(np.round(np.exp(2 - 0.3 * more + draw.normal(0, 0.3)), 2)),
            "alike": float(2 + (number // 2 + 2 * block) % 3 + (condition == "active")),
        }
        place = (f"s{number}", who, False, True, float(block), condition, tasks[(number // 6 + block) % len(tasks)])
        rows += [(*place, name, value, "complete") for name, value in values.items()]
    return rows


def main(folder: Path, wanted: list[str]) -> None:
    """Rows into this folder, what is handed over into the other."""
    draw, studies = np.random.default_rng(20260321), cases()
    orders = {
        "within": [list(permutations(THREE))[n % 6] for n in range(24)],
        "between": [(FOUR[n % 4],) for n in range(80)],
        "factorial": [tuple(np.roll(FOUR, n % 4)) for n in range(24)],
        "gaps": [tuple(np.roll(FOUR, n % 4)) for n in range(24)],
        "mixed": [tuple(np.roll(FOUR[2 * (n % 2) :][:2], n // 2)) for n in range(32)],
    }
    measured = {
        "within": ("trait", "control", "personal", "comfort", "workload", "ease", "words"),
        "between": ("before", "agreement", "trust", "seldom"),
        "factorial": ("agreement",),
        "gaps": ("trust",),
        "mixed": ("agreement", "trust"),
    }
    for name, met in orders.items():
        tasks = [task.id for task in studies[name].tasks]
        rows = [row for n, order in enumerate(met) for row in _person(n, order, tasks, draw, measured[name])]
        rows = [row for row in rows if (row[1], row[5]) not in LACK.get(name, ())]
        pd.DataFrame(rows, columns=list(COLUMNS)).to_csv(
            HERE / f"handover_{name}.csv", index=False, lineterminator="\n"
        )
    draw = np.random.default_rng(20260401)
    for name, met in AMOUNT_ORDERS.items():
        if name == "amounts_few":
            draw = np.random.default_rng(FEW_SEED)
        tasks = [task.id for task in studies[name].tasks]
        rows = [row for n, order in enumerate(met) for row in _amounts(n, order, tasks, draw, SPREAD.get(name, 0.5))]
        pd.DataFrame(rows, columns=list(COLUMNS)).to_csv(
            HERE / f"handover_{name}.csv", index=False, lineterminator="\n"
        )
    for name in wanted or studies:
        (folder / name).mkdir(parents=True, exist_ok=True)
        for file, content in handover_files(handed_over(name), sealed=False).items():
            (folder / name / file).write_bytes(content)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
