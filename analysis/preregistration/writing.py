"""The whole document, section by section; where the protocol says nothing, the gap is listed at the top."""

import datetime
import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import version

import pandas as pd

from analysis.findings import Finding
from analysis.measures import registry
from analysis.power.said import balance
from analysis.power.table import sensitivity
from analysis.preregistration import gaps
from analysis.preregistration.design import design
from analysis.preregistration.document import Block, Bullets, Heading, Table
from analysis.preregistration.measured import condition, measures
from analysis.preregistration.tests import analyses, as_planned, hypothesis
from study.analysis_plan import Exclusion
from study.collected import Collected
from study.protocol import Protocol
from study.settings import VERSION

PACKAGES = ("numpy", "pandas", "scipy", "statsmodels", "formulaic", "plotly")


@dataclass(frozen=True)
class Power:
    """A table of power (`analysis.power.table`) and what was assumed for it."""

    table: pd.DataFrame
    assumed: Sequence[str]


@dataclass(frozen=True)
class Circumstances:
    """What a preregistration says that is not in the protocol. `n`: participants, where not the protocol's planned number."""

    on: datetime.date
    collected: Collected = field(default_factory=Collected)
    n: int | None = None
    power: Power | None = None
    software: Mapping[str, str] = field(default_factory=dict)


def software() -> dict[str, str]:
    """Versions of what will compute the results here."""
    return {"Atelier": VERSION, "Python": platform.python_version(), **{name: version(name) for name in PACKAGES}}


def preregistration(protocol: Protocol, at: Circumstances) -> list[Block]:
    """The document. The same protocol and circumstances give the same text."""
    n = at.n or protocol.design.planned_participants
    planned = as_planned(protocol, n)
    return [
        Heading(1, f"Preregistration: {protocol.title}"),
        *_open(gaps.found(protocol, planned, at.power is not None)),
        *_head(protocol, at),
        Heading(2, "What has been collected already"),
        _collected(at.collected),
        Heading(2, "Research question and hypotheses"),
        *_hypotheses(protocol, planned),
        Heading(2, "Conditions"),
        *_conditions(protocol),
        Heading(2, "Design, procedure and allocation"),
        *design(protocol, n),
        Heading(2, "Measures"),
        *measures(
            protocol, [name for one in planned for name in (one.hypothesis.measure, one.hypothesis.given) if name]
        ),
        Heading(2, "Number of participants"),
        *_participants(protocol, n, at.power),
        Heading(2, "Exclusions and missing data"),
        *_exclusions(protocol),
        Heading(2, "Confirmatory analysis"),
        *_analysis(planned),
        Heading(2, "Exploratory analysis"),
        *_exploratory(protocol),
        Heading(2, "Sealing, stopping and deviations"),
        *_rules(protocol),
        Heading(2, "Software"),
        _software(at.software),
    ]


def _open(lacking: Sequence[str]) -> list[Block]:
    if not lacking:
        return ["Nothing is left open."]
    return ["**To be filled in** before this is registered:", Bullets(tuple(lacking))]


def _head(protocol: Protocol, at: Circumstances) -> list[Block]:
    rows = [
        ("Authors", ", ".join(protocol.authors) or gaps.MARK),
        ("Date", at.on.isoformat()),
        ("Protocol", f"`{protocol.id}`, version {protocol.version}"),
        ("SHA-256 of the protocol with all it includes", f"`{protocol.content_hash()}`"),
    ]
    if protocol.paper:
        rows.append(("Follows", protocol.paper))
    notes: list[Block] = [f"What was kept and changed: {' '.join(protocol.notes.split())}"] if protocol.notes else []
    return [Table(("", ""), tuple(rows)), *notes]


def _collected(so_far: Collected) -> str:
    if not so_far.started:
        said = "No data of people have been collected under this protocol, going by the study's record."
    else:
        said = (
            f"**Data have been collected already**: {so_far.started} people have started under this protocol and "
            f"{so_far.complete} have finished. Say here who has seen what of them."
        )
    if so_far.in_other_versions:
        said += f" Under other versions of it there are {so_far.in_other_versions} sessions of people, which are not analysed here."
    if so_far.simulated:
        said += f" There are {so_far.simulated} sessions of simulated participants; they are never analysed together with people."
    return said


def _hypotheses(protocol: Protocol, planned: Sequence[Finding]) -> list[Block]:
    named = bool(protocol.analysis.hypotheses)
    said: list[Block] = [f"Research question: {gaps.MARK}"]
    if not named:
        said.append(
            "The protocol names no hypotheses. Each of its contrasts on each primary measure is tested as one, two-sided, by a "
            "mixed model (a single item by an ordinal one); together they are one family."
        )
    return [*said, Bullets(tuple(hypothesis(one, named) for one in planned))]


def _conditions(protocol: Protocol) -> list[Block]:
    factors = [f"`{factor.id}` ({', '.join(factor.levels)})" for factor in protocol.factors]
    varied = f"The independent variables are {' and '.join(factors)}. " if factors else ""
    return [
        f"{varied}The assistant differs between conditions only in the mechanisms below (with the parameters that the protocol "
        f"sets; others have the defaults of the software named at the end). Model: `{protocol.model}`.",
        Bullets(tuple(condition(one) for one in protocol.conditions)),
    ]


