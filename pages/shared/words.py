"""What the interface says, in the language of the session.

Every word of ours on a participant's screen goes through here: English stands in the code, the other languages in
`study/sentences/`. A component gets its words as data, with the rest of what it draws.
"""

from collections.abc import Mapping
from typing import Any

from pages.shared import visit
from study.sentence import Sentence, in_language, recognised


def say(sentence: str, one: str = "", **values: Any) -> str:
    """The sentence in the participant's language, its {blanks} filled in; `one` is said where `count` is 1."""
    made = Sentence(sentence, one, **values) if values else sentence
    return in_language(visit.language(), made)


def say_all(sentences: Mapping[str, str]) -> dict[str, str]:
    """The words of a component; blanks that it fills in itself stay."""
    return {key: say(sentence) for key, sentence in sentences.items()}


def say_again(recorded: str) -> str:
    """A sentence that stands in the record in English."""
    language = visit.language()
    return in_language(language, recognised(recorded, language))
