"""Reads a table in LaTeX as far as one can without running LaTeX."""

import re


def check_latex(text: str) -> None:
    """Environments and braces close, every row has the columns that were announced, mathematics ends, nothing is a comment."""
    opened, closed = (re.findall(rf"\\{what}\{{(\w+)\}}", text) for what in ("begin", "end"))
    assert opened == closed[::-1]
    plain = re.sub(r"\\[\\{}&%$#_]", "", text)
    assert plain.count("{") == plain.count("}") and plain.count("$") % 2 == 0
    (columns,) = re.findall(r"\\begin\{tabular\}\{([lr]+)\}", text)
    for line in text.splitlines()[1:]:
        assert not re.search(r"(?<!\\)[%#]", line), line
        if line.endswith(r" \\"):
            assert len(re.split(r"(?<!\\)&", line)) == len(columns), line
