"""Which language a visitor gets: the link, the browser's header with its weights, the protocol's own."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from study.languages import english_name, is_english, is_language, own_name, preferred

OFFERED = ("en", "de", "pt-BR")


@pytest.mark.parametrize(
    ("asked", "accepts", "given"),
    [
        ("", "", "en"),
        ("de", "", "de"),
        ("DE", "en", "de"),
        ("de-AT", "", "de"),
        ("pt", "", "pt-BR"),
        ("pt-PT", "", "pt-BR"),
        ("fr", "de", "de"),
        ("fr", "", "en"),
        ("d", "", "en"),
        ("", "de", "de"),
        ("", "de-CH, de;q=0.9", "de"),
        ("", "en;q=0.5, de;q=0.8", "de"),
        ("", "en;q=0.8,de;q=0.8", "en"),
        ("", "fr, de;q=0.3", "de"),
        ("", "fr-CH, fr;q=0.9, en;q=0.8, de;q=0.7, *;q=0.5", "en"),
        ("", "fr, *;q=0.5", "en"),
        ("", "*, en;q=0", "de"),
        ("", "de;q=0, fr", "en"),
        ("", "de;q=0", "en"),
        ("", "en;q=0", "de"),
        ("", "en;q=0, de;q=0, pt;q=0", "en"),
        ("", "DE ; Q=1.000", "de"),
        ("", "de;q=2, pt-BR", "pt-BR"),
        ("", "de;q=x, , ;;, pt-BR;q=0.001", "pt-BR"),
        ("", "x" * 10_000, "en"),
        ("-".join("a" * 20_000), ",".join("-".join("b" * 100) for _ in range(1_000)), "en"),
    ],
)
def test_the_link_wins_then_the_browser_then_the_protocol(asked: str, accepts: str, given: str) -> None:
    offered = OFFERED[1:] if accepts == "en;q=0" else OFFERED
    assert preferred(offered, asked, accepts) == given


@given(asked=st.text(max_size=12), accepts=st.text(alphabet="deptn-BR,;q=.01 *\0", max_size=60))
def test_whatever_comes_it_is_a_language_that_there_is(asked: str, accepts: str) -> None:
    assert preferred(OFFERED, asked, accepts) in OFFERED
    assert preferred(("de",), asked, accepts) == "de"


def test_languages_have_names() -> None:
    assert [own_name(name) for name in ("en", "de", "pt-BR", "tlh")] == ["English", "Deutsch", "Português (BR)", "tlh"]
    assert [english_name(name) for name in ("de", "es-419", "tlh")] == ["German", "Spanish (419)", "tlh"]
    assert [is_english(name) for name in ("en", "en-GB", "eno", "de")] == [True, True, False, False]
    assert [is_language(name) for name in ("de", "pt-BR", "DE", "de_AT", "../x", "d", 3, "de-" + "a" * 40)] == [
        True, True, False, False, False, False, False, False,
    ]  # fmt: skip
