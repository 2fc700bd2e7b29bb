"""Blocks of a `Document` on the pages of a PDF."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from reportlab.lib.units import mm
from reportlab.platypus import CondPageBreak, PageBreak, Paragraph, Table

from surgitwin.report.document import (
    Block,
    Cell,
    DataTable,
    FactTable,
    GridCell,
    Heading,
    Items,
    PictureGrid,
    Pictures,
    Text,
)
from surgitwin.report.pdf_page import PictureRow, picture_rows
from surgitwin.report.pdf_styles import LIGHTS, coloured, grey, mark, paragraph, safe
from surgitwin.report.pdf_tables import WIDTH, facts_table, grid, head

Story = Iterator[Any]
BULLET = "•"
MANNERS = {"body": "body", "alert": "alert", "legend": "small"}


def block_story(block: Block) -> Story:
    """What one block is on the page."""
    if isinstance(block, Heading):
        yield PageBreak() if block.new_page else CondPageBreak(30 * mm)
        yield paragraph(safe(block.text), "h1" if block.level == 1 else "h2")
    elif isinstance(block, Text):
        yield paragraph(safe(block.text), MANNERS[block.manner])
    elif isinstance(block, Items):
        for line in block.lines:
            yield paragraph(safe(line), "verdict" if block.large else "item", BULLET)
    elif isinstance(block, FactTable):
        if block.facts:
            yield facts_table(block.facts)
    elif isinstance(block, DataTable):
        yield _table(block)
    elif isinstance(block, Pictures):
        yield from picture_rows(block.pictures, block.columns)
    elif isinstance(block, PictureGrid):
        yield _picture_grid(block)


def _table(block: DataTable) -> Table:
    body: list[list[Paragraph]] = []
    lights: list[tuple[Any, ...]] = []
    for y, row in enumerate(block.rows, 1):
        body.append([_cell(cell, first=x == 0) for x, cell in enumerate(row)])
        for x, cell in enumerate(row):
            fill, edge = LIGHTS[cell.light]
            lights.append(("BACKGROUND", (x, y), (x, y), fill))
            if cell.light not in ("none", "missing"):
                lights.append(("LINEBEFORE", (x, y), (x, y), 2, edge))
    return grid([head(*block.head, small=True), *body], block.shares, extra=lights)


def _cell(cell: Cell, *, first: bool) -> Paragraph:
    text = f"<b>{safe(cell.text)}</b>" if first else safe(cell.text)
    if cell.light in ("pass", "fail", "uncertain", "outside"):
        text = coloured(cell.text, cell.light)
    text += f"<br/>{grey(cell.below)}" if cell.below else ""
    return paragraph(text + "".join(mark(m) for m in cell.marks), "cell_small")


def _picture_grid(block: PictureGrid) -> Table:
    columns = len(block.columns)
    first = 20 * mm
    width = (WIDTH - first) / columns
    rows: list[list[Any]] = [head(block.corner, *block.columns)]
    for name, cells in zip(block.rows, block.cells, strict=True):
        rows.append([paragraph(f"<b>{safe(name)}</b>", "cell"), *(_grid_cell(c, width) for c in cells)])
    shares = [first / WIDTH, *([width / WIDTH] * columns)]
    return grid(rows, shares)


def _grid_cell(cell: GridCell | None, width: float) -> Any:
    if cell is None:
        return paragraph("–", "cell")
    out: list[Any] = [paragraph(f"<b>{safe(cell.title)}</b>", "cell_small")]
    if cell.picture is not None:
        out.append(PictureRow((cell.picture,), 1, 10 * mm, 42 * mm, captioned=False))
    out += [paragraph(safe(line), "cell_small") for line in cell.lines]
    return out
