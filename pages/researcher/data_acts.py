"""What the buttons of the page Data do; each asks first whether its researcher may, and is signed with their name."""

import io
from datetime import date
from typing import Any

from memory.mechanisms.registry import parameter_models
from pages.researcher import overdue, who
from pages.runtime import forget, runtime
from pages.shared import visit
from study import deleting, erasing, jobs, keeping, packing
from study.errors import AtelierError
from study.selection import selection
from study.tables import Study

MADE = "made-study"
"""Where the page is told which study was made."""
DELETED = "deleted-study"
"""Where it is told which one was deleted."""


def start_export(study_id: str, keys: dict[str, str]) -> None:
    """Have an export made by a process of its own, of what the fields with these keys say."""
    by = who.may(study_id, "export")
    chosen = {name: visit.value_of(key) for name, key in keys.items()}
    if chosen["identifiers"]:
        who.may(study_id, "identify")
    since, until = _day(chosen["since"]), _day(chosen["until"])
    selection(chosen["status"] or (), chosen["who"], since, until, chosen["version"] or ())
    options = ["--keep", "--who", chosen["who"]]
    for name in ("status", "version"):
        options += [part for one in chosen[name] or () for part in (f"--{name}", str(one))]
    options += [part for name, day in (("since", since), ("until", until)) if day for part in (f"--{name}", day)]
    if chosen["identifiers"]:
        options.append("--identifiers")
    jobs.start(runtime().settings, study_id, "export", by, options)


def stop_export(study_id: str) -> None:
    """End that process."""
    who.may(study_id, "export")
    jobs.stop(runtime().settings.data_dir, study_id, "export")


def look_for(study_id: str, who_key: str) -> None:
    """Find who is to be erased; they are shown before anything happens."""
    who.may(study_id, "erase")
    row = erasing.find(runtime().engine, study_id, str(visit.value_of(who_key) or ""))
    visit.keep(f"erase-found-{study_id}", row.participant)


def erase(study_id: str, participant: str, typed_key: str) -> None:
    """Erase a participant, once their pseudonym was typed."""
    by = who.may(study_id, "erase")
    if str(visit.value_of(typed_key) or "").strip().upper() != participant:
        raise AtelierError(f"Nothing was erased: type {participant} to confirm.")
    ready = runtime()
    row = erasing.find(ready.engine, study_id, participant)
    done = erasing.erase(ready.engine, ready.settings.data_dir, row, by, forget)
    visit.keep(f"erase-found-{study_id}", "")
    visit.keep(f"erased-{study_id}", erasing.said(participant, done))


def erase_everybody(study_id: str, typed_key: str) -> None:
    """Erase all people of a study whose last day is over, once its id was typed; it goes on while the page is used."""
    by = who.may(study_id, "erase")
    if str(visit.value_of(typed_key) or "").strip() != study_id:
        raise AtelierError(f"Nothing was erased: type {study_id} to confirm.")
    keeping.overdue(runtime().engine, study_id)
    overdue.begin(study_id, by)


def delete_study(study_id: str, typed_key: str) -> None:
    """Delete the whole study, once its id was typed."""
    by = who.may(study_id, "delete")
    if str(visit.value_of(typed_key) or "").strip() != study_id:
        raise AtelierError(f"Nothing was deleted: type {study_id} to confirm.")
    ready = runtime()
    visit.keep(DELETED, deleting.delete_study(ready.engine, ready.settings.data_dir, study_id, by, forget).said)


def set_keeping(study_id: str, until_key: str, own_key: str) -> None:
    """Until when data are kept, and whether participants may erase theirs."""
    by = who.may(study_id, "erase")
    last = visit.value_of(until_key)
    keeping.set_keeping(
        runtime().engine, study_id, last if isinstance(last, date) else None, bool(visit.value_of(own_key)), by
    )


def duplicate(study_id: str) -> None:
    """The same study once more, as a draft."""
    who.may(study_id, "see_condition")
    made = packing.duplicate(runtime().engine, study_id, who.administrator())
    visit.keep(MADE, _draft(made))


def unpack(data: bytes) -> None:
    """A draft from a file that somebody uploaded."""
    by, engine = who.administrator(), runtime().engine
    made = packing.unpack(engine, io.BytesIO(data), parameter_models(), by, packing.MAX_UPLOAD)
    visit.keep(MADE, _draft(made))


def _draft(made: Study) -> str:
    return f"“{made.title}” is a draft now; its id is {made.id}."


def _day(value: Any) -> str:
    return str(value) if isinstance(value, date) else ""
