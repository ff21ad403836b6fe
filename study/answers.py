"""Earlier answers of a participant in words, for a mechanism that is told about them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from study.instruments import Item, Option
from study.log import Logged
from study.protocol import Protocol


@dataclass(frozen=True)
class Said:
    """One answer as it reads: the question, and what was chosen or written; `event_id` is its evidence."""

    instrument: str
    item: str
    question: str
    answer: str
    event_id: str


def said_before(protocol: Protocol, answered: Sequence[Logged], block: int | None) -> list[Said]:
    """The newest answer to every item in this block, and of items not asked in it, outside every block."""
    found: dict[tuple[str, str], Said] = {}
    ours = [entry for entry in answered if entry.place.block in (None, block)]
    for entry in sorted(ours, key=lambda entry: entry.place.block is not None):
        instrument = protocol.instrument(entry.event.instrument)
        for item in instrument.items:
            if text := in_words(item, entry.event.answers.get(item.id)):
                found[instrument.id, item.id] = Said(instrument.id, item.id, item.text, text, entry.id)
    return list(found.values())


def in_words(item: Item, answer: Any) -> str:
    """An answer as somebody would read it; empty if there is none."""
    if answer is None:
        return ""
    labels = {option.value: option.label for option in item.options if isinstance(option, Option)}
    if isinstance(answer, dict):
        return ", ".join(
            f"{answer[value]}. {labels.get(value) or value}" for value in sorted(answer, key=answer.__getitem__)
        )
    if isinstance(answer, list):
        return ", ".join(labels.get(value) or value for value in answer)
    if isinstance(answer, str):
        return (labels.get(answer) or answer).strip()
    if item.labels and answer in item.scale():
        return item.labels[item.scale().index(answer)]
    ends = f" (from {item.min:g}, {item.low}, to {item.max:g}, {item.high})" if item.low and item.high else ""
    return f"{answer:g}{ends}"
