"""The report as one HTML page: what was run, on whom, how far, and what came out where that may be shown."""

from collections.abc import Iterator
from html import escape

import pandas as pd

from analysis.comparisons import describe
from analysis.frames import Frames
from analysis.measures import measures_by_version, registry
from analysis.results import SIMULATED_LABEL, condition_order
from analysis.sample import Sample, sample
from study.records import Record
from study.sealing import Seal, sentences
from study.settings import VERSION

STYLE = """
:root { color-scheme: light; }
body { font: 16px/1.5 system-ui, sans-serif; margin: 0; background: #fff; color: #22302f; }
main { max-width: 60rem; margin: 0 auto; padding: 1.5rem 1.25rem 4rem; }
h1 { font-size: 1.6rem; margin-bottom: .2rem; } h2 { font-size: 1.2rem; margin-top: 2.2rem; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .15rem 1.2rem; }
dt { color: #5a6a68; } dd { margin: 0; overflow-wrap: anywhere; }
.seal { border-left: 4px solid #2f6f6a; padding: .1rem 1rem; background: #f1efe9; }
.label { display: inline-block; border: 1px solid #b45309; color: #92400e; border-radius: .4rem; padding: 0 .5rem; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; font-size: .92rem; }
th, td { text-align: left; padding: .25rem .8rem .25rem 0; border-bottom: 1px solid #ddd; }
td.number { text-align: right; font-variant-numeric: tabular-nums; }
@media (max-width: 40rem) { dl { grid-template-columns: 1fr; } dt { margin-top: .4rem; } }
"""
FLOW = ("status", "people", "simulated")


def report_page(record: Record, data: Frames, seal: Seal, by: str) -> str:
    """The whole document; outcomes by condition are computed only where the seal allows it."""
    people = seal.why != "simulated"
    shown = data.sessions[data.sessions["simulated"] != people]
    parts = [
        _head(record, seal, by),
        _section("Participants", _flow(data)),
        _section("Quality of the data", _table(quality(data, set(shown["session_id"])))),
    ]
    if not seal.is_sealed:
        chosen = sample(measures_by_version(data, record.protocols), data, record.protocols, record.protocol)
        parts.append(_section("Measures by condition", _table(descriptives(record, chosen)) + _left_out(chosen)))
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(record.study.title)}: report</title><style>{STYLE}</style></head>"
        f"<body><main>{''.join(parts)}</main></body></html>"
    )


def flow(data: Frames) -> pd.DataFrame:
    """How many people and simulated participants started, agreed to take part, and came to which end."""
    sessions = data.sessions
    counted = {
        "started": sessions,
        "agreed to take part": sessions[sessions["consented"]],
        **{status.replace("_", " "): of for status, of in sessions.groupby("status", sort=True)},
    }
    rows = [(name, int((~of["simulated"]).sum()), int(of["simulated"].sum())) for name, of in counted.items()]
    return pd.DataFrame(rows, columns=list(FLOW))


def quality(data: Frames, sessions: set[str]) -> pd.DataFrame:
    """What tells how good the data are, over all conditions together: times, gaps, failures."""

    def of(frame: pd.DataFrame) -> pd.DataFrame:
        return frame[frame["session_id"].isin(sessions)]

    done = of(data.sessions)
    minutes = done.loc[done["complete"], "minutes"]
    kinds = of(data.events)["kind"].value_counts()
    missing = of(data.responses)["missing"]
    rows = [
        ("minutes from start to end of a complete session, median", minutes.median()),
        ("the same, shortest", minutes.min()),
        ("the same, longest", minutes.max()),
        ("answers left empty, of those that were asked", f"{int(missing.sum())} of {len(missing)}"),
        ("failed attention or comprehension checks", int(kinds.get("check_failed", 0))),
        ("returned after the place was free", int(kinds.get("returned_late", 0))),
        ("messages of participants", int(kinds.get("message_sent", 0))),
        ("replies that failed", int(kinds.get("reply_failed", 0))),
    ]
    return pd.DataFrame(rows, columns=["what", "number"])


def descriptives(record: Record, chosen: Sample) -> pd.DataFrame:
    """One row per measure and condition with data: n, mean, SD, median, interquartile range; unit as the measure says."""
    order, found = condition_order(record.protocol), []
    for measure in registry(record.protocol):
        rows = chosen.rows[chosen.rows["measure"] == measure.name].dropna(subset=["value", "condition"])
        if rows.empty:
            continue
        described = describe(rows, "value", "condition", "participant").set_index("condition")
        for condition in (name for name in order if name in described.index):
            n, mean, sd, median, iqr, *_ = described.loc[condition]
            found.append((measure.title, measure.unit, condition, int(n), mean, sd, median, iqr))
    return pd.DataFrame(found, columns=["measure", "unit", "condition", "n", "mean", "SD", "median", "IQR"])


def _head(record: Record, seal: Seal, by: str) -> str:
    study, versions = record.study, sorted(record.protocols.items())
    facts = [
        ("Study", study.id),
        ("Protocol", f"{record.protocol.id}, version {record.protocol.version}"),
        *((f"Version {number} of the study", protocol.content_hash()) for number, protocol in versions),
        ("Chat models", ", ".join(sorted({row.model for row in record.sessions})) or f"{study.model} (no session yet)"),
        ("Atelier", f"{VERSION} (sessions: {', '.join(sorted({r.app_version for r in record.sessions})) or 'none'})"),
        ("Made", f"{record.read_at:%Y-%m-%d %H:%M} UTC by {by}"),
    ]
    label = f'<p><strong class="label">{SIMULATED_LABEL}</strong></p>' if seal.why == "simulated" else ""
    listed = "".join(f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>" for name, value in facts)
    said = "".join(f"<p>{escape(sentence)}</p>" for sentence in sentences(seal))
    return f'<h1>{escape(study.title)}</h1>{label}<div class="seal">{said}</div><dl>{listed}</dl>'


def _section(title: str, body: str) -> str:
    return f"<section><h2>{escape(title)}</h2>{body}</section>"


def _flow(data: Frames) -> str:
    return _table(flow(data)) if len(data.sessions) else "<p>Nobody has taken part yet.</p>"


def _left_out(chosen: Sample) -> str:
    """Who is not in the numbers, by which rule of the plan."""
    counted = chosen.excluded.groupby("rule", sort=False).size()
    rules = "".join(f"<li>{escape(str(rule))}: {count}</li>" for rule, count in counted.items())
    return f"<p>Left out, as the plan says:</p><ul>{rules}</ul>" if rules else ""


def _table(frame: pd.DataFrame) -> str:
    """A frame as an HTML table; every text is escaped."""
    if frame.empty:
        return "<p>There is nothing to show yet.</p>"
    head = "".join(f"<th>{escape(name)}</th>" for name in frame.columns)
    rows = "".join(f"<tr>{''.join(_cells(row))}</tr>" for row in frame.itertuples(index=False))
    return f'<div class="wide"><table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>'


def _cells(row: tuple[object, ...]) -> Iterator[str]:
    for value in row:
        if isinstance(value, int):
            yield f'<td class="number">{value}</td>'
        elif isinstance(value, float):
            yield f'<td class="number">{"–" if pd.isna(value) else format(value, ".2f")}</td>'
        else:
            yield f"<td>{escape(str(value))}</td>"
