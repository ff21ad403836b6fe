"""Simulated participants: the same code path as a browser session, with answers from a stated model.

The model of answers: every participant has a level u ~ N(0, 0.8) on a 7-point scale; an answer to a
rated item is round(4 + u + effect + e), e ~ N(0, 1), cut to the scale and turned for reversed items.
`EFFECTS` is the planted effect of each condition in points of a 7-point scale, for the instruments
named; everything else differs by chance alone. Sliders use the same level on 0–100.
"""

import datetime
import re
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from sqlalchemy import Engine

from memory.conversation import Desk
from memory.index import Index
from memory.worker import Worker
from study import progress
from study.enrolment import Arrival, enrol, sitting
from study.flow import Step
from study.instruments import Answer, Instrument, Item
from study.log import events
from study.protocol import Protocol, Task
from study.settings import Settings
from study.studies import get_study
from study.tables import Sitting
from study.versions import protocol_of_session

EFFECTS: dict[str, dict[str, float]] = {
    "control": {"active": 1.6, "passive": -0.4},
    "personalisation": {"active": 1.2, "passive": 0.8},
    "ueq_s": {"active": 0.4, "passive": 0.5},
    "nasa_tlx": {"active": 0.5, "passive": -0.3},
    "comfort": {"active": 0.3, "passive": -0.5},
}
"""Instrument → condition → planted effect, in points of a 7-point scale against the others."""
PERSON_SD, NOISE_SD = 0.8, 1.0
RIGHT = 0.8
"""How often a simulated participant calls an inferred belief right."""


def simulate(
    engine: Engine,
    settings: Settings,
    index: Index,
    study_id: str,
    participants: int,
    seed: int,
    done: Callable[[], None],
) -> None:
    """Let participants take the study one after the other; `done` is called after each.

    Participant n is the same for the same seed, whatever came before. They are marked as simulated
    and take no places of real participants. Interrupted, the finished ones stay.
    """
    get_study(engine, study_id)
    worker = Worker(engine, settings.model_copy(update={"offline_delay": 0.0}), index)
    for number in range(participants):
        row, _token = enrol(engine, study_id, Arrival({}, user_agent="simulated", simulated=True))
        generator = np.random.Generator(np.random.PCG64(np.random.SeedSequence(seed, spawn_key=(number,))))
        Simulated(engine, worker, protocol_of_session(engine, row), row, generator).take_part()
        done()


@dataclass
class Simulated:
    """One simulated participant."""

    engine: Engine
    worker: Worker
    protocol: Protocol
    row: Sitting
    random: np.random.Generator

    def take_part(self) -> None:
        """Do what each step asks for until there is none."""
        self.level = self.random.normal(0, PERSON_SD)
        while (at := progress.position(self.engine, self.protocol, self.row.id)).step is not None:
            step = at.step
            progress.enter(self.engine, self.row.id, step, self._lease())
            act = {"consent": self._agree, "questionnaire": self._answer, "task": self._work, "beliefs": self._judge}
            act.get(step.kind, self._go_on)(step)

    def _go_on(self, step: Step) -> None:
        progress.finish(self.engine, self.protocol, self.row.id, step.id, None)

    def _agree(self, step: Step) -> None:
        progress.agree(self.engine, self.protocol, self.row.id, step.id, None)

    def _answer(self, step: Step) -> None:
        instrument = self.protocol.instrument(step.instrument or "")
        effect = EFFECTS.get(instrument.id, {}).get(step.condition or "", 0.0)
        answers = {item.id: self._item(instrument, item, effect) for item in instrument.items}
        progress.answer(self.engine, self.protocol, self.row.id, step, answers, None)

    def _judge(self, step: Step) -> None:
        held = progress.beliefs_held(events(self.engine, self.row.id, ("belief_changed",)), step.conditions)
        verdicts = ["right" if self.random.random() < RIGHT else "wrong" for _ in held]
        progress.judge_all(self.engine, self.protocol, self.row.id, step, verdicts, None)

    def _work(self, step: Step) -> None:
        """Say one wish after another; where there is a list of needs, confirm or decline what is open."""
        desk = Desk(self.engine, self.worker, self.protocol, self.row.id, step, None)
        desk.open()
        task = self.protocol.task(step.task or "")
        for number, text in enumerate(self._wishes(task, max(3, self.protocol.task_rule.min_turns))):
            desk.send([(f"{self.row.id[:12]}-{step.block}-{number}", text)])
            self.worker.wait(self.row.id)
            self._operate(desk)
        desk.finish()

    def _operate(self, desk: Desk) -> None:
        for control in desk.view().controls:
            for belief in [b for b in control.beliefs if b.status == "open"][:1]:
                answers = [a for a in belief.reasoning.split(" | ") if a]
                if answers and self.random.random() < 0.7:
                    chosen = str(self.random.choice(answers))
                    desk.operate(control.mechanism, control.id, "confirm", {"id": belief.id, "text": chosen})
                else:
                    desk.operate(control.mechanism, control.id, "decline", belief.id)
        self.worker.wait(self.row.id)

    def _wishes(self, task: Task, count: int) -> list[str]:
        """Sentences that each name one or two attribute values in people's words."""
        topics = [str(t) for t in self.random.permutation(list(task.attributes))]
        sentences = []
        for number in range(count):
            said = topics[2 * number % len(topics) :][:2]
            words = [
                str(
                    self.random.choice(
                        task.attributes[t].values[str(self.random.choice(list(task.attributes[t].values)))]
                    )
                )
                for t in said
            ]
            sentences.append(f"I would like it to be {' and '.join(words)}.")
        return sentences

    def _item(self, instrument: Instrument, item: Item, effect: float) -> Answer:
        latent = self.level + effect + self.random.normal(0, NOISE_SD)
        if item.type in ("likert", "semantic", "slider"):
            return _on_scale(item, -latent if item.reversed else latent)
        offered = list(self.row.conditions) if item.options == "conditions" else [o.value for o in item.options]
        if item.type == "ranking":
            return sorted(offered, key=lambda c: -(EFFECTS["control"].get(c, 0) + self.random.normal(0, 1.5)))
        if offered:
            chosen = str(self.random.choice(offered))
            return [chosen] if item.type == "multiple" else chosen
        if item.type == "number":
            return int(item.min or 0)
        if item.type == "date":
            return str(item.latest or item.earliest or datetime.date(2000, 1, 1))
        return "This one suited me." if item.required or re.match("why", item.id) else None

    def _lease(self) -> str:
        return sitting(self.engine, self.row.id).lease


def _on_scale(item: Item, latent: float) -> int | float:
    """A latent value (0 = middle, in points of a 7-point scale) on the item's own scale."""
    scale = item.scale()
    share = min(1.0, max(0.0, (latent + 3) / 6))
    return scale[round(share * (len(scale) - 1))]
