"""An interface in which every word that went through its catalogue is marked: ⟦so⟧.

`python -m journey.pseudo run app.py …` is `streamlit run app.py …` with it.
"""

import re
import sys

from study import sentence

INNERMOST = re.compile(r"⟦[^⟦⟧]*⟧")


def without_marks(text: str) -> str:
    """What is not marked, however often marks stand in each other."""
    while (shorter := INNERMOST.sub(" ", text)) != text:
        text = shorter
    return text


if __name__ == "__main__":
    marked = sentence.Catalogue({text: f"⟦{text}⟧" for text in sentence.catalogue_of("de").texts})
    sentence.catalogue_of = lambda _language: marked  # type: ignore[assignment]
    from streamlit.web.cli import main

    sys.argv[0] = "streamlit"
    main()
