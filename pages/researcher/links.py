"""How people come into a study: the open link, or a personal link for each of them."""

import streamlit as st

from pages.researcher import link_acts
from pages.researcher.hours import hour
from pages.runtime import host_url, runtime
from pages.shared import visit
from pages.shared.theme import literal
from study.access import Access
from study.next_person import NEW_PARAMETER
from study.personal_links import Link, door_of, links
from study.plain_csv import MAX_IDS, as_csv
from study.studies import protocol_of
from study.tables import Study

DOORS = {"open": "Everybody who has the link", "personal": "Only who was sent a personal link"}
PROLIFIC = "?PROLIFIC_PID={{%PROLIFIC_PID%}}&STUDY_ID={{%STUDY_ID%}}&SESSION_ID={{%SESSION_ID%}}"


def show_door(study: Study, own: Access) -> None:
    """The open link where there is one, the choice of the door, and the personal links."""
    door, open_link = door_of(runtime().engine, study.id), f"{host_url()}/s/{study.id}"
    if door == "open":
        st.write("Participant link")
        st.code(open_link, language=None)
        with st.expander("Link for Prolific"):
            st.code(open_link + PROLIFIC, language=None)
        if not protocol_of(study).recruitment.id_parameter:
            with st.expander("Link for shared computers"):
                st.caption("Every time it is opened, somebody new begins: for a lab, not to be sent to people.")
                st.code(f"{open_link}?{NEW_PARAMETER}=1", language=None)
    else:
        st.caption("Participants come in by personal links only.")
    if own.may("recruit"):
        with st.expander("Personal links"):
            _choice(study.id, door)
            _make(study.id)
            _list(study.id, own)


def _choice(study_id: str, door: str) -> None:
    key = f"door-{study_id}"
    st.radio(
        "Who may start",
        list(DOORS),
        index=list(DOORS).index(door),
        format_func=DOORS.__getitem__,
        key=key,
        on_change=visit.attempt,
        args=(link_acts.set_door, study_id, key),
    )


def _make(study_id: str) -> None:
    sent = st.file_uploader(
        "Make a link for each id in a CSV file",
        type=["csv", "txt"],
        key=f"ids-{study_id}",
        help=f"Up to {MAX_IDS:,} ids",
    )
    with st.container(horizontal=True, vertical_alignment="bottom"):
        if sent:
            args = (link_acts.make_links, study_id, sent.name, sent.getvalue())
            # Named, as a press before the next file has arrived is still for this one.
            label = f"Make the links of {literal(sent.name)}"
            st.button(label, key=f"links-{study_id}", type="primary", on_click=visit.attempt, args=args)
        else:
            key = f"count-{study_id}"
            st.number_input("Or make so many", 1, MAX_IDS, 10, key=key)
            args = (link_acts.make_numbered_links, study_id, key)
            st.button("Make numbered links", key=f"numbered-{study_id}", on_click=visit.attempt, args=args)
    made = visit.value_of(f"made-links-{study_id}")
    if made:
        st.warning("Save the new links now. They are kept nowhere and cannot be shown again; lost ones can be renewed.")
        rows = [(person, f"{host_url()}/i/{token}") for person, token in made]
        label = "Download 1 link" if len(made) == 1 else f"Download {len(made)} links"
        data = as_csv(("id", "link"), rows)
        st.download_button(label, data, f"{study_id}-links.csv", "text/csv", type="primary")


def _list(study_id: str, own: Access) -> None:
    found = links(runtime().engine, study_id)
    if not found:
        return
    counts = " · ".join(
        f"{sum(one.state == s for one in found)} {s}" for s in ("unused", "started", "complete", "left")
    )
    st.caption(f"{len(found)} links: {counts} · {sum(one.state == 'revoked' for one in found)} revoked")
    st.dataframe([_row(one, own) for one in found], hide_index=True, height="content" if len(found) < 8 else 300)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        rows = [_row(one, own) | {"made": f"{one.made_at:%Y-%m-%d %H:%M}"} for one in found]
        heads = tuple("made (UTC)" if head == "made" else head for head in rows[0])
        data, name = as_csv(heads, [tuple(row.values()) for row in rows]), f"{study_id}-who-came.csv"
        st.download_button("Download this list", data, name, "text/csv", key=f"list-{study_id}")
        _renew(study_id, found)
        key = f"revoke-{study_id}"
        with st.popover("Revoke a link …"):
            people = [one.person for one in found if one.state != "revoked"]
            st.selectbox("Whose link", people, index=None, format_func=literal, key=key)
            st.caption("It leads nowhere any more. A session that was begun by it stays in the record.")
            st.button("Revoke", key=f"do-{key}", on_click=visit.attempt, args=(link_acts.revoke_link, study_id, key))


def _renew(study_id: str, found: list[Link]) -> None:
    """Another link for who lost theirs, or whose was revoked; and for all at once, where the file of links was lost."""
    key, unused = f"renew-{study_id}", sum(one.state == "unused" for one in found)
    with st.popover("Renew links …"):
        people = [one.person for one in found if one.state != "complete"]
        st.selectbox("Who gets another link", people, index=None, format_func=literal, key=key)
        st.caption(
            "It leads where the old one led, also to a session that was begun; the old one leads nowhere any more."
        )
        st.button(
            "Renew this link", key=f"do-{key}", on_click=visit.attempt, args=(link_acts.renew_link, study_id, key)
        )
        if unused:
            args = (link_acts.renew_unused_links, study_id)
            st.button(f"Renew all unused links ({unused})", key=f"all-{key}", on_click=visit.attempt, args=args)


def _row(one: Link, own: Access) -> dict[str, str]:
    """Which pseudonym belongs to whom, only an owner sees: whoever asks to be erased comes with an id."""
    row = {"id": one.person, "state": one.state, "made": hour(one.made_at)}
    return row | ({"participant": one.participant} if own.may("identify") else {})
