"""The plan of a study as a script in R, to be run beside its data: the same models, fitted by other people's code."""

import json
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

from analysis.asked import GIVEN, LEVEL, VALUE, Asked, asked
from analysis.handover.labels import ordered_levels
from analysis.handover.tables import Handover
from analysis.inference.estimate import NotEstimable
from study.analysis_plan import Hypothesis
from study.design import groups

FOLDER = Path(__file__).parent
PAIRS = {"paired_t": "paired_t", "repeated_anova": "paired_t", "wilcoxon": "wilcoxon", "friedman": "wilcoxon"}
GROUPS = {"welch_t": "welch_t", "mann_whitney": "mann_whitney"}
ALL_LEVELS = {"repeated_anova": "anova_of_all", "friedman": "friedman_of_all"}
NEEDED = {
    "mixed_model": ("lme4", "lmerTest", "pbkrtest", "emmeans"),
    "regression": ("emmeans",),
    "ordinal_model": ("ordinal", "emmeans"),
    "ordinal_mixed_model": ("ordinal", "emmeans"),
    "partial_odds_model": ("ordinal",),
    "count_model": ("lme4", "emmeans"),
    "binary_model": ("lme4", "emmeans"),
    "wilcoxon": ("coin",),
    "mann_whitney": ("coin",),
    "anova_of_all": ("afex",),
}

CHECKED = "Checked with R 4.2.2, lme4 1.1.31, lmerTest 3.1.3, pbkrtest 0.5.2, emmeans 1.8.4, ordinal 2022.11.16, coin 1.4.2, afex 1.2.1."


def r_script(of: Handover, refused: Mapping[str, str], plain: Collection[str] = ()) -> str:
    """The whole of `analysis.R`; `refused`: hypothesis → why it cannot be tested, where that is known.

    `plain`: hypotheses whose partial odds model could not be fitted, so that the plain one stands in.
    """
    asked_for = [h.model_copy(update={"test": "ordinal_model"}) if h.id in plain else h for h in of.hypotheses]
    calls = [line for asks in asked_for for line in _hypothesis(asks, of, refused.get(asks.id, ""))]
    parts = [
        *_head(of, calls),
        *_data(of),
        (FOLDER / "tests.R").read_text(),
        "# --- every hypothesis, in the order of the plan",
    ]
    return "\n".join([*parts, *calls, "", (FOLDER / "comparison.R").read_text()])


def r_text(text: str) -> str:
    """A string of R: quoted, and in ASCII, so that no locale changes it."""
    return json.dumps(" ".join(text.split()))


def r_vector(values: list[str]) -> str:
    """c("a", "b")."""
    return f"c({', '.join(map(r_text, values))})"


def _head(of: Handover, calls: list[str]) -> Iterator[str]:
    used = [name for test, names in NEEDED.items() if any(f" {test}(" in line for line in calls) for name in names]
    packages = list(dict.fromkeys(used))
    yield f"# {_line(of.protocol.title)}: the confirmatory analysis of protocol {of.protocol.id}, version {of.protocol.version}"
    yield "# Run it in the folder of the data: Rscript analysis.R. It prints every hypothesis and writes r_results.csv."
    yield f"# Packages: {', '.join(packages) or 'none'}. {CHECKED}"
    if of.chosen.simulated:
        yield "# SIMULATED DATA: no person has completed the study yet."
    yield f"needed <- {r_vector(packages) if packages else 'character()'}"
    yield "missing <- needed[!vapply(needed, requireNamespace, NA, quietly = TRUE)]"
    yield 'if (length(missing)) stop("Please install: ", paste(missing, collapse = ", "))'
    if "emmeans" in packages:
        yield "emmeans::emm_options(pbkrtest.limit = Inf, lmerTest.limit = Inf)"


