"""What a researcher's buttons do; each is one call into study or memory, signed with their name."""

from memory.chat_model import open_model
from memory.mechanisms.registry import parameter_models
from pages.researcher import who
from pages.runtime import PROTOCOLS, runtime
from pages.shared import visit
from study import enrolment, jobs, pilot, sealing, studies, study_files
from study.errors import AtelierError
from study.protocol_file import load_protocol, parse_protocol
from study.shelf import Shelf
from study.study_upload import read_upload

MOST_SIMULATED = 50
"""Participants that a page simulates at a time; the terminal takes any number."""


def create(key: str) -> None:
    """A new study, as a draft, from the chosen protocol file."""
    by, name = who.administrator(), visit.value_of(key)
    if name in {path.stem for path in PROTOCOLS.glob("*.yaml")}:
        path = PROTOCOLS / f"{name}.yaml"
        text = path.read_text(encoding="utf-8")
        study_files.begin_study(runtime().engine, load_protocol(path, parameter_models()), text, {}, by)


def create_uploaded(name: str, data: bytes) -> None:
    """A new study, as a draft, from an uploaded protocol that passes every check, with the files beside it."""
    by, sent = who.administrator(), read_upload(name, data)
    shelf = Shelf(PROTOCOLS, sent.files)
    protocol = parse_protocol(sent.text.encode(), sent.name, shelf, parameter_models())
    study_files.begin_study(runtime().engine, protocol, sent.text, sent.files, by)


def set_model(study_id: str, key: str) -> None:
    """Take the model if it can be opened; else the reason is shown and nothing changes."""
    by, spec = who.may(study_id, "edit_protocol"), str(visit.value_of(key) or "").strip()
    study = studies.get_study(runtime().engine, study_id)
    key, url = studies.protocol_of(study).model_key, runtime().settings.model_base_url or None
    open_model(spec, timeout=30, base_url=url, key=key)
    studies.set_model(runtime().engine, study_id, spec, by)


def set_status(study_id: str, status: str, reason_key: str = "") -> None:
    """Open, pause or close. To open again what was closed with people complete takes the right to unseal, and a reason."""
    by, reason = who.may(study_id, "recruit"), ""
    if studies.needs_reason(runtime().engine, study_id):
        by, reason = who.may(study_id, "unseal"), str(visit.value_of(reason_key) or "")
    studies.set_status(runtime().engine, study_id, status, by, reason)


def preview(study_id: str) -> None:
    """A session that counts as nothing, and the link to it."""
    who.may(study_id, "simulate")
    _sitting, token = enrolment.enrol(runtime().engine, study_id, enrolment.Arrival({}, preview=True))
    visit.keep(f"preview-link-{study_id}", f"/j/{token}")


def preview_from(study_id: str, cell: int, step_id: str) -> None:
    """The same as one order of the design and from one step on."""
    who.may(study_id, "simulate")
    token = pilot.begin_preview(runtime().engine, study_id, cell, step_id)
    visit.keep(f"pilot-link-{study_id}", (cell, step_id, f"/j/{token}"))


def start_simulation(study_id: str, key: str) -> None:
    """Let simulated participants take part, in a process of its own; each time others than before."""
    by, count = who.may(study_id, "simulate"), int(visit.value_of(key) or 0)
    if not 1 <= count <= MOST_SIMULATED:
        raise AtelierError(f"Between 1 and {MOST_SIMULATED} participants can be simulated at a time from here.")
    seed = pilot.simulated_so_far(runtime().engine, study_id) + 1
    jobs.start(runtime().settings, study_id, "simulate", by, ["--participants", str(count), "--seed", str(seed)])


def stop_simulation(study_id: str) -> None:
    """End that process; who is through by then is kept."""
    who.may(study_id, "simulate")
    jobs.stop(runtime().settings.data_dir, study_id, "simulate")


def unseal(study_id: str, reason_key: str) -> None:
    """Show outcomes by condition before the end of the study."""
    by = who.may(study_id, "unseal")
    sealing.unseal(runtime().engine, study_id, str(visit.value_of(reason_key) or ""), by)


def seal_again(study_id: str) -> None:
    """Hide them again."""
    sealing.seal_again(runtime().engine, study_id, who.may(study_id, "unseal"))


def start_report(study_id: str) -> None:
    """Have the report made by a process of its own."""
    jobs.start(runtime().settings, study_id, "report", who.may(study_id, "report"))


def stop_report(study_id: str) -> None:
    """End that process."""
    who.may(study_id, "report")
    jobs.stop(runtime().settings.data_dir, study_id, "report")
