"""Frames → measures: every derived number of a study, in one long frame.

To add a measure: one `Measure` in `analysis/behaviour.py` (what was done) or `analysis/memory_use.py` (what was held
and used). Scales and single items of a protocol's instruments, and rankings of the conditions, become measures by
themselves (`analysis/answered.py`).
"""

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import replace

import pandas as pd

from analysis import behaviour
from analysis.answered import ANSWERED_RIGHT, asked
from analysis.frames import Frames, frames
from analysis.frames.filled_in import KEYS
from analysis.measure import Measure
from analysis.memory_use import MEMORY_USE
from analysis.scoring import tidy
from study.errors import Problem
from study.instruments import Instrument
from study.protocol import Protocol
from study.records import Record
from study.timeline import QuestionnaireStep, walk


def measures(record: Record) -> pd.DataFrame:
    """Every measure of a study: session_id, participant, simulated, complete, block … measure, value.

    One row per session, block and measure; `value` is NaN where there is nothing to compute it from.
    Of an instrument that was answered twice in one place, the last time counts; asked under several names of
    occasions, each of them has a measure of its own too. `complete` says
    whether the sitting went through to the end.
    """
    return measures_by_version(frames(record), record.protocols)


def measures_by_version(data: Frames, protocols: Mapping[int, Protocol]) -> pd.DataFrame:
    """Every measure, each session scored by the version of the protocol that it ran on."""
    parts = [measures_of(data.of_version(number), protocol) for number, protocol in protocols.items()]
    kept = [part for part in parts if not part.empty] or parts[:1]
    return pd.concat(kept, ignore_index=True)


def measures_of(data: Frames, protocol: Protocol) -> pd.DataFrame:
    """`measures` from frames that are already there."""
    parts = [m.compute(data, protocol).assign(measure=m.name) for m in registry(protocol)]
    filled = [tidy(part) for part in parts if len(part)]
    nothing = tidy(pd.DataFrame(columns=[*KEYS, "measure", "value"]))
    long = pd.concat(filled, ignore_index=True) if filled else nothing
    place = ["session_id", "block", "condition", "measure"]
    long = long.drop_duplicates(place, keep="last", ignore_index=True)
    complete = data.sessions.loc[data.sessions["complete"], "session_id"]
    long.insert(3, "complete", long["session_id"].isin(complete))
    return long


def registry(protocol: Protocol) -> tuple[Measure, ...]:
    """Every measure of a protocol: its scales, single items and rankings, then behaviour."""
    found: list[Measure] = []
    for instrument in protocol.instruments:
        mine = asked(instrument)
        found += mine
        found += [_on(occasion, measure) for occasion in _occasions(protocol, instrument) for measure in mine]
    tests = any(item.right is not None for instrument in protocol.instruments for item in instrument.items)
    return (*found, *([ANSWERED_RIGHT] if tests else []), *behaviour.by_protocol(protocol), *MEMORY_USE)


def _occasions(protocol: Protocol, instrument: Instrument) -> list[str]:
    """The names under which a protocol asks an instrument several times, in order."""
    steps = [step for _, step, _ in walk(protocol.timeline) if isinstance(step, QuestionnaireStep)]
    named = [step.occasion for step in steps if step.occasion and instrument.id in step.instruments]
    return list(dict.fromkeys(named)) if len(set(named)) > 1 else []


def _on(occasion: str, measure: Measure) -> Measure:
    """The same from one asking alone, called `measure.occasion`."""

    def compute(data: Frames, protocol: Protocol) -> pd.DataFrame:
        responses = data.responses[data.responses["occasion"] == occasion]
        return measure.compute(replace(data, responses=responses), protocol)

    name, title = f"{measure.name}.{occasion}", f"{measure.title} ({occasion})"
    return replace(measure, name=name, title=title, compute=compute, occasion=occasion)


def measure_names(protocol: Protocol, names: Sequence[str]) -> list[str]:
    """The measures these names stand for: one measure, or all of an instrument; unknown names give none."""
    known = {measure.name: measure.instrument for measure in registry(protocol)}
    found: list[str] = []
    for name in names:
        found += [name] if name in known else [measure for measure, of in known.items() if of == name]
    return found


def unknown_measures(protocol: Protocol, file: str) -> list[Problem]:
    """Measures that a protocol's analysis plan names and nobody computes, or that no mean should be compared of."""
    known = sorted({name for measure in registry(protocol) for name in (measure.name, measure.instrument) if name})
    censored = {measure.name for measure in registry(protocol) if measure.censored}
    problems = []
    for place, name in protocol.analysis.measures():
        if name not in known:
            close = difflib.get_close_matches(name, known, n=1)
            way_out = f"Did you mean '{close[0]}'?" if close else f"Known: {', '.join(known)}."
            problems.append(Problem(file, place, f"there is no measure '{name}'.", way_out))
        elif name in censored and "exclusions" not in place:
            problems.append(
                Problem(
                    file,
                    place,
                    f"'{name}' is a time to something that does not always come: a mean leaves out the longest.",
                    "It is compared by survival in the report, exploratory; plan another measure, such as task_minutes.",
                )
            )
        elif "primary" not in place and len(several := measure_names(protocol, [name])) > 1:
            problems.append(
                Problem(file, place, f"'{name}' is an instrument with several.", f"Name one of {', '.join(several)}.")
            )
    return problems
