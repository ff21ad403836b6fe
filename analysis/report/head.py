"""What was run, and how good the data are: what may always be seen, also while results are sealed."""

from collections.abc import Mapping
from html import escape

import pandas as pd

from analysis.frames import Frames
from analysis.report.document import Block, Table
from analysis.results import SIMULATED_LABEL
from analysis.sample import failed_checks
from study.protocol import Protocol
from study.records import Record
from study.sealing import Seal, sentences
from study.settings import VERSION
from study.tombstones import said_of

FAILED_CHECKS = "attention or comprehension checks failed (the last permitted attempt was wrong)"
FLOW = ("status", "people", "simulated")


def head(record: Record, seal: Seal, by: str) -> str:
    """Title, seal and facts as HTML: study, versions, hashes, models, version of the app."""
    study, versions = record.study, sorted(record.protocols.items())
    facts = [
        ("Study", study.id),
        ("Protocol", f"{record.protocol.id}, version {record.protocol.version}"),
        *((f"Version {number} of the study", protocol.content_hash()) for number, protocol in versions),
        ("Chat models", ", ".join(sorted({row.model for row in record.sessions})) or f"{study.model} (no session yet)"),
        ("Atelier", f"{VERSION} (sessions: {', '.join(sorted({r.app_version for r in record.sessions})) or 'none'})"),
        ("Seed of the study", str(study.seed)),
        *([("Sessions erased", said_of(record.erased))] if record.erased else []),
        ("Made", f"{record.read_at:%Y-%m-%d %H:%M} UTC by {by}"),
    ]
    label = f' <span class="label">{SIMULATED_LABEL}</span>' if seal.why == "simulated" else ""
    listed = "".join(f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>" for name, value in facts)
    said = "".join(f"<p>{escape(sentence)}</p>" for sentence in sentences(seal))
    return f'<h1>{escape(study.title)}{label}</h1><div class="seal">{said}</div><dl>{listed}</dl>'


def flow(data: Frames) -> list[Block]:
    """How many people and simulated participants started, agreed to take part, and came to which end."""
    if not len(data.sessions):
        return ["Nobody has taken part yet."]
    counts = {
        "status": lambda row: row["status"],
        "people": lambda row: str(row["people"]),
        "simulated": lambda row: str(row["simulated"]),
    }
    return [Table("sessions", "Sessions, by how they ended", flow_table(data), counts)]


def flow_table(data: Frames) -> pd.DataFrame:
    """status, people, simulated: a row for who started, who agreed, and each end."""
    sessions = data.sessions
    counted = {
        "started": sessions,
        "agreed to take part": sessions[sessions["consented"]],
        **{status.replace("_", " "): of for status, of in sessions.groupby("status", sort=True)},
    }
    rows = [(name, int((~of["simulated"]).sum()), int(of["simulated"].sum())) for name, of in counted.items()]
    return pd.DataFrame(rows, columns=list(FLOW))


def quality(data: Frames, protocols: Mapping[int, Protocol], simulated: bool) -> list[Block]:
    """Times, gaps and failures over all conditions together, of people or of simulated participants."""
    sessions = set(data.sessions.loc[data.sessions["simulated"] == simulated, "session_id"])
    columns = {"": lambda row: row["what"], "number": lambda row: row["number"]}
    table = quality_table(data.of_sessions(sessions), protocols)
    return [Table("quality", "Quality of the data, over all conditions", table, columns)]


def quality_table(data: Frames, protocols: Mapping[int, Protocol]) -> pd.DataFrame:
    """what, number: a row for each, as text; checks are counted as the rules of exclusion count them."""
    minutes = data.sessions.loc[data.sessions["complete"], "minutes"]
    kinds = data.events["kind"].value_counts()
    missing = data.responses["missing"]
    rows = [
        ("minutes from start to end of a complete session, median", _minutes(minutes.median())),
        ("the same, shortest", _minutes(minutes.min())),
        ("the same, longest", _minutes(minutes.max())),
        ("answers left empty, of those that were asked", f"{int(missing.sum())} of {len(missing)}"),
        (FAILED_CHECKS, str(sum(failed_checks(data, protocols).values()))),
        ("returned after the place was free", str(kinds.get("returned_late", 0))),
        ("messages of participants", str(kinds.get("message_sent", 0))),
        ("replies that failed", str(kinds.get("reply_failed", 0))),
    ]
    return pd.DataFrame(rows, columns=["what", "number"])


def _minutes(value: float) -> str:
    return "–" if pd.isna(value) else f"{value:.1f}"
