"""Prompt texts, and the fixed format in which every model reads them.

A system message is a list of sections, each a line `# Name` followed by its lines:

    # Role            who the model is and how it answers (and in which language, if not English)
    # Task            title and brief
    # Sections        `- id: title`, the parts of a plan
    # Attributes      `- id | label | question | value: word, word; value: …`
    # Options         `- id | section | name | attribute=value; … | description`
    # Material        `- a point`, instead of sections and options where the task is a conversation
    # About the participant   `- [id] text`, or one line that nothing is known
    # Plan so far     `- section: option id, option id`
    # Held beliefs, # Areas so far, # Proposals, # Notes, # Conversation, # Message, # Reply   only in structured
    # calls that need them
    # Page, # Own lines, # Removed lines   `- a line`, only where a page about the participant is rewritten
    # Open topics     `- id: question`, what may still be asked; # Asked before   `- question`
    # Instructions, # Draft, # First answer, # Second answer   a reply that is looked through, and its rules
    # In doubt (as held beliefs), # Asked already (`- topic`), # Question (`- topic | text`)   before and after asking

The personal section has the same heading and place in every condition; only its lines differ.
"""

from collections.abc import Mapping, Sequence

from memory.mechanism import Line, State, Turn
from study.events import Belief, Message, Recalled
from study.languages import english_name, is_english
from study.protocol import Task

EDITED = (
    "No new message. The participant changed what is listed about them; that counts more than what was said before."
)
NOTHING_KNOWN = "Nothing is known about the participant."
OF_THE_TASK = frozenset({"Task", "Sections", "Attributes", "Options", "Material"})
"""The sections that hold what the researcher wrote; nothing in them is about a person (memory/names.py)."""

REPLY_ROLE = (
    "You help a participant to make a plan. Answer in at most 120 words of plain, friendly language. "
    "Suggest concrete options from the list by name, and say in a few words why they fit. "
    "Use what is listed about the participant only where it bears on the message; never invent facts "
    "about them. Ask at most one question, at the end."
)
SOLUTION_ROLE = (
    "You keep the participant's plan up to date. For every section choose one or two options from the "
    "list that fit the conversation and what is known about the participant. Keep earlier choices "
    "unless something speaks against them. Cite in `because` the ids of the entries a choice answers."
)
CONVERSATION_ROLE = (
    "You talk with a participant about the topic below. Answer in at most 120 words of plain, friendly language. "
    "Use the material where it helps, one point at a time. Use what is listed about the participant only where it "
    "bears on the message; never invent facts about them."
)
PROPOSE_ROLE = (
    "You observe. From the message, propose what it suggests about the participant's preferences, "
    "needs and situation, with your reasoning, confidence (1–10) and durability (1–10)."
)
MATCH_ROLE = (
    "You compare proposals with held beliefs. Label each proposal identical (says the same), similar "
    "(same subject, so the held belief must be revised: give the revised text; where both cannot be true, what was "
    "said last) or unrelated (both can be true side by side)."
)


def reply_messages(turn: Turn, recalled: Sequence[Recalled]) -> list[Message]:
    """The one prompt of a reply: system sections, the conversation so far, the message."""
    role = "\n".join([REPLY_ROLE if turn.state.task.sections else CONVERSATION_ROLE, *instructions(recalled)])
    about = {"About the participant": about_lines(recalled)}
    system = sections(turn.state, role, about | (plan_so_far(turn.state) if turn.state.task.sections else {}))
    history = [Message(role=line.role, content=line.text) for line in turn.state.history]
    return [Message(role="system", content=system), *history, Message(role="user", content=turn.text)]


def solution_messages(turn: Turn, recalled: Sequence[Recalled], reply: str) -> list[Message]:
    """The structured call that brings the plan up to date after a reply (or after an edit)."""
    extra = {
        "About the participant": about_lines(recalled),
        **plan_so_far(turn.state),
        "Conversation": conversation_lines(turn.state.history[-6:]),
        "Message": [turn.text if turn.message_id else EDITED],
        "Reply": [reply],
    }
    return structured_messages(turn.state, SOLUTION_ROLE, extra)


