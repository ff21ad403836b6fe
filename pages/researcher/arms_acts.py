"""What is done to set conditions side by side; each is signed by who does it, who alone sees it."""

from memory.side_by_side import SideBySide
from pages.researcher import who
from pages.researcher.at_hand import AtHand
from pages.runtime import comparisons, runtime
from pages.shared import visit
from study.errors import AtelierError


def begin_arms(study_id: str, text: AtHand, model: str, keys: dict[str, str]) -> None:
    """The first message to the chosen conditions of a text. `keys`: of the fields task, conditions and message."""
    by = who.may(study_id, "simulate")
    message = _message(keys["message"])
    task, chosen = str(visit.value_of(keys["task"]) or ""), list(visit.value_of(keys["conditions"]) or ())
    conditions = [one.id for one in text.protocol.conditions if one.id in chosen or not chosen]
    if task not in {one.id for one in text.protocol.tasks}:
        raise AtelierError("The text has no such task any more. Choose one of those it has now.")
    made = SideBySide(runtime().settings, text.protocol, model, task, conditions, text.name)
    comparisons().put(by, study_id, made)
    made.say(message)


def say_to_arms(study_id: str, key: str) -> None:
    """One more message to all of them."""
    by = who.may(study_id, "simulate")
    if found := comparisons().of(by, study_id):
        found.say(_message(key))
        visit.keep(key, "")


def retry_arm(study_id: str, condition: str) -> None:
    """Ask a condition once more whose reply failed."""
    by = who.may(study_id, "simulate")
    if found := comparisons().of(by, study_id):
        found.retry(condition)


def end_arms(study_id: str) -> None:
    """Put it away, so that another one can begin."""
    comparisons().put(who.may(study_id, "simulate"), study_id, None)


def _message(key: str) -> str:
    message = str(visit.value_of(key) or "").strip()
    if not message:
        raise AtelierError("Write a message first; every condition gets the same one.")
    return message
