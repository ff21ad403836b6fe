"""Where the study is not what its protocol planned: looks, versions, numbers, hypotheses and measures without data."""

from collections import Counter
from collections.abc import Iterator

from analysis.power.grid import balanced
from analysis.report.document import Block, Bullets
from analysis.report.outcomes import Outcomes
from study.act_log import LoggedAct
from study.clock import in_utc

NONE = "Nothing in the record departs from the protocol."


def deviations(of: Outcomes) -> Iterator[Block]:
    """Each in a sentence, as far as the record can tell."""
    found = [*_looks(of), *_decided(of), *_versions(of), *_number(of), *_untested(of), *_without_data(of), *_mixed(of)]
    yield Bullets(tuple(found)) if found else NONE
    yield "What the record cannot know, such as changes of recruitment or payment, has to be added by hand."


def _looks(of: Outcomes) -> Iterator[str]:
    kinds = Counter(one.kind for one in of.seal.looks)
    named = "before the end; each is named on the first page."
    if looks := kinds["results_unsealed"] + kinds["report_made"]:
        yield f"Outcomes were looked at {_times(looks)} {named}"
    if exports := kinds["exported"]:
        yield f"Data of people, from which outcomes can be told, were exported {_times(exports)} {named}"
    for one in of.seal.reopened:
        yield f"The study was opened again after it had been closed, on {in_utc(one.at)} by {one.by}: “{one.act.reason}”."
    if of.seal.why == "unsealed":
        yield f"This is an interim look: {of.seal.reach}."


def _times(count: int) -> str:
    return f"{count} time{'s' if count > 1 else ''}"


def _decided(of: Outcomes) -> Iterator[str]:
    """Whom researchers left out by decision rather than by rule, and whether they may have known the outcomes."""
    standing: dict[str, LoggedAct] = {}
    for one in of.record.acts:
        if one.kind == "exclusion_marked":
            standing[one.act.participant] = one
        elif one.kind == "exclusion_unmarked":
            standing.pop(one.act.participant, None)
            if one.act.seen:
                yield f"That {one.act.participant} is to be left out (“{one.act.old}”) was taken back by {_when(one)}."
    for name, one in standing.items():
        yield f"{name} is left out of the analysis by a decision of {_when(one)}."


def _when(one: LoggedAct) -> str:
    seen = "after outcomes by condition could be seen" if one.act.seen else "before outcomes by condition could be seen"
    return f"{one.by} on {in_utc(one.at)}, {seen}: “{one.act.reason}”"


def _versions(of: Outcomes) -> Iterator[str]:
    if len(of.record.protocols) < 2:
        return
    shown = of.analysed.sessions["study_version"].value_counts()
    parts = ", ".join(f"version {number}: {shown.get(number, 0)}" for number in sorted(of.record.protocols))
    yield (
        f"The protocol was revised while the study ran; participants analysed on each version: {parts}. Scores are computed by "
        "the version a participant ran on, hypotheses are those of the newest one."
    )


def _number(of: Outcomes) -> Iterator[str]:
    complete = int(of.analysed.sessions["complete"].sum())
    planned = of.seal.wanted or of.protocol.design.planned_participants
    if planned and complete != planned:
        yield f"Planned were {planned} complete participants; {complete} are complete and analysed."
    if of.is_crossover and complete and not balanced(of.protocol, complete):
        yield f"{complete} participants do not fill the orders of conditions evenly."


def _untested(of: Outcomes) -> Iterator[str]:
    for one in of.confirmed:
        if one.refusal:
            yield f"{one.hypothesis.id} ({one.measure.title}) was not tested: {one.refusal}"


def _without_data(of: Outcomes) -> Iterator[str]:
    held = set(of.everybody.dropna(subset=["value"])["measure"])
    instruments = {of.known[name].instrument for name in held if name in of.known}
    refused = {one.hypothesis.measure for one in of.confirmed if one.refusal}
    for place, name in of.protocol.analysis.measures():
        if name not in held | instruments | refused:
            yield f"`{place}` names '{name}', of which nobody has a value."
    met = set(of.sample.rows["condition"].dropna())
    for condition in of.conditions:
        if met and condition not in met:
            yield f"Nobody who is analysed met the condition '{condition}'."


def _mixed(of: Outcomes) -> Iterator[str]:
    for column, what in (("model", "chat models"), ("app_version", "versions of Atelier")):
        if len(used := Counter(of.analysed.sessions[column])) > 1:
            parts = ", ".join(f"{name}: {count}" for name, count in sorted(used.items()))
            yield f"Participants were served by several {what} ({parts})."
