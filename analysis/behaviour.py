"""Measures from what was done in a task: time, words, replies, the solution, what it cost."""

import json
from collections.abc import Iterator, Mapping

import pandas as pd

from analysis.frames import Frames
from analysis.measure import TRIAL, Measure, count, per_trial, share
from study.protocol import Protocol, Task
from study.wishes import Phrase, phrases_of, share_met, standing, topics_of

TASK = ["session_id", "step"]
READABLE = "en"
"""The language whose words `study.wishes` can read."""


def _turns(data: Frames, protocol: Protocol) -> pd.DataFrame:
    return count(data, data.turns[data.turns["given"]])


def _words_sent(data: Frames, protocol: Protocol) -> pd.DataFrame:
    return per_trial(data, data.messages.groupby(TRIAL)["words"].sum(), empty=0)


def _task_minutes(data: Frames, protocol: Protocol) -> pd.DataFrame:
    return per_trial(data, data.trials.groupby(TRIAL)["minutes"].sum(min_count=1))


def _solution_minutes(data: Frames, protocol: Protocol) -> pd.DataFrame:
    first = data.solutions[data.solutions["options"] > 0].drop_duplicates(TASK)
    begun = data.trials[[*TASK, "started_at"]].merge(first[[*TASK, "block", "at"]], on=TASK)
    minutes = (begun["at"] - begun["started_at"]).dt.total_seconds() / 60
    return per_trial(data, begun.assign(minutes=minutes).groupby(TRIAL)["minutes"].mean())


def _solution_updates(data: Frames, protocol: Protocol) -> pd.DataFrame:
    return count(data, data.solutions)


def _wishes_met(data: Frames, protocol: Protocol) -> pd.DataFrame:
    tasks = {task.id: (task, phrases_of(topics_of(task))) for task in protocol.tasks if task.sections}
    languages = data.sessions.set_index("session_id")["language"].replace("", protocol.language)
    read = set(languages.index[languages.fillna(protocol.language).str.startswith(READABLE)])
    last = data.solutions.drop_duplicates(TASK, keep="last")
    chosen = {(row.session_id, row.step): json.loads(row.sections) for row in last.itertuples()}
    said = _said(data)
    rows = []
    for trial in data.trials[data.trials["session_id"].isin(read) & data.trials["task"].isin(tasks)].itertuples():
        key = (trial.session_id, trial.step)
        rows.append((trial.session_id, trial.block, _met(*tasks[trial.task], chosen.get(key, []), said.get(key, []))))
    dtypes = {"session_id": "str", "block": "float64", "value": "float64"}
    shares = pd.DataFrame(rows, columns=list(dtypes)).astype(dtypes)
    return per_trial(data, shares.groupby(TRIAL)["value"].mean())


def _said(data: Frames) -> Mapping[tuple[str, str], list[tuple[str, bool]]]:
    """Task → everything that its participant stated there in order: a text, and whether it is said or taken back."""
    beliefs = data.beliefs[(data.beliefs["by"] == "person") & (data.beliefs["kind"] == "need")]
    needs = beliefs[beliefs["status"].ne("open") & beliefs["action"].ne("moved")]
    stated = needs.assign(is_said=needs["status"] == "held")[[*TASK, "seq", "text", "is_said"]]
    both = pd.concat([data.messages.assign(is_said=True)[[*TASK, "seq", "text", "is_said"]], stated])
    found: dict[tuple[str, str], list[tuple[str, bool]]] = {}
    for row in both.sort_values(["session_id", "seq"]).itertuples():
        found.setdefault((row.session_id, row.step), []).append((row.text, row.is_said))
    return found


def _met(
    task: Task, phrases: list[Phrase], sections: list[dict[str, list[str]]], said: list[tuple[str, bool]]
) -> float | None:
    attributes = {option.id: option.attributes for option in task.catalogue}
    chosen = [attributes[o] for section in sections for o in section["option_ids"] if o in attributes]
    return share_met(chosen, standing(said, phrases))


def _share_up(data: Frames, protocol: Protocol) -> pd.DataFrame:
    rated = data.replies.dropna(subset=["rating"]).drop_duplicates(["session_id", "turn_id"])
    return share(data, rated, rated["rating"] == "up")


def _replies_rated(data: Frames, protocol: Protocol) -> pd.DataFrame:
    given = data.replies[data.replies["given"]]
    return share(data, given, given["rating"].notna())


