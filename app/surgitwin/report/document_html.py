"""A `Document` as one HTML file that needs nothing else."""

from __future__ import annotations

from pathlib import Path

from surgitwin.report.content import NOTICE
from surgitwin.report.document import Document
from surgitwin.report.html import environment, named_blocks, write_text
from surgitwin.report.words import SYMBOLS


def render_document_html(document: Document) -> str:
    """The report as text; every value is escaped."""
    template = environment().get_template("document.html")
    return template.render(d=document, blocks=named_blocks(document.blocks), notice=NOTICE, symbols=SYMBOLS)


def write_document_html(document: Document, path: Path) -> None:
    """Write the report to `path`. Raises StorageError ("report.unwritable")."""
    write_text(render_document_html(document), path)
