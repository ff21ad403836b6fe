"""The audit page: who did what and when, newest first, as plain sentences."""

from collections.abc import Sequence
from dataclasses import astuple, dataclass
from datetime import date, datetime

import streamlit as st

from pages.researcher import who
from pages.researcher.hours import here, second
from pages.runtime import runtime
from study.access import access, is_administrator, studies_of
from study.act_log import acts
from study.act_sentences import sentence
from study.installation_log import installation_acts
from study.plain_csv import as_csv

HEADS = ("when", "who", "what", "kind", "where")
IN_FILE = ("when (UTC)", *HEADS[1:])
INSTALLATION = "the installation"
SHOWN = 500


@dataclass(frozen=True)
class Line:
    """One act as the table shows it."""

    at: datetime
    by: str
    said: str
    kind: str
    place: str


def page() -> None:
    """Filters, table, download."""
    st.title("Audit")
    lines = _lines(who.name())
    if not lines:
        st.info("There is nothing here that you may see.")
        return
    chosen = _filtered(lines)
    st.caption(
        f"{len(chosen):,} of {len(lines):,} acts" + (f"; the newest {SHOWN} are shown" if len(chosen) > SHOWN else "")
    )
    shown = [dict(zip(HEADS, (second(one.at), *astuple(one)[1:]), strict=True)) for one in chosen[:SHOWN]]
    st.dataframe(shown, hide_index=True, height="content")
    rows = [(f"{one.at:%Y-%m-%d %H:%M:%S}", *astuple(one)[1:]) for one in chosen]
    st.download_button("Download the log (CSV)", as_csv(IN_FILE, rows), "atelier-audit.csv", "text/csv")


def _lines(name: str) -> list[Line]:
    """All that this researcher may see: the studies they may audit, and the installation for who looks after it."""
    engine, found = runtime().engine, []
    for study in studies_of(engine, name):
        if access(engine, name, study.id).may("audit"):
            found += [Line(one.at, one.by, sentence(one.act), one.kind, study.id) for one in acts(engine, study.id)]
    if is_administrator(engine, name):
        found += [Line(o.at, o.by, sentence(o.act), o.kind, INSTALLATION) for o in installation_acts(engine)]
    return sorted(found, key=lambda one: one.at, reverse=True)


def _filtered(lines: Sequence[Line]) -> list[Line]:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        places = st.multiselect("Where", sorted({one.place for one in lines}), placeholder="everywhere")
        people = st.multiselect("Who", sorted({one.by for one in lines}), placeholder="everybody")
        kinds = st.multiselect("What", sorted({one.kind for one in lines}), placeholder="everything")
        days = st.date_input("When", value=(), format="YYYY-MM-DD")
    first, last = _span(days)
    return [
        one
        for one in lines
        if (not places or one.place in places)
        and (not people or one.by in people)
        and (not kinds or one.kind in kinds)
        and first <= here(one.at).date() <= last
    ]


def _span(days: Sequence[date]) -> tuple[date, date]:
    """From and until; one day alone is where it begins."""
    return (days[0] if days else date.min, days[1] if len(days) > 1 else date.max)
