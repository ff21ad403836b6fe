"""Questionnaires as data: items, anchors, scoring; one YAML file each in `protocols/instruments/`."""

import datetime
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal, Self

from pydantic import Field, model_validator

from study.errors import AnswerRefused
from study.events import Frozen
from study.scales import Scale
from study.sentence import Sentence
from study.text import Text

ItemType = Literal[
    "slider", "likert", "semantic", "single", "multiple", "ranking", "pairwise",
    "number", "date", "short_text", "long_text",
]  # fmt: skip
RATED = ("slider", "likert", "semantic")
Answer = int | float | str | list[str] | dict[str, int] | None
"""A ranking is places by value, 1 for the first; equal places are ties. Earlier records list the values, best first."""
TEXT_LIMIT, MOST_POINTS = 10_000, 1_000
NOT_OFFERED = "“{item}” was answered with something it does not offer."
LARGEST_NUMBER = 1e15
"""Beyond this a float no longer tells neighbouring whole numbers apart."""


class Option(Frozen):
    """One answer option of a choice item."""

    value: str
    label: Text


class Item(Frozen):
    """One question of an instrument. `options: conditions` stands for the versions a person met.

    Neighbouring `matrix` items on the same scale are shown as the rows of one table. `section` is a text
    above the item with which a new part of the instrument begins. `right`: the one right answer, of a
    question that tests what somebody knows; it is counted, never shown.
    """

    id: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    text: Text = ""
    type: ItemType
    section: Text = ""
    min: float | None = None
    max: float | None = None
    step: float = Field(default=1, gt=0)
    low: Text = ""
    high: Text = ""
    labels: tuple[Text, ...] = ()
    matrix: bool = False
    options: tuple[Option, ...] | Literal["conditions"] = ()
    earliest: datetime.date | None = None
    latest: datetime.date | None = None
    right: str | None = None
    reversed: bool = False
    required: bool = True

    @model_validator(mode="before")
    @classmethod
    def _names_itself(cls, raw: Any) -> Any:
        """A semantic differential or a pair without a text is called by its two ends."""
        if isinstance(raw, dict) and not raw.get("text") and (name := _name_from_ends(raw)):
            return {**raw, "text": name}
        return raw

    @model_validator(mode="after")
    def _fits_its_type(self) -> Self:
        if wrong := next(self._wrong(), None):
            raise ValueError(wrong)
        return self

    def _wrong(self) -> Iterator[str]:
        if self.type in RATED:
            yield from self._wrong_scale()
        if self.type in ("single", "multiple", "ranking") and not self.options:
            yield f"item '{self.id}' ({self.type}) needs options"
        if self.type == "pairwise" and (isinstance(self.options, str) or len(self.options) != 2):
            yield f"item '{self.id}' (pairwise) needs exactly two options"
        if not isinstance(self.options, str) and len({o.value for o in self.options}) != len(self.options):
            yield f"item '{self.id}' offers the same value twice"
        if self.right is not None and self.right not in [o.value for o in self.options if isinstance(o, Option)]:
            yield f"item '{self.id}': the right answer '{self.right}' is not one of the options"
        if self.earliest and self.latest and self.earliest > self.latest:
            yield f"item '{self.id}' needs earliest ≤ latest"
        if self.matrix and self.type != "likert":
            yield f"item '{self.id}' ({self.type}): only likert items can stand in a matrix"
        if self.reversed and (self.min is None or self.max is None):
            yield f"item '{self.id}' cannot be reversed without min and max"

    def _wrong_scale(self) -> Iterator[str]:
        if self.min is None or self.max is None or self.min >= self.max:
            yield f"item '{self.id}' ({self.type}) needs min < max"
        elif (self.max - self.min) / self.step > MOST_POINTS:
            yield f"item '{self.id}' has more than {MOST_POINTS} points; use a larger step"
        elif self.scale()[-1] != self.max:
            yield f"item '{self.id}': steps of {self.step:g} do not lead from min to max"
        elif self.labels and len(self.labels) != len(self.scale()):
            yield f"item '{self.id}' has {len(self.labels)} labels for {len(self.scale())} points"

    def scale(self) -> tuple[int | float, ...]:
        """The points of a rating item, from min to max."""
        low, high = self.min or 0, self.max or 0
        count = round((high - low) / self.step) + 1
        points = (round(low + index * self.step, 9) for index in range(count))
        return tuple(int(point) if float(point).is_integer() else point for point in points)

    def only_names_its_ends(self) -> bool:
        """Whether the text says nothing beyond the two ends, which stand beside the answer anyway."""
        return self.text != "" and self.text == _name_from_ends(self.model_dump())

    def named_by_its_ends(self) -> Self:
        """The same item, called by its two ends as they are worded now."""
        return self.model_copy(update={"text": _name_from_ends(self.model_dump())})

    def offers(self) -> tuple[int | float | str, ...] | None:
        """Every value that an answer can be (or hold, of several); None where they cannot be listed."""
        if self.type in RATED:
            return self.scale()
        return tuple(o.value for o in self.options if isinstance(o, Option)) or None

    def is_worded(self) -> bool:
        """Whether text, ends of the scale and options are all there to be read."""
        ends = self.type not in RATED or bool(self.labels) or bool(self.low and self.high)
        return bool(self.text) and ends and all(o.label for o in self.options if isinstance(o, Option))


