"""A task as it was at one moment: the same view as then, and nothing that can be done to it."""

from dataclasses import dataclass
from typing import Any, ClassVar, NoReturn

from memory.conversation import View, view_of
from memory.state import state_of
from memory.worker import TASK_KINDS, Block
from study.errors import AnswerRefused
from study.extension import minutes_added
from study.flow import Step
from study.log import Logged
from study.moment import Moment


@dataclass(frozen=True)
class PastDesk:
    """What a screen may ask of a desk (memory/conversation.py); every act is refused.

    It has neither the record nor a worker, so that nothing can be written through it.
    """

    moment: Moment
    step: Step
    is_past: ClassVar[bool] = True

    @property
    def session_id(self) -> str:
        """The session's id."""
        return self.moment.sitting.id

    def view(self) -> View:
        """The screen as it was."""
        protocol, events = self.moment.protocol, self._of_step(self.step.id)
        block = Block(self.session_id, self.step, protocol)
        state = state_of(block.scope, protocol, self.step, events, self._of_step)
        more = minutes_added(self.moment.events, self.step.id)
        return view_of(protocol, self.step, events, state, self.moment.at, more)

    def refuse(self, *_: Any) -> NoReturn:
        """What was done is done. Raises AnswerRefused."""
        raise AnswerRefused("This is a replay: nothing can be changed here.")

    open = send = stop = retry = rate = operate = finish = refuse

    def _of_step(self, step: str) -> list[Logged]:
        """What a task's state is made of, at one step."""
        return [entry for entry in self.moment.at_step(step) if entry.kind in TASK_KINDS]
