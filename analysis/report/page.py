"""Sections as one HTML page that needs nothing else: no network, no other file; it is read on a phone and in print, too."""

import json
from collections.abc import Iterator, Sequence
from html import escape

import pandas as pd
from plotly.offline import get_plotlyjs

from analysis.preregistration.document import Bullets, Heading, inline
from analysis.report.document import Block, Drawing, Folded, Note, Section, Table
from analysis.report.look import DRAW, STYLE

MOST_ROWS = 60
"""So many rows of the numbers behind a figure stand in the page; all are in the file beside it."""


def page(title: str, head: str, sections: Sequence[Section], label: str) -> str:
    """The whole document. `head` is HTML that stands before the table of contents; `label` is "simulated data" or nothing."""
    writer = _Writer(label)
    body = "".join(writer.section(one) for one in sections)
    drawn = any(one.drawings() for one in sections)
    scripts = f"<script>{get_plotlyjs()}</script><script>{DRAW}</script>" if drawn else ""
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(_labelled(title, label))}</title><style>{STYLE}</style></head>"
        f"<body><main>{head}{_contents(sections)}{body}</main>{scripts}</body></html>"
    )


def _contents(sections: Sequence[Section]) -> str:
    lines = "".join(f'<li><a href="#{one.id}">{escape(one.title)}</a></li>' for one in sections)
    return f'<nav aria-label="Contents"><h2>Contents</h2><ol>{lines}</ol></nav>'


def _labelled(title: str, label: str) -> str:
    return f"{title} ({label})" if label else title


class _Writer:
    """Writes blocks one after the other, and numbers tables and figures as they come."""

    def __init__(self, label: str) -> None:
        self.label, self.tables, self.figures = label, 0, 0

    def section(self, one: Section) -> str:
        mark = f' <span class="label">{escape(self.label)}</span>' if self.label else ""
        body = "".join(map(self._block, one.blocks))
        return f'<section id="{one.id}"><h2>{escape(one.title)}{mark}</h2>{body}</section>'

    def _block(self, block: Block) -> str:
        match block:
            case Heading(level, text):
                return f"<h{level}>{inline(text)}</h{level}>"
            case Bullets(items):
                return "<ul>" + "".join(f"<li>{inline(item)}</li>" for item in items) + "</ul>"
            case Note(text):
                return f'<p class="note">{inline(text)}</p>'
            case Folded(title, blocks):
                inner = "".join(map(self._block, blocks))
                return f"<details><summary>{escape(title)}</summary>{inner}</details>"
            case Table():
                return self._table(block)
            case Drawing():
                return self._figure(block)
            case _:
                return f"<p>{inline(block)}</p>"

    def _table(self, table: Table) -> str:
        self.tables += 1
        caption = f"<b>Table {self.tables}.</b> {escape(_labelled(table.title, self.label))}"
        note = f'<p class="note">{inline(table.note)}</p>' if table.note else ""
        shown = grid(list(table.columns), table.cells(), table.numeric(), f"table-{self.tables}")
        return f'<div class="table"><p class="caption" id="table-{self.tables}">{caption}</p>{shown}{note}</div>'

    def _figure(self, drawing: Drawing) -> str:
        self.figures += 1
        figure, said = drawing.figure.figure, drawing.figure.description
        title = figure.layout.title.text.replace("<br>", " ")  # escaped already
        spec = json.dumps(json.loads(figure.to_json()), sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        safe = spec.replace("<", "\\u003c")
        height, width = figure.layout.height, figure.layout.width
        return (
            f'<figure id="figure-{self.figures}"><div class="wide"><div class="plot" role="img" '
            f'aria-label="{escape(said)}" style="width:{width}px;height:{height:g}px"></div></div>'
            f'<script type="application/json">{safe}</script>'
            f"<figcaption><b>Figure {self.figures}.</b> {title}</figcaption>"
            f"<details><summary>Figure {self.figures} in words and numbers</summary><p>{escape(said)}</p>"
            f"{_behind(drawing)}</details></figure>"
        )


def grid(heads: Sequence[str], rows: Sequence[Sequence[str]], numeric: Sequence[bool], caption: str = "") -> str:
    """A table of texts, all escaped; `caption` is the id of the element that says what it holds."""
    kinds = [' class="number"' if of else "" for of in numeric]
    top = "".join(f"<th{kind}>{escape(head)}</th>" for head, kind in zip(heads, kinds, strict=True))
    body = "".join(
        f"<tr>{''.join(f'<td{kind}>{escape(cell)}</td>' for cell, kind in zip(row, kinds, strict=True))}</tr>"
        for row in rows
    )
    named = f' aria-labelledby="{caption}"' if caption else ""
    return f'<div class="wide"><table{named}><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table></div>'


def _behind(drawing: Drawing) -> str:
    frame = drawing.figure.frame
    rows = [list(_texts(row)) for row in frame.head(MOST_ROWS).itertuples(index=False)]
    more = f"The first {MOST_ROWS} of {len(frame)} rows. " if len(frame) > MOST_ROWS else ""
    where = f'<p class="note">{more}All of it: figures/{escape(drawing.name)}.csv, in the folder of tables.</p>'
    return grid([str(name) for name in frame.columns], rows, [False] * len(frame.columns)) + where


def _texts(row: tuple[object, ...]) -> Iterator[str]:
    for value in row:
        if isinstance(value, float):
            yield "–" if pd.isna(value) else f"{value:.4g}"
        else:
            yield "–" if value is None or value is pd.NA else str(value)
