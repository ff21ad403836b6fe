"""A study as one ZIP: every frame as CSV and Parquet, with what is needed to read them.

The same record gives the same bytes. The file is written beside its target and renamed when it is
whole, so that an interrupted export leaves nothing behind.
"""

import io
import json
import os
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pandas as pd

from analysis.codebook import codebook, readable
from analysis.csv_text import safe_csv
from analysis.frames import Frames, data_dictionary, frames
from analysis.handover import handover, handover_files
from analysis.measures import measures_by_version, registry
from study.advance import Advance
from study.instruments import RATED, Instrument
from study.protocol import Protocol
from study.records import Record
from study.sealing import seal_of_record

NAMES = {"responses": "responses_long"}
EPOCH = (1980, 1, 1, 0, 0, 0)
WIDE_KEYS = ["session_id", "participant", "simulated", "block", "condition", "task", "label", "nth"]


def export(record: Record, target: Path, identifiers: bool = False, progress: Advance | None = None) -> Path:
    """Write the whole study to `target` (a ZIP) and return that path; `progress` hears of every file.

    Pseudonymous: platform ids, link parameters and browsers are left out unless `identifiers` is set.
    """
    files = _files(record, identifiers)
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    try:
        with os.fdopen(handle, "wb") as raw, zipfile.ZipFile(raw, "w") as archive:
            for done, (file, content) in enumerate(sorted(files.items()), start=1):
                archive.writestr(_entry(file), content(), zipfile.ZIP_DEFLATED, 6)
                if progress:
                    progress(done, len(files), file)
        os.replace(name, target)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    return target


def responses_wide(data: Frames, protocol: Protocol) -> pd.DataFrame:
    """One row per sitting and block (and time of asking), one column per item, named `instrument.item`."""
    rows: dict[tuple[object, ...], dict[str, object]] = {}
    for row in data.responses.itertuples():
        place = (row.session_id, None if pd.isna(row.block) else row.block, row.nth)
        cells = rows.setdefault(place, {key: getattr(row, key) for key in WIDE_KEYS})
        cells[f"{row.instrument}.{row.item}"] = row.text if pd.isna(row.value) else row.value
    dtypes = {key: str(data.responses[key].dtype) for key in WIDE_KEYS}
    for instrument in protocol.instruments:
        for item in instrument.items:
            numeric = item.type in (*RATED, "number")
            dtypes[f"{instrument.id}.{item.id}"] = "float64" if numeric else "str"
    return pd.DataFrame(list(rows.values()), columns=list(dtypes)).astype(dtypes)


def _files(record: Record, identifiers: bool) -> dict[str, Callable[[], bytes]]:
    """Every file by name; contents are made one at a time, when they are written."""
    data, protocol = frames(record, identifiers), _with_every_item(record)
    tables = {NAMES.get(name, name): frame for name, frame in data.items()}
    tables["responses_wide"] = responses_wide(data, protocol)
    tables["measures"] = measures_by_version(data, record.protocols)
    files: dict[str, Callable[[], bytes]] = {}
    for name, frame in tables.items():
        files[f"{name}.csv"] = lambda frame=frame: safe_csv(frame)  # type: ignore[misc]
        files[f"{name}.parquet"] = lambda frame=frame: _parquet(frame)  # type: ignore[misc]
    dictionary = data_dictionary().replace({"frame": NAMES})
    if not identifiers:
        dictionary = dictionary[~dictionary["identifying"]]
    files["data_dictionary.csv"] = lambda: safe_csv(dictionary)
    files["measures_dictionary.csv"] = lambda: safe_csv(_measures_dictionary(protocol))
    files["codebook.csv"] = lambda: safe_csv(codebook(protocol))
    files["codebook.md"] = lambda: readable(protocol).encode()
    files["protocol.json"] = lambda: _json(record.protocol)
    for number, version in record.protocols.items():
        files[f"protocol_v{number}.json"] = lambda version=version: _json(version)  # type: ignore[misc]
    handed = handover_files(handover(record, data, tables["measures"], protocol), seal_of_record(record).is_sealed)
    files |= {name: lambda content=content: content for name, content in handed.items()}  # type: ignore[misc]
    files["README.txt"] = lambda: _readme(record, identifiers).encode()
    return files


