"""Who may do what to which study, asked of the record as pages and doors ask it."""

import pytest
from sittings import at_once
from sqlalchemy import Engine, text
from sqlmodel import col, delete, select

from study.access import access, is_administrator, require, require_administrator, studies_of
from study.act_log import acts
from study.blinding import coded, codes, shown_conditions
from study.database import open_database, reading, writing
from study.errors import AtelierError, NotAllowed, NotFound
from study.log import now
from study.members import Member, leave_all_in, members, remove_member, set_member
from study.protocol import Protocol
from study.roles import DEEDS, ROLES, Deed, Role, may
from study.studies import create_study, get_study, protocol_of
from study.tables import Membership, Researcher, Standing


def researcher(engine: Engine, name: str, administrator: bool = False, before_roles: bool = False) -> str:
    """Somebody who can be a member."""
    with writing(engine) as db:
        db.add(Researcher(name=name, password_hash="", created_at=now()))
        db.flush()
        if not before_roles:
            db.add(Standing(name=name, administrator=administrator))
    return name


@pytest.fixture
def study(engine: Engine, small: Protocol) -> str:
    """A study of Ada's, with an editor, a viewer, a blinded viewer, and Eve who is no member."""
    researcher(engine, "Ada", administrator=True)
    for name in ("Ed", "Vi", "Bo", "Eve"):
        researcher(engine, name)
    made = create_study(engine, small, by="Ada").id
    set_member(engine, made, "Ed", "editor", "Ada")
    set_member(engine, made, "Vi", "viewer", "Ada")
    set_member(engine, made, "Bo", "viewer", "Ada", blind=True)
    return made


@pytest.mark.parametrize("deed", DEEDS)
@pytest.mark.parametrize(
    ("name", "role", "blind"),
    [("Ada", "owner", False), ("Ed", "editor", False), ("Vi", "viewer", False), ("Bo", "viewer", True)],
)
def test_every_deed_is_asked_of_the_role(
    engine: Engine, study: str, name: str, role: Role, blind: bool, deed: Deed
) -> None:
    if may(role, deed, blind):
        assert require(engine, name, study, deed).role == role
        return
    with pytest.raises(NotAllowed, match=r"ask Ada \(owner\)\.$") as refused:
        require(engine, name, study, deed)
    assert ("blinded" in str(refused.value)) == may(role, deed)
    assert access(engine, name, study).may(deed) is False


@pytest.mark.parametrize("deed", DEEDS)
@pytest.mark.parametrize("name", ["Eve", "nobody", "", "Ada' OR 1=1 --", "app", "terminal:Ada", "ada"])
def test_who_is_no_member_is_told_what_is_said_of_a_study_that_is_not_there(
    engine: Engine, study: str, name: str, deed: Deed
) -> None:
    with pytest.raises(NotFound) as refused:
        require(engine, name, study, deed)
    with pytest.raises(NotFound) as unknown:
        require(engine, name, "nothing", deed)
    assert str(refused.value) == str(unknown.value).replace("nothing", study)
    assert studies_of(engine, name) == []


def test_a_study_is_never_looked_up_by_what_no_database_can_hold(any_engine: Engine, small: Protocol) -> None:
    """PostgreSQL refuses NUL in a text."""
    researcher(any_engine, "Ada")
    study = create_study(any_engine, small, by="Ada").id
    for made_up in ("a\0b", "\ud800", "' OR 1=1 --", "x" * 100_000):
        with pytest.raises(NotFound):
            access(any_engine, "Ada", made_up)
    assert access(any_engine, "Ada", study + "\0").study_id == study


def test_a_refusal_says_who_may_and_whom_to_ask(engine: Engine, study: str) -> None:
    with pytest.raises(NotAllowed) as refused:
        require(engine, "Vi", study, "edit_protocol")
    assert str(refused.value) == "Only an owner or editor may change the protocol or the model; ask Ada (owner)."
    with pytest.raises(NotAllowed) as refused:
        require(engine, "Bo", study, "export")
    assert str(refused.value) == "You are blinded to conditions and may not export data; ask Ada (owner)."


def test_members_are_taken_in_changed_and_removed_and_each_is_an_act(any_engine: Engine, small: Protocol) -> None:
    for name in ("Ada", "Grace"):
        researcher(any_engine, name)
    study = create_study(any_engine, small, by="Ada").id
    set_member(any_engine, study, "Grace", "viewer", "Ada", blind=True)
    set_member(any_engine, study, "Grace", "viewer", "Ada", blind=True)  # is so already: no act
    set_member(any_engine, study, "Grace", "owner", "Ada", blind=True)
    assert members(any_engine, study) == [Member("Ada", "owner"), Member("Grace", "owner")]
    remove_member(any_engine, study, "Ada", "Grace")
    assert members(any_engine, study) == [Member("Grace", "owner")]
    assert [study.id for study in studies_of(any_engine, "Grace")] == [study]
    assert studies_of(any_engine, "Ada") == []
    did = [(one.by, one.kind, one.act.model_dump(exclude={"v", "kind"})) for one in acts(any_engine, study)[1:]]
    assert did == [
        ("Ada", "member_added", {"name": "Grace", "role": "viewer", "blind": True}),
        (
            "Ada", "member_changed",
            {"name": "Grace", "old_role": "viewer", "new_role": "owner", "old_blind": True, "new_blind": False},
        ),
        ("Grace", "member_removed", {"name": "Ada", "role": "owner"}),
    ]  # fmt: skip


