"""What a researcher's buttons do; each is one call into study or memory."""

from memory.chat_model import open_model
from memory.mechanisms.registry import parameter_models
from pages.runtime import PROTOCOLS, runtime
from pages.shared import visit
from study import enrolment, studies, versions
from study.protocol import Protocol
from study.protocol_file import load_protocol, parse_protocol


def create(key: str) -> None:
    """A new study, as a draft, from the chosen protocol file."""
    name = visit.value_of(key)
    if name in {path.stem for path in PROTOCOLS.glob("*.yaml")}:
        studies.create_study(runtime().engine, load_protocol(PROTOCOLS / f"{name}.yaml", parameter_models()))


def set_model(study_id: str, key: str) -> None:
    """Take the model if it can be opened; else the reason is shown and nothing changes."""
    spec = str(visit.value_of(key) or "").strip()
    open_model(spec, timeout=30, base_url=runtime().settings.model_base_url or None)
    studies.set_model(runtime().engine, study_id, spec)


def set_status(study_id: str, status: str) -> None:
    """Open, pause or close."""
    studies.set_status(runtime().engine, study_id, status)


def uploaded(name: str, data: bytes) -> Protocol:
    """The protocol in an uploaded file, with the tasks and instruments that are here. Raises ProtocolInvalid."""
    return parse_protocol(data, name, PROTOCOLS, parameter_models())


def revise(study_id: str, name: str, data: bytes, note_key: str) -> None:
    """New participants get the uploaded protocol."""
    versions.revise(runtime().engine, study_id, uploaded(name, data), str(visit.value_of(note_key) or ""))


def preview(study_id: str) -> None:
    """A session that counts as nothing, and the link to it."""
    _sitting, token = enrolment.enrol(runtime().engine, study_id, enrolment.Arrival({}, preview=True))
    visit.keep(f"preview-link-{study_id}", f"/j/{token}")
