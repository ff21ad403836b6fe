"""Simulated participants: the same code path as a browser session, with answers from a stated model.

The model of answers: every participant has a level u ~ N(0, 0.8) on a 7-point scale; an answer to a
rated item is round(4 + u + effect + e), e ~ N(0, 1), cut to the scale and turned for reversed items.
The planted effects are in `memory.planted`. Sliders use the same level on 0–100. Checks are passed, and
nobody is screened out.
"""

import datetime
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from sqlalchemy import Engine

from memory.conversation import Desk
from memory.index import Index
from memory.mechanism import Control
from memory.mechanisms.registry import parameter_models
from memory.planted import effect
from memory.worker import Worker
from study import progress
from study.act_log import record_act
from study.acts import APP, SimulationStarted, SimulationStopped
from study.enrolment import LANGUAGE_PARAMETER, Arrival, enrol, sitting
from study.errors import AtelierError
from study.flow import Step, holds
from study.instruments import Answer, Item, Option
from study.log import events, now
from study.protocol import Protocol, Task
from study.rejection import left_behind, reject
from study.settings import Settings
from study.studies import get_study, protocol_of
from study.tables import Sitting
from study.versions import protocol_of_session

PERSON_SD, NOISE_SD = 0.8, 1.0
RIGHT, COMFORTABLE = 0.8, 0.85
"""How often a simulated participant calls an inferred belief right, and is comfortable with it being noted."""
KNOWN, MORE_PER_POINT = 0.5, 0.1
"""How often they know the right answer, and how much more often per point of personalisation."""
OPTS_IN = 0.6
"""How often they let a belief be used that nothing was decided about."""
HALF_WAY = "The simulation was stopped before they were through."
KILLED, SILENT = "The simulation ended without a word before they were through.", datetime.timedelta(hours=1)
"""Why somebody is rejected who did nothing for so long, longer than any reply takes: their process was killed."""
ANSWERED = 10
"""How many questions of the assistant they answer in a task, by one of the answers that it offers."""
SMALL_TALK = (
    "I am not sure yet. What would you say?",
    "That depends, I think. In my own life it is a bit different.",
    "Could you give me an example of that?",
    "I see the point, but something speaks against it.",
    "Why do you think so?",
    "That is new to me. Tell me more, please.",
)
"""What they say in a conversation, where there is nothing to wish for."""


