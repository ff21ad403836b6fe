"""A document as a list of blocks, written as Markdown and as one self-contained HTML page."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

STYLE = (
    "body{font:16px/1.55 Georgia,serif;max-width:46rem;margin:2rem auto;padding:0 1rem;color:#111}"
    "h1,h2,h3{font-family:sans-serif;line-height:1.2}h2{margin-top:2rem;border-bottom:1px solid #ccc}"
    "code{font-size:.85em;background:#f3f3f3;padding:0 .2em;overflow-wrap:anywhere}table{border-collapse:collapse;font-size:.85em}"
    "td,th{padding:.2rem .6rem;text-align:left;border-bottom:1px solid #ddd;vertical-align:top}"
)


@dataclass(frozen=True)
class Heading:
    """The title (level 1), a section (2) or a part of one (3)."""

    level: int
    text: str


@dataclass(frozen=True)
class Bullets:
    """A list."""

    items: tuple[str, ...]


@dataclass(frozen=True)
class Table:
    """Rows of text under their headings."""

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


Block = str | Heading | Bullets | Table
"""A plain string is a paragraph. In texts, `code` and **bold** are marked as in Markdown."""


def markdown(blocks: Sequence[Block]) -> str:
    """The document as Markdown."""
    return "\n\n".join(map(_markdown, blocks)) + "\n"


def html(blocks: Sequence[Block]) -> str:
    """The document as a page that needs nothing else."""
    title = next((block.text for block in blocks if isinstance(block, Heading)), "")
    body = "\n".join(map(_html, blocks))
    return (
        f'<!doctype html>\n<html lang="en">\n<meta charset="utf-8">\n<title>{escape(title)}</title>\n'
        f"<style>{STYLE}</style>\n{body}\n</html>\n"
    )


def _markdown(block: Block) -> str:
    match block:
        case Heading(level, text):
            return f"{'#' * level} {text}"
        case Bullets(items):
            return "\n".join(f"- {item}" for item in items)
        case Table(header, rows):
            lines = [header, tuple("---" for _ in header), *rows]
            return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)
        case _:
            return block


def _html(block: Block) -> str:
    match block:
        case Heading(level, text):
            return f"<h{level}>{inline(text)}</h{level}>"
        case Bullets(items):
            return "<ul>" + "".join(f"<li>{inline(item)}</li>" for item in items) + "</ul>"
        case Table(header, rows):
            top = "".join(f"<th>{inline(cell)}</th>" for cell in header)
            body = "".join("<tr>" + "".join(f"<td>{inline(cell)}</td>" for cell in row) + "</tr>" for row in rows)
            return f"<table><tr>{top}</tr>{body}</table>"
        case _:
            return f"<p>{inline(block)}</p>"


def inline(text: str) -> str:
    """A paragraph as HTML: escaped, then `code` and **bold** marked."""
    marked = re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(text, quote=False))
    return re.sub(r"\*\*(.+?)\*\*", r"<strong>\1</strong>", marked)
