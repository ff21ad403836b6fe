"""What the theme in `.streamlit/config.toml` cannot say: no chrome, calm spacing, room on a phone."""

from pathlib import Path

import streamlit as st

from pages.shared import visit
from pages.shared.words import say_all

ICON = (Path(__file__).parent / "components" / "icon.svg").read_text(encoding="utf-8")
"""Our own: one that is named, such as “:material/science:”, every browser would fetch from another company."""
EVERYBODY = """
[data-testid="stMain"]:focus-visible { outline: 2px solid currentColor; outline-offset: -2px; }
[data-testid="stSliderThumbValue"] { color: inherit; }
[data-testid="stCode"] > div { visibility: visible; }
[data-testid="stCode"]:focus-within > div { opacity: 1; pointer-events: auto; }
"""
"""Also with Tab one comes to the button that copies a text, and sees it; and a scrolling page shows that it has the focus."""

PARTICIPANTS = """
[data-testid="stHeader"], [data-testid="stToolbar"], [data-testid="stDecoration"] { display: none; }
[data-testid="stMainBlockContainer"] { padding-top: 1.5rem; padding-bottom: 3rem; }
.st-key-history { max-height: 58vh; overflow-y: auto; flex-wrap: nowrap; scroll-behavior: smooth; }
.st-key-history > * { flex-shrink: 0; }
.st-key-leave { margin-top: 2rem; opacity: .75; }
.st-key-presence, .st-key-language, [class*="st-key-side-"] { position: absolute; }
@media (min-width: 641px) { .st-key-talk { position: sticky; top: 1rem; } }
@media (max-width: 640px) {
  [data-testid="stMainBlockContainer"] { padding-left: .9rem; padding-right: .9rem; }
  h1 { font-size: 1.6rem !important; }
}
"""
RESEARCHERS = """
[data-testid="stMainBlockContainer"] { padding-top: 4.5rem; padding-bottom: 4rem; }
[data-testid="stSidebar"][data-collapsed="true"] { visibility: hidden; }
[data-testid="stElementToolbar"]:focus-within { opacity: 1; z-index: 10; }
[data-testid="stButtonGroup"] button, [data-testid="stButtonGroup"] button * { color: inherit !important; }
@media (max-width: 640px) {
  [data-testid="stMainBlockContainer"] { padding-left: .9rem; padding-right: .9rem; }
  [data-testid="InputInstructions"] { display: none; }
}
"""
"""A folded sidebar is not walked through with Tab, and a table's buttons are seen by who comes to them without a mouse.
A hint that lies in a field leaves a narrow one to what is typed."""


def apply(rules: str = PARTICIPANTS) -> None:
    """Put the style on the page."""
    st.html(f"<style>{EVERYBODY}{rules}</style>")


STREAMLITS = {
    "Skip to main content": "Skip to main content",
    "Link to heading": "Link to heading",
    "Copy to clipboard": "Copy to clipboard",
    "progress": "progress",
    "Chat message from user": "Chat message from user",
    "Chat message from assistant": "Chat message from assistant",
    "Feedback rating": "Feedback rating",
    "Thumbs up": "Thumbs up",
    "Thumbs down": "Thumbs down",
    "Help for {label}": "Help for {label}",
    "Press Enter to apply": "Press Enter to save",
    "Connection error": "The connection is interrupted",
    "Streamlit server is not responding. Are you connected to the internet?": (
        "Are you connected to the internet? As soon as it works again, this page goes on by itself."
    ),
    "Dismiss": "Close",
    "Close": "Close",
}
"""What Streamlit itself says, above all to screen readers, and what is said instead."""
_language = st.components.v2.component(
    "atelier.language",
    html="<span></span>",
    js=(Path(__file__).parent / "components" / "language.js").read_text(encoding="utf-8"),
)


def say_language() -> None:
    """Mark the page as being in the language of its words, and have what Streamlit says said in it."""
    _language(key="language", data={"language": visit.language(), "names": say_all(STREAMLITS)})


def literal(text: str) -> str:
    """Text as it was written, whatever Markdown would make of it."""
    escaped = "".join(f"\\{c}" if c in "\\`*_{}[]()#+-!|<>~$:&" else c for c in text)
    return escaped.replace("\n", "  \n")


def same_tab_link(label: str, path: str) -> None:
    """A link to one of our own doors; Streamlit's links would open another tab."""
    st.html(f'<a href="{path}" target="_self" style="font-size:.9rem; color:inherit">{label}</a>')
