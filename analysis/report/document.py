"""What a report is made of: sections of paragraphs, lists, tables and figures. How they look is decided elsewhere."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from analysis.figures import Figure
from analysis.preregistration.document import Bullets, Heading

Cell = Callable[[dict[str, Any]], str]
"""Makes the text of one cell from a row of the frame."""
WORDS = re.compile(r"[^\W\d_]{2,}")


@dataclass(frozen=True)
class Table:
    """A frame as a paper prints it: `columns` holds for each head what stands below it in a row.

    `name` is that of its files: the frame's own numbers as CSV, what is printed as LaTeX.
    """

    name: str
    title: str
    frame: pd.DataFrame
    columns: Mapping[str, Cell]
    note: str = ""
    grouped: int = 0

    def cells(self) -> list[list[str]]:
        """The text of every cell, row by row; of the first `grouped` columns, what the row above says already is left out."""
        full = [[make(row) for make in self.columns.values()] for row in self.frame.to_dict("records")]
        shown = []
        for above, row in zip([None, *full[:-1]], full, strict=True):
            known = next((n for n in range(self.grouped) if above is None or above[n] != row[n]), self.grouped)
            shown.append([""] * known + row[known:])
        return shown

    def numeric(self) -> list[bool]:
        """Of each column, whether it holds numbers only: those are set to the right."""
        columns = list(zip(*self.cells(), strict=True)) or [()] * len(self.columns)
        return [place > 0 and not any(WORDS.search(cell) for cell in cells) for place, cells in enumerate(columns)]


@dataclass(frozen=True)
class Drawing:
    """A figure; `name` is that of the file with the numbers behind it."""

    name: str
    figure: Figure


@dataclass(frozen=True)
class Note:
    """A paragraph in small print: how something was computed, or why it was not."""

    text: str


@dataclass(frozen=True)
class Folded:
    """What is there for those who want it: closed on screen, open in print."""

    title: str
    blocks: tuple["Block", ...]


Block = str | Note | Heading | Bullets | Table | Drawing | Folded
"""A plain string is a paragraph, in which `code` and **bold** are marked."""


@dataclass(frozen=True)
class Section:
    """A part of the report with a title of its own; `id` is where the table of contents leads."""

    id: str
    title: str
    blocks: tuple[Block, ...]

    def tables(self) -> list[Table]:
        """Every table in it, also the folded ones."""
        return [block for block in flat(self.blocks) if isinstance(block, Table)]

    def drawings(self) -> list[Drawing]:
        """Every figure in it."""
        return [block for block in flat(self.blocks) if isinstance(block, Drawing)]


def flat(blocks: tuple[Block, ...]) -> list[Block]:
    """The blocks in order, with what is folded in place of what folds it."""
    return [one for block in blocks for one in (flat(block.blocks) if isinstance(block, Folded) else (block,))]
