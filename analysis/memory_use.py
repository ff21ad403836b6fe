"""Measures from what the assistant held about a participant and used: needs, questions, beliefs, reliance."""

import json

import pandas as pd

from analysis.frames import Frames
from analysis.measure import TRIAL, Measure, count, per_trial, share, trials
from study.protocol import Protocol

LEVEL = r"^reliance level (\d+)"
"""How the reason of a recalled piece begins where a level of reliance was in force."""
CORRECTIONS = ("revised", "retracted", "declined")


def _needs(data: Frames, by: str) -> pd.DataFrame:
    return data.beliefs[(data.beliefs["by"] == by) & (data.beliefs["kind"] == "need")]


def _needs_edits(data: Frames, protocol: Protocol) -> pd.DataFrame:
    edits = _needs(data, "person")
    return count(data, edits[edits["action"] != "moved"])  # one act of ordering moves several needs


def _needs_moved(data: Frames, protocol: Protocol) -> pd.DataFrame:
    return count(data, data.controls[data.controls["action"] == "move"])


def _needs_found(data: Frames, protocol: Protocol) -> pd.DataFrame:
    found = _needs(data, "mechanism")
    new = found["action"].eq("added") | _answers(data, found)
    return count(data, found[new & found["status"].eq("held")])


def _needs_added(data: Frames, protocol: Protocol) -> pd.DataFrame:
    return _acts(data, "added")


def _needs_confirmed(data: Frames, protocol: Protocol) -> pd.DataFrame:
    return _acts(data, "confirmed")


def _needs_declined(data: Frames, protocol: Protocol) -> pd.DataFrame:
    return _acts(data, "declined")


def _acts(data: Frames, action: str) -> pd.DataFrame:
    needs = _needs(data, "person")
    return count(data, needs[needs["action"] == action])


# --- questions -----------------------------------------------------------------------------------


def _open(data: Frames) -> pd.DataFrame:
    """Questions in a list of needs, as they were put."""
    needs = _needs(data, "mechanism")
    return needs[needs["status"].eq("open") & needs["action"].eq("added")]


def _answers(data: Frames, rows: pd.DataFrame) -> pd.Series:
    """Which of these beliefs hold as the answer to a question that stood open."""
    asked = set(zip(*_columns(_open(data), "session_id", "belief_id"), strict=True))
    same = [key in asked for key in zip(*_columns(rows, "session_id", "belief_id"), strict=True)]
    next_one = [key in asked for key in zip(*_columns(rows, "session_id", "supersedes"), strict=True)]
    is_answer = pd.Series(same, index=rows.index, dtype=bool) | pd.Series(next_one, index=rows.index, dtype=bool)
    return is_answer & rows["status"].eq("held") & rows["action"].ne("moved")


def _columns(rows: pd.DataFrame, *names: str) -> list[pd.Series]:
    return [rows[name] for name in names]


def _asked_in_replies(data: Frames) -> pd.DataFrame:
    return data.replies[data.replies["given"] & data.replies["asked"].notna()]


def _questions_asked(data: Frames, protocol: Protocol) -> pd.DataFrame:
    return count(data, pd.concat([_asked_in_replies(data)[TRIAL], _open(data)[TRIAL]]))


def _questions_answered(data: Frames, protocol: Protocol) -> pd.DataFrame:
    last = data.messages.groupby(["session_id", "step"])["seq"].max().rename("last").reset_index()
    replies = _asked_in_replies(data).merge(last, on=["session_id", "step"])
    settled = data.beliefs[_answers(data, data.beliefs)]
    root = settled["supersedes"].fillna(settled["belief_id"])
    once = settled.assign(root=root).drop_duplicates(["session_id", "root"])
    return count(data, pd.concat([replies.loc[replies["last"] > replies["seq"], TRIAL], once[TRIAL]]))


# --- beliefs -------------------------------------------------------------------------------------


def _inferred(data: Frames) -> pd.DataFrame:
    """Beliefs other than needs as they were first inferred, one row each."""
    ours = data.beliefs[data.beliefs["by"] == "mechanism"]
    first = ours[ours["action"].eq("added") & ours["kind"].ne("need")]
    return first[first["source"].eq("inferred")].drop_duplicates(["session_id", "belief_id"])


def _beliefs_inferred(data: Frames, protocol: Protocol) -> pd.DataFrame:
    return count(data, _inferred(data))


