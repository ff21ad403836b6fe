"""Tables as LaTeX, to be put into a paper as they are: booktabs, every sign escaped."""

import re

from analysis.report.document import Table

SIGNS = {
    "\\": r"\textbackslash{}",
    **{sign: f"\\{sign}" for sign in "&%$#_{}"},
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": "$<$",
    ">": "$>$",
    "|": r"\textbar{}",
    "−": "$-$",
    "–": "--",
    "—": "---",
    "→": r"$\rightarrow$",
    "±": r"$\pm$",
    "×": r"$\times$",
    "√": r"$\surd$",
    "∞": r"$\infty$",
    "≥": r"$\geq$",
    "≤": r"$\leq$",
    "²": "$^2$",
    "·": r"$\cdot$",
    "…": r"\ldots{}",
    "“": "``",
    "”": "''",
    "‘": "`",
    "’": "'",
    "\u00a0": "~",
    "\u202f": r"\,",
    **dict(zip("αβχηλκωπσθ", (rf"$\{n}$" for n in ["alpha", "beta", "chi", "eta", "lambda", "kappa", "omega", "pi", "sigma", "theta"]), strict=True)),
}  # fmt: skip
NEEDS = "% \\usepackage{booktabs}, and adjustbox where a table is wider than the text"


def escape(text: str) -> str:
    """Text in which nothing is a command of LaTeX; white space is made one."""
    return "".join(SIGNS.get(sign, sign) for sign in re.sub(r"[^\S\u00a0\u202f]+", " ", text))


def latex(table: Table, label: str) -> str:
    """The table in a float of its own, as printed in the report; `label` says simulated where data are."""
    rows = [" & ".join(map(escape, row)) + r" \\" for row in table.cells()]
    title = f"{table.title} ({label})" if label else table.title
    below = [rf"\par\smallskip\footnotesize {escape(table.note)}"] if table.note else []
    lines = [
        NEEDS,
        r"\begin{table}",
        r"\centering",
        rf"\caption{{{escape(title)}}}",
        rf"\label{{tab:{table.name.replace('_', '-')}}}",
        rf"\begin{{tabular}}{{{''.join('r' if numeric else 'l' for numeric in table.numeric())}}}",
        r"\toprule",
        " & ".join(map(escape, table.columns)) + r" \\",
        r"\midrule",
        *rows,
        r"\bottomrule",
        r"\end{tabular}",
        *below,
        r"\end{table}",
    ]
    return "\n".join(lines) + "\n"