def _with_every_item(record: Record) -> Protocol:
    """The newest protocol with the items that only earlier versions asked: their answers need columns too."""
    found: dict[str, Instrument] = {}
    for _number, protocol in sorted(record.protocols.items()):
        for instrument in protocol.instruments:
            ids = {item.id for item in instrument.items}
            before = found[instrument.id].items if instrument.id in found else ()
            items = (*instrument.items, *(item for item in before if item.id not in ids))
            found[instrument.id] = instrument.model_copy(update={"items": items})
    return record.protocol.model_copy(update={"instruments": tuple(found.values())})


def _measures_dictionary(protocol: Protocol) -> pd.DataFrame:
    rows = [(m.name, m.title, m.unit, m.direction, m.covariate, m.source) for m in registry(protocol)]
    return pd.DataFrame(rows, columns=["measure", "title", "unit", "direction", "covariate", "source"])


def _parquet(frame: pd.DataFrame) -> bytes:
    buffer = io.BytesIO()
    frame.to_parquet(buffer, index=False)
    return buffer.getvalue()


def _json(protocol: Protocol) -> bytes:
    text = json.dumps(protocol.model_dump(mode="json"), indent=2, sort_keys=True, ensure_ascii=False)
    return (text + "\n").encode()


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, date_time=EPOCH)
    entry.create_system = 3
    entry.external_attr = 0o644 << 16
    return entry


def _whether_sealed(record: Record) -> str:
    sealed = (
        "left out, as the results are sealed while the study collects; so is running analysis.R a look before the end"
    )
    return sealed if seal_of_record(record).is_sealed else "analysis.R lays both side by side"


def _who(record: Record) -> str:
    return "simulated participants" if seal_of_record(record).why == "simulated" else "people only"


def _readme(record: Record, identifiers: bool) -> str:
    rows = record.sessions
    real = [row for row in rows if not row.simulated]
    complete = sum(row.status == "complete" for row in real)
    named = "contains platform ids and link parameters: personal data" if identifiers else "pseudonymous"
    return f"""{record.study.title}

Study      {record.study.id}
Protocol   {record.protocol.id}, version {record.protocol.version}
Hash       {record.study.protocol_hash}
Versions   {len(record.protocols)}; `study_version` in sessions says which one a session ran on
Sessions   {len(real)} of people ({complete} complete), {len(rows) - len(real)} simulated
Identity   {named}; texts are as participants wrote them and may name people

Every table stands here twice: as CSV (UTF-8) and as Parquet.
In CSV a text that could be read as a formula (it begins with = + - @, a tab or a carriage return)
has an apostrophe before it; Parquet holds the texts unchanged. Empty means: there is none.

  sessions           one row per sitting; `simulated` marks those that are not people
  cells              one row per cell of the design: started, complete, dropped and how, late
  acts               what researchers did: who, when, what; every look at results before the end
  codes              what coders noted about messages and replies: a row per event, coder and code that stands;
                     code_history: every mark they made, in order
  events             everything that happened, in order, with its whole payload
  messages, replies  what was written by participants and by the assistant; turns: both in one row
  model_calls        every call of a chat model: prompt, answer, times
  responses_long     one row per answered item; responses_wide: one column per item
  recalled           what came up for each reply: used, or dropped and why
  beliefs            what the assistant held about participants, change by change; what stood before a
                     reply: rows of its session and memory with seq < its seq and until_seq empty or greater
  judgements         what participants said about those beliefs
  controls           what participants operated
  solutions          versions of the solution
  steps, trials      times on pages and on tasks; blocks: one row per condition and participant
  page_times         what the browser reported of each page: out of sight, pasted into, time spent typing
  measures           every derived number, one row each

For R, JASP and jamovi (CSV only; open the file as it is):
  analysis_long      one row per participant and condition: factors, period, what came before, task, every measure
  analysis_wide      one row per participant: `measure.condition`, for paired tests
  analysis_columns   every column of these two: label, level of measurement, levels in order, unit
  analysis.R         the confirmatory analysis of the plan; run it here: Rscript analysis.R
  atelier_results    what Atelier found for the same hypotheses; {_whether_sealed(record)}
Both tables hold {_who(record)}; whoever left or was rejected is not in them, whoever the plan excludes is marked
(`excluded`, `excluded_by`). Ids, conditions, periods and tasks are texts, numbers have a decimal point, an empty cell is a value
that there is not. CSV knows no order of levels: analysis.R sets it; in JASP and jamovi set it by `values` of analysis_columns.
Files of these two programs (.omv, .jasp) are not written: they hold a program's own state and change with its versions.

Times are UTC. Raw answers are not reversed; scores in `measures` are.
"""