def _name_from_ends(raw: Mapping[str, Any]) -> str:
    """What an item is called that consists of two ends; nothing where one of them lacks."""
    if raw.get("type") == "semantic":
        return f"{raw['low']} – {raw['high']}" if raw.get("low") and raw.get("high") else ""
    options = raw.get("options")
    if raw.get("type") == "pairwise" and isinstance(options, list | tuple):
        labels = [option.get("label") for option in options if isinstance(option, dict)]
        return " or ".join(map(str, labels)) + "?" if len(labels) == 2 and all(labels) else ""
    return ""


class Source(Frozen):
    """Where an instrument comes from and what its licence allows."""

    citation: str
    doi: str | None = None
    licence: str


class Instrument(Frozen):
    """A questionnaire: what is shown, and how it is scored. In a block, `{task}` in the instructions is its title.

    `wording: paste` marks one whose texts may not be shipped: its items are keys until the researcher
    pastes the published texts into the file.
    """

    id: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    version: str
    title: Text
    instructions: Text = ""
    language: str = "en"
    source: Source
    wording: Literal["shipped", "paste"] = "shipped"
    order: Literal["fixed", "random"] = "fixed"
    items: tuple[Item, ...] = Field(min_length=1)
    scoring: tuple[Scale, ...] = ()

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if len({item.id for item in self.items}) != len(self.items):
            raise ValueError("item ids must be unique")
        if len({scale.id for scale in self.scoring}) != len(self.scoring):
            raise ValueError("scale ids must be unique")
        if self.order == "random" and any(item.section for item in self.items):
            raise ValueError("a section begins where its items stand; use order: fixed")
        if self.wording == "shipped" and (lacking := [item.id for item in self.items if not item.text]):
            raise ValueError(f"items without text: {', '.join(lacking)}")
        if wrong := [sentence for scale in self.scoring for sentence in self._wrong(scale)]:
            raise ValueError("\n".join(wrong))
        return self

    def _wrong(self, scale: Scale) -> Iterator[str]:
        items = {item.id: item for item in self.items}
        if unknown := [name for name in (*scale.items, *scale.pairs) if name not in items]:
            yield f"scale '{scale.id}' names unknown items: {', '.join(unknown)}"
            return
        if wordy := [name for name in scale.items if items[name].type not in (*RATED, "number")]:
            yield f"scale '{scale.id}' scores items that give no number: {', '.join(wordy)}"
        for pair in map(items.__getitem__, scale.pairs):
            choices = [o.value for o in pair.options if isinstance(o, Option)]
            if pair.type != "pairwise" or not all(set(scale.weighed_by(c)) & set(scale.items) for c in choices):
                yield f"scale '{scale.id}': '{pair.id}' is no pair of what the scale weighs"

    def unworded(self) -> list[str]:
        """Ids of the items whose published wording has still to be pasted in."""
        return [item.id for item in self.items if self.wording == "paste" and not item.is_worded()]

    def item(self, item_id: str) -> Item:
        """The item with this id; KeyError if there is none."""
        for item in self.items:
            if item.id == item_id:
                return item
        raise KeyError(item_id)


def tables(items: Sequence[Item]) -> list[list[Item]]:
    """Items as they stand on the page: neighbouring matrix items on one scale together, any other alone."""
    found: list[list[Item]] = []
    for item in items:
        above = found[-1][0] if found else None
        if above and above.matrix and item.matrix and not item.section and _scale_of(item) == _scale_of(above):
            found[-1].append(item)
        else:
            found.append([item])
    return found


def _scale_of(item: Item) -> tuple[Any, ...]:
    return item.min, item.max, item.step, item.low, item.high, item.labels


