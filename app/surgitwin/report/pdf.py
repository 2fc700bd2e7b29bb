"""The report as a PDF: the facts of the HTML report on A4 pages, with fonts embedded."""

from __future__ import annotations

import io
from functools import partial
from pathlib import Path

from reportlab.pdfgen.canvas import Canvas

from surgitwin.core.errors import StorageError
from surgitwin.report.content import content
from surgitwin.report.data import ReportData
from surgitwin.report.pdf_page import PageWords, ReportPages
from surgitwin.report.pdf_sections import story
from surgitwin.report.pdf_styles import FONT, fonts


def render_pdf(data: ReportData) -> bytes:
    """The report as the bytes of a PDF file."""
    target = io.BytesIO()
    fonts()
    ReportPages(target, _page_words(data)).build(
        story(data, content(data)), canvasmaker=partial(Canvas, initialFontName=FONT)
    )
    return target.getvalue()


def write_pdf(data: ReportData, path: Path) -> None:
    """Write the report to `path`. Raises StorageError ("report.unwritable")."""
    write_bytes(render_pdf(data), path)


def _page_words(data: ReportData) -> PageWords:
    marks = ("virtual fracture",) if data.virtual_fracture else ()
    return PageWords(
        title=f"{data.case}: comparison of fixation plans",
        subject=f"Simulated comparison of fixation plans, {data.side} femur",
        right=f"{data.case}, {data.side.upper()} femur",
        program=data.program,
        created=data.created,
        marks=marks if data.calibrated else (*marks, "uncalibrated"),
    )


def write_bytes(made: bytes, path: Path) -> None:
    """Write a report's bytes. Raises StorageError ("report.unwritable")."""
    try:
        path.write_bytes(made)
    except OSError as error:
        raise StorageError(
            "report.unwritable",
            f"The report cannot be written: {error.strerror}.",
            hint="Choose another folder with --out, or free some space.",
            where=str(path),
        ) from error
