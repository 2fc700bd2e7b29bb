"""A `Document` as a PDF on A4 pages."""

from __future__ import annotations

import io
from functools import partial
from pathlib import Path

from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import KeepTogether, Spacer, Table

from surgitwin.report.content import NOTICE
from surgitwin.report.document import Document
from surgitwin.report.pdf import write_bytes
from surgitwin.report.pdf_blocks import block_story
from surgitwin.report.pdf_page import PageWords, ReportPages
from surgitwin.report.pdf_styles import ACCENT, FONT, fonts, paragraph, safe
from surgitwin.report.pdf_tables import WIDTH


def render_document_pdf(document: Document) -> bytes:
    """The report as the bytes of a PDF file."""
    target = io.BytesIO()
    fonts()
    words = PageWords(
        title=f"{document.case}: {document.title}",
        subject=f"{document.title}, {document.badge}",
        right=f"{document.case}, {document.badge}",
        program=document.program,
        created=document.created,
        marks=document.marks,
    )
    story = [item for block in document.blocks for item in block_story(block)]
    made = ReportPages(target, words)
    made.build([_top(document), *story, _end()], canvasmaker=partial(Canvas, initialFontName=FONT))
    return target.getvalue()


def write_document_pdf(document: Document, path: Path) -> None:
    """Write the report to `path`. Raises StorageError ("report.unwritable")."""
    write_bytes(render_document_pdf(document), path)


def _top(document: Document) -> Table:
    title = [paragraph(safe(document.title), "title"), paragraph(safe(document.lead))]
    return Table(
        [[paragraph(safe(document.badge.upper()), "badge"), title]],
        [50 * mm, WIDTH - 50 * mm],
        style=[
            ("BACKGROUND", (0, 0), (0, 0), ACCENT),
            ("VALIGN", (0, 0), (-1, -1), "MIDDLE"),
            ("LEFTPADDING", (1, 0), (1, 0), 5 * mm),
            ("BOTTOMPADDING", (0, 0), (0, 0), 3 * mm),
        ],
        spaceAfter=2 * mm,
    )


def _end() -> KeepTogether:
    line = Table([[""]], [WIDTH], [10 * mm], style=[("LINEBELOW", (0, 0), (-1, -1), 0.7, "#16191d")])
    said = paragraph(f"This report supports teaching and research. {NOTICE}.", "small")
    return KeepTogether([Spacer(1, 5 * mm), paragraph("Read by (name, date, signature):"), line, said])
