"""What the buttons about links do: who may start, personal links made, renewed and revoked; each signed with a name."""

from pages.researcher import who
from pages.runtime import runtime
from pages.shared import visit
from study import personal_links
from study.plain_csv import read_ids


def set_door(study_id: str, key: str) -> None:
    """Open to everybody with the link, or only to who has a personal one."""
    by = who.may(study_id, "recruit")
    personal_links.set_door(runtime().engine, study_id, str(visit.value_of(key)), by)


def make_links(study_id: str, name: str, data: bytes) -> None:
    """A personal link for each id of a file; they are kept for this tab alone."""
    by = who.may(study_id, "recruit")
    _new_links(study_id, personal_links.make_links(runtime().engine, study_id, read_ids(data, name), by))


def make_numbered_links(study_id: str, key: str) -> None:
    """So many personal links."""
    by, count = who.may(study_id, "recruit"), int(visit.value_of(key) or 0)
    _new_links(study_id, personal_links.make_numbered_links(runtime().engine, study_id, count, by))


def renew_link(study_id: str, key: str) -> None:
    """Another link for one person; the old one leads nowhere any more."""
    by, person = who.may(study_id, "recruit"), str(visit.value_of(key) or "")
    _new_links(study_id, personal_links.renew(runtime().engine, study_id, person, by))


def renew_unused_links(study_id: str) -> None:
    """Another link for everybody who did not come yet."""
    by = who.may(study_id, "recruit")
    _new_links(study_id, personal_links.renew_unused(runtime().engine, study_id, by))


def revoke_link(study_id: str, key: str) -> None:
    """Somebody's link leads nowhere any more."""
    by = who.may(study_id, "recruit")
    personal_links.revoke(runtime().engine, study_id, str(visit.value_of(key) or ""), by)


def _new_links(study_id: str, made: list[tuple[str, str]]) -> None:
    """Kept beside those that this tab made before and perhaps has not saved; the last one of a person counts."""
    key = f"made-links-{study_id}"
    visit.keep(key, list((dict(visit.value_of(key) or ()) | dict(made)).items()))
