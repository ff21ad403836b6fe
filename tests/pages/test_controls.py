"""Fields of controls, drawn by Streamlit without a browser."""

from streamlit.testing.v1 import AppTest


def a_slider(required: bool, value: int | None) -> None:
    """The script of the page; it runs away from this module."""
    from memory.mechanism import Control
    from pages.shared import controls

    control = Control(
        "dial", "reliance_dial", "slider", "How much?", value=value, min=1, max=5, low="little", required=required
    )
    controls.FIELDS["slider"](control, {"key": "dial"})


def drawn(required: bool, value: int | None) -> AppTest:
    page = AppTest.from_function(a_slider, args=(required, value), default_timeout=60).run()
    assert not page.exception
    return page


def test_a_slider_that_always_has_a_value_has_no_point_for_none() -> None:
    slider = drawn(required=True, value=3).select_slider(key="dial")
    assert (slider.options, slider.value) == (["little", "2", "3", "4", "5"], 3)
    assert slider.set_value(5).run().select_slider(key="dial").value == 5


def test_another_slider_starts_unset() -> None:
    slider = drawn(required=False, value=None).select_slider(key="dial")
    assert (slider.options[:2], slider.value) == (["not set", "little"], None)
