"""What is done to the draft of a protocol; each is one call into study, signed with the researcher's name."""

from functools import lru_cache
from typing import Any

from memory.mechanisms.registry import parameter_models
from pages.researcher import who
from pages.runtime import PROTOCOLS, runtime
from pages.shared import visit
from study import drafts
from study.draft import ORDER, Checked, check, decoded, with_items, with_value
from study.drafts import OpenDraft, Seen
from study.errors import AtelierError
from study.shelf import Shelf
from study.yaml_edit import Place, put
from study.yaml_file import parse_yaml


def shelf(draft: OpenDraft) -> Shelf:
    """What the draft may name: the study's own files over those of the installation."""
    return Shelf(PROTOCOLS, draft.files)


def checked(draft: OpenDraft, own_id: str) -> Checked:
    """Every check of a draft; the latest are kept as long as no file that it may name changes."""
    files = [path.stat() for path in PROTOCOLS.glob("*/*.yaml")]
    there = (len(files), max((file.st_mtime_ns for file in files), default=0))
    return _checked(draft.text, own_id, tuple(sorted(draft.files.items())), there)


@lru_cache(maxsize=32)
def _checked(text: str, own_id: str, own: tuple[tuple[str, str], ...], _files: tuple[int, int]) -> Checked:
    from analysis.measures import unknown_measures

    return check(text, own_id, Shelf(PROTOCOLS, dict(own)), parameter_models(), unknown_measures)


def save_text(study_id: str, text: str, seen: Seen) -> None:
    """Keep what was typed."""
    drafts.save(runtime().engine, study_id, text, seen, who.may(study_id, "edit_protocol"))


def change(study_id: str, place: Place, shown: Any, key: str) -> None:
    """Give one place of the draft what stands in a field."""
    by, draft = _opened(study_id)
    text = with_value(draft.text, place, shown, visit.value_of(key))
    drafts.save(runtime().engine, study_id, text, draft.seen, by)


def change_item(study_id: str, place: Place, stored: Any, shown: list[str], at: int, key: str) -> None:
    """Give one item of a short list what stands in a field; the others are as shown, which may be what holds anyway."""
    by, draft = _opened(study_id)
    items = [*shown[:at], str(visit.value_of(key) or ""), *shown[at + 1 :]]
    text = with_value(draft.text, place, stored, items)
    drafts.save(runtime().engine, study_id, text, draft.seen, by)


def choose(study_id: str, place: Place, shown: Any, key: str, named_by: str | None = None) -> None:
    """Give a list of the draft what is chosen in a field."""
    by, draft = _opened(study_id)
    text = with_items(draft.text, place, shown, list(visit.value_of(key) or ()), named_by)
    drafts.save(runtime().engine, study_id, text, draft.seen, by)


def begin_with_shipped(study_id: str, key: str, own_id: str, seen: Seen) -> None:
    """Put a shipped protocol's text in the place of the draft."""
    who.may(study_id, "edit_protocol")
    if (name := visit.value_of(key)) in {path.stem for path in PROTOCOLS.glob("*.yaml")}:
        begin_with_file(study_id, f"{name}.yaml", (PROTOCOLS / f"{name}.yaml").read_bytes(), own_id, seen)


def begin_with_file(study_id: str, name: str, data: bytes, own_id: str, seen: Seen) -> None:
    """Put a file's text in the place of the draft, under the id of the protocol that the study runs if it has another."""
    by, text = who.may(study_id, "edit_protocol"), decoded(name, data)
    content = parse_yaml(data, name, [])
    if content and content.content.get("id") != own_id:
        text = put(text, ("id",), own_id, ORDER)
    drafts.save(runtime().engine, study_id, text, seen, by)


def _opened(study_id: str) -> tuple[str, OpenDraft]:
    by = who.may(study_id, "edit_protocol")
    return by, drafts.open_draft(runtime().engine, study_id)


def discard(study_id: str, read: OpenDraft) -> None:
    """Back to what participants get."""
    by = who.may(study_id, "edit_protocol")
    drafts.discard(runtime().engine, study_id, read.seen, by, read.files)


def publish(study_id: str, own_id: str, read: OpenDraft, note_key: str) -> None:
    """New participants get the draft, if every check passes at this moment."""
    by, note = who.may(study_id, "edit_protocol"), str(visit.value_of(note_key) or "")
    found = checked(read, own_id)
    if found.protocol is None:
        raise AtelierError(f"The draft has {len(found.notes)} problems. Mend them first; nothing was changed.")
    row = drafts.publish(runtime().engine, study_id, found.protocol, read, note, by)
    visit.keep(f"published-{study_id}", row.number)
