"""When outcomes may be shown: the rule as a table, and unsealing as an act that nobody does by accident."""

from datetime import UTC, datetime
from typing import Any

import pytest
from sittings import arrive, at_once, opened, walk
from sqlalchemy import Engine

from study.act_log import LoggedAct, acts, record_act
from study.acts import (
    ActBase,
    Exported,
    ParticipantRejected,
    ReportMade,
    ResultsSealed,
    ResultsUnsealed,
    StatusChanged,
)
from study.analysis_plan import Stopping
from study.errors import AtelierError, NotFound
from study.exclusion import mark
from study.protocol import Protocol
from study.records import load_record
from study.sealing import People, seal, seal_again, seal_of, seal_of_record, sentences, unseal
from study.studies import needs_reason, set_status

AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def look(reason: str = "a broken item?", complete: int = 5) -> LoggedAct:
    return LoggedAct("a", "small", 3, AT, "Ada", ResultsUnsealed(reason=reason, complete=complete, protocol_hash="h"))


def hidden() -> LoggedAct:
    return LoggedAct("b", "small", 4, AT, "Ada", ResultsSealed(complete=5))


@pytest.mark.parametrize(
    ("status", "wanted", "people", "done", "why"),
    [
        ("draft", None, People(), [], "collecting"),
        ("open", None, People(), [], "collecting"),
        ("open", None, People(500), [], "collecting"),  # nothing says that it ends here
        ("open", 12, People(11), [], "collecting"),
        ("open", 12, People(12), [], "enough"),
        ("open", 12, People(13, 4), [], "enough"),
        ("open", 12, People(0, 12), [], "simulated"),
        ("paused", None, People(0, 1), [], "simulated"),
        ("open", None, People(1, 24), [], "collecting"),  # one person ends the rehearsal
        ("paused", None, People(3), [], "collecting"),
        ("paused", 12, People(3), [], "collecting"),
        ("closed", None, People(3), [], "closed"),
        ("closed", 12, People(3), [], "closed"),
        ("closed", None, People(), [], "closed"),
        ("open", None, People(5), ["look"], "unsealed"),
        ("paused", 12, People(5), ["look"], "unsealed"),
        ("open", 12, People(5), ["look", "hide"], "collecting"),
        ("open", 12, People(5), ["look", "hide", "look"], "unsealed"),
        ("open", 12, People(12), ["look", "hide"], "enough"),
        ("closed", 12, People(5), ["look", "hide"], "closed"),
        ("open", 12, People(0, 3), ["look"], "simulated"),
    ],
)
def test_the_rule(status: str, wanted: int | None, people: People, done: list[str], why: str) -> None:
    found = seal(status, wanted, people, [look() if name == "look" else hidden() for name in done])
    assert (found.why, found.is_sealed) == (why, why == "collecting")
    assert len(found.looks) == done.count("look")


def test_a_report_says_how_things_stand_and_every_look_before_the_end() -> None:
    assert sentences(seal("open", 12, People(5), [])) == [
        "The results are sealed, for the study is still collecting: 5 of 12 people are complete. "
        "Outcomes by condition are left out."
    ]
    first, second = sentences(seal("open", 12, People(6), [look()]))
    assert first.endswith("6 of 12 people are complete. What is said about conditions is an interim look.")
    assert second == ("Results were unsealed on 2026-03-02 09:00 UTC by Ada, with 5 complete: “a broken item?”.")
    assert sentences(seal("closed", 12, People(12), [look(), hidden()])) == [
        "The study is closed: 12 of 12 people are complete.",
        second,
    ], "also when it is over: somebody had looked"
    assert sentences(seal("closed", None, People(1), []))[0] == "The study is closed: 1 person is complete."


def complete(engine: Engine, protocol: Protocol, study: str, **kinds: Any) -> None:
    walk(engine, protocol, arrive(engine, study, **kinds))


def test_only_complete_people_count_and_the_record_says_the_same(any_engine: Engine, small: Protocol) -> None:
    two = small.model_copy(update={"stopping": Stopping(after_complete=2)})
    study = opened(any_engine, two)
    expected = []
    for kinds in ({"preview": True}, {"simulated": True}, {}, None, {}):
        if kinds is None:
            arrive(any_engine, study)  # under way
        else:
            complete(any_engine, two, study, **kinds)
        found = seal_of(any_engine, study)
        assert seal_of_record(load_record(any_engine, study)) == found
        expected.append(found.why)
    assert expected == ["collecting", "simulated", "collecting", "collecting", "enough"]
    with pytest.raises(NotFound):
        seal_of(any_engine, "nope")


def test_unsealing_takes_a_reason_and_is_an_act_with_what_was_known_then(any_engine: Engine, small: Protocol) -> None:
    study = opened(any_engine, small)
    complete(any_engine, small, study)
    for blank in ("", "  \n"):
        with pytest.raises(AtelierError, match="give a reason"):
            unseal(any_engine, study, blank, "Ada")
    unseal(any_engine, study, " the funder asks ", "Ada")
    assert seal_of(any_engine, study).why == "unsealed"
    seal_again(any_engine, study, "Grace")
    assert seal_of(any_engine, study).is_sealed
    done = [(one.by, one.act) for one in acts(any_engine, study) if one.kind.startswith("results")]
    assert done == [
        ("Ada", ResultsUnsealed(reason="the funder asks", complete=1, protocol_hash=small.content_hash())),
        ("Grace", ResultsSealed(complete=1)),
    ]


