"""The shipped protocols, and small changes of them."""

from pathlib import Path
from typing import Any

from memory.mechanisms.registry import parameter_models
from study.analysis_plan import Hypothesis
from study.protocol import Protocol
from study.protocol_file import load_protocol

FILES = sorted((Path(__file__).parents[3] / "protocols").glob("*.yaml"))
LOADED = {file.stem: load_protocol(file, parameter_models()) for file in FILES}


def asking(protocol: Protocol, **asks: Any) -> Protocol:
    """The same with one hypothesis and nobody excluded."""
    one = Hypothesis.model_validate({"id": "h", "text": "They differ.", **asks})
    plan = protocol.analysis.model_copy(update={"hypotheses": (one,), "exclusions": ()})
    return protocol.model_copy(update={"analysis": plan, "translations": {}})


def one_item(protocol: Protocol, instrument: str, **item: Any) -> Protocol:
    """The same where this instrument's scale is its first item alone, changed in this way."""
    found = protocol.instrument(instrument)
    first = found.items[0].model_copy(update=item)
    scale = found.scoring[0].model_copy(update={"items": (first.id,), "range": (first.min, first.max)})
    small = found.model_copy(update={"items": (first, *found.items[1:]), "scoring": (scale,)})
    kept = tuple(small if one.id == instrument else one for one in protocol.instruments)
    return protocol.model_copy(update={"instruments": kept})
