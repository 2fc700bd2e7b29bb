"""A document as a file, HTML or PDF by its suffix."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from surgitwin.report.document import Document
from surgitwin.report.document_html import write_document_html
from surgitwin.report.document_pdf import write_document_pdf

WRITERS: Mapping[str, Callable[[Document, Path], None]] = {
    ".html": write_document_html,
    ".htm": write_document_html,
    ".pdf": write_document_pdf,
}


def write_document(document: Document, out: Path) -> None:
    """Write to `out`, whose suffix is one of `WRITERS` (the caller has checked it)."""
    WRITERS[out.suffix.lower()](document, out)
