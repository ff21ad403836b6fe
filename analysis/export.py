"""A study as one ZIP: every frame as CSV and Parquet, with what is needed to read them.

The same record gives the same bytes; for that, `acts` is without exports and who fetched them, which would be in the next one. The
file is written beside its target and renamed when it is whole, so that an interrupted export leaves nothing behind.
"""

import io
import json
import os
import tempfile
import zipfile
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import IO

import pandas as pd

from analysis.codebook import codebook, readable
from analysis.csv_text import write_csv
from analysis.frames import Frames, data_dictionary, frames
from analysis.frames.filled_in import plain
from analysis.handover import handover, handover_files
from analysis.measures import measures_by_version, registry
from study.advance import Advance
from study.instruments import RATED, Instrument
from study.protocol import Protocol
from study.records import Record
from study.sealing import seal_of_record
from study.selection import Selection
from study.tombstones import said_of

NAMES = {"responses": "responses_long"}
LEVEL = 2
"""Of compression: a third of the time of the usual one, for a file that is a little larger. Parquet is compressed itself."""
Files = dict[str, Callable[[IO[bytes]], object]]
"""Name of a file → what writes it."""
LONG = ("events", "model_calls")
"""Frames that hold every prompt: most of what there is to write."""
MORE = 55
"""So many files, about, follow theirs."""
EVERYONE = Selection()
WIDE_KEYS = ["session_id", "participant", "simulated", "block", "condition", "task", "label", "nth"]


def export(
    record: Record, target: Path, identifiers: bool = False, progress: Advance | None = None, only: Selection = EVERYONE
) -> Path:
    """Write the study, or `only` these of its sessions, to `target` (a ZIP) and return that path.

    `progress` hears of every file. Pseudonymous: platform ids, link parameters and browsers are left out unless
    `identifiers` is set. Whether results are sealed is a matter of the whole study, whatever is chosen from it.
    """
    chosen, sealed = _without_exports(only.of(record)), seal_of_record(record).is_sealed
    data = frames(chosen, identifiers)
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    try:
        with os.fdopen(handle, "wb") as raw, _archive(raw) as archive, ThreadPoolExecutor(1) as beside:
            put = _Putting(archive, progress or (lambda *_told: None))
            every = {NAMES.get(name, name): frame for name, frame in data.items()}
            long = {name: every.pop(name) for name in LONG}
            written = beside.submit(put, _tables(long), MORE)  # hardly needs the interpreter: measures come meanwhile
            rest = _made(_derived(chosen, data, identifiers, sealed) | _tables(every))
            rest["README.txt"] = _text(_readme(chosen, identifiers, only, sealed))
            written.result()
            put(rest)
        os.replace(name, target)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    return target


def responses_wide(data: Frames, protocol: Protocol) -> pd.DataFrame:
    """One row per sitting and block (and time of asking), one column per item, named `instrument.item`."""
    rows: dict[tuple[object, ...], dict[str, object]] = {}
    answers = (plain(data.responses[name]) for name in ("instrument", "item", "value", "text"))
    places = zip(*(plain(data.responses[name]) for name in WIDE_KEYS), strict=True)
    for key, instrument, item, number, text in zip(places, *answers, strict=True):
        place = dict(zip(WIDE_KEYS, key, strict=True))
        cells = rows.setdefault((place["session_id"], place["block"], place["nth"]), place)
        cells[f"{instrument}.{item}"] = text if number is None else number
    dtypes = {key: str(data.responses[key].dtype) for key in WIDE_KEYS}
    for asked in protocol.instruments:
        for one in asked.items:
            numeric = one.type in (*RATED, "number")
            dtypes[f"{asked.id}.{one.id}"] = "float64" if numeric else "str"
    return pd.DataFrame(list(rows.values()), columns=list(dtypes)).astype(dtypes)


def _archive(raw: IO[bytes]) -> zipfile.ZipFile:
    return zipfile.ZipFile(raw, "w", zipfile.ZIP_DEFLATED, compresslevel=LEVEL)


