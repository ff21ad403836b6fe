"""Questionnaires as data: items, anchors, scoring; one YAML file each in `protocols/instruments/`."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal, Self

from pydantic import Field, model_validator

from study.errors import AnswerRefused
from study.events import Frozen

ItemType = Literal["slider", "likert", "semantic", "single", "multiple", "ranking", "number", "short_text", "long_text"]
Answer = int | float | str | list[str] | None
TEXT_LIMIT, MOST_POINTS = 10_000, 1_000
LARGEST_NUMBER = 1e15
"""Beyond this a float no longer tells neighbouring whole numbers apart."""


class Option(Frozen):
    """One answer option of a choice item."""

    value: str
    label: str


class Item(Frozen):
    """One question of an instrument. `options: conditions` stands for the versions a person met."""

    id: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    text: str
    type: ItemType
    min: float | None = None
    max: float | None = None
    step: float = Field(default=1, gt=0)
    low: str = ""
    high: str = ""
    labels: tuple[str, ...] = ()
    options: tuple[Option, ...] | Literal["conditions"] = ()
    reversed: bool = False
    required: bool = True

    @model_validator(mode="after")
    def _fits_its_type(self) -> Self:
        if self.type in ("slider", "likert", "semantic"):
            if self.min is None or self.max is None or self.min >= self.max:
                raise ValueError(f"item '{self.id}' ({self.type}) needs min < max")
            if (self.max - self.min) / self.step > MOST_POINTS:
                raise ValueError(f"item '{self.id}' has more than {MOST_POINTS} points; use a larger step")
            if self.scale()[-1] != self.max:
                raise ValueError(f"item '{self.id}': steps of {self.step:g} do not lead from min to max")
            if self.labels and len(self.labels) != len(self.scale()):
                raise ValueError(f"item '{self.id}' has {len(self.labels)} labels for {len(self.scale())} points")
        if self.type in ("single", "multiple", "ranking") and not self.options:
            raise ValueError(f"item '{self.id}' ({self.type}) needs options")
        return self

    def scale(self) -> tuple[int | float, ...]:
        """The points of a rating item, from min to max."""
        low, high = self.min or 0, self.max or 0
        count = round((high - low) / self.step) + 1
        points = (round(low + index * self.step, 9) for index in range(count))
        return tuple(int(point) if float(point).is_integer() else point for point in points)


class Source(Frozen):
    """Where an instrument comes from and what its licence allows."""

    citation: str
    doi: str | None = None
    licence: str


class Scale(Frozen):
    """How one score is computed from items (after reversal); higher is not always better."""

    id: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    name: str
    items: tuple[str, ...] = Field(min_length=1)
    method: Literal["mean", "sum"] = "mean"
    shift: float = 0
    max_missing: int = 0
    range: tuple[float, float]
    direction: Literal["lower", "higher", "none"] = "none"


class Instrument(Frozen):
    """A questionnaire: what is shown, and how it is scored."""

    id: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    version: str
    title: str
    instructions: str = ""
    language: str = "en"
    source: Source
    order: Literal["fixed", "random"] = "fixed"
    items: tuple[Item, ...] = Field(min_length=1)
    scoring: tuple[Scale, ...] = ()

    @model_validator(mode="after")
    def _ids_are_known(self) -> Self:
        ids = [item.id for item in self.items]
        if len(set(ids)) != len(ids):
            raise ValueError("item ids must be unique")
        for scale in self.scoring:
            unknown = [item for item in scale.items if item not in ids]
            if unknown:
                raise ValueError(f"scale '{scale.id}' names unknown items: {', '.join(unknown)}")
        return self

    def item(self, item_id: str) -> Item:
        """The item with this id; KeyError if there is none."""
        return {item.id: item for item in self.items}[item_id]


def missing(instrument: Instrument, answers: Mapping[str, Any]) -> list[Item]:
    """Required items without an answer, in file order."""
    return [item for item in instrument.items if item.required and _blank(answers.get(item.id))]


def check_answers(
    instrument: Instrument, answers: Mapping[str, Any], conditions: Sequence[str] = ()
) -> dict[str, Answer]:
    """Answers as they may be stored: every value checked against its item.

    A browser may send anything, so values outside the item's own are refused, whatever the screen
    offered. Raises AnswerRefused naming the item.
    """
    if not isinstance(answers, Mapping):
        raise AnswerRefused("These are no answers; please reload the page.")
    unknown = {str(key)[:60] for key in answers} - {item.id for item in instrument.items}
    if unknown:
        raise AnswerRefused(f"'{min(unknown)}' is no item of {instrument.id}; please reload the page.")
    if lacking := missing(instrument, answers):
        raise AnswerRefused("Please answer: " + " · ".join(item.text for item in lacking))
    return {item.id: _checked(item, answers.get(item.id), conditions) for item in instrument.items}


def _blank(value: Any) -> bool:
    return value is None or value == [] or (isinstance(value, str) and not value.strip())


def _checked(item: Item, value: Any, conditions: Sequence[str]) -> Answer:
    if _blank(value):
        return None
    if item.type in ("slider", "likert", "semantic"):
        return _number(item, value, item.scale())
    if item.type == "number":
        return _number(item, value, None)
    if item.type in ("short_text", "long_text"):
        return _text(item, value)
    allowed = list(conditions) if item.options == "conditions" else [o.value for o in item.options]
    if item.type == "single":
        if not isinstance(value, str) or value not in allowed:
            raise AnswerRefused(f"“{item.text}” was answered with something it does not offer.")
        return value
    return _values(item, value, allowed)


def _number(item: Item, value: Any, scale: Sequence[float] | None) -> int | float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < LARGEST_NUMBER:
        raise AnswerRefused(f"“{item.text}” needs a number.")
    outside = (item.min is not None and value < item.min) or (item.max is not None and value > item.max)
    if outside or (scale is not None and value not in scale):
        raise AnswerRefused(f"{value} is not on the scale of “{item.text}”.")
    return value


def _text(item: Item, value: Any) -> str:
    if not isinstance(value, str) or len(value) > TEXT_LIMIT:
        raise AnswerRefused(f"“{item.text}” takes a text of at most {TEXT_LIMIT} characters.")
    return value


def _values(item: Item, value: Any, allowed: Sequence[str]) -> list[str]:
    given = value if isinstance(value, list | tuple) else [value]
    values = [v for v in given if isinstance(v, str) and v in allowed]
    if len(values) != len(given) or len(set(values)) != len(values):
        raise AnswerRefused(f"“{item.text}” was answered with something it does not offer.")
    if item.type == "ranking" and len(values) != len(allowed):
        raise AnswerRefused(f"Please rank all of them: “{item.text}”.")
    return values
