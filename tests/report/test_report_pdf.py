"""The PDF says what the HTML says: notice on every page, fonts embedded, bookmarks, tables whole."""

import re
import shutil
import subprocess
from html.parser import HTMLParser

import pytest
import report_samples as samples

from surgitwin.core.errors import StorageError
from surgitwin.report import words
from surgitwin.report.data import Fact, PlanSection
from surgitwin.report.document import Cell, DataTable, FactTable, Heading, Text
from surgitwin.report.html import render_html
from surgitwin.report.pdf import render_pdf, write_pdf
from surgitwin.report.pdf_styles import plain

needs_poppler = pytest.mark.skipif(
    shutil.which("pdftotext") is None, reason="pdftotext (poppler-utils) is not installed"
)


def pages(tmp_path, data=None):
    """Text of every page, signs of white space removed (a cell wraps its words)."""
    path = tmp_path / "report.pdf"
    path.write_bytes(render_pdf(data or samples.report()))
    made = subprocess.run(
        ["pdftotext", "-layout", str(path), "-"], capture_output=True, text=True, check=True, timeout=60
    )
    return made.stdout.split("\f")[:-1]


def raw(tmp_path, data=None):
    """All text in the order of reading, without white space."""
    path = tmp_path / "raw.pdf"
    path.write_bytes(render_pdf(data or samples.report()))
    made = subprocess.run(
        ["pdftotext", "-raw", str(path), "-"], capture_output=True, text=True, check=True, timeout=60
    )
    return squeezed(made.stdout)


def squeezed(text):
    return re.sub(r"\s+", "", text)


@needs_poppler
def test_every_value_band_threshold_and_source_is_there(tmp_path):
    text = raw(tmp_path)
    for plan in samples.compare()["plans"]:
        for m in plan["metrics"]:
            assert squeezed(f"source of {m['id']}") in text
            if m["value"] is None:
                assert squeezed(m["reason"]) in text
            else:
                assert squeezed(words.value_text(m)) in text
                assert squeezed(words.band_text(m)) in text
    for said in (
        "✖ fails ≤ 1", "its band crosses the limit", "singular", "not verified", "out of date", "LEFT",
        "Virtual fracture.", "Uncalibrated.", "Error class", "estimated", "ranks first, by Shear motion",
        "Locking screw 5.0", "46 mm", "7.40e-09", "hash-of-nail", "signature", "mm³", "Anatomy not reviewed.",
        "demo <femur> & co", "1.2.840.1 <b>bold</b>", "aaaaaaaa",
    ):  # fmt: skip
        assert squeezed(said) in text, said


class Cells(HTMLParser):
    """Text of every heading, item and cell of the HTML report."""

    def __init__(self):
        super().__init__()
        self.found, self.stack = [], []

    def handle_starttag(self, tag, attrs):
        if tag in ("th", "td", "li", "h1", "h2", "h3", "figcaption"):
            self.stack.append([])

    def handle_endtag(self, tag):
        if tag in ("th", "td", "li", "h1", "h2", "h3", "figcaption") and self.stack:
            self.found.append(" ".join(self.stack.pop()).strip())

    def handle_data(self, data):
        if self.stack:
            self.stack[-1].append(data.strip())


@needs_poppler
def test_the_same_facts_as_the_html(tmp_path):
    data = samples.report(review="Anatomy reviewed by Dr. Ada, 2026-11-22 09:00.")
    parsed = Cells()
    parsed.feed(render_html(data))
    text = raw(tmp_path, data)
    facts = {w for cell in parsed.found for w in re.findall(r"[\w.,:/()+-]{3,}", cell)}
    assert len(facts) > 100
    # What a cell of the PDF breaks between lines is found without white space.
    missing = sorted(w for w in facts if w.rstrip(".") not in text and not w.startswith(("·", "Notfor")))
    assert missing == []
    assert "Dr.Ada" in text


@needs_poppler
def test_every_page_has_notice_case_and_number(tmp_path):
    found = pages(tmp_path)
    assert len(found) >= 4
    for n, page in enumerate(found, 1):
        assert page.count("NOT FOR CLINICAL USE") == 2
        assert "virtual fracture · uncalibrated" in page
        assert "demo <femur> & co, LEFT femur" in page
        assert re.search(rf"Page {n} of\s+{len(found)}", page), n