class _Putting:
    """Puts files into an archive, in the order of their names; each is made when it is its turn, a part at a time."""

    def __init__(self, archive: zipfile.ZipFile, progress: Advance) -> None:
        self._archive, self._progress = archive, progress

    def __call__(self, files: Files, more: int = 0) -> None:
        """`more`: about how many files come after these."""
        total = len(self._archive.namelist()) + len(files) + more
        for name, write in sorted(files.items()):
            entry = zipfile.ZipInfo(name) if name.endswith(".parquet") else name  # the first is not compressed
            with self._archive.open(entry, "w", force_zip64=True) as file:  # how long it will be is not known
                write(file)
            info = self._archive.getinfo(name)
            info.create_system, info.external_attr = 3, 0o644 << 16  # the same wherever it is made
            self._progress(len(self._archive.namelist()), total, name)


def _tables(tables: Mapping[str, pd.DataFrame]) -> Files:
    """Each table twice."""
    files: Files = {}
    for name, frame in tables.items():
        files[f"{name}.csv"] = partial(write_csv, frame)
        files[f"{name}.parquet"] = partial(frame.to_parquet, index=False)
    return files


def _text(content: str | bytes) -> Callable[[IO[bytes]], object]:
    return lambda file: file.write(content.encode() if isinstance(content, str) else content)


def _made(files: Files) -> Files:
    """The same files, made at once: in memory, for they are small."""
    made: Files = {}
    for name, write in files.items():
        write(content := io.BytesIO())
        made[name] = _text(content.getvalue())
    return made


def _derived(record: Record, data: Frames, identifiers: bool, sealed: bool) -> Files:
    """What is computed from the frames, and what explains it."""
    protocol = _with_every_item(record)
    measures = measures_by_version(data, record.protocols)
    files = _tables({"responses_wide": responses_wide(data, protocol), "measures": measures})
    dictionary = data_dictionary().replace({"frame": NAMES})
    if not identifiers:
        dictionary = dictionary[~dictionary["identifying"]]
    files["data_dictionary.csv"] = partial(write_csv, dictionary)
    files["measures_dictionary.csv"] = partial(write_csv, _measures_dictionary(protocol))
    files["codebook.csv"] = partial(write_csv, codebook(protocol))
    files["codebook.md"] = _text(readable(protocol))
    files["protocol.json"] = _text(_json(record.protocol))
    for number, version in record.protocols.items():
        files[f"protocol_v{number}.json"] = _text(_json(version))
    handed = handover_files(handover(record, data, measures, protocol), sealed)
    return files | {name: _text(content) for name, content in handed.items()}


def _without_exports(record: Record) -> Record:
    return replace(record, acts=[one for one in record.acts if one.kind not in ("exported", "file_fetched")])


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


def _json(protocol: Protocol) -> str:
    return json.dumps(protocol.model_dump(mode="json"), indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def _whether(sealed: bool) -> str:
    if sealed:
        return "left out, as the results are sealed while the study collects; so is running analysis.R a look before the end"
    return "analysis.R lays both side by side"


def _who(record: Record) -> str:
    return "simulated participants" if seal_of_record(record).why == "simulated" else "people only"


def _readme(record: Record, identifiers: bool, only: Selection, sealed: bool) -> str:
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
Chosen     {only.said}
Erased     {said_of(record.erased)}
Identity   {named}; texts are as participants wrote them and may name people

Every table stands here twice: as CSV (UTF-8) and as Parquet.
In CSV texts stand between quotes. One that could be read as a formula (it begins with = + - @, a tab or a line break)
has an apostrophe before it, and every line break is one line feed; Parquet holds the texts unchanged. Yes and no are TRUE
and FALSE. Empty means: there is none.

  sessions           one row per sitting; `simulated` marks those that are not people
  cells              one row per cell of the design: started, complete, dropped and how, late
  acts               what researchers did: who, when, what; every look at results before the end. Exports are left
                     out, so that the same data give the same bytes; the page Audit lists them
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
  atelier_results    what Atelier found for the same hypotheses; {_whether(sealed)}
Both tables hold {_who(record)}; whoever left or was rejected is not in them, whoever the plan excludes is marked
(`excluded`, `excluded_by`). Ids, conditions, periods and tasks are texts, numbers have a decimal point, an empty cell is a value
that there is not. CSV knows no order of levels: analysis.R sets it; in JASP and jamovi set it by `values` of analysis_columns.
Files of these two programs (.omv, .jasp) are not written: they hold a program's own state and change with its versions.

Times are UTC. Raw answers are not reversed; scores in `measures` are.
"""
