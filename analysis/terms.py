"""The columns of a model in the words of a protocol, so that no sentence names a term that only the code knows."""

import re

from analysis.asked import GIVEN, LEVEL, VALUE
from study.analysis_plan import Hypothesis


def term_text(text: str, asks: Hypothesis) -> str:
    """Names of terms, a formula or a remark in the words of the protocol: condition: active, where the model has level[T.active]."""
    named = re.sub(r"(\w+)\[T\.([^\]]*)\]", r"\1: \2", text)
    named = re.sub(rf"\b{LEVEL}\b", asks.factor or "condition", named)
    named = re.sub(rf"^'{VALUE}'", "The measure", named).replace(f"'{VALUE}'", "the measure")
    if not asks.given:
        return named
    return re.sub(rf"\b{GIVEN}\b", f"{{{asks.given}}}" if " ~ " in text else asks.given, named)
