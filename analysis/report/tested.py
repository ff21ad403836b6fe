"""Hypotheses as a results section reports them: a sentence each, an estimation figure, a table, the model behind it."""

from collections.abc import Iterator, Sequence
from itertools import groupby

from analysis.asked import asked
from analysis.figures import Panel, estimation
from analysis.figures.panel import twin_name
from analysis.findings import Finding, finding_table
from analysis.inference.estimate import DIFFERENCE, RATIO, Estimate
from analysis.printed import (
    bayes_cell,
    bounds,
    contrast_text,
    decimals,
    effect_bounds,
    effect_number,
    number,
    p_cell,
    test_text,
)
from analysis.report.document import Block, Bullets, Drawing, Folded, Heading, Table
from analysis.report.models import model
from analysis.report.outcomes import MANIPULATION, Outcomes, or_why
from analysis.wording import estimate_of, result, title

NO_CHECK = "The plan names no manipulation check: no hypothesis is of the family “manipulation”."


def manipulation(of: Outcomes) -> Iterator[Block]:
    """The checks, before any outcome; nobody is left out because of them."""
    checks = [one for one in of.confirmed if one.hypothesis.family == MANIPULATION]
    if not checks:
        yield NO_CHECK
        return
    yield "Whether the conditions were noticed comes before any outcome. Nobody is left out because of what they answered here."
    yield from findings(of, checks, "check")


def confirmatory(of: Outcomes) -> Iterator[Block]:
    """Every other hypothesis of the plan, whatever came out."""
    planned = [one for one in of.confirmed if one.hypothesis.family != MANIPULATION]
    if not planned:
        yield "The plan names no hypothesis and no primary measure, so nothing in this report is confirmatory."
        return
    yield _families(of, planned)
    yield from findings(of, planned, "confirmatory")


def findings(of: Outcomes, found: Sequence[Finding], name: str) -> Iterator[Block]:
    """All of them, measure by measure, then one table of everything."""
    groups = [
        list(alike) for _, alike in groupby(sorted(found, key=lambda one: _model_of(found, one)), key=_same_model)
    ]
    for number_, alike in enumerate(groups, 1):
        yield from _together(of, alike, f"{name}_{number_}")
    told = [one for one in found if one.estimate]
    if told:
        yield contrast_table(
            told, f"{name}_contrasts", "All planned contrasts" if name != "check" else "Manipulation checks"
        )


def contrast_table(found: Sequence[Finding], name: str, caption: str, note: str = "") -> Table:
    """Findings with an estimate as a table: means, raw effect, standardised effect, p before and after correction."""
    correction = "Holm" if all(one.confirmatory for one in found) else "BH"
    of = {one.hypothesis.id: one for one in found}

    def cell(make):  # type: ignore[no-untyped-def]
        return lambda row: make(of[row["hypothesis"]], digits(of[row["hypothesis"]]))

    columns = {
        "measure": cell(lambda one, _: title(one.measure)),
        "contrast": cell(lambda one, _: contrast_text(estimate_of(one))),
        "n": cell(lambda one, _: str(estimate_of(one).n)),
        "first M (SD)": cell(lambda one, d: f"{number(one.described[0].mean, d)} ({number(one.described[0].sd, d)})"),
        "second M (SD)": cell(lambda one, d: f"{number(one.described[1].mean, d)} ({number(one.described[1].sd, d)})"),
        "effect": cell(lambda one, d: effect_number(estimate_of(one), d)),
        "95 % CI": cell(lambda one, d: effect_bounds(estimate_of(one), d)),
        "test": cell(lambda one, _: test_text(estimate_of(one))),
        "p": cell(lambda one, _: p_cell(one.p)),
        f"p ({correction})": cell(lambda one, _: p_cell(one.p_adjusted)),
        "standardised [95 % CI]": cell(lambda one, _: _standardised(one)),
        "BF10": cell(lambda one, _: bayes_cell(one.bayes)),
    }
    if any(one.twin and not one.confirmatory for one in found):
        columns["robust twin [95 % CI], p"] = cell(_twin)
    if any(one.confirmatory for one in found):
        columns = {"": lambda row: row["hypothesis"], **columns}
    note = " ".join(filter(None, [_note(found, correction), note]))
    return Table(name, caption, finding_table(found), columns, note, grouped=1 if correction != "Holm" else 0)


def digits(one: Finding) -> int:
    """Decimals for the unit of its measure."""
    return decimals(described.mean for described in one.described)


