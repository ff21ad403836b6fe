"""The shopping scenarios of PAHF (arXiv 2602.16173) as tasks, and their scripted participant.

The data (github.com/facebookresearch/PAHF, folder data/shopping, MIT licence) are not part of this repository:
`phase1.json` … `phase4.json`, `persona_info.json` and `updated_persona_info.json` in one folder.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from study.events import Question
from study.protocol import Attribute, CatalogueOption, Task, TaskSection

PHASES = (1, 2, 3, 4)
LEARNING = (1, 3)
DRIFT = 3
"""From this phase on people want something else."""
LETTERS = ("A", "B", "C")
NOTHING = "Buy nothing"
AT_ONCE = "Please decide right away, without asking."


@dataclass(frozen=True)
class Taste:
    """How somebody stands to one feature of a product: the value they like most, those they accept, those they do not want."""

    most: str
    also: tuple[str, ...]
    never: tuple[str, ...]

    @property
    def values(self) -> list[str]:
        """All of them, in an order that tells nothing."""
        return sorted((self.most, *self.also, *self.never))


Tastes = dict[str, dict[str, Taste]]
"""Product → feature → taste."""


@dataclass(frozen=True)
class Scenario:
    """One purchase: what is asked for, three options of one value for each feature, and the name of the right choice."""

    product: str
    request: str
    options: dict[str, tuple[str, ...]]
    right: str


@dataclass(frozen=True)
class Person:
    """One persona: tastes by phase and the scenarios of each phase, in order."""

    name: str
    tastes: dict[int, Tastes]
    scenarios: dict[int, tuple[Scenario, ...]]


def load(folder: Path) -> list[Person]:
    """Everybody in the data, in its order. Raises FileNotFoundError that says which file is missing and whence it comes."""
    rows = {phase: _json(folder, f"phase{phase}.json") for phase in PHASES}
    before, after = (_json(folder, f"{name}.json") for name in ("persona_info", "updated_persona_info"))
    return [
        Person(
            name,
            {phase: _tastes((before if phase < DRIFT else after)[name]["persona_info"]) for phase in PHASES},
            {phase: tuple(_scenario(row) for row in rows[phase] if row["User"] == name) for phase in PHASES},
        )
        for name in before
    ]


def task_of(scenario: Scenario, tastes: dict[str, Taste]) -> Task:
    """A scenario as a task: features are attributes, options a catalogue, and to buy nothing is one of them.

    Of the tastes only the names of features and their values are told, in alphabetical order.
    """
    ids = {feature: topic_of(scenario.product, feature) for feature in sorted(tastes)}
    of_value = {value: ids[feature] for feature, taste in tastes.items() for value in taste.values}
    options = [
        CatalogueOption(
            id=name.lower().replace(" ", "_"),
            name=name,
            section="purchase",
            description=f"{scenario.product} with {', '.join(values)}.",
            attributes={of_value[value]: value for value in values},
        )
        for name, values in scenario.options.items()
    ]
    nothing = CatalogueOption(
        id="nothing", name=NOTHING, section="purchase", description="None of them.", attributes={}
    )
    return Task(
        id="shopping",
        title=f"Buying: {scenario.product}",
        brief=scenario.request,
        opening="What would you like to buy?",
        sections=(TaskSection(id="purchase", title="Purchase"),),
        attributes={
            topic: Attribute(
                label=f"{feature.capitalize()} ({scenario.product})",
                question=f"Which {feature} would you like ({scenario.product})?",
                values={value: (value,) for value in tastes[feature].values},
            )
            for feature, topic in ids.items()
        },
        catalogue=(*options, nothing),
    )


def topic_of(product: str, feature: str) -> str:
    """The attribute id of a feature: features of the same name of two products are two subjects."""
    return f"{product}: {feature}".replace(" ", "_")


# --- the participant ------------------------------------------------------------------------------


def answer(question: Question, product: str, tastes: dict[str, Taste]) -> str:
    """What a person says who is asked for a feature: all that they think of it and of nothing else."""
    taste = next(taste for feature, taste in tastes.items() if topic_of(product, feature) == question.topic)
    also = _either(taste.also)
    return (
        f"I like {taste.most} best. {also[0].upper()}{also[1:]} would be fine too. I don't want {_either(taste.never)}."
    )


def feedback(scenario: Scenario, choice: str, tastes: dict[str, Taste], before: dict[str, Taste]) -> str:
    """What a person says to a choice (PAHF's rules, detailed style): what is wrong with it, or what they like better.

    `before`: their tastes before the drift (the same where there was none). They are content with an option that is
    as good as the right one; in 35 scenarios of the data there is one, of 3,600.
    """
    if choice == scenario.right or worth(scenario, choice, tastes) == worth(scenario, scenario.right, tastes):
        return "Right, thank you!"
    if choice == NOTHING:
        return f"{scenario.right} would have worked for me."
    chosen = scenario.options[choice]
    unwanted = [value for value in chosen if value in _all(tastes, "never")]
    gone = [value for value in unwanted if value not in _all(before, "never")]
    if gone and not any(value in _all(before, "never") for value in chosen):
        return f"Actually, my preferences have changed. I used to like {gone[0]}, but now I don't want it anymore."
    if unwanted:
        return f"{choice} won't work for me, because I don't want {unwanted[0]}."
    most = {taste.most for taste in tastes.values()}
    better = [value for value in scenario.options[scenario.right] if value in most and value not in chosen]
    return f"{choice} is okay, but I'd prefer {scenario.right}, because it has {better[0]}, which I like more."


def right_choice(scenario: Scenario, tastes: dict[str, Taste]) -> str:
    """Of the options without anything unwanted the one with most that is liked best; nothing if there is none.

    The rule reproduces the right choice of every scenario in the data; the assistant never gets it.
    """
    fits = [name for name in scenario.options if worth(scenario, name, tastes) >= 0]
    return max(fits, key=lambda name: worth(scenario, name, tastes), default=NOTHING)


def worth(scenario: Scenario, name: str, tastes: dict[str, Taste]) -> float:
    """How many values of an option are liked best; below 0 if one is unwanted, and for buying nothing between the two."""
    if name == NOTHING:
        return -0.5
    values = set(scenario.options[name])
    return -1 if values & _all(tastes, "never") else len(values & {taste.most for taste in tastes.values()})


def _all(tastes: dict[str, Taste], kind: str) -> set[str]:
    return {value for taste in tastes.values() for value in getattr(taste, kind)}


def _either(values: Sequence[str]) -> str:
    return " or ".join(filter(None, (", ".join(values[:-1]), values[-1])))


def _json(folder: Path, name: str) -> Any:
    try:
        return json.loads((folder / name).read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise FileNotFoundError(
            f"There is no {name} in {folder}. Give the folder data/shopping of github.com/facebookresearch/PAHF."
        ) from error


def _tastes(info: dict[str, Any]) -> Tastes:
    return {
        product: {
            feature: Taste(t["like_most"], tuple(t["like_second"]), tuple(t["dislike"]))
            for feature, t in features.items()
        }
        for product, features in info.items()
        if isinstance(features, dict)
    }


def _scenario(row: dict[str, Any]) -> Scenario:
    options = {f"Option {letter}": tuple(row[f"Option {letter}"]) for letter in LETTERS}
    return Scenario(row["product"], row["Task"], options, f"Option {row['gt']}" if row["gt"] else NOTHING)
