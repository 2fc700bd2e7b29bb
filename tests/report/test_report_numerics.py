"""The section "Numerical quality" in both reports."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
import report_samples as samples

from surgitwin.report.data import StudyTable
from surgitwin.report.html import render_html
from surgitwin.report.pdf import write_pdf

TABLE = StudyTable(
    "Numerical quality",
    ("Check", "Limit", "Nail"),
    (("Moment balance", "at most 1e-06", "✖ 3.0e-06"), ("Worst cell", "at least 0.05", "✔ 0.12")),
    ("Numerical checks: not met by Nail: moment balance <now>.", "Nail, axial: moment balance 3.0e-06."),
)


def test_html_says_what_is_not_met_first() -> None:
    page = render_html(replace(samples.report(), numerics=TABLE))
    section = page[page.index('id="numerics"') :]
    assert "<strong>Numerical checks: not met by Nail: moment balance &lt;now&gt;.</strong>" in section
    assert "✖ 3.0e-06" in section
    assert "at least 0.05" in section
    assert "Nail, axial" in section


def test_without_results_there_is_no_section() -> None:
    assert 'id="numerics"' not in render_html(samples.report())


@pytest.mark.skipif(shutil.which("pdftotext") is None, reason="pdftotext (poppler-utils) is not installed")
def test_pdf_says_the_same(tmp_path: Path) -> None:
    path = tmp_path / "report.pdf"
    write_pdf(replace(samples.report(), numerics=TABLE), path)
    made = subprocess.run(
        ["pdftotext", "-raw", str(path), "-"], capture_output=True, text=True, check=True, timeout=60
    )
    text = "".join(made.stdout.split())
    for words in ("Numerical quality", "Moment balance", "3.0e-06", "at least 0.05", "not met by Nail"):
        assert words.replace(" ", "") in text
