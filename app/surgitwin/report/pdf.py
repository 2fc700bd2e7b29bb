"""The report as a PDF: the facts of the HTML report on A4 pages, with fonts embedded."""

from __future__ import annotations

import io
from functools import partial
from pathlib import Path

from reportlab.pdfgen.canvas import Canvas

from surgitwin.core.errors import StorageError
from surgitwin.report.content import content
from surgitwin.report.data import ReportData
from surgitwin.report.pdf_page import ReportPages
from surgitwin.report.pdf_sections import story
from surgitwin.report.pdf_styles import FONT, fonts


def render_pdf(data: ReportData) -> bytes:
    """The report as the bytes of a PDF file."""
    target = io.BytesIO()
    fonts()
    ReportPages(target, data).build(
        story(data, content(data)), canvasmaker=partial(Canvas, initialFontName=FONT)
    )
    return target.getvalue()


def write_pdf(data: ReportData, path: Path) -> None:
    """Write the report to `path`. Raises StorageError ("report.unwritable")."""
    made = render_pdf(data)
    try:
        path.write_bytes(made)
    except OSError as error:
        raise StorageError(
            "report.unwritable",
            f"The report cannot be written: {error.strerror}.",
            hint="Choose another folder with --out, or free some space.",
            where=str(path),
        ) from error
