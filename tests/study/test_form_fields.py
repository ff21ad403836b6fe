"""Every parameter of every mechanism has a field that fits it, or is left to the text."""

import pytest
from pydantic import BaseModel

from memory.mechanisms.registry import parameter_models
from study.form_fields import first_sentence, form_fields
from study.protocol import Completion, Design, Prices, TaskRule

MODELS = parameter_models()
KINDS = {"number": float, "whole": int, "switch": bool, "text": str, "choice": str}


def test_fields_are_asked_for_as_their_types_want() -> None:
    found = form_fields(MODELS["retrieval"])
    assert [(one.name, one.kind, one.choices) for one in found.values()] == [
        ("unit", "choice", ("turn", "segment", "session")), ("compression", "choice", ("none", "extractive")),
        ("top_k", "whole", ()), ("min_similarity", "number", ()), ("recency", "number", ()),
    ]  # fmt: skip
    assert found["compression"].said.startswith("compression: extractive keeps of each unit")
    assert found["min_similarity"].default == 0.05
    assert form_fields(MODELS["opt_in"])["default"].kind == "switch"
    assert form_fields(MODELS["preference_controls"])["controls"].kind == "nested"
    assert form_fields(MODELS["setup_form"])["instruments"].kind == "texts"
    quota, limit = form_fields(Design)["quota"], form_fields(TaskRule)["max_minutes"]
    assert (quota.kind, quota.optional, limit.kind, limit.optional) == ("whole", True, "number", True)
    assert form_fields(Completion)["redirect_url"].optional and form_fields(Prices)["input"].default is None


@pytest.mark.parametrize("model", [*MODELS.values(), Design, TaskRule, Prices], ids=lambda model: model.__name__)
def test_defaults_fit_their_fields(model: type[BaseModel]) -> None:
    for one in form_fields(model).values():
        if one.default is None or one.kind in ("nested", "texts"):
            continue
        assert isinstance(one.default, KINDS[one.kind]) or (one.kind == "number" and isinstance(one.default, int))
        assert one.kind != "choice" or one.default in one.choices


def test_first_sentences_are_short_and_plain() -> None:
    assert first_sentence("Asks `once`. And then\nmore.") == "Asks once."
    assert first_sentence(None) == ""