def _beliefs_corrected(data: Frames, protocol: Protocol) -> pd.DataFrame:
    beliefs = data.beliefs
    before = beliefs["supersedes"].fillna(beliefs["belief_id"])
    source = beliefs.groupby(["session_id", "belief_id"])["source"].first()
    old = pd.MultiIndex.from_arrays([beliefs["session_id"], before])
    was_inferred = pd.Series(source.reindex(old).to_numpy(), index=beliefs.index).eq("inferred")
    acts = beliefs["by"].eq("person") & beliefs["action"].isin(CORRECTIONS) & beliefs["kind"].ne("need")
    return count(data, beliefs[acts & was_inferred])


def verdicts(data: Frames) -> pd.DataFrame:
    """The last verdict on each belief and where it arose, with how sure the assistant had been (`confidence`)."""
    judged = data.judgements.dropna(subset=["block"]).drop_duplicates(["session_id", "belief_id"], keep="last")
    held = data.beliefs.drop_duplicates(["session_id", "belief_id"], keep="last")
    return judged.merge(held[["session_id", "belief_id", "confidence"]], on=["session_id", "belief_id"], how="left")


def _where_judged(data: Frames, rows: pd.DataFrame, values: pd.Series) -> pd.DataFrame:
    """The mean by block; blocks without a verdict have no row, as nothing was held or nobody was asked."""
    means = rows.assign(value=values.astype("float64")).groupby(TRIAL)["value"].mean().reset_index()
    return trials(data).merge(means, on=TRIAL)


def _belief_right_share(data: Frames, protocol: Protocol) -> pd.DataFrame:
    judged = _judged(data)
    return _where_judged(data, judged, judged["verdict"] == "right")


def _belief_comfort_share(data: Frames, protocol: Protocol) -> pd.DataFrame:
    told = verdicts(data).dropna(subset=["comfortable"])
    return _where_judged(data, told, told["comfortable"].astype(bool))


def _judged(data: Frames) -> pd.DataFrame:
    """The verdicts that say whether a belief was right; an old `not_comfortable` did not."""
    judged = verdicts(data)
    return judged[judged["verdict"].isin(("right", "wrong"))]


def _belief_brier(data: Frames, protocol: Protocol) -> pd.DataFrame:
    judged = _judged(data)
    return _where_judged(data, judged, (judged["confidence"] - judged["verdict"].eq("right")) ** 2)


# --- reliance ------------------------------------------------------------------------------------


def _reliance_asked(data: Frames, protocol: Protocol) -> pd.DataFrame:
    levels = data.recalled.assign(level=data.recalled["reason"].str.extract(LEVEL, expand=False).astype("float64"))
    of_turn = levels.groupby(["session_id", "turn_id"])["level"].first().reset_index()
    given = data.replies[data.replies["given"]].merge(of_turn, on=["session_id", "turn_id"], how="left")
    dial = data.controls[data.controls["control"].eq("dial") & data.controls["action"].eq("set")]
    moved = dial.assign(set_to=dial["new"].astype("float64"))[[*TRIAL, "at", "seq", "set_to"]]
    known = pd.merge_asof(given.sort_values("seq"), moved.sort_values("seq"), on="seq", by=TRIAL)
    return per_trial(data, known.assign(level=known["level"].fillna(known["set_to"])).groupby(TRIAL)["level"].mean())


def _reliance_realised(data: Frames, protocol: Protocol) -> pd.DataFrame:
    pieces = data.recalled[data.recalled["kind"] == "memory"]
    return share(data, pieces, pieces["used"])


def _over_use(data: Frames, protocol: Protocol) -> pd.DataFrame:
    keys = ["session_id", "belief_id"]
    said = data.judgements.drop_duplicates(keys, keep="last").set_index(keys)
    unwelcome = said["comfortable"].eq(False).fillna(False).astype(bool)
    verdicts = said["verdict"].mask(unwelcome, "not_comfortable")
    pieces = data.recalled[data.recalled["used"] & data.recalled["kind"].eq("memory")].dropna(subset=["belief_id"])
    newest = _newest(data)
    now = [newest.get(key, key[1]) for key in zip(pieces["session_id"], pieces["belief_id"], strict=True)]
    verdict = verdicts.reindex(pd.MultiIndex.from_arrays([pieces["session_id"], now])).to_numpy()
    judged = pieces.assign(verdict=pd.Series(verdict, index=pieces.index, dtype="str"))
    aside = _set_aside(data)
    judged["aside"] = [key in aside for key in zip(pieces["session_id"], pieces["belief_id"], strict=True)]
    told = judged[judged["verdict"].notna() | judged["aside"]]
    return share(data, told, told["aside"] | told["verdict"].isin(("wrong", "not_comfortable")))