def test_what_is_open_cannot_be_unsealed_and_only_a_look_can_be_ended(engine: Engine, small: Protocol) -> None:
    study = opened(engine, small)
    complete(engine, small, study)
    with pytest.raises(AtelierError, match="Only results that were unsealed"):
        seal_again(engine, study, "Ada")
    set_status(engine, study, "closed", "Ada")
    with pytest.raises(AtelierError, match="not sealed"):
        unseal(engine, study, "curious", "Ada")
    with pytest.raises(AtelierError, match="Only results that were unsealed"):
        seal_again(engine, study, "Ada")


def test_one_press_sent_many_times_is_one_act(any_engine: Engine, small: Protocol) -> None:
    study = opened(any_engine, small)
    complete(any_engine, small, study)
    results = at_once(6, lambda _: unseal(any_engine, study, "why", "Ada"))
    assert sum(result is None for result in results) == 1
    assert len(acts(any_engine, study, "results_unsealed")) == 1


def report(complete: int, sealed: bool = False, simulated: bool = False) -> ReportMade:
    return ReportMade(
        file="f", content_hash="h", app_version="0", complete=complete, sealed=sealed, simulated=simulated
    )


def export(complete: int, sealed: bool) -> Exported:
    return Exported(what="every session; pseudonymous", rows=9, complete=complete, sealed=sealed)


def status(old: str, new: str, complete: int = 0) -> StatusChanged:
    return StatusChanged(old=old, new=new, complete=complete, reason="too few" if complete else "")


OPEN, CLOSE, REOPEN = status("draft", "open"), status("open", "closed"), status("closed", "open", 5)
UNSEAL = ResultsUnsealed(reason="why", complete=5, protocol_hash="h")
SEAL = ResultsSealed(complete=5)
REJECT = ParticipantRejected(participant="P001", reason="r")


@pytest.mark.parametrize(
    ("now", "wanted", "complete", "done", "looks"),
    [
        ("closed", None, 5, [OPEN, CLOSE, report(5), export(5, False)], []),  # after the end nothing is a look
        ("closed", 12, 5, [OPEN, CLOSE, report(5)], []),  # also where fewer came than were wanted
        ("open", None, 5, [OPEN, CLOSE, report(5), REOPEN], [2]),
        ("open", None, 5, [OPEN, CLOSE, export(5, False), REOPEN], [2]),
        ("closed", None, 9, [OPEN, CLOSE, report(5), REOPEN, status("open", "closed"), report(9)], [2]),
        ("open", None, 5, [OPEN, report(5, sealed=True), report(5, simulated=True), report(0)], []),
        ("open", None, 5, [OPEN, export(0, True), export(5, True), export(6, True)], [2, 3]),
        ("closed", None, 6, [OPEN, export(5, True), CLOSE], [1]),  # an early one stays so
        ("open", None, 5, [OPEN, UNSEAL, report(5), export(5, False)], [1]),  # named by the unsealing
        ("open", None, 5, [OPEN, UNSEAL, SEAL, report(5, sealed=True)], [1]),
        ("open", None, 5, [OPEN, UNSEAL, CLOSE, report(5), REOPEN], [1, 3]),
        ("open", 5, 5, [OPEN, report(5)], []),  # as many as were wanted
        ("open", 8, 5, [OPEN, report(5)], [1]),  # a version that wants more came afterwards
        ("open", 8, 8, [OPEN, report(5), report(8)], [1]),
        ("open", 5, 5, [OPEN, report(5), REJECT], [1]),  # and somebody else took the place
        ("closed", 5, 4, [OPEN, CLOSE, report(5), REJECT], []),
    ],
)
def test_what_is_a_look(now: str, wanted: int | None, complete: int, done: list[ActBase], looks: list[int]) -> None:
    logged = [LoggedAct(str(n), "small", n, AT, "Ed", act) for n, act in enumerate(done)]
    found = seal(now, wanted, People(complete), logged)
    assert [one.seq for one in found.looks] == looks
    said = sentences(found)[1:]
    assert len(said) == len(looks) + len(found.reopened)
    assert all("by Ed" in sentence for sentence in said)


def test_to_open_a_closed_study_again_takes_a_reason_once_people_are_complete(
    any_engine: Engine, small: Protocol
) -> None:
    study = opened(any_engine, small)
    set_status(any_engine, study, "closed", "Ada")
    assert not needs_reason(any_engine, study)
    set_status(any_engine, study, "open", "Ada")
    complete(any_engine, small, study)
    assert not needs_reason(any_engine, study), "it is open"
    set_status(any_engine, study, "closed", "Ada")
    assert needs_reason(any_engine, study)
    for new in ("open", "paused", "draft"):
        with pytest.raises(AtelierError, match="please give a reason"):
            set_status(any_engine, study, new, "Ada", "  ")
    set_status(any_engine, study, "open", "Ada", " P001 was a test ")
    assert acts(any_engine, study, "status_changed")[-1].act == StatusChanged(
        old="closed", new="open", complete=1, reason="P001 was a test"
    )
    assert "opened again" in sentences(seal_of(any_engine, study))[1]
    assert seal_of_record(load_record(any_engine, study)) == seal_of(any_engine, study)


@pytest.mark.parametrize("how", ["reopened", "report", "export"])
def test_who_is_left_out_after_a_look_is_left_out_after_outcomes_could_be_seen(
    engine: Engine, small: Protocol, how: str
) -> None:
    study = opened(engine, small)
    complete(engine, small, study)
    complete(engine, small, study)
    mark(engine, study, "P001", "before", "Ed")
    if how == "export":
        record_act(engine, study, "Ed", export(2, True))
    else:
        set_status(engine, study, "closed", "Ed")
        if how == "report":
            record_act(engine, study, "Ed", report(2))
        set_status(engine, study, "open", "Ada", "too few")
    assert seal_of(engine, study).is_sealed, "and yet"
    mark(engine, study, "P002", "after", "Ed")
    assert [one.act.seen for one in acts(engine, study, "exclusion_marked")] == [False, True]
