"""Small pages outside Streamlit: a title and a sentence, readable on a phone, light and dark."""

from collections.abc import Sequence
from html import escape

STYLE = """
:root { color-scheme: light dark; }
body { font: 17px/1.55 system-ui, sans-serif; margin: 0; background: #fbfaf7; color: #22302f; }
main { max-width: 34rem; margin: 12vh auto; padding: 0 1.25rem; }
h1 { font-size: 1.5rem; font-weight: 600; }
@media (prefers-color-scheme: dark) { body { background: #161b1b; color: #e6ebea; } }
"""


def message_page(title: str, text: str, language: str = "en") -> str:
    """A whole HTML document; both texts are escaped."""
    return (
        f'<!doctype html><html lang="{escape(language)}"><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{STYLE}</style>"
        f"<main><h1>{escape(title)}</h1><p>{escape(text)}</p></main></html>"
    )


FORM_STYLE = """
label { display: block; margin: 1rem 0 .3rem; font-weight: 500; }
input { font: inherit; width: 100%; box-sizing: border-box; padding: .6rem .7rem;
  border: 1px solid #7d8a88; border-radius: .5rem; background: transparent; color: inherit; }
button { font: inherit; font-weight: 600; margin-top: 1.4rem; padding: .65rem 1.4rem;
  border: 0; border-radius: .6rem; background: #2f6f6a; color: #fff; cursor: pointer; }
input[readonly] { opacity: .7; }
form + p { margin-top: 1.6rem; }
a { color: inherit; }
:focus-visible { outline: 3px solid #2f6f6a; outline-offset: 2px; }
.error { color: #c2410c; font-weight: 500; }
"""


def form_page(
    title: str, button: str, error: str = "", name: str = "", fixed: bool = False, links: Sequence[tuple[str, str]] = ()
) -> str:
    """Name and password on one calm page, and other ways in as (label, path); every text is escaped.

    `fixed`: the name is given and cannot be changed.
    """
    alert = f'<p class="error" role="alert">{escape(error)}</p>' if error else ""
    kind = "new-password" if button == "Set password" else "current-password"
    first, second = (" readonly", " autofocus") if fixed else (" autofocus", "")
    others = "".join(f'<p><a href="{escape(path, quote=True)}">{escape(label)}</a></p>' for label, path in links)
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{STYLE}{FORM_STYLE}</style>"
        f'<main><h1>{escape(title)}</h1>{alert}<form method="post">'
        f'<label for="name">Name</label><input id="name" name="name" autocomplete="username" required{first} '
        f'value="{escape(name, quote=True)}">'
        f'<label for="password">Password</label><input id="password" name="password" type="password" '
        f'autocomplete="{kind}" required{second}>'
        f"<button>{escape(button)}</button></form>{others}</main></html>"
    )
