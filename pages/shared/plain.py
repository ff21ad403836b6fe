"""Small pages outside Streamlit: a title and a sentence, readable on a phone, light and dark."""

from html import escape

STYLE = """
:root { color-scheme: light dark; }
body { font: 17px/1.55 system-ui, sans-serif; margin: 0; background: #fbfaf7; color: #22302f; }
main { max-width: 34rem; margin: 12vh auto; padding: 0 1.25rem; }
h1 { font-size: 1.5rem; font-weight: 600; }
@media (prefers-color-scheme: dark) { body { background: #161b1b; color: #e6ebea; } }
"""


def message_page(title: str, text: str) -> str:
    """A whole HTML document; both texts are escaped."""
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{STYLE}</style>"
        f"<main><h1>{escape(title)}</h1><p>{escape(text)}</p></main></html>"
    )