def _data(of: Handover) -> Iterator[str]:
    yield "\n# --- the data: one row per participant and condition; CSV knows no order of levels, so it is set here"
    yield 'long <- read.csv("analysis_long.csv", na.strings = "", fileEncoding = "UTF-8")'
    for column, levels in ordered_levels(of).items():
        yield f"long${column} <- factor(long${column}, {r_vector(levels)})"
    yield "long$participant <- factor(long$participant)"
    yield "\n# --- who is analysed"
    for rule in of.protocol.analysis.exclusions:
        yield f"# {_line(rule.text)}"
    yield 'analysed <- droplevels(long[long$excluded == "no", ])'
    yield 'left_out <- unique(long[long$excluded == "yes", c("participant", "excluded_by")])'
    outcomes = list(dict.fromkeys(of.measures[h.measure] for h in of.hypotheses if h.measure in of.of_conditions))
    yield f"outcomes <- {r_vector(outcomes) if outcomes else 'character()'}"
    yield "has_one <- rowSums(!is.na(analysed[outcomes])) > 0"
    yield 'cat(length(unique(analysed$participant[has_one])), "participants have an outcome of the plan,", nrow(left_out), "are left out by it.\\n")'
    yield "if (nrow(left_out)) print(left_out, row.names = FALSE)"
    complete = of.protocol.analysis.missing == "complete"
    yield f"complete_cases <- {'TRUE' if complete else 'FALSE'}  # whether only participants with every condition count"
    met = ", ".join(r_vector(list(group)) for group in groups(of.protocol))
    yield f"groups <- list({met})  # the conditions that one participant meets"
    named = list(of.factors.values())
    yield f"factors <- {r_vector(named) if named else 'character()'}  # the factors of the design"
    for name, column in of.logarithms.items():
        yield f"analysed${column} <- log(analysed${of.measures[name]})"
    yield ""


def _hypothesis(asks: Hypothesis, of: Handover, refused: str) -> Iterator[str]:
    yield f"\n# {asks.id}: {_line(asks.text)}"
    try:
        rows = None if refused else asked(of.chosen.rows, of.protocol, asks)
    except NotEstimable as error:
        refused = str(error)
    if refused or rows is None:
        yield f"not_tested({r_text(asks.id)}, {r_text(asks.family)}, {r_text(refused)})"
        return
    level = of.factors[asks.factor] if asks.factor else "condition"
    contrast = f"{r_text(level)}, {r_vector(list(asks.contrast))}"
    if asks.interaction:
        by = of.factors[asks.interaction.factor]
        contrast += f", by = list({r_text(by)}, {r_vector(list(asks.interaction.contrast))})"
    margin = f"log({asks.smallest_effect!r})" if asks.log else repr(asks.smallest_effect)
    more = "" if asks.smallest_effect is None else f", margin = {margin}, alpha = {asks.alpha!r}"
    about = ", ".join(map(r_text, (asks.id, asks.family, asks.direction)))
    yield f"planned({about},\n        {_call(asks, rows, of, level)}, {contrast}){more})"
    if asks.test in ALL_LEVELS:
        measure = r_text(_column(asks, of))
        yield f"of_all_levels({r_text(f'{asks.id}.all')}, {ALL_LEVELS[asks.test]}({measure}, {r_text(level)}))"


def _call(asks: Hypothesis, rows: Asked, of: Handover, level: str) -> str:
    """The test with its model, or with the measure; the contrast follows it."""
    if simple := (PAIRS | GROUPS).get(asks.test):
        return f"{simple}({r_text(_column(asks, of))}"
    formula = _formula(asks, rows, of, level)
    if asks.test == "partial_odds_model" and asks.given:
        return f"partial_odds_model({formula}, {r_text(of.given[asks.given])}"
    if asks.test == "mixed_model":
        return f"mixed_model({formula} + (1 | participant)" if rows.repeated else f"regression({formula}"
    if asks.test in ("count_model", "binary_model"):
        return f"{asks.test}({formula}{' + (1 | participant)' if rows.repeated else ''}"
    return f"ordinal_mixed_model({formula} + (1 | participant)" if rows.repeated else f"ordinal_model({formula}"


def _formula(asks: Hypothesis, rows: Asked, of: Handover, level: str) -> str:
    """The engine's formula in the columns of the table; terms that these data cannot tell apart are left out of both."""
    columns = {VALUE: _column(asks, of), LEVEL: level, **of.factors}
    if asks.given:
        columns[GIVEN] = of.given[asks.given]
    return " ".join(":".join(columns.get(name, name) for name in part.split(":")) for part in rows.formula()[0].split())


def _column(asks: Hypothesis, of: Handover) -> str:
    """Where the values are that a hypothesis is about: the measure, or its logarithms."""
    return of.logarithms[asks.measure] if asks.log else of.measures[asks.measure]


def _line(text: str) -> str:
    """A text that stays within its comment."""
    return " ".join(text.split())
