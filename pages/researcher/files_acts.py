"""What is done to a study's own tasks, instruments and translations; each is one call into study, signed with the researcher's name."""

from collections.abc import Mapping

from memory.mechanisms.registry import parameter_models
from pages.researcher import configure_acts, who
from pages.runtime import runtime
from pages.shared import visit
from study import drafts, study_files
from study.draft import decoded
from study.drafts import OpenDraft, Seen
from study.errors import AtelierError
from study.file_templates import begun, path_in, translated
from study.shelf import is_path, kind_of, language_of
from study.studies import get_study, protocol_of

OPEN = "file"
"""How the key of the field begins in which a file is chosen."""


def begin_file(study_id: str, path: str, like: str | None = None) -> None:
    """A new file of the study: as that of the installation, as another one (`like`: its id), or a short one to go on from."""
    by, draft, own_id = _opened(study_id)
    if not is_path(path):
        raise AtelierError("A name has small letters, digits and _, and begins with a letter. Nothing was added.")
    if kind_of(path) == "translations":
        text = _listed(draft, own_id, path)
    else:
        shelf, name = configure_acts.shelf(draft), path.rpartition("/")[2].removesuffix(".yaml")
        there = name if shelf.source(path) == "installation" else None
        text = begun(kind_of(path), name, like or there, shelf)
    study_files.add_files(runtime().engine, study_id, {path: text}, by)
    visit.keep(f"{OPEN}-{study_id}", path)


def add_file(study_id: str, kind: str, name_key: str, like_key: str) -> None:
    """A file under the name that was typed, or in the language that was chosen."""
    who.may(study_id, "edit_protocol")
    name = str(visit.value_of(name_key) or "").strip()
    begin_file(study_id, f"{kind}/{name}.yaml", visit.value_of(like_key))


def upload_file(study_id: str, name: str, data: bytes, replaced: Mapping[str, Seen]) -> None:
    """A file from the researcher's computer; those in `replaced` may be, as they were seen."""
    by, _draft, own_id = _opened(study_id)
    text = decoded(name, data)
    path = path_in(name, text, own_id)
    study_files.add_files(
        runtime().engine, study_id, {path: text}, by, {path: replaced[path]} if path in replaced else {}
    )
    visit.keep(f"{OPEN}-{study_id}", path)


def save_file(study_id: str, path: str, text: str, seen: Seen) -> None:
    """Keep what was typed."""
    study_files.save_file(runtime().engine, study_id, path, text, seen, who.may(study_id, "edit_protocol"))


def list_texts(study_id: str, path: str, seen: Seen) -> None:
    """Bring a translation up to date: every text of the draft stands in it, new ones are empty."""
    by, draft, own_id = _opened(study_id)
    study_files.save_file(runtime().engine, study_id, path, _listed(draft, own_id, path), seen, by)


def delete_file(study_id: str, path: str, seen: Seen) -> None:
    """The study has no such file of its own any more."""
    study_files.remove_file(runtime().engine, study_id, path, seen, who.may(study_id, "edit_protocol"))


def _opened(study_id: str) -> tuple[str, OpenDraft, str]:
    by, engine = who.may(study_id, "edit_protocol"), runtime().engine
    return by, drafts.open_draft(engine, study_id), protocol_of(get_study(engine, study_id)).id


def _listed(draft: OpenDraft, own_id: str, path: str) -> str:
    found = configure_acts.checked(draft, own_id)
    return translated(language_of(path), found, configure_acts.shelf(draft), parameter_models(), path)
