"""What a belief rests on and how sure the assistant is of it, in words."""

from collections.abc import Sequence

from memory.conversation import View
from pages.shared.words import say
from study.events import Belief

LONGEST = 280
"""Of a long message this many characters are quoted."""
CERTAINTY = ((0.75, "quite sure"), (0.5, "fairly sure"), (0.25, "not so sure"), (0.0, "a guess"))
"""From which confidence (0–1) on it is called what; the cut-offs are ours, quarters of the scale."""
WORDS = {
    "message": "You said: “{text}”",
    "list": "You wrote this in the list yourself.",
    "control": "You set this yourself: {text}.",
    "elsewhere": "From what you answered or wrote before.",
    "settled": "settled by you",
    "stated": "as you said",
}


def lines(view: View, ids: Sequence[str]) -> list[str]:
    """One sentence for each thing that the ids stand for, none twice; beliefs are no evidence of themselves."""
    beliefs = {belief.id for control in view.controls for belief in control.beliefs}
    labels = {f"control:{control.id}": control.label for control in view.controls}
    said = [_line(view, labels, one) for one in ids if one not in beliefs]
    return list(dict.fromkeys(said))


def certainty(belief: Belief) -> str:
    """How sure the assistant is of something, in words."""
    if belief.source == "edited":
        return say(WORDS["settled"])
    if belief.source == "stated":
        return say(WORDS["stated"])
    return say(next(word for least, word in CERTAINTY if belief.confidence >= least))


def _line(view: View, labels: dict[str, str], one: str) -> str:
    if one in view.words:
        text = " ".join(view.words[one].split())
        short = text if len(text) <= LONGEST else text[:LONGEST].rsplit(" ", 1)[0] + " …"
        return say(WORDS["message"], text=short)
    if one == "panel":
        return say(WORDS["list"])
    if one in labels:
        return say(WORDS["control"], text=say(labels[one]))
    return say(WORDS["elsewhere"])