def _participants(protocol: Protocol, n: int, power: Power | None) -> list[Block]:
    said = [f"{n} complete participants are planned."]
    if protocol.design.quota:
        said.append(f"The study closes by itself when {protocol.design.quota} places are taken.")
    if power is None:
        return [*said, f"Reason for this number: {gaps.MARK}"]
    simulated = sorted(set(power.table["n"]))
    size = n if n in simulated else max(simulated)
    reached = {one.hypothesis: one for one in sensitivity(protocol, power.table, size)}
    rows = []
    for name, of_name in power.table.groupby("hypothesis", sort=False):
        for effect, same in of_name.groupby("effect", sort=False):
            shares = same.set_index("n")["power"]
            rows.append((str(name), f"{effect:g} ({same['unit'].iloc[0]})", *(f"{shares[n]:.2f}" for n in simulated)))
    smallest = [f"{name}: {one.note or f'{one.effect:.3g}'}" for name, one in reached.items()]
    return [
        *said,
        "Power was simulated for this design and this analysis. " + " ".join(power.assumed),
        Table(("Hypothesis", "Difference", *(f"n = {size}" for size in simulated)), tuple(rows)),
        f"Smallest difference found with 80 % power by {size} participants who begin, read off these curves: {'; '.join(smallest)}.",
        " ".join(balance(power.table)),
    ]


def _exclusions(protocol: Protocol) -> list[Block]:
    plan = protocol.analysis
    said: list[Block] = []
    if plan.exclusions:
        said += ["Left out, by rules fixed now:", Bullets(tuple(map(_exclusion, plan.exclusions)))]
    said.append(
        "Whoever refuses consent, is screened out, withdraws, or is rejected by the researchers (with a reason, which is "
        "stored) is not analysed. Their numbers are reported per condition reached."
    )
    if plan.missing == "model":
        said.append(
            "Sessions that were broken off count with what there is of them: models use every row, under missing at random. "
            "Tests of pairs use the participants who have both. The analysis is repeated with complete participants only, and with "
            "those who were excluded, as checks of sensitivity."
        )
    else:
        said.append("Only participants with every condition that they were to meet are analysed.")
    return said


def _exclusion(rule: Exclusion) -> str:
    bounds = [f"below {rule.below:g}"] if rule.below is not None else []
    bounds += [f"above {rule.above:g}"] if rule.above is not None else []
    exact = [f"any value of `{rule.measure}` {' or '.join(bounds)}"] if rule.measure else []
    exact += [f"at least {rule.failed_checks} failed checks"] if rule.failed_checks else []
    return f"{rule.text} ({' or '.join(exact)})"


def _analysis(planned: Sequence[Finding]) -> list[Block]:
    said = "Each hypothesis is tested as follows, and reported whatever comes out. Formulas are R's."
    return [said, *analyses(planned)]


def _exploratory(protocol: Protocol) -> list[Block]:
    titles = {measure.name: measure.title for measure in registry(protocol)}
    said = [
        "Every other contrast on every measure is exploratory: by mixed models (single items by ordinal ones), corrected together "
        "(Benjamini–Hochberg), and labelled so. "
        "Counts and yes–no outcomes are compared by models of their own as well, corrected as a second family."
    ]
    if moderators := protocol.analysis.moderators:
        names = ", ".join(f"{titles.get(name, name)} (`{name}`)" for name in moderators)
        said.append(
            f"Moderators: {names}. Their interactions with the condition are corrected together (Benjamini–Hochberg); contrasts at ± 1 SD and "
            "simple slopes (centred) are not corrected; exploratory."
        )
    else:
        said.append("No moderators are planned.")
    return [*said]


def _rules(protocol: Protocol) -> list[Block]:
    stop = protocol.stopping
    ends = []
    if stop and stop.after_complete:
        ends.append(f"after {stop.after_complete} complete sessions")
    if stop and stop.until:
        ends.append(f"at the end of {stop.until.isoformat()} (UTC)")
    when = f"Recruitment ends {' or '.join(ends)}, whichever is first. {stop.note}" if stop and len(ends) > 1 else ""
    when = when or (f"Recruitment ends {ends[0]}. {stop.note}" if stop and ends else f"Stopping rule: {gaps.MARK}")
    return [
        when.strip(),
        "No outcome is looked at before: results of a study that is still collecting are sealed on screen. Whoever looks earlier "
        "(unseals them, exports data, or has the study opened again after it was closed) is named by every report.",
        "Whatever is done otherwise than written here is reported as a deviation, with its reason and, where it concerns a test, with "
        "the planned test beside it. A change of the protocol gives it another hash; the record keeps which participant met which version.",
    ]


def _software(versions: Mapping[str, str]) -> str:
    named = ", ".join(f"{name} {number}" for name, number in versions.items())
    return f"Data are collected and analysed with {named}." if named else f"Software: {gaps.MARK}"
