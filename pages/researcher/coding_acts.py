"""What a coder's fields do; each is one call, signed with the name of who is signed in and may code."""

from pages.researcher import who
from pages.runtime import runtime
from pages.shared import visit
from study import coding_log


def set_codes(study_id: str, session_id: str, event_id: str, key: str) -> None:
    """What this coder says of an event, as the field has it."""
    codes = [str(code) for code in visit.value_of(key) or ()]
    coding_log.set_codes(runtime().engine, study_id, session_id, event_id, codes, who.may(study_id, "code"))


def write_memo(study_id: str, session_id: str, event_id: str, key: str) -> None:
    """The memo, as the field has it."""
    text = str(visit.value_of(key) or "")
    coding_log.write_memo(runtime().engine, study_id, session_id, event_id, text, who.may(study_id, "code"))


def gone_through(study_id: str, session_id: str, key: str) -> None:
    """Whether this coder has coded the whole session."""
    done = visit.value_of(key) is True
    coding_log.set_gone_through(runtime().engine, study_id, session_id, done, who.may(study_id, "code"))


def define(study_id: str) -> None:
    """A new code of the codebook, from the form."""
    name, description = (str(visit.value_of(key) or "") for key in ("code-name", "code-description"))
    coding_log.define_code(runtime().engine, study_id, name, description, who.may(study_id, "code"))


def retire(study_id: str, code: str) -> None:
    """A code is not offered any more."""
    coding_log.retire_code(runtime().engine, study_id, code, who.may(study_id, "change_codes"))


def offer_again(study_id: str, code: str) -> None:
    """A retired code is offered again."""
    coding_log.offer_again(runtime().engine, study_id, code, who.may(study_id, "change_codes"))


def rename(study_id: str, code: str, name_key: str, description_key: str) -> None:
    """A code gets the name and the description that stand in the fields."""
    by, name, description = (
        who.may(study_id, "change_codes"),
        *(str(visit.value_of(key) or "") for key in (name_key, description_key)),
    )
    coding_log.rename_code(runtime().engine, study_id, code, name, description, by)