def _newest(data: Frames) -> dict[tuple[str, str], str]:
    """(session, belief) → what it had become in the end, where another one took its place."""
    replaced = data.beliefs.dropna(subset=["supersedes"])
    newest: dict[tuple[str, str], str] = {}
    for row in replaced[::-1].itertuples():
        newest.setdefault((row.session_id, row.supersedes), newest.get((row.session_id, row.belief_id), row.belief_id))
    return newest


def _set_aside(data: Frames) -> set[tuple[str, str]]:
    """(session, piece) of everything that stood aside after the last change of it."""
    acts = data.controls[data.controls["action"].isin(("set_aside", "use_again"))]
    last = acts.drop_duplicates([*TRIAL, "task"], keep="last")
    return {(row.session_id, piece) for row in last.itertuples() for piece in json.loads(row.new) or ()}


MEMORY_USE = (
    Measure(
        "needs_edits", "Needs edited", "changes", "none", "beliefs: needs, by the person; not their order", _needs_edits
    ),
    Measure("needs_moved", "Needs put in order", "changes", "none", "controls: move", _needs_moved),
    Measure(
        "needs_found",
        "Needs found in messages",
        "needs",
        "none",
        "beliefs: needs held that a mechanism added, or took as the answer to an open question",
        _needs_found,
    ),
    Measure("needs_added", "Needs added", "needs", "none", "beliefs: needs, added by the person", _needs_added),
    Measure(
        "needs_confirmed",
        "Needs confirmed",
        "needs",
        "none",
        "beliefs: needs, confirmed by the person; answers to open questions are among them",
        _needs_confirmed,
    ),
    Measure(
        "needs_declined", "Needs declined", "needs", "none", "beliefs: needs, declined by the person", _needs_declined
    ),
    Measure(
        "questions_asked",
        "Questions asked",
        "questions",
        "none",
        "replies that ask, and beliefs: needs that a mechanism left open",
        _questions_asked,
    ),
    Measure(
        "questions_answered",
        "Questions answered",
        "questions",
        "none",
        "of these, with a later message in the task, or held in the end",
        _questions_answered,
    ),
    Measure(
        "beliefs_inferred",
        "Beliefs inferred",
        "beliefs",
        "none",
        "beliefs: inferred and added, needs left out",
        _beliefs_inferred,
    ),
    Measure(
        "beliefs_corrected",
        "Beliefs corrected",
        "changes",
        "none",
        "beliefs: inferred ones that the person revised, took back or declined; needs left out",
        _beliefs_corrected,
    ),
    Measure(
        "belief_right_share",
        "Beliefs judged right",
        "share",
        "higher",
        "judgements: right / judged right or wrong, in the condition where the belief arose",
        _belief_right_share,
    ),
    Measure(
        "belief_comfort_share",
        "Beliefs comfortable with",
        "share",
        "higher",
        "judgements: not ticked as uncomfortable / all asked so, right or wrong, in the condition where the belief arose",
        _belief_comfort_share,
    ),
    Measure(
        "belief_brier",
        "Calibration of the profile (Brier)",
        "0–1",
        "lower",
        "judgements, beliefs: mean of (confidence − right)², over beliefs judged right or wrong (Brier, 1950)",
        _belief_brier,
    ),
    Measure(
        "reliance_asked",
        "Reliance asked for",
        "1 to 5",
        "none",
        "recalled, controls: level of the dial in force, mean over replies; empty where no reply tells it",
        _reliance_asked,
    ),
    Measure(
        "reliance_realised",
        "Reliance realised",
        "share",
        "none",
        "recalled: pieces of memory used / recalled; what was never recalled is not in the record",
        _reliance_realised,
    ),
    Measure(
        "over_use",
        "Used against the participant's word",
        "share",
        "lower",
        "recalled: of the used pieces on which the participant gave their word, those that they set aside or whose "
        "belief they judged wrong or not comfortable; whether a piece bore on a message is judged by nobody",
        _over_use,
    ),
)
