"""Recruitment: who the link names, and what is said at the end, once it is in the record."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from sittings import TAB, arrive, opened, walk
from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError
from sqlmodel import Session, delete

from study import progress, recruitment
from study.database import writing
from study.enrolment import Arrival, enrol
from study.errors import ProtocolInvalid
from study.protocol import Protocol, Recruitment
from study.recruitment import MAX_LEVEL_LENGTH, MAX_PARAM_LENGTH, Farewell, farewell, fill_in, levels_of, platform_id
from study.rejection import reject
from study.tables import EventRow, Sitting

PROLIFIC = "https://app.prolific.com/submissions/complete?cc={code}"
PANEL = "https://panel.example/end?id={rid}&who={participant}&status=1&wave={wave.no}"


def panel(protocol: Protocol, **more: Any) -> Protocol:
    """The protocol with other keys, checked again as a whole."""
    return Protocol.model_validate(protocol.model_dump() | more)


# --- who the link names ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("params", "named"),
    [
        ({"PROLIFIC_PID": "a", "participant_id": "b", "pid": "c"}, "a"),
        ({"PROLIFIC_PID": "a", "STUDY_ID": "s", "SESSION_ID": "t"}, "a"),
        ({"participant_id": "b", "pid": "c"}, "b"),
        ({"PROLIFIC_PID": "  ", "pid": " c "}, "c"),
        ({"PROLIFIC_PID": "a", "rid": "r"}, "r"),
        ({"rid": "{{%RID%}}", "PROLIFIC_PID": "a"}, "a"),
        ({"pid": "x" * 1_000}, "x" * MAX_PARAM_LENGTH),
        ({"pid": "a\0b"}, "ab"),
        ({"source": "mail"}, None),
        ({}, None),
    ],
)
def test_the_strongest_id_in_the_link_counts_and_the_studys_own_comes_first(
    params: dict[str, str], named: str | None
) -> None:
    assert platform_id(params, Recruitment(id_parameter="rid").id_parameters) == named


@pytest.mark.parametrize(
    "unfilled",
    [
        "{{%PROLIFIC_PID%}}",
        " {{%PROLIFIC_PID%}} ",
        "{{pid}}",
        "${e://Field/pid}",
        "%PID%",
        "%%PID%%",
        "[%PID%]",
        "[PID]",
        "{participant_id}",
        "<PID>",
    ],
)
def test_an_unfilled_placeholder_names_nobody(any_engine: Engine, small: Protocol, unfilled: str) -> None:
    study = opened(any_engine, small)
    both = [enrol(any_engine, study, Arrival({"PROLIFIC_PID": unfilled}))[0] for _ in range(2)]
    assert both[0].id != both[1].id
    assert [row.platform_id for row in both] == [None, None]


@pytest.mark.parametrize("real", ["{3F2504E0-4F89-11D3-9A0C-0305E82C3301}", "5f3c", "a%20b", "100%", "[1]", "a{b}"])
def test_an_id_that_only_looks_odd_names_somebody(real: str) -> None:
    assert platform_id({"pid": real}, Recruitment().id_parameters) == real


def test_a_panels_own_parameter_leads_back_to_the_same_session(any_engine: Engine, small: Protocol) -> None:
    study = opened(any_engine, panel(small, recruitment={"id_parameter": "rid"}))
    first = enrol(any_engine, study, Arrival({"rid": "r1"}))[0]
    assert enrol(any_engine, study, Arrival({"rid": "r1"}))[0].id == first.id
    assert enrol(any_engine, study, Arrival({"rid": "r2"}))[0].id != first.id


def test_levels_are_what_the_link_says_cut_and_with_a_level_for_nothing() -> None:
    params = {"sex": " f ", "age": "x" * 200, "lang": "{{%LANG%}}"}
    expected = {"sex": "f", "age": "x" * MAX_LEVEL_LENGTH, "lang": "", "hand": ""}
    assert levels_of(params, ["sex", "age", "lang", "hand"]) == expected


# --- the way back ------------------------------------------------------------------------------


@given(value=st.text(max_size=40))
def test_whatever_the_link_said_stays_one_value_of_the_address(value: str) -> None:
    values = {"rid": value, "participant": "P001"}
    address = urlsplit(fill_in(PANEL, values))
    assert (address.scheme, address.netloc, address.path, address.fragment) == ("https", "panel.example", "/end", "")
    query = parse_qs(address.query, keep_blank_values=True, strict_parsing=True)
    assert query["who"] == ["P001"] and query["status"] == ["1"] and query["wave"] == [""]
    assert query["id"] == [value]


@pytest.mark.parametrize(
    "address",
    ["https://{rid}/end", "https://a.example{rid}/", "//a.example/", "javascript:{rid}", "https://a b/", "{rid}"],
)
def test_nothing_in_the_link_decides_where_somebody_is_sent(small: Protocol, address: str) -> None:
    for wrong in (
        {"completion": {"code": "X", "redirect_url": address}},
        {"endings": {"withdrawn": {"text": "Bye.", "redirect_url": address}}},
    ):
        with pytest.raises(ValidationError, match="redirect_url"):
            panel(small, **wrong)


# --- what is said at the end -------------------------------------------------------------------


@pytest.fixture
def everywhere(small: Protocol) -> Protocol:
    """A code and a way back for some endings, a text alone for others."""
    return panel(
        small,
        completion={"code": "DONE", "redirect_url": PROLIFIC},
        endings={
            "refused_consent": {"text": "No hard feelings.", "code": "NO", "redirect_url": PROLIFIC},
            "withdrawn": {"text": "Bye.", "redirect_url": "https://panel.example/out?id={PROLIFIC_PID}&src={src}"},
        },
    )


def test_each_ending_has_its_own_code_and_way_back(any_engine: Engine, everywhere: Protocol) -> None:
    study = opened(any_engine, everywhere)
    rows = [arrive(any_engine, study, url_params={"PROLIFIC_PID": f"a&b {n}", "src": "{{%SRC%}}"}) for n in range(4)]
    done, refused, left, out = rows
    assert farewell(any_engine, everywhere, done.id) is None, "nobody is told a code on the way"
    walk(any_engine, everywhere, done)
    progress.refuse(any_engine, everywhere, refused.id, "0.consent", TAB)
    progress.withdraw(any_engine, left.id, TAB)
    reject(any_engine, study, out.participant, "bot", "Ada")
    base = PROLIFIC.removesuffix("{code}")
    assert [farewell(any_engine, everywhere, row.id) for row in rows] == [
        Farewell("complete", "DONE", f"{base}DONE"),
        Farewell("refused_consent", "NO", f"{base}NO"),
        Farewell("withdrawn", "", "https://panel.example/out?id=a%26b%202&src="),
        Farewell("rejected"),
    ]


def test_who_was_complete_and_then_rejected_is_told_no_code(any_engine: Engine, everywhere: Protocol) -> None:
    study = opened(any_engine, everywhere)
    row = arrive(any_engine, study)
    walk(any_engine, everywhere, row)
    reject(any_engine, study, row.participant, "not serious", "Ada")
    assert farewell(any_engine, everywhere, row.id) == Farewell("rejected")


def test_half_an_end_in_the_record_is_none(any_engine: Engine, everywhere: Protocol) -> None:
    """Status without event, event without status: neither can happen through the platform, and neither counts."""
    study = opened(any_engine, everywhere)
    one, two = arrive(any_engine, study), arrive(any_engine, study)
    for row in (one, two):
        walk(any_engine, everywhere, row)
    with writing(any_engine) as db:
        db.exec(delete(EventRow).where(EventRow.session_id == one.id, EventRow.kind == "session_ended"))  # type: ignore[call-overload, arg-type]
        db.get_one(Sitting, two.id).status = "running"
    assert farewell(any_engine, everywhere, one.id) is None
    assert farewell(any_engine, everywhere, two.id) is None
    assert farewell(any_engine, everywhere, "nobody") is None


def test_a_record_that_cannot_be_read_promises_nothing(
    engine: Engine, everywhere: Protocol, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    row = arrive(engine, opened(engine, everywhere))
    walk(engine, everywhere, row)

    @contextmanager
    def gone(_engine: Engine) -> Iterator[Session]:
        raise OperationalError("SELECT", {}, Exception("the server is away"))
        yield

    with monkeypatch.context() as broken:
        broken.setattr(recruitment, "reading", gone)
        assert farewell(engine, everywhere, row.id) is None
    assert "the server is away" in caplog.text
    assert farewell(engine, everywhere, row.id) is not None, "and later it can"


def test_an_uncommitted_end_is_not_read_back(any_engine: Engine, everywhere: Protocol) -> None:
    row = arrive(any_engine, opened(any_engine, everywhere))
    with writing(any_engine) as db:
        progress._end(db, row.id, "complete")
        db.flush()
        assert farewell(any_engine, everywhere, row.id) is None
    assert farewell(any_engine, everywhere, row.id) is not None


@pytest.mark.parametrize(
    ("design", "said"),
    [
        ({"strata": ["sex"], "orders": "random"}, "random orders"),
        ({"strata": ["sex", "sex"]}, "unique"),
        ({"strata": ["PROLIFIC_PID"]}, "names a single participant"),
        ({"strata": ["rid"]}, "names a single participant"),
        ({"strata": ["a b"]}, "strata"),
        ({"strata": list("abcde")}, "at most 4"),
        ({"reservation_minutes": 0}, "greater than 0"),
    ],
)
def test_a_design_that_cannot_be_kept_is_refused(small: Protocol, design: dict[str, Any], said: str) -> None:
    with pytest.raises((ValidationError, ProtocolInvalid), match=said):
        panel(small, design=small.design.model_dump() | design, recruitment={"id_parameter": "rid"})