def _replies_accepted(data: Frames, protocol: Protocol) -> pd.DataFrame:
    given = data.replies[data.replies["given"]]
    return share(data, given, given["outcome"].ne("stopped") & given["rating"].ne("down"))


def _failed_replies(data: Frames, protocol: Protocol) -> pd.DataFrame:
    return count(data, data.replies[~data.replies["given"] & (data.replies["outcome"] != "stopped")])


def _control_changes(data: Frames, protocol: Protocol) -> pd.DataFrame:
    return count(data, data.controls)


def _first_token_ms(data: Frames, protocol: Protocol) -> pd.DataFrame:
    return per_trial(data, data.replies[data.replies["given"]].groupby(TRIAL)["first_token_ms"].mean())


def _reply_ms(data: Frames, protocol: Protocol) -> pd.DataFrame:
    return per_trial(data, data.replies[data.replies["given"]].groupby(TRIAL)["duration_ms"].mean())


def _used_up(data: Frames) -> pd.DataFrame:
    """Tokens of all model calls of each block; none where no provider counted any."""
    return data.model_calls.groupby(TRIAL)[["input_tokens", "output_tokens"]].sum(min_count=1)


def _tokens(data: Frames, protocol: Protocol) -> pd.DataFrame:
    return per_trial(data, _used_up(data).sum(axis=1, min_count=1))


def _cost(data: Frames, protocol: Protocol) -> pd.DataFrame:
    used, prices = _used_up(data), protocol.prices
    if prices is None:
        return per_trial(data, pd.Series(index=used.index, dtype="float64"))
    used = used.dropna(how="all").fillna(0)
    return per_trial(data, prices.cost(used["input_tokens"], used["output_tokens"]))  # type: ignore[arg-type]


BEHAVIOUR = (
    Measure("turns", "Turns", "turns", "none", "turns: messages that got a reply", _turns),
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
        "solution_minutes",
        "Time to first solution",
        "min",
        "lower",
        "solutions: task shown to the first version with an option, empty where none came; mean over the tasks that came "
        "to one. Described and compared by survival only, with the other tasks as censored",
        _solution_minutes,
        censored=True,
    ),
    Measure("solution_updates", "Plan versions", "versions", "none", "solutions: all", _solution_updates),
    Measure("control_changes", "Controls operated", "changes", "none", "controls: all", _control_changes),
    Measure(
        "reply_rating_share_up",
        "Replies rated up",
        "share",
        "higher",
        "replies: up / (up + down), newest rating of a turn",
        _share_up,
    ),
    Measure("replies_rated", "Replies rated at all", "share", "none", "replies: rated / given", _replies_rated),
    Measure(
        "replies_accepted",
        "Replies let stand",
        "share",
        "higher",
        "replies: neither stopped nor rated down / given; no sign against a reply is no sign for it",
        _replies_accepted,
    ),
    Measure(
        "failed_replies",
        "Failed replies",
        "replies",
        "lower",
        "replies: failed, unless stopped by the participant",
        _failed_replies,
    ),
    Measure(
        "first_token_ms",
        "Time to first token",
        "ms",
        "lower",
        "replies: mean over replies that report it",
        _first_token_ms,
        covariate=False,
    ),
    Measure("reply_ms", "Time to the whole reply", "ms", "lower", "replies: mean", _reply_ms, covariate=False),
    Measure(
        "tokens",
        "Tokens",
        "tokens",
        "lower",
        "model_calls: input and output of all calls of the block, as the provider counted them",
        _tokens,
        covariate=False,
    ),
)
"""For every protocol."""

WISHES_MET = Measure(
    "wishes_met",
    "Stated needs met by the plan",
    "share",
    "higher",
    "solutions, messages, beliefs: over the options of a task's last version and the needs that stand at its end, the "
    "pairs in which the option meets the need; mean over tasks. Needs are read in messages and in what the participant "
    "did in a list of needs, by the words of the task's attributes; in English sessions only",
    _wishes_met,
)
"""Where a task has a catalogue."""


def by_protocol(protocol: Protocol) -> Iterator[Measure]:
    """The measures of behaviour that a protocol has."""
    yield from BEHAVIOUR
    if any(task.sections for task in protocol.tasks):
        yield WISHES_MET
    if protocol.prices:
        source = "tokens × the protocol's prices"
        yield Measure("cost", "Cost", protocol.prices.currency, "lower", source, _cost, covariate=False)
