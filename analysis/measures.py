"""Frames → measures: every derived number of a study, in one long frame.

To add a measure: one `Measure` in BEHAVIOUR. Scales and single items of a protocol's instruments, and
rankings of the conditions, become measures by themselves.
"""

import difflib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import pandas as pd

from analysis.frames import Frames, frames
from analysis.scoring import KEYS, scale_measure, scores, tidy
from study.errors import Problem
from study.instruments import Instrument, Item, Scale
from study.protocol import Protocol
from study.records import Record
from study.timeline import QuestionnaireStep, walk

Compute = Callable[[Frames, Protocol], pd.DataFrame]
TRIAL = ["session_id", "block"]
RATINGS = ("slider", "likert", "semantic")


@dataclass(frozen=True)
class Measure:
    """A derived number: what it is called, its unit, which direction is good, how it is computed.

    `compute` gives the columns session_id … task (KEYS) and `value`, one row per trial or sitting. `occasion`: of an
    instrument asked several times, the one that this is from.
    """

    name: str
    title: str
    unit: str
    direction: Literal["lower", "higher", "none"]
    source: str
    compute: Compute
    instrument: str = ""
    occasion: str = ""


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
        asked = _asked(instrument)
        found += asked
        found += [_on(occasion, measure) for occasion in _occasions(protocol, instrument) for measure in asked]
    tests = any(item.right is not None for instrument in protocol.instruments for item in instrument.items)
    return (*found, *([ANSWERED_RIGHT] if tests else []), *BEHAVIOUR)


def _asked(instrument: Instrument) -> list[Measure]:
    """What one instrument gives: scales, rated items that stand alone, rankings of the conditions."""
    scored = {item for scale in instrument.scoring for item in scale.items}
    found = [_scale(instrument, scale) for scale in instrument.scoring]
    for item in instrument.items:
        if item.type in RATINGS and item.id not in scored:
            found.append(_single_item(instrument, item))
        if item.type == "ranking" and item.options == "conditions":
            found.append(_ranking(instrument, item))
    return found


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
    """Measures that a protocol's analysis plan names and nobody computes."""
    known = sorted({name for measure in registry(protocol) for name in (measure.name, measure.instrument) if name})
    problems = []
    for place, name in protocol.analysis.measures():
        if name not in known:
            close = difflib.get_close_matches(name, known, n=1)
            way_out = f"Did you mean '{close[0]}'?" if close else f"Known: {', '.join(known)}."
            problems.append(Problem(file, place, f"there is no measure '{name}'.", way_out))
        elif "primary" not in place and len(several := measure_names(protocol, [name])) > 1:
            problems.append(
                Problem(file, place, f"'{name}' is an instrument with several.", f"Name one of {', '.join(several)}.")
            )
    return problems


# --- from questionnaires -----------------------------------------------------------------------


def _scale(instrument: Instrument, scale: Scale) -> Measure:
    name = scale_measure(instrument, scale)
    unit = f"{scale.range[0]:g} to {scale.range[1]:g}"
    only = instrument.model_copy(update={"scoring": (scale,)})

    def compute(data: Frames, protocol: Protocol) -> pd.DataFrame:
        return scores(data, protocol.model_copy(update={"instruments": (only,)}))

    source = f"responses: {scale.method} of {', '.join(scale.items)}"
    return Measure(name, scale.name, unit, scale.direction, source, compute, instrument.id)


def _single_item(instrument: Instrument, item: Item) -> Measure:
    def compute(data: Frames, protocol: Protocol) -> pd.DataFrame:
        rows = data.responses
        return rows.loc[(rows["instrument"] == instrument.id) & (rows["item"] == item.id), [*KEYS, "value"]]

    unit = f"{item.min:g} to {item.max:g}"
    name = f"{instrument.id}.{item.id}"
    return Measure(name, item.text, unit, "none", "responses: one item, as answered", compute, instrument.id)


def _ranking(instrument: Instrument, item: Item) -> Measure:
    def compute(data: Frames, protocol: Protocol) -> pd.DataFrame:
        rows = data.responses
        mine = rows[(rows["instrument"] == instrument.id) & (rows["item"] == item.id)]
        ranked = mine.dropna(subset=["text"])[["session_id", "event_id", "text"]]
        ranked = ranked.assign(condition=ranked["text"].map(json.loads)).explode("condition")
        ranked["value"] = ranked.groupby("event_id").cumcount() + 1.0
        places = ranked[["session_id", "condition", "value"]]
        return _trials(data).merge(places, on=["session_id", "condition"])

    source = "responses: place of the condition in the ranking, 1 = first"
    name = f"{instrument.id}.{item.id}"
    return Measure(name, item.text, "rank", "lower", source, compute, instrument.id)


def _answered_right(data: Frames, protocol: Protocol) -> pd.DataFrame:
    keys = {(i.id, item.id): item.right for i in protocol.instruments for item in i.items if item.right is not None}
    asked = data.responses[
        [pair in keys for pair in zip(data.responses["instrument"], data.responses["item"], strict=True)]
    ]
    wanted = [keys[pair] for pair in zip(asked["instrument"], asked["item"], strict=True)]
    shares = asked.assign(value=asked["text"].eq(wanted).fillna(False).astype("float64"))
    return shares.groupby(KEYS, dropna=False)["value"].mean().reset_index()