@needs_poppler
def test_the_first_page_holds_side_verdict_and_key_table(tmp_path):
    first = squeezed(pages(tmp_path)[0])
    for said in ("LEFT", "Verdict", "ranks first", "Key metrics", "Plate, anterior", "Nail, lateral"):
        assert squeezed(said) in first, said


@needs_poppler
def test_a_long_table_repeats_its_head_and_loses_no_row(tmp_path):
    many = tuple(Fact(f"row {n}", f"value {n}", "x" * 30) for n in range(150))
    compare = samples.compare()
    for plan in compare["plans"]:
        plan["metrics"] = [
            samples.metric("ifm_shear", float(n), part=f"part {n}", reason=None) for n in range(120)
        ]
    data = samples.report(image=many, compare=compare)
    found = pages(tmp_path, data)
    heads = [p for p in found if "Metric, full stance" in p]
    assert len(heads) >= 3
    text = raw(tmp_path, data)
    assert all(f"part{n}" in text for n in range(120))
    assert all(f"value{n}" in text for n in range(150))


@needs_poppler
def test_a_cell_longer_than_a_page_is_split_and_not_cut(tmp_path):
    long = " ".join(f"word{n}" for n in range(1500))
    text = raw(tmp_path, samples.report(image=(Fact("Note", long, "here"),)))
    assert all(f"word{n}" in text for n in range(1500))


@needs_poppler
def test_stale_results_are_not_shown_as_current(tmp_path):
    first = pages(tmp_path)[0]
    assert "? out of date: solve again" in re.sub(r"\s+", " ", first)


def test_six_plans_and_none_pictures(tmp_path):
    compare = samples.compare()
    base = compare["plans"][0]
    compare["plans"] = [{**base, "name": f"plan{n}"} for n in range(6)]
    compare["ranking"] = []
    plans = tuple(PlanSection(f"plan{n}", f"Plan {n} with a rather long title of its own") for n in range(6))
    assert render_pdf(samples.report(compare=compare, plans=plans, anatomy_pictures=())).startswith(b"%PDF")


def test_fonts_are_embedded_and_cover_the_signs():
    made = render_pdf(samples.report())
    assert made.count(b"/FontFile2") >= 2, "both cuts of the font are in the file"
    assert b"DejaVuSans-Bold" in made
    for sign in "✔✖≈⊘–?≥≤−×·²³±\u202f":
        assert plain(sign) == sign
    assert plain("患者") == "\ufffd\ufffd", "a sign that the font lacks is seen to be missing"


def test_bookmarks_and_metadata():
    made = render_pdf(samples.report())
    text = made.decode("latin-1")
    titles = [bytes(m, "latin-1") for m in re.findall(r"/Title \((.*?)\)\s", text)]
    joined = b" ".join(titles)
    for said in (b"Verdict", b"Loads", b"Provenance", b"All metrics"):
        assert said in joined or said.decode().encode("utf-16-be") in joined, said
    assert "/Outlines" in text
    assert "Not for clinical use" in text


def test_unwritable_pdf(tmp_path):
    with pytest.raises(StorageError) as caught:
        write_pdf(samples.report(), tmp_path / "missing" / "report.pdf")
    assert caught.value.code == "report.unwritable"
    write_pdf(samples.report(), tmp_path / "report.pdf")
    assert (tmp_path / "report.pdf").read_bytes().startswith(b"%PDF-1.")


@needs_poppler
def test_the_section_on_own_objects_is_in_html_and_pdf(tmp_path):
    table = DataTable(("Segment", "Overlap"), ((Cell("Femur"), Cell("2.9 ± 0.1 mL")),), (1.0, 1.0))
    blocks = (Heading("Own objects"), Text("Placed by hand."), FactTable((Fact("File", "a<b>.stl"),)), table)
    data = samples.report(objects=blocks)
    printed, html = raw(tmp_path, data), render_html(data)
    for text in ("Own objects", "Placed by hand.", "Femur", "2.9 ± 0.1 mL"):
        assert squeezed(text) in printed
        assert text in html
    assert "a<b>.stl" in printed
    assert "a&lt;b&gt;.stl" in html
    assert 'id="objects"' not in render_html(samples.report())
