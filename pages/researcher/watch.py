"""What one researcher may see of one study that is watched: conditions by name or by neutral code."""

from collections.abc import Mapping
from dataclasses import dataclass

from pages.researcher import who
from pages.runtime import protocol_for, runtime
from study.access import Access
from study.blinding import coded, shown_conditions
from study.flow import Step
from study.funnel import Station, title_of
from study.monitor import Overview, SessionSeen, overview, seen_one
from study.protocol import Protocol
from study.studies import get_study
from study.tables import Study


@dataclass(frozen=True)
class Watch:
    """A study under the eyes of a researcher. `shown`: condition id → what stands for it."""

    study: Study
    access: Access
    protocols: Mapping[int, Protocol]
    shown: Mapping[str, str]

    @property
    def protocol(self) -> Protocol:
        """What new participants get."""
        return self.protocols[self.study.version]

    @property
    def may_act(self) -> bool:
        """Whether they may do something to single participants."""
        return self.access.may("act_on_sessions")

    def look(self) -> Overview:
        """The study now."""
        return overview(runtime().engine, self.study.id, self.protocols)

    def look_at(self, participant: str) -> SessionSeen:
        """One session now."""
        return seen_one(runtime().engine, self.study.id, participant, self.protocols)

    def condition(self, step: Step | None) -> str:
        """The condition somebody is in, as this researcher may know it."""
        return self.shown.get(step.condition, "–") if step and step.condition else "–"

    def order(self, text: str) -> str:
        """An order of conditions, likewise."""
        return coded(text, self.shown)

    def title(self, step: Step | Station | None) -> str:
        """A step by its name; its kind alone where the name could say the condition."""
        if step is None:
            return "–"
        if step.block and not self.access.may("see_condition"):
            return f"{step.kind.replace('_', ' ')}, block {step.block}"
        return step.title if isinstance(step, Station) else title_of(step)

    def reason(self, text: str) -> str:
        """What a researcher wrote about somebody; it may name the condition."""
        return text if self.access.may("see_condition") else "yes" if text else ""


def watch(study_id: str) -> Watch:
    """A study for whoever is signed in; who was signed out meanwhile sees that. Raises NotFound for who is no member."""
    found, study = who.still_here(study_id), get_study(runtime().engine, study_id)
    protocols = {number: protocol_for(study_id, number) for number in range(1, study.version + 1)}
    return Watch(study, found, protocols, shown_in(found, study))


def shown_in(access: Access, study: Study) -> Mapping[str, str]:
    """Condition id → what stands for it on every page of this study, for this researcher."""
    every = (protocol_for(study.id, number) for number in range(1, study.version + 1))
    return shown_conditions(access, study, every)
