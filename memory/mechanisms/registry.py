"""Every mechanism there is, by name. Adding one is a new file beside this one and one line here."""

from pydantic import BaseModel

from memory.mechanism import Mechanism
from memory.mechanisms.all_beliefs import AllBeliefs
from memory.mechanisms.ask_and_correct import AskAndCorrect
from memory.mechanisms.ask_policy import AskPolicy
from memory.mechanisms.critic import Critic
from memory.mechanisms.explanation import Explanation
from memory.mechanisms.inferred_profile import InferredProfile
from memory.mechanisms.memory_page import MemoryPage
from memory.mechanisms.needs_panel import NeedsPanel
from memory.mechanisms.none import NoPersonalisation
from memory.mechanisms.opt_in import OptIn
from memory.mechanisms.preference_controls import PreferenceControls
from memory.mechanisms.relevance_filter import RelevanceFilter
from memory.mechanisms.reliance_dial import RelianceDial
from memory.mechanisms.retrieval import Retrieval
from memory.mechanisms.setup_form import SetupForm
from memory.mechanisms.system_prompt import SystemPrompt

MECHANISMS: dict[str, type[Mechanism]] = {
    "none": NoPersonalisation,
    "needs_panel": NeedsPanel,
    "preference_controls": PreferenceControls,
    "inferred_profile": InferredProfile,
    "retrieval": Retrieval,
    "all_beliefs": AllBeliefs,
    "memory_page": MemoryPage,
    "ask_and_correct": AskAndCorrect,
    "setup_form": SetupForm,
    "system_prompt": SystemPrompt,
    "ask_policy": AskPolicy,
    "opt_in": OptIn,
    "critic": Critic,
    "explanation": Explanation,
    "relevance_filter": RelevanceFilter,
    "reliance_dial": RelianceDial,
}


def parameter_models() -> dict[str, type[BaseModel]]:
    """Name → model of the parameters, as `study` takes them to check a protocol."""
    return {name: mechanism.Params for name, mechanism in MECHANISMS.items()}