def missing(instrument: Instrument, answers: Mapping[str, Any]) -> list[Item]:
    """Required items without an answer, in file order."""
    return [item for item in instrument.items if item.required and _blank(answers.get(item.id))]


def check_answers(
    instrument: Instrument, answers: Mapping[str, Any], conditions: Sequence[str] = (), complete: bool = True
) -> dict[str, Answer]:
    """Answers as they may be stored: every value checked against its item, and unless not `complete`, all there.

    A browser may send anything, so values outside the item's own are refused, whatever the screen
    offered. Raises AnswerRefused naming the item.
    """
    if not isinstance(answers, Mapping):
        raise AnswerRefused(Sentence("These are no answers; please reload the page."))
    unknown = {str(key)[:60] for key in answers} - {item.id for item in instrument.items}
    if unknown:
        raise AnswerRefused(
            Sentence(
                "'{item}' is no item of {instrument}; please reload the page.",
                item=min(unknown),
                instrument=instrument.id,
            )
        )
    if complete and (lacking := missing(instrument, answers)):
        raise AnswerRefused(Sentence("Please answer: {items}", items=" · ".join(item.text for item in lacking)))
    return {item.id: _checked(item, answers.get(item.id), conditions) for item in instrument.items}


def _blank(value: Any) -> bool:
    return value is None or value == [] or value == {} or (isinstance(value, str) and not value.strip())


def _checked(item: Item, value: Any, conditions: Sequence[str]) -> Answer:
    if _blank(value):
        return None
    if item.type in RATED:
        return _number(item, value, item.scale())
    if item.type == "number":
        return _number(item, value, None)
    if item.type == "date":
        return _date(item, value)
    if item.type in ("short_text", "long_text"):
        return _text(item, value)
    allowed = list(conditions) if item.options == "conditions" else [o.value for o in item.options]
    if item.type in ("single", "pairwise"):
        if not isinstance(value, str) or value not in allowed:
            raise AnswerRefused(Sentence(NOT_OFFERED, item=item.text))
        return value
    return _places(item, value, allowed) if item.type == "ranking" else _values(item, value, allowed)


def _number(item: Item, value: Any, scale: Sequence[float] | None) -> int | float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < LARGEST_NUMBER:
        raise AnswerRefused(Sentence("“{item}” needs a number.", item=item.text))
    outside = (item.min is not None and value < item.min) or (item.max is not None and value > item.max)
    if outside or (scale is not None and value not in scale):
        raise AnswerRefused(Sentence("{value} is not on the scale of “{item}”.", value=value, item=item.text))
    return value


def _date(item: Item, value: Any) -> str:
    try:
        day = datetime.date.fromisoformat(value) if isinstance(value, str) and len(value) == 10 else None
    except ValueError:
        day = None
    if day is None or day.isoformat() != value:
        raise AnswerRefused(Sentence("“{item}” needs a date such as 2026-03-31.", item=item.text))
    if (item.earliest and day < item.earliest) or (item.latest and day > item.latest):
        raise AnswerRefused(Sentence("{value} is outside the dates that “{item}” takes.", value=value, item=item.text))
    return day.isoformat()


def _text(item: Item, value: Any) -> str:
    if not isinstance(value, str) or len(value) > TEXT_LIMIT:
        raise AnswerRefused(
            Sentence("“{item}” takes a text of at most {count} characters.", item=item.text, count=TEXT_LIMIT)
        )
    return value


def _values(item: Item, value: Any, allowed: Sequence[str]) -> list[str]:
    given = value if isinstance(value, list | tuple) else [value]
    values = [v for v in given if isinstance(v, str) and v in allowed]
    if len(values) != len(given) or len(set(values)) != len(values):
        raise AnswerRefused(Sentence(NOT_OFFERED, item=item.text))
    return values


def _places(item: Item, value: Any, allowed: Sequence[str]) -> dict[str, int]:
    """The place of every value, 1 + how many stand before it; a list is an order without ties."""
    given = value if isinstance(value, dict) else {v: n for n, v in enumerate(_values(item, value, allowed), start=1)}
    if set(given) - set(allowed) or any(type(p) is not int or not 1 <= p <= len(allowed) for p in given.values()):
        raise AnswerRefused(Sentence(NOT_OFFERED, item=item.text))
    if len(given) != len(allowed):
        raise AnswerRefused(Sentence("Please rank all of them: “{item}”.", item=item.text))
    return {v: 1 + sum(other < given[v] for other in given.values()) for v in allowed}
