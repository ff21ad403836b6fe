"""Every kind of act has a sentence, whatever it holds."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_events import events

from study.act_sentences import SENTENCES, sentence
from study.acts import ACT_CLASSES, MemberChanged, StatusChanged
from study.installation_acts import INSTALLATION_ACT_CLASSES, SignInFailed, StandingChanged

ALL = {**ACT_CLASSES, **INSTALLATION_ACT_CLASSES}


@pytest.mark.parametrize("kind", sorted(ALL))
@settings(max_examples=25)
@given(data=st.data())
def test_every_kind_has_a_sentence(kind: str, data: st.DataObject) -> None:
    assert sentence(data.draw(events(ALL[kind])))


def test_no_kind_is_of_both_and_no_sentence_is_of_none() -> None:
    assert not set(ACT_CLASSES) & set(INSTALLATION_ACT_CLASSES)
    assert set(SENTENCES) == set(ALL)


def test_old_and_new_values_are_said_as_they_are() -> None:
    assert sentence(StatusChanged(old="{new}", new="open")) == "changed the status from {new} to open"
    changed = MemberChanged(name="Vi", old_role="viewer", new_role="editor", old_blind=True)
    assert sentence(changed) == "changed Vi from viewer, blinded to conditions to editor"
    assert sentence(SignInFailed(address="10.0.0.1", why="x")) == "did not get in from 10.0.0.1: x"
    both = StandingChanged(name="Ed", old_administrator=False, new_administrator=True, new_email="e@d")
    assert sentence(both) == "made Ed an administrator and changed the e-mail of Ed from “” to “e@d”"
