"""What nobody planned: every other measure, moderators, single answers. Labelled exploratory wherever it stands."""

from collections import Counter
from collections.abc import Iterator
from itertools import product

from analysis.answered import RANK
from analysis.asked import asked
from analysis.figures import answer_distribution
from analysis.inference.estimate import NotEstimable
from analysis.inference.moderators import CAUTION, Moderation, moderation
from analysis.inference.multiplicity import benjamini_hochberg
from analysis.printed import bounds, decimals, f_text, number, p_cell, p_text
from analysis.report.document import Block, Drawing, Heading, Note, Table
from analysis.report.outcomes import Outcomes
from analysis.report.tested import contrast_table
from analysis.results import planned_pairs
from analysis.wording import title
from study.analysis_plan import Hypothesis
from study.instruments import RATED

UNCORRECTED = "p and intervals: two-sided, not corrected."


def measures(of: Outcomes) -> Iterator[Block]:
    """Every contrast on every measure that no hypothesis is about."""
    told = [one for one in of.explored if one.estimate]
    if not told:
        yield "There is no further measure with values in two conditions."
        return
    yield (
        f"Nothing here was planned. Each measure that no hypothesis is about is compared between conditions by a mixed model "
        f"(ordinary regression where everybody has one row), a single item by the cumulative-link model: {len(told)} contrasts, "
        "their p corrected together by Benjamini–Hochberg. They give ideas for a next study and no answers to this one."
    )
    note = "Counts and shares are here by the same linear model; ratios of counts stand in the section on counts."
    yield contrast_table(told, "exploratory_contrasts", "Exploratory: every other measure", note)
    if left := not_compared(of):
        yield Note(
            f"Described above and not compared, as everybody has the same value in a condition, or the model of a single item has no "
            f"finite estimate: {', '.join(left)}. Where the condition allows nothing else, such a difference is how it was built."
        )


def not_compared(of: Outcomes) -> list[str]:
    """Titles of measures with values in two conditions of which no contrast, or not every one, could be explored."""
    planned = {one.hypothesis.measure for one in of.confirmed}
    found = Counter(one.hypothesis.measure for one in of.explored)
    held = of.sample.rows.dropna(subset=["value", "condition"]).groupby("measure")["condition"].nunique()
    wanted = len(planned_pairs(of.protocol))
    return [
        title(measure)
        for name, measure in of.known.items()
        if held.get(name, 0) > 1
        and measure.covariate
        and not measure.censored
        and measure.unit != RANK
        and name not in planned
        and found[name] < wanted
    ]


def moderators(of: Outcomes) -> Iterator[Block]:
    """Each moderator of the plan on each planned measure: interaction, simple slopes, contrasts at −1 SD, mean, +1 SD."""
    names = of.protocol.analysis.moderators
    if not names:
        yield "The plan names no moderator."
        return
    yield CAUTION
    found: dict[tuple[str, str], Moderation | str] = {}
    for pair in product(names, of.outcomes):
        try:
            found[pair] = _moderation(of, *pair)
        except NotEstimable as error:
            found[pair] = str(error)
    told = {pair: one for pair, one in found.items() if not isinstance(one, str)}
    after = benjamini_hochberg([one.interaction.p for one in told.values()])
    adjusted = dict(zip(told, after, strict=True))
    for (name, measure), one in found.items():
        yield Heading(3, f"{title(of.known[measure])} by {title(of.known[name]) if name in of.known else name}")
        if isinstance(one, str):
            yield Note(one)
        else:
            yield moderated(one, adjusted[name, measure], len(told))
            yield from _moderator_tables(of, one, measure, name)


def _moderation(of: Outcomes, trait: str, measure: str) -> Moderation:
    pairs = planned_pairs(of.protocol)
    like = Hypothesis(id="moderated", text="Exploratory.", measure=measure, contrast=pairs[0], given=trait)
    held = asked(of.sample.rows, of.protocol, like)
    others = [term for term in held.formula()[0].split(" ~ ")[1].split(" + ") if term in ("period", "task")]
    rows = held.rows.rename(columns={"given": "trait"})
    return moderation(rows, "value", "level", "trait", pairs, "participant", others)


def _moderator_tables(of: Outcomes, found: Moderation, measure: str, trait: str) -> Iterator[Block]:
    pairs = planned_pairs(of.protocol)
    caption = f"Exploratory: {title(of.known[measure])} by {title(of.known[trait]) if trait in of.known else trait}"
    frame = found.table().assign(
        at=[("−1 SD", "mean", "+1 SD")[place // len(pairs)] for place in range(len(found.conditional))]
    )
    digits = decimals(of.rows(measure)["value"])
    columns = {
        "at": lambda row: row["at"],
        "contrast": lambda row: f"{row['first']} − {row['second']}",
        "n": lambda row: str(row["n"]),
        "difference": lambda row: number(row["difference"], digits),
        "95 % CI": lambda row: bounds(row["low"], row["high"], digits),
        "p": lambda row: p_cell(row["p"]),
    }
    yield Table(f"moderator_{trait}_{measure}", f"{caption}, contrasts", frame, columns, UNCORRECTED, grouped=1)
    slopes = {
        "condition": lambda row: row["condition"],
        "slope": lambda row: number(row["slope"]),
        "95 % CI": lambda row: bounds(row["low"], row["high"]),
        "p": lambda row: p_cell(row["p"]),
    }
    yield Table(f"slopes_{trait}_{measure}", f"{caption}, simple slopes", found.slope_table(), slopes, UNCORRECTED)


def moderated(found: Moderation, p_adjusted: float, together: int) -> str:
    """The interaction, corrected over all of them, and where the trait lies."""
    corrected = (
        f"{p_text(p_adjusted)} corrected over {together} interactions by Benjamini–Hochberg"
        if together > 1
        else "the only interaction, so not corrected"
    )
    return (
        f"Exploratory: condition × moderator {f_text(found.interaction)} ({corrected}); n = {found.n}; the moderator has M = "
        f"{number(found.centre)}, SD = {number(found.sd)}."
    )


def answers(of: Outcomes) -> Iterator[Block]:
    """How often each answer was given to each rated item that was asked under the conditions."""
    yield "Every rated item as it was answered, reversed items not turned. Nothing is tested here."
    asked_for = of.analysed.responses.dropna(subset=["condition", "value"])
    for instrument in of.protocol.instruments:
        if not any(item.type in RATED for item in instrument.items):
            continue
        if (asked_for["instrument"] == instrument.id).any():
            yield Drawing(f"answers_{instrument.id}", answer_distribution(of.analysed, of.protocol, instrument.id))
