"""What the theme in `.streamlit/config.toml` cannot say: no chrome, calm spacing, room on a phone."""

import streamlit as st

CSS = """
<style>
[data-testid="stHeader"], [data-testid="stToolbar"], [data-testid="stDecoration"] { display: none; }
[data-testid="stMainBlockContainer"] { padding-top: 1.5rem; padding-bottom: 3rem; }
.st-key-history { max-height: 58vh; overflow-y: auto; flex-wrap: nowrap; scroll-behavior: smooth; }
.st-key-history > * { flex-shrink: 0; }
[data-testid="stSliderThumbValue"] { color: inherit; }
.st-key-leave { margin-top: 2rem; opacity: .75; }
.st-key-presence, [class*="st-key-side-"] { position: absolute; }
@media (min-width: 641px) { .st-key-talk { position: sticky; top: 1rem; } }
@media (max-width: 640px) {
  [data-testid="stMainBlockContainer"] { padding-left: .9rem; padding-right: .9rem; }
  h1 { font-size: 1.6rem !important; }
}
</style>
"""


def apply() -> None:
    """Put the style on the page."""
    st.html(CSS)


def literal(text: str) -> str:
    """Text as it was written, whatever Markdown would make of it."""
    escaped = "".join(f"\\{c}" if c in "\\`*_{}[]()#+-!|<>~$:&" else c for c in text)
    return escaped.replace("\n", "  \n")


def same_tab_link(label: str, path: str) -> None:
    """A link to one of our own doors; Streamlit's links would open another tab."""
    st.html(f'<a href="{path}" target="_self" style="font-size:.9rem">{label}</a>')
