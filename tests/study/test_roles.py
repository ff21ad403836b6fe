"""What each role may do: a table that is written down here a second time, by hand."""

import pytest

from study.roles import DEEDS, ROLES, SAID, Deed, Role, may, roles_that_may

OWNER_ONLY = {"unseal", "identify", "erase", "manage_people", "delete"}
VIEWER = {"see", "see_data", "see_condition", "audit", "export", "code"}
BLIND = {"see", "see_data", "code"}


@pytest.mark.parametrize("deed", DEEDS)
@pytest.mark.parametrize(("role", "blind"), [("owner", False), ("editor", False), ("viewer", False), ("viewer", True)])
def test_the_table(role: Role, blind: bool, deed: Deed) -> None:
    allowed = {
        "owner": set(DEEDS),
        "editor": set(DEEDS) - OWNER_ONLY,
        "viewer": BLIND if blind else VIEWER,
    }[role]
    assert may(role, deed, blind) == (deed in allowed)


@pytest.mark.parametrize("deed", DEEDS)
def test_a_stronger_role_may_all_that_a_weaker_one_may_and_only_viewers_are_blinded(deed: Deed) -> None:
    allowed = [may(role, deed) for role in ROLES]
    assert allowed == sorted(allowed, reverse=True)
    assert roles_that_may(deed) == ROLES[: sum(allowed)] and roles_that_may(deed)[0] == "owner"
    assert SAID[deed]
    for role in ("owner", "editor"):
        assert may(role, deed, blind=True) == may(role, deed)