def structured_messages(state: State, role: str, extra: Mapping[str, Sequence[str]]) -> list[Message]:
    """System sections and a closing request; the schema travels with the call."""
    return [
        Message(role="system", content=sections(state, role, extra)),
        Message(role="user", content="Answer in the requested structure."),
    ]


def sections(state: State, role: str, extra: Mapping[str, Sequence[str]]) -> str:
    """The documented sections as one text; the same task lines in every condition."""
    task = state.task
    parts: dict[str, Sequence[str]] = {
        "Role": [role, *speaks(state.language)],
        "Task": [task.title, task.brief.strip()],
        **(_catalogue(task) if task.sections else _material(task)),
        **extra,
    }
    return "\n\n".join(f"# {name}\n{_inside(lines)}" for name, lines in parts.items())


def speaks(language: str) -> list[str]:
    """One sentence that names the session's language, unless it is English."""
    return [] if is_english(language) else [f"Answer in {english_name(language)} ({language})."]


def instructions(recalled: Sequence[Recalled]) -> list[str]:
    """What a mechanism adds to the role."""
    return [piece.text for piece in recalled if piece.used and piece.kind == "instruction"]


def plan_so_far(state: State) -> dict[str, list[str]]:
    """The plan as a section of a prompt."""
    return {"Plan so far": plan_lines(state)}


def _catalogue(task: Task) -> dict[str, list[str]]:
    return {
        "Sections": [f"- {section.id}: {section.title}" for section in task.sections],
        "Attributes": attribute_lines(task),
        "Options": option_lines(task),
    }


def _material(task: Task) -> dict[str, list[str]]:
    points = {"Material": [f"- {' '.join(remark.split())}" for remark in task.remarks]}
    return points | ({"Attributes": attribute_lines(task)} if task.attributes else {})


def about_lines(recalled: Sequence[Recalled]) -> list[str]:
    """`- [id] text` for every piece that is used, one line each."""
    return [
        f"- [{piece.belief_id or f'{piece.mechanism}-{n}'}] {' '.join(piece.text.split())}"
        for n, piece in enumerate(piece for piece in recalled if piece.kind == "memory")
        if piece.used
    ] or [NOTHING_KNOWN]


def attribute_lines(task: Task) -> list[str]:
    """`- id | label | question | value: word, word; …` for every attribute."""
    return [
        f"- {name} | {a.label} | {a.question} | "
        + "; ".join(f"{value}: {', '.join(words)}" for value, words in a.values.items())
        for name, a in task.attributes.items()
    ]


def option_lines(task: Task) -> list[str]:
    """`- id | section | name | attribute=value; … | description` for every option."""
    return [
        f"- {o.id} | {o.section} | {o.name} | "
        + "; ".join(f"{k}={v}" for k, v in o.attributes.items())
        + f" | {o.description}"
        for o in task.catalogue
    ]


def plan_lines(state: State) -> list[str]:
    """`- section: option id, option id` for every section that has a choice."""
    return [f"- {s.id}: {', '.join(s.option_ids)}" for s in state.solution if s.option_ids] or [
        "Nothing is chosen yet."
    ]


def belief_lines(beliefs: Sequence[Belief]) -> list[str]:
    """`- [id] (status; topic) text` for every belief."""
    return [f"- [{b.id}] ({b.status}; {b.topic or '-'}) {' '.join(b.text.split())}" for b in beliefs] or ["None."]


def listed(lines: Sequence[str]) -> list[str]:
    """`- a line` for every line, or one line that there is none."""
    return [f"- {' '.join(line.split())}" for line in lines] or ["None."]


def numbered_lines(texts: Sequence[str]) -> list[str]:
    """`- number | text` for every text, from 0."""
    return [f"- {n} | {' '.join(text.split())}" for n, text in enumerate(texts)]


def conversation_lines(history: Sequence[Line]) -> list[str]:
    """`participant: …` and `assistant: …`, one line each."""
    return [
        f"{'participant' if line.role == 'user' else 'assistant'}: {' '.join(line.text.split())}" for line in history
    ]


def _inside(lines: Sequence[str]) -> str:
    """The lines of a section; none that somebody wrote begins a section of its own."""
    written = [part for line in lines for part in line.splitlines()]
    return "\n".join(f" {line}" if line.startswith("#") else line for line in written)
