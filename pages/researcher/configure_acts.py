"""What is done to the draft of a protocol; each is one call into study, signed with the researcher's name."""

from functools import lru_cache

from memory.mechanisms.registry import parameter_models
from pages.researcher import who
from pages.runtime import PROTOCOLS, runtime
from pages.shared import visit
from study import drafts
from study.draft import Checked, check
from study.drafts import OpenDraft, Seen
from study.errors import AtelierError


def checked(text: str, own_id: str) -> Checked:
    """Every check of a text; the latest are kept as long as no file beside the protocols changes."""
    files = [path.stat() for path in PROTOCOLS.glob("*/*.yaml")]
    return _checked(text, own_id, (len(files), max((file.st_mtime_ns for file in files), default=0)))


@lru_cache(maxsize=32)
def _checked(text: str, own_id: str, _files: tuple[int, int]) -> Checked:
    from analysis.measures import unknown_measures

    return check(text, own_id, PROTOCOLS, parameter_models(), unknown_measures)


def save_text(study_id: str, text: str, seen: Seen) -> None:
    """Keep what was typed."""
    drafts.save(runtime().engine, study_id, text, seen, who.may(study_id, "edit_protocol"))


def discard(study_id: str, seen: Seen) -> None:
    """Back to what participants get."""
    drafts.discard(runtime().engine, study_id, seen, who.may(study_id, "edit_protocol"))


def publish(study_id: str, own_id: str, read: OpenDraft, note_key: str) -> None:
    """New participants get the draft, if every check passes at this moment."""
    by, note = who.may(study_id, "edit_protocol"), str(visit.value_of(note_key) or "")
    found = checked(read.text, own_id)
    if found.protocol is None:
        raise AtelierError(f"The draft has {len(found.notes)} problems. Mend them first; nothing was changed.")
    row = drafts.publish(runtime().engine, study_id, found.protocol, read, note, by)
    visit.keep(f"published-{study_id}", row.number)