ANSWERED_RIGHT = Measure(
    "answered_right",
    "Questions answered right",
    "share",
    "higher",
    "responses: right / all items with a right answer; one left open counts as not right",
    _answered_right,
)


# --- from behaviour ----------------------------------------------------------------------------


def _trials(data: Frames) -> pd.DataFrame:
    """One row per block; of a block with several tasks the last one is named."""
    return data.trials.drop_duplicates(TRIAL, keep="last")[KEYS]


def _per_trial(data: Frames, values: pd.Series, empty: float | None = None) -> pd.DataFrame:
    """One row per block, from values by session and block; `empty` where a block has none."""
    long = values.rename("value").astype("float64").reset_index()
    joined = _trials(data).merge(long, on=TRIAL, how="left")
    return joined if empty is None else joined.fillna({"value": empty})


def _count(data: Frames, rows: pd.DataFrame) -> pd.DataFrame:
    return _per_trial(data, rows.groupby(TRIAL).size(), empty=0)


def _turns(data: Frames, protocol: Protocol) -> pd.DataFrame:
    given = data.replies[data.replies["given"]]
    return _count(data, given.drop_duplicates(["session_id", "message_id"]))


def _words_sent(data: Frames, protocol: Protocol) -> pd.DataFrame:
    return _per_trial(data, data.messages.groupby(TRIAL)["words"].sum(), empty=0)


def _task_minutes(data: Frames, protocol: Protocol) -> pd.DataFrame:
    return _per_trial(data, data.trials.groupby(TRIAL)["minutes"].sum(min_count=1))


def _needs_edits(data: Frames, protocol: Protocol) -> pd.DataFrame:
    edits = data.beliefs[(data.beliefs["by"] == "person") & (data.beliefs["kind"] == "need")]
    return _count(data, edits[edits["action"] != "moved"])  # one act of ordering moves several needs


def _needs_moved(data: Frames, protocol: Protocol) -> pd.DataFrame:
    return _count(data, data.controls[data.controls["action"] == "move"])


def _control_changes(data: Frames, protocol: Protocol) -> pd.DataFrame:
    return _count(data, data.controls)


def _share_up(data: Frames, protocol: Protocol) -> pd.DataFrame:
    rated = data.replies.dropna(subset=["rating"]).drop_duplicates(["session_id", "turn_id"])
    return _per_trial(data, rated.assign(up=rated["rating"] == "up").groupby(TRIAL)["up"].mean())


def _belief_right_share(data: Frames, protocol: Protocol) -> pd.DataFrame:
    judged = data.judgements.dropna(subset=["block"])
    judged = judged.drop_duplicates(["session_id", "belief_id"], keep="last")
    shares = judged.assign(right=judged["verdict"] == "right").groupby(TRIAL)["right"].mean()
    return _trials(data).merge(shares.rename("value").astype("float64").reset_index(), on=TRIAL)


def _solution_updates(data: Frames, protocol: Protocol) -> pd.DataFrame:
    return _count(data, data.solutions)


def _first_token_ms(data: Frames, protocol: Protocol) -> pd.DataFrame:
    return _per_trial(data, data.replies[data.replies["given"]].groupby(TRIAL)["first_token_ms"].mean())


def _failed_replies(data: Frames, protocol: Protocol) -> pd.DataFrame:
    return _count(data, data.replies[~data.replies["given"] & (data.replies["outcome"] != "stopped")])


BEHAVIOUR = (
    Measure("turns", "Turns", "turns", "none", "replies: messages that got a reply", _turns),
    Measure("words_sent", "Words written", "words", "none", "messages: words of all messages", _words_sent),
    Measure(
        "task_minutes",
        "Time on task",
        "min",
        "none",
        "trials: shown to finished, over all tasks of the block",
        _task_minutes,
    ),
    Measure(
        "needs_edits", "Needs edited", "changes", "none", "beliefs: needs, by the person; not their order", _needs_edits
    ),
    Measure("needs_moved", "Needs put in order", "changes", "none", "controls: move", _needs_moved),
    Measure("control_changes", "Controls operated", "changes", "none", "controls: all", _control_changes),
    Measure(
        "reply_rating_share_up",
        "Replies rated up",
        "share",
        "higher",
        "replies: up / (up + down), newest rating of a turn",
        _share_up,
    ),
    Measure(
        "belief_right_share",
        "Beliefs judged right",
        "share",
        "higher",
        "judgements: right / all judged, in the condition where the belief arose",
        _belief_right_share,
    ),
    Measure("solution_updates", "Plan versions", "versions", "none", "solutions: all", _solution_updates),
    Measure(
        "first_token_ms",
        "Time to first token",
        "ms",
        "lower",
        "replies: mean over replies that report it",
        _first_token_ms,
    ),
    Measure(
        "failed_replies",
        "Failed replies",
        "replies",
        "lower",
        "replies: failed, unless stopped by the participant",
        _failed_replies,
    ),
)