def simulate(
    engine: Engine,
    settings: Settings,
    index: Index,
    study_id: str,
    participants: int,
    seed: int,
    done: Callable[[], None],
    language: str = "",
    by: str = APP,
) -> None:
    """Let participants take the study one after the other; `done` is called after each.

    Participant n is the same for the same seed, whatever came before. They are marked as simulated
    and take no places of real participants. Interrupted, the finished ones stay, and who was under way is rejected, so
    that they neither run for ever nor are analysed (of a simulation that was killed, the next one does so); beginning and
    interruption are acts, signed `by`. They come by a link that asks for `language` (none: the protocol's own).
    Raises AtelierError for one that the study does not offer.
    """
    offered = protocol_of(get_study(engine, study_id)).offered
    if language and language not in offered:
        raise AtelierError(f"This study is not offered in '{language}'. It has: {', '.join(offered)}.")
    asked = {LANGUAGE_PARAMETER: language} if language else {}
    for participant in left_behind(engine, study_id, now() - SILENT):
        reject(engine, study_id, participant, KILLED, by)
    worker = Worker(engine, settings.model_copy(update={"offline_delay": 0.0}), index)
    record_act(engine, study_id, by, SimulationStarted(participants=participants, seed=seed))
    for number in range(participants):
        row, _token = enrol(engine, study_id, Arrival(asked, user_agent="simulated", simulated=True))
        generator = np.random.Generator(np.random.PCG64(np.random.SeedSequence(seed, spawn_key=(number,))))
        try:
            Simulated(engine, worker, protocol_of_session(engine, row, parameter_models()), row, generator).take_part()
        except BaseException:  # Ctrl-C among them
            if sitting(engine, row.id).status == "running":
                reject(engine, study_id, row.participant, HALF_WAY, by)
            record_act(engine, study_id, by, SimulationStopped(through=number))
            raise
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
        planted = effect(self.protocol, step.condition if step.after_task else None, instrument.id)
        answers = {item.id: self._fitting(step, item, planted) for item in instrument.items}
        progress.answer(self.engine, self.protocol, self.row.id, step, answers, None)

    def _fitting(self, step: Step, item: Item, planted: float) -> Answer:
        """An answer that passes the checks of a page and does not screen its participant out."""
        allowed = step.check.answers.get(item.id) if step.check else None
        if allowed:
            return [str(allowed[0])] if item.type == "multiple" else allowed[0]
        drawn = self._knowledge(step, item) if item.right is not None else self._item(item, planted)
        unwanted = [when for when in step.screen_out if when.item == item.id]
        place = (step.block, step.instrument or "", item.id)
        others: list[Answer] = [o.value for o in item.options if isinstance(o, Option)]
        others += [end for end in (item.max, item.min) if end is not None]
        return next((a for a in (drawn, *others) if not any(holds(w, step.block, {place: a}) for w in unwanted)), drawn)

    def _knowledge(self, step: Step, item: Item) -> Answer:
        known = KNOWN + MORE_PER_POINT * effect(self.protocol, step.condition, "personalisation")
        wrong = [o.value for o in item.options if isinstance(o, Option) and o.value != item.right]
        return item.right if self.random.random() < known else str(self.random.choice(wrong))

    def _judge(self, step: Step) -> None:
        held = progress.beliefs_held(events(self.engine, self.row.id, ("belief_changed",)), step)
        given = []
        for _ in held:
            verdict = "right" if self.random.random() < RIGHT else "wrong"
            given.append((verdict, [] if self.random.random() < COMFORTABLE else [progress.NOT_COMFORTABLE]))
        progress.judge_all(self.engine, self.protocol, self.row.id, step, given, None)

    def _work(self, step: Step) -> None:
        """Say one thing after another, answer what is asked; settle open needs, and opt in to some beliefs."""
        rule = self.protocol.task_rule
        unhurried = self.protocol.model_copy(update={"task_rule": rule.model_copy(update={"min_minutes": 0.0})})
        desk = Desk(self.engine, self.worker, unhurried, self.row.id, step, None)
        desk.open()
        task = self.protocol.task(step.task or "")
        waiting = self._says(task, max(3, rule.min_turns))
        for number in range(len(waiting) + ANSWERED):
            if not waiting:
                break
            desk.send([(f"{self.row.id[:12]}-{step.id[:40]}-{number}", waiting.pop(0))])
            self.worker.wait(self.row.id)
            self._operate(desk)
            asked = desk.view().turns[-1].asked
            if asked and asked.options:
                waiting.insert(0, str(self.random.choice(asked.options)))
        desk.finish()

    def _operate(self, desk: Desk) -> None:
        view = desk.view()
        for control in view.controls:
            if control.type == "opt_in":
                self._opt_in(desk, control, view.state.controls.get(f"{control.mechanism}.{control.id}", {}))
            for belief in [b for b in control.beliefs if b.status == "open"][:1]:
                if belief.answers and self.random.random() < 0.7:
                    chosen = str(self.random.choice(belief.answers))
                    desk.operate(control.mechanism, control.id, "confirm", {"id": belief.id, "text": chosen})
                else:
                    desk.operate(control.mechanism, control.id, "decline", belief.id)
        self.worker.wait(self.row.id)

    def _opt_in(self, desk: Desk, control: Control, decided: Mapping[str, bool]) -> None:
        """Decide about every belief once."""
        for belief in (belief for belief in control.beliefs if belief.id not in decided):
            use = bool(self.random.random() < OPTS_IN)
            desk.operate(control.mechanism, control.id, "set", {"id": belief.id, "use": use})

    def _says(self, task: Task, count: int) -> list[str]:
        """Sentences that each name one or two attribute values in people's words; in a conversation, small talk."""
        if not task.attributes:
            return [str(self.random.choice(SMALL_TALK)) for _ in range(count)]
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

    def _item(self, item: Item, planted: float) -> Answer:
        latent = self.level + planted + self.random.normal(0, NOISE_SD)
        if item.type in ("likert", "semantic", "slider"):
            return _on_scale(item, -latent if item.reversed else latent)
        offered = list(self.row.conditions) if item.options == "conditions" else [o.value for o in item.options]
        if item.type == "ranking":
            return sorted(offered, key=lambda c: -(effect(self.protocol, c, "control") + self.random.normal(0, 1.5)))
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