def test_a_study_always_keeps_an_owner(any_engine: Engine, small: Protocol) -> None:
    for name in ("Ada", "Grace"):
        researcher(any_engine, name)
    study = create_study(any_engine, small, by="Ada").id
    for refused in (
        lambda: remove_member(any_engine, study, "Ada", "Ada"),
        lambda: set_member(any_engine, study, "Ada", "viewer", "Ada"),
        lambda: _leave(any_engine, "Ada"),
    ):
        with pytest.raises(AtelierError, match="without an owner"):
            refused()
    assert members(any_engine, study) == [Member("Ada", "owner")]
    set_member(any_engine, study, "Grace", "owner", "Ada")
    names = ["Ada", "Grace"]
    left = at_once(2, lambda n: remove_member(any_engine, study, names[n], names[n]))
    assert sum(isinstance(one, AtelierError) for one in left) == 1, "two owners who leave at the same moment"
    assert len(members(any_engine, study)) == 1


def _leave(engine: Engine, name: str) -> None:
    with writing(engine) as db:
        leave_all_in(db, name, name)


def test_what_cannot_be_is_refused(engine: Engine, study: str) -> None:
    for match, refused in (
        ("is no role", lambda: set_member(engine, study, "Ed", "boss", "Ada")),  # type: ignore[arg-type]
        ("no researcher 'Nobody'", lambda: set_member(engine, study, "Nobody", "editor", "Ada")),
        ("There is no study", lambda: set_member(engine, "nothing", "Ed", "editor", "Ada")),
        ("does not work on", lambda: remove_member(engine, study, "Eve", "Ada")),
    ):
        with pytest.raises(AtelierError, match=match):
            refused()
    assert len(acts(engine, study)) == 4


def test_a_study_that_nobody_made_belongs_to_the_administrators(engine: Engine, small: Protocol) -> None:
    for name, administrator in (("Ada", True), ("Grace", True), ("Ed", False)):
        researcher(engine, name, administrator)
    study = create_study(engine, small).id
    assert members(engine, study) == [Member("Ada", "owner"), Member("Grace", "owner")]
    assert [is_administrator(engine, name) for name in ("Ada", "Grace", "Ed", "nobody", "app")] == [True] * 2 + [
        False
    ] * 3
    set_member(engine, study, "Ed", "owner", "Ada")
    researcher(engine, "Later", administrator=True)
    assert [one.name for one in members(engine, study)] == ["Ada", "Ed", "Grace"], "they were written down"
    with pytest.raises(NotAllowed, match="ask Ada or Grace or Later"):
        require_administrator(engine, "Ed")
    require_administrator(engine, "Ada")


def test_researchers_of_before_there_were_roles_keep_all_they_had(engine: Engine, small: Protocol) -> None:
    study = create_study(engine, small).id
    for name in ("Ada", "Grace"):
        researcher(engine, name, before_roles=True)
    with writing(engine) as db:
        for table in ("membership", "researcher_standing", "study_door", "personal_link", "sign_in"):
            db.connection().execute(text(f"DROP TABLE {table}"))
    again = open_database(str(engine.url))
    for name in ("Ada", "Grace"):
        assert [one for one in DEEDS if access(again, name, study).may(one)] == list(DEEDS)
        assert is_administrator(again, name)
    again.dispose()


def test_a_role_that_this_version_does_not_know_may_do_least(engine: Engine, study: str) -> None:
    with writing(engine) as db:
        row = db.get_one(Membership, (study, "Ed"))
        row.role = "auditor"
    assert access(engine, "Ed", study).role == ROLES[-1]


def test_conditions_have_neutral_codes_for_who_is_blinded(engine: Engine, study: str) -> None:
    row = get_study(engine, study)
    protocol = protocol_of(row)
    ids = [one.id for one in protocol.conditions]
    assert shown_conditions(access(engine, "Vi", study), row, [protocol]) == {name: name for name in ids}
    shown = shown_conditions(access(engine, "Bo", study), row, [protocol])
    assert sorted(shown.values()) == ["A", "B", "C"][: len(ids)]
    assert coded(f"{ids[0]} → none of ours", shown) == f"{shown[ids[0]]} → none of ours"
    three = ["active", "passive", "baseline"]
    assert codes(7, [three]) == codes(7, [three[::-1]])
    orders = {tuple(codes(seed, [three])[name] for name in three) for seed in range(200)}
    assert len(orders) == 6, "the order in the protocol says nothing about the code"
    many = codes(1, [[f"c{n}" for n in range(60)]]).values()
    assert len(set(many)) == 60 and {"Z", "AA", "BH"} <= set(many)


def test_a_letter_stays_the_same_whatever_later_versions_add_or_leave_out() -> None:
    for seed in range(50):
        first, then = codes(seed, [["b", "c"]]), codes(seed, [["b", "c"], ["a", "c", "d"]])
        assert {name: then[name] for name in first} == first
        assert sorted(then.values()) == ["A", "B", "C", "D"]


def test_whoever_is_gone_is_no_member(engine: Engine, study: str) -> None:
    with writing(engine) as db:
        leave_all_in(db, "Ed", "Ada")
        db.exec(delete(Standing).where(col(Standing.name) == "Ed"))
        db.exec(delete(Researcher).where(col(Researcher.name) == "Ed"))
    with pytest.raises(NotFound):
        access(engine, "Ed", study)
    assert acts(engine, study, "member_removed")[0].act.role == "editor"
    with reading(engine) as db:
        assert "Ed" not in db.exec(select(Membership.name)).all()
