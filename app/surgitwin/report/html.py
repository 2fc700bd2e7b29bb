"""The report as one HTML file that needs nothing else."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined

from surgitwin.core.errors import StorageError
from surgitwin.report import words
from surgitwin.report.content import ERROR_CLASS, NOTICE, content, when
from surgitwin.report.data import ReportData
from surgitwin.report.document import Block


def environment() -> Environment:
    """Templates and filters of all reports; every value is escaped, an unknown name is an error."""
    out = Environment(
        loader=PackageLoader("surgitwin.report", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    out.filters.update(
        status=words.status, value=words.value_text, band=words.band_text, marks=words.marks,
        number=words.number, data_uri=_data_uri,
        sentence=words.sentence, uncapital=words.uncapital, when=when, limit=words.limit_text,
    )  # fmt: skip
    return out


def render_html(data: ReportData) -> str:
    """The report as text."""
    made = content(data)
    templates = environment()
    templates.filters["words"] = made.words
    facts = {f.name: getattr(made, f.name) for f in fields(made)}
    return templates.get_template("report.html").render(
        d=data, notice=NOTICE, error_class=ERROR_CLASS, object_blocks=named_blocks(data.objects), **facts
    )


def named_blocks(blocks: Sequence[Block]) -> list[tuple[str, Block]]:
    """Blocks with the names that ``blocks.html`` knows them by."""
    return [(type(block).__name__, block) for block in blocks]


def write_html(data: ReportData, path: Path) -> None:
    """Write the report to `path`. Raises StorageError ("report.unwritable")."""
    write_text(render_html(data), path)


def write_text(text: str, path: Path) -> None:
    """Write a report's text. Raises StorageError ("report.unwritable")."""
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise StorageError(
            "report.unwritable",
            f"The report cannot be written: {error.strerror}.",
            hint="Choose another folder with --out, or free some space.",
            where=str(path),
        ) from error


def _data_uri(png: bytes) -> str:
    return f"data:image/png;base64,{base64.b64encode(png).decode('ascii')}"
