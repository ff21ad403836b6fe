"""The frame of what the browser reported about each step: whether the page was seen, left, pasted into."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from itertools import groupby

from analysis.columns import NUMBER, TEXT, WHERE, WHO, Column, Table
from analysis.frames.one_session import OneSession, Row
from study.log import Stored

NOTED = {
    "times_hidden": ("hidden", "times", "how often the page went out of sight (another tab, a locked screen)"),
    "times_blurred": ("blur", "times", "how often another window had the keyboard"),
    "pastes": ("paste", "times", "how often something was pasted"),
    "evidence_opened": ("opened", "times", "how often something was unfolded, such as why a reply says what it says"),
}
"""Columns that count one kind of report: kind, unit, meaning."""
SUMMED = {
    "pasted_characters": ("paste", "length", 1, "characters", "length of what was pasted; the text is never sent"),
    "keys": ("typing", "keys", 1, "keys", "keys pressed; which ones is never sent"),
    "typing_seconds": ("typing", "ms", 1000, "s", "time spent typing; pauses count up to two seconds"),
}
"""Columns that add something up: kind, detail, divisor, unit, meaning."""
UNTOLD: dict[str, float | None] = dict.fromkeys(["reports", *NOTED, *SUMMED])
UNSEEN: dict[str, float | None] = dict.fromkeys(["seconds_hidden", "seconds_visible"])
"""Where no browser told anything."""


def page_time_rows(one: OneSession) -> Iterable[Row]:
    """One row per step that was shown; what a browser reports is empty where none reported anything in the session."""
    entered, finished = one.first("step_entered"), one.first("step_finished")
    reports: defaultdict[str, list[Stored]] = defaultdict(list)
    for report in one.of("client_reported"):
        reports[report.step].append(report)
    hidden, was_told = _hidden(one, finished), bool(one.of("client_reported"))
    for step, entry in entered.items():
        known, end = one.steps.get(step), finished.get(step)
        seconds = (end.at - entry.at).total_seconds() if end else None
        away = hidden.get(step, 0.0) if seconds is None else min(hidden.get(step, 0.0), seconds)
        visible = None if seconds is None else seconds - away
        seen = {"seconds_hidden": away, "seconds_visible": visible} if was_told else UNSEEN
        about = {"kind": known.kind if known else None, "instrument": known.instrument if known else None}
        yield entry, {**about, "seconds": seconds, **seen, **(_counted(reports[step]) if was_told else UNTOLD)}


def _counted(reports: Sequence[Stored]) -> dict[str, float]:
    """What is counted and added up from the reports of one step."""
    times = Counter(report.payload["what"] for report in reports)
    sums: defaultdict[tuple[str, str], float] = defaultdict(float)
    for report in reports:
        for name, value in report.payload["detail"].items():
            if isinstance(value, int | float):
                sums[report.payload["what"], name] += value
    counted = {name: times[what] for name, (what, *_) in NOTED.items()}
    added = {name: sums[what, detail] / by for name, (what, detail, by, *_) in SUMMED.items()}
    return {"reports": len(reports), **counted, **added}


def _hidden(one: OneSession, finished: dict[str, Stored]) -> dict[str, float]:
    """Step → seconds during which its page was out of sight.

    Between two reports of one tab the browser's clock counts. A tab that never came back was away until anything was
    heard from another one, else until the step was done: by the server's clock, for browsers differ.
    """
    reports = sorted(one.of("client_reported"), key=lambda e: (e.payload["tab"], e.payload["tab_seq"]))
    away: defaultdict[str, float] = defaultdict(float)
    for _, of_tab in groupby(reports, key=lambda e: e.payload["tab"]):
        left: Stored | None = None
        for report in of_tab:
            if report.payload["what"] == "hidden":
                left = left or report
            elif report.payload["what"] == "visible" and left:
                away[left.step] += _between(left, report)
                left = None
        if left:
            away[left.step] += _until_heard_of(one, left, finished.get(left.step))
    return away


def _between(left: Stored, back: Stored) -> float:
    if left.client_at is None or back.client_at is None:
        return max(0.0, (back.at - left.at).total_seconds())
    return max(0.0, (back.client_at - left.client_at).total_seconds())


def _until_heard_of(one: OneSession, left: Stored, finished: Stored | None) -> float:
    elsewhere = (
        entry
        for entry in one.of("client_reported", "tab_changed")
        if entry.seq > left.seq and entry.payload.get("tab") != left.payload["tab"]
    )
    back = next(elsewhere, finished)
    return max(0.0, (back.at - left.at).total_seconds()) if back else 0.0


FROM = "derived: client_reported"
PAGE_TIMES = Table(
    "page_times",
    ("step_entered", "client_reported"),
    (
        *WHO,
        *WHERE,
        Column("kind", TEXT, "", "kind of step", "derived: protocol"),
        Column("instrument", TEXT, "", "instrument of a questionnaire", "derived: protocol"),
        Column("seconds", NUMBER, "s", "first shown to finished, pauses included", "derived: both times"),
        Column("seconds_hidden", NUMBER, "s", "of these, with the page out of sight", FROM),
        Column("seconds_visible", NUMBER, "s", "of these, with the page in sight", FROM),
        Column("reports", NUMBER, "", "reports that came from this step, sent every five seconds at most", FROM),
        *(Column(name, NUMBER, unit, text, FROM) for name, (_, unit, text) in NOTED.items()),
        *(Column(name, NUMBER, unit, text, FROM) for name, (_, _, _, unit, text) in SUMMED.items()),
    ),
    page_time_rows,
)
