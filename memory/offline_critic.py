"""The built-in model looks through replies: whether the options they name fit what is known about the participant."""

from typing import Any

from memory.offline_reading import Choice, Reading, gather, rank, score
from study.wishes import Wish


def review_draft(reading: Reading) -> dict[str, Any]:
    """An option that goes against what is known is a problem; the revision names the best one instead."""
    message = reading.text("Message")
    wanted = gather(reading, message)
    ranked = rank(reading, wanted, reading.text("Task"))
    lines, problems = reading.parts.get("Draft", []), []
    for number, line in enumerate(lines):
        for option in _named(reading, line):
            best = ranked[option.section][0]
            against = [w for w in wanted if w.source != "message" and _goes_against(option, w)]
            asked_about = option.name.lower() in message.lower()
            if against and not asked_about and score(best, wanted) > score(option, wanted):
                problems.append(f"{option.name} does not go with “{against[0].words.lower()}”.")
                lines = [*lines[:number], _with(lines[number], option, best), *lines[number + 1 :]]
    revision = _spaced(lines) if problems else ""
    return {"problems": problems, "revision": revision, "better": "revision" if problems else "draft"}


def answer_neutrally(reading: Reading) -> dict[str, Any]:
    """The ordinary reply to this prompt, which has no personal lines."""
    from memory.offline import answer  # which reads the rules of this module

    said = [line for line in reading.parts.get("Conversation", []) if line.startswith("assistant: ")]
    return {"text": answer(reading, reading.text("Message"), len(said))}


def judge_answers(reading: Reading) -> dict[str, Any]:
    """The reply whose options fit better; with a tie the first."""
    wanted = gather(reading, reading.text("Message"))
    first, second = (
        sum(score(option, wanted) for option in _named(reading, reading.text(name)))
        for name in ("First answer", "Second answer")
    )
    return {"reason": "", "better": "second" if second > first else "first"}


def _named(reading: Reading, text: str) -> list[Choice]:
    return [option for option in reading.options if option.name.lower() in text.lower()]


def _goes_against(option: Choice, wish: Wish) -> bool:
    has = option.attributes.get(wish.topic)
    return has is not None and (has == wish.value) != wish.wanted


def _with(line: str, option: Choice, best: Choice) -> str:
    """The line with another option; in a list, what was said about the old one goes with it."""
    start = line.lower().find(option.name.lower())
    rest = f" – {best.description}" if line.startswith("- ") else line[start + len(option.name) :]
    return f"{line[:start]}{best.name}{rest}"


def _spaced(lines: list[str]) -> str:
    """Lines as paragraphs and lists: the blank lines between them were lost in reading."""
    text = ""
    for line in lines:
        joined = (
            "\n"
            if line.startswith("- ") and text.splitlines()[-1:] and text.splitlines()[-1].startswith("- ")
            else "\n\n"
        )
        text = f"{text}{joined}{line}" if text else line
    return text
