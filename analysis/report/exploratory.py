"""What nobody planned: every other measure, moderators, single answers. Labelled exploratory wherever it stands."""

from collections import Counter
from collections.abc import Iterator

from analysis.answered import RANK
from analysis.asked import asked
from analysis.figures import answer_distribution
from analysis.inference.moderators import CAUTION, Moderation, moderation
from analysis.printed import bounds, decimals, f_text, number, p_cell
from analysis.report.document import Block, Drawing, Heading, Note, Table
from analysis.report.outcomes import Outcomes, or_why
from analysis.report.tested import contrast_table
from analysis.results import planned_pairs
from analysis.wording import title
from study.analysis_plan import Hypothesis
from study.instruments import RATED


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
    for name in names:
        for measure in of.outcomes:
            yield Heading(3, f"{title(of.known[measure])} by {title(of.known[name]) if name in of.known else name}")
            yield from or_why(lambda name=name, measure=measure: list(_moderator(of, measure, name)))  # type: ignore[misc]


def _moderator(of: Outcomes, measure: str, trait: str) -> Iterator[Block]:
    pairs = planned_pairs(of.protocol)
    like = Hypothesis(id="moderated", text="Exploratory.", measure=measure, contrast=pairs[0], given=trait)
    held = asked(of.sample.rows, of.protocol, like)
    others = [term for term in held.formula()[0].split(" ~ ")[1].split(" + ") if term in ("period", "task")]
    found = moderation(
        held.rows.rename(columns={"given": "trait"}), "value", "level", "trait", pairs, "participant", others
    )
    yield moderated(found)
    caption = f"Exploratory: {title(of.known[measure])} by {title(of.known[trait]) if trait in of.known else trait}"
    frame = found.table().assign(
        at=[("−1 SD", "mean", "+1 SD")[place // len(pairs)] for place in range(len(found.conditional))]
    )
    digits = decimals(held.rows["value"])
    columns = {
        "at": lambda row: row["at"],
        "contrast": lambda row: f"{row['first']} − {row['second']}",
        "n": lambda row: str(row["n"]),
        "difference": lambda row: number(row["difference"], digits),
        "95 % CI": lambda row: bounds(row["low"], row["high"], digits),
        "p": lambda row: p_cell(row["p"]),
    }
    yield Table(f"moderator_{trait}_{measure}", f"{caption}, contrasts", frame, columns, grouped=1)
    slopes = {
        "condition": lambda row: row["condition"],
        "slope": lambda row: number(row["slope"]),
        "95 % CI": lambda row: bounds(row["low"], row["high"]),
        "p": lambda row: p_cell(row["p"]),
    }
    yield Table(f"slopes_{trait}_{measure}", f"{caption}, simple slopes", found.slope_table(), slopes)


def moderated(found: Moderation) -> str:
    """The interaction, and where the trait lies."""
    return (
        f"Exploratory: condition × moderator {f_text(found.interaction)}; n = {found.n}; the moderator has M = "
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
