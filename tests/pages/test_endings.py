"""The last page: a code and a way back only for what was read back from the record."""

from types import SimpleNamespace

import pytest
from streamlit.testing.v1 import AppTest

from memory.mechanisms.registry import parameter_models
from pages.participant import endings
from pages.runtime import PROTOCOLS
from study.protocol import EarlyEnding, Protocol
from study.protocol_file import load_protocol
from study.recruitment import Farewell

BACK = "https://app.prolific.com/submissions/complete?cc=ABC"


@pytest.fixture(scope="module")
def protocol() -> Protocol:
    demo = load_protocol(PROTOCOLS / "active_vs_passive.yaml", parameter_models())
    return demo.model_copy(update={"endings": {"screened_out": EarlyEnding(text="Not **this** time.", code="OUT")}})


class Door:
    """The last page as a script, with what the record says set by the test."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, protocol: Protocol) -> None:
        self.said: list[Farewell | None] = []
        self.asked = 0
        here = SimpleNamespace(sitting=SimpleNamespace(status="running"))
        visitor = SimpleNamespace(protocol=protocol, session_id="one", position=here, past=None, is_past=False)
        monkeypatch.setattr(endings, "visitor_of_the_test", visitor, raising=False)
        monkeypatch.setattr(endings, "runtime", lambda: SimpleNamespace(engine=None))
        monkeypatch.setattr(endings, "farewell", self._farewell)
        monkeypatch.setattr(endings, "may_be_followed", lambda *_: False)

    def _farewell(self, *_of: object) -> Farewell | None:
        self.asked += 1
        return self.said.pop(0) if len(self.said) > 1 else self.said[0]

    def page(self) -> AppTest:
        def script() -> None:
            from pages.participant import endings

            endings.draw(endings.visitor_of_the_test)  # type: ignore[attr-defined]

        return AppTest.from_function(script).run()


@pytest.fixture
def door(monkeypatch: pytest.MonkeyPatch, protocol: Protocol) -> Door:
    return Door(monkeypatch, protocol)


def words(page: AppTest) -> str:
    assert not page.exception
    return " ".join([*(t.value for t in page.title), *(m.value for m in page.markdown)])


def test_a_complete_sitting_gets_its_code_and_the_way_back(door: Door) -> None:
    door.said = [Farewell("complete", "ABC", BACK)]
    page = door.page()
    assert "This is your completion code" in words(page)
    assert [code.value for code in page.code] == ["ABC"]
    assert [link.proto.url for link in page.get("link_button")] == [BACK]


def test_nothing_is_promised_before_the_end_can_be_read_back_and_the_page_tries_again(door: Door) -> None:
    door.said = [None]
    page = door.page()
    assert "keep this page open" in words(page)
    assert not page.code and not page.get("link_button")
    assert door.asked == 2, "once for the page, once for the part of it that tries again"
    door.said = [None, Farewell("complete", "ABC", BACK)]
    page.run()
    assert [code.value for code in page.code] == ["ABC"]


@pytest.mark.parametrize(
    ("said", "text", "codes"),
    [
        (Farewell("screened_out", "OUT"), "Not **this** time.", ["OUT"]),
        (Farewell("failed_check"), "some answers show", []),
        (Farewell("withdrawn"), "You have left the study", []),
        (Farewell("refused_consent"), "You chose not to take part", []),
        (Farewell("rejected"), "The researchers have ended your participation", []),
    ],
)
def test_every_other_ending_says_what_it_is_and_shows_no_code_but_its_own(
    door: Door, said: Farewell, text: str, codes: list[str]
) -> None:
    door.said = [said]
    page = door.page()
    assert text in words(page)
    assert "completion code" not in words(page)
    assert [code.value for code in page.code] == codes
    assert not page.get("link_button")
