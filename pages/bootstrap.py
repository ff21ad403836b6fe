"""A first start: database, demo study, and the one-time link for the researcher's password."""

from sqlalchemy import Engine

from memory.mechanisms.registry import parameter_models
from pages.runtime import PROTOCOLS
from study import researchers
from study.drafts import keep_text
from study.protocol_file import load_protocol
from study.studies import all_studies, create_study, deleted_studies, set_status

DEMO = "active_vs_passive"


def prepare(engine: Engine) -> str | None:
    """See to the demo study; returns the path of a one-time link while nobody has a password."""
    if not (all_studies(engine) or deleted_studies(engine)):  # who deleted it does not want it again
        path = PROTOCOLS / f"{DEMO}.yaml"
        study = create_study(engine, load_protocol(path, parameter_models()))
        keep_text(engine, study.id, study.version, path.read_text(encoding="utf-8"))
        set_status(engine, study.id, "open")
    token = researchers.first_link(engine)
    return f"/researcher/setup/{token}" if token else None