def _together(of: Outcomes, alike: list[Finding], name: str) -> Iterator[Block]:
    asks, told = alike[0].hypothesis, [one for one in alike if one.estimate]
    crossed = f" × {asks.interaction.factor}" if asks.interaction else ""
    yield Heading(3, title(alike[0].measure) + (f", by {asks.factor}{crossed}" if asks.factor else ""))
    named = bool(of.protocol.analysis.hypotheses)
    for one in alike:
        asked_for = f"{one.hypothesis.text} " if named else ""
        yield f"**{one.hypothesis.id}.** {asked_for}{_capital(result(one)) if named else result(one)}"
    if not told:
        return
    remarks = tuple(dict.fromkeys(remark for one in told if one.outcome for remark in one.outcome.remarks))
    notes = tuple(dict.fromkeys(estimate_of(one).note for one in told if estimate_of(one).note))
    if remarks or notes:
        yield Bullets((*remarks, *(f"{_capital(note)}." for note in notes)))
    twins = [one.twin for one in told if one.twin]
    panel = Panel(
        title(alike[0].measure), alike[0].measure.unit, [estimate_of(one) for one in told],
        twins if len(twins) == len(told) else (), twin_name(alike[0]),
    )  # fmt: skip
    beside = " and their robust twins" if alike[0].twin_assumes_less else " and the same by another test"
    heading = "Planned contrasts" + (beside if panel.twins else "")
    yield Drawing(name, estimation([panel], of.sample.simulated, heading))
    behind = or_why(lambda: list(model(asked(of.sample.rows, of.protocol, asks), asks, title(alike[0].measure), name)))
    if behind:
        yield Folded("The model behind these contrasts", tuple(behind))


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _same_model(one: Finding) -> tuple[str, ...]:
    asks = one.hypothesis
    return asks.measure, asks.factor or "", asks.given or "", asks.test, str(asks.interaction or ""), str(asks.log)


def _model_of(found: Sequence[Finding], one: Finding) -> int:
    """The place of the first finding with the same model, so that the order of the plan stays."""
    return next(place for place, other in enumerate(found) if _same_model(other) == _same_model(one))


def _families(of: Outcomes, planned: Sequence[Finding]) -> str:
    sizes = {one.hypothesis.family: one.together for one in planned}
    families = ", ".join(f"“{family}” ({size} test{'s' if size > 1 else ''})" for family, size in sizes.items())
    source = (
        "every hypothesis that it names"
        if of.protocol.analysis.hypotheses
        else "each of its contrasts on each primary measure, two-sided"
    )
    return (
        f"The plan of the protocol is run as it stands: {source}. p is corrected by Holm within "
        f"{'each family' if len(sizes) > 1 else 'the family'} {families}; what is not planned is labelled exploratory. "
        f"Effects are first minus second, in the measure's own unit first, then standardised. {intervals(planned)}"
    )


def effects_note(estimates: Sequence[Estimate]) -> str:
    """What an effect is, in the note of a table with these."""
    ratios = sorted({RATIO[one.scale] for one in estimates if one.scale in RATIO})
    raw = sorted({one.called for one in estimates if one.scale not in RATIO} - {DIFFERENCE})
    parts = ["Effect: first minus second"]
    parts += [f"of ordinal models the {' and '.join(ratios)}"] if ratios else []
    parts += [f"of tests of ranks the {' and '.join(raw)}"] if raw else []
    return f"{'; '.join(parts)}."


def intervals(found: Sequence[Finding]) -> str:
    """How the intervals of these findings are to be read beside their p."""
    told = [one for one in found if one.estimate]
    levels = " or ".join(f"{level * 100:g} %" for level in sorted({estimate_of(one).level for one in told}))
    said = f"Intervals are two-sided, {levels or '95 %'} and, unlike p, not adjusted for the number of tests."
    if any(one.sided == "one-sided" for one in told):
        said += (
            " p of a hypothesis with a direction is one-sided, so the interval beside it may include 0 (of a ratio 1) "
            "although the data support the hypothesis."
        )
    return said


def _twin(one: Finding, digits: int) -> str:
    """The twin in a cell; how it was made stands in the note."""
    twin = one.twin
    return f"{effect_number(twin, digits)} {effect_bounds(twin, digits)}, {p_cell(twin.p)}" if twin else "–"


def _standardised(one: Finding) -> str:
    estimate = estimate_of(one)
    if estimate.standardised != estimate.standardised:
        return "–"
    return f"{number(estimate.standardised)} {bounds(estimate.standardised_low, estimate.standardised_high)}"


def _twins(found: Sequence[Finding]) -> str:
    methods = dict.fromkeys(one.twin.method for one in found if one.twin and not one.confirmatory)
    return f"Robust twin, not corrected: {'; '.join(methods)}." if methods else ""


def _note(found: Sequence[Finding], correction: str) -> str:
    sided = {one.sided for one in found}
    dividers = dict.fromkeys(estimate_of(one).denominator.split(";")[0] for one in found)
    parts = [
        effects_note([estimate_of(one) for one in found]),
        f"p: {', '.join(sorted(sided))}; p ({correction}): corrected{', by Benjamini–Hochberg' if correction == 'BH' else ''}.",
        "Intervals: two-sided, not adjusted.",
        f"Standardised by {'; '.join(filter(None, dividers))}." if any(dividers) else "",
        "BF10: JZS, r = √2/2, of the plain difference.",
        _twins(found),
    ]
    return " ".join(filter(None, parts))
