"""The participant's own choice of language, on the first page and nowhere else."""

from sqlalchemy import Engine

from study.database import writing
from study.errors import AnswerRefused
from study.events import LanguageChosen
from study.flow import Step
from study.log import Entry, append_in, hold, marks_in, place_of
from study.protocol import Protocol
from study.sentence import Sentence


def choose_language(
    engine: Engine, protocol: Protocol, session_id: str, step: Step, language: str, lease: str | None
) -> None:
    """From now on the session is in this language; `protocol` is the study's, in its own.

    What was read or said in one language cannot be taken up in another, so once a step is finished the
    language stays. Raises AnswerRefused then, and for a language that the study does not offer.
    """
    if language not in protocol.offered:
        raise AnswerRefused(Sentence("This study is offered in {languages}.", languages=", ".join(protocol.offered)))
    with writing(engine) as db:
        row = hold(db, session_id, lease)
        if row.status != "running" or marks_in(db, session_id, ("step_finished",)):
            raise AnswerRefused(Sentence("The language can only be chosen on the first page."))
        if language == (before := row.language or protocol.language):
            return
        append_in(db, session_id, [Entry(LanguageChosen(old=before, new=language), place_of(step))], lease)
        row.language = language
        db.add(row)
