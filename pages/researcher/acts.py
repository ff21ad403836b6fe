"""What a researcher's buttons do; each is one call into study or memory, signed with their name."""

from memory.chat_model import open_model
from memory.mechanisms.registry import parameter_models
from pages.researcher.doors import COOKIE
from pages.runtime import PROTOCOLS, runtime
from pages.shared import visit
from study import enrolment, jobs, researchers, sealing, studies, versions
from study.errors import AtelierError
from study.protocol import Protocol
from study.protocol_file import load_protocol, parse_protocol


def create(key: str) -> None:
    """A new study, as a draft, from the chosen protocol file."""
    name = visit.value_of(key)
    if name in {path.stem for path in PROTOCOLS.glob("*.yaml")}:
        studies.create_study(runtime().engine, load_protocol(PROTOCOLS / f"{name}.yaml", parameter_models()), by=_by())


def set_model(study_id: str, key: str) -> None:
    """Take the model if it can be opened; else the reason is shown and nothing changes."""
    spec = str(visit.value_of(key) or "").strip()
    open_model(spec, timeout=30, base_url=runtime().settings.model_base_url or None)
    studies.set_model(runtime().engine, study_id, spec, _by())


def set_status(study_id: str, status: str) -> None:
    """Open, pause or close."""
    studies.set_status(runtime().engine, study_id, status, _by())


def uploaded(name: str, data: bytes) -> Protocol:
    """The protocol in an uploaded file, with the tasks and instruments that are here. Raises ProtocolInvalid."""
    return parse_protocol(data, name, PROTOCOLS, parameter_models())


def revise(study_id: str, name: str, data: bytes, note_key: str) -> None:
    """New participants get the uploaded protocol."""
    note = str(visit.value_of(note_key) or "")
    versions.revise(runtime().engine, study_id, uploaded(name, data), note, _by())


def preview(study_id: str) -> None:
    """A session that counts as nothing, and the link to it."""
    _sitting, token = enrolment.enrol(runtime().engine, study_id, enrolment.Arrival({}, preview=True))
    visit.keep(f"preview-link-{study_id}", f"/j/{token}")


def unseal(study_id: str, reason_key: str) -> None:
    """Show outcomes by condition before the end of the study."""
    sealing.unseal(runtime().engine, study_id, str(visit.value_of(reason_key) or ""), _by())


def seal_again(study_id: str) -> None:
    """Hide them again."""
    sealing.seal_again(runtime().engine, study_id, _by())


def start_report(study_id: str) -> None:
    """Have the report made by a process of its own."""
    jobs.start(runtime().settings, study_id, "report", _by())


def stop_report(study_id: str) -> None:
    """End that process."""
    _by()
    jobs.stop(runtime().settings.data_dir, study_id, "report")


def _by() -> str:
    """Who presses the button: a page that was left open must not act for somebody who is signed out by now."""
    name = researchers.signed_in(runtime().engine, visit.cookies().get(COOKIE))
    if name is None:
        raise AtelierError("You are signed out. Please sign in again; nothing was done.")
    return name
