"""What the assistant held and did at one moment: for the beliefs of one participant before one reply."""

from dataclasses import dataclass

import pandas as pd

from analysis.belief_states import beliefs_before
from analysis.frames import Frames
from study.errors import NotFound

HELD = ["belief_id", "kind", "source", "text", "confidence", "importance"]


@dataclass(frozen=True)
class Moment:
    """One reply: what was written before it, what was held (a row per belief), what came up for it, what was answered."""

    participant: str
    condition: str
    number: int
    message: str
    held: pd.DataFrame
    recalled: pd.DataFrame
    reply: str

    @property
    def sentence(self) -> str:
        """Where one is."""
        used = int(self.recalled["used"].sum())
        return (
            f"{self.participant}, {self.condition}, reply {self.number}: {len(self.held)} beliefs held, "
            f"{len(self.recalled)} pieces came up, {used} used."
        )


def moment(data: Frames, participant: str, number: int) -> Moment:
    """Reply `number` (from 1, over the whole session) of a participant. Raises NotFound saying how many there are."""
    replies = data.replies[(data.replies["participant"] == participant) & data.replies["given"]].sort_values("seq")
    if not 1 <= number <= len(replies):
        raise NotFound(f"{participant} has {len(replies)} replies, so there is no reply {number}.")
    turn = replies.iloc[number - 1]
    messages = data.messages.set_index(["session_id", "message_id"])["text"].to_dict()
    recalled = data.recalled[
        (data.recalled["session_id"] == turn["session_id"]) & (data.recalled["turn_id"] == turn["turn_id"])
    ]
    return Moment(
        participant,
        str(turn["condition"]),
        number,
        messages.get((turn["session_id"], turn["message_id"]), ""),
        beliefs_before(data.beliefs, turn).query("status == 'held'")[HELD].reset_index(drop=True),
        recalled[["kind", "mechanism", "text", "used", "reason"]].reset_index(drop=True),
        str(turn["text"]),
    )


def fullest(data: Frames) -> tuple[str, int]:
    """The participant and the number of the reply for which most pieces of memory came up; ("", 0) without any reply."""
    given = data.replies[data.replies["given"]].sort_values(["participant", "seq"])
    if given.empty:
        return "", 0
    known = given.assign(
        number=given.groupby("participant").cumcount() + 1, pieces=given["recalled_used"] + given["recalled_dropped"]
    )
    most = known.loc[known["pieces"].idxmax()]
    return str(most["participant"]), int(most["number"])


def fates(recalled: pd.DataFrame) -> pd.DataFrame:
    """What became of recalled pieces: condition, kind, mechanism, fate (used, or why it was dropped), pieces, share of the three."""
    fate = recalled["reason"].fillna("").replace("", "no reason given").mask(recalled["used"], "used")
    keys = ["condition", "kind", "mechanism"]
    counts = recalled.assign(fate=fate).groupby([*keys, "fate"], sort=True).size().rename("pieces").reset_index()
    return counts.assign(share=counts["pieces"] / counts.groupby(keys)["pieces"].transform("sum"))
