"""The HTML sheet: complete, self-contained, escaped; convergence plots tell the order."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest
from markupsafe import Markup

from surgitwin.core.errors import StorageError
from surgitwin.verification import sheet
from surgitwin.verification.case import Measured
from surgitwin.verification.convergence_plot import convergence_svg, error_points, order_text
from surgitwin.verification.outcome import Outcome, judge, without_value
from surgitwin.verification.references import load_references
from surgitwin.verification.runner import RowRun

VERSIONS = {"SurgiTwin": "0.1.0", "DOLFINx": "0.11.0", "machine": "2 cores"}


def lame(scale: float = 1.0) -> list[Outcome]:
    """Row 7 with errors that fall by the square of the mesh size."""
    refs = load_references()["7"]
    studies = {r.id: tuple((h, scale * r.value * (1 + 1e-3 * h**2)) for h in (2.0, 1.0, 0.5)) for r in refs}
    return judge(refs, {k: Measured(s[-1][1], s) for k, s in studies.items()}, 3.21, 250.0)


def rows() -> list[RowRun]:
    refs = load_references()
    blocked = without_value(refs["43"], "blocked", "no <free> data")
    rule = judge(refs["19"], {"19a": Measured(0.709945), "19b": Measured(1739.68)}, 0.1, 50.0)
    failed = judge(refs["17"], {"17": Measured(300.0)}, 0.1, 50.0)
    return [
        RowRun("7", "Lamé cylinder", "First line.\n\nMore\nwords.", "opposite sign", tuple(lame())),
        RowRun("17", "Bending", "Text.", "too thin", tuple(failed)),
        RowRun("19", "Pull-out", "Text.", "twice the pitch", tuple(rule)),
        RowRun("43", "Nozzle", "Text.", "twice the flow", tuple(blocked)),
    ]


class Addresses(HTMLParser):
    """Everything that a page would fetch, and all open tags."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [v for k, v in attrs if k in ("src", "href") and v is not None]


@pytest.fixture(scope="module", autouse=True)
def _no_laws() -> Iterator[None]:
    """The sheets of the laws take seconds and have tests of their own; the command's test has them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sheet, "law_sheets", lambda: [Markup("<h3>Law</h3>")])
        yield


@pytest.fixture(scope="module")
def page(_no_laws: None) -> str:
    return sheet.render_sheet(rows(), VERSIONS)


def test_needs_nothing_from_elsewhere(page: str) -> None:
    reader = Addresses()
    reader.feed(page)
    assert reader.found
    assert all(a.startswith(("#", "data:image/")) for a in reader.found)
    assert "@import" not in page
    assert "url(" not in page


def test_shows_every_value_with_its_verdict(page: str) -> None:
    for run in rows():
        for o in run.outcomes:
            assert f">{o.reference.id}<" in page
    assert "Some values miss their reference." in page
    for verdict, count in (("pass", 6), ("rule", 2), ("fail", 1), ("blocked", 8)):
        assert f"<strong>{count}</strong>{verdict}" in page
    assert "no &lt;free&gt; data" in page
    assert "opposite sign" in page
    assert "250 MB" in page
    assert "<p>More words.</p>" in page


def test_shows_the_program_text_of_the_case(page: str) -> None:
    assert "from surgitwin.mechanics.fenicsx.solids import solve_model" in page


def test_bars_tell_how_much_of_the_tolerance_is_used(page: str) -> None:
    assert re.search(r'<i class="pass" style="width:2[45]', page), "7a uses a quarter of its tolerance"
    assert '<i class="fail" style="width:100%"' in page
    assert "× 32.5" in page


def test_a_good_run_and_a_mutated_one_say_so() -> None:
    good = sheet.render_sheet(rows()[:1], VERSIONS)
    assert "Nothing failed." in good
    wrong = [RowRun("7", "Lamé cylinder", "T.", "sign", tuple(lame(-1.0)))]
    assert "Every wrong input was found out." in sheet.render_sheet(wrong, VERSIONS, mutated=True)
    assert "Some wrong inputs were not found out" in sheet.render_sheet(rows()[:1], VERSIONS, mutated=True)


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    with pytest.raises(StorageError) as caught:
        sheet.write_sheet(rows()[:1], VERSIONS, tmp_path)
    assert caught.value.code == "verify.sheet_unwritable"


def test_plots_tell_the_observed_order() -> None:
    outcomes = lame()
    assert order_text(outcomes[0]) == "p 2.00"
    svg = convergence_svg(outcomes)
    assert svg.count("<svg") == 1
    assert error_points(outcomes[0])[0] == pytest.approx((2.0, 4e-3), rel=1e-2)


def test_rows_without_a_study_have_no_plot() -> None:
    assert convergence_svg(judge(load_references()["17"], {"17": Measured(226.0)}, 0.1, 1.0)) == ""


def test_the_study_of_an_order_holds_errors() -> None:
    refs = load_references()["2"]
    study = ((0.5, 0.4), (0.25, 0.1))
    (first, *_) = judge(refs, {"2a": Measured(2.0, study)}, 0.1, 1.0)
    assert error_points(first) == list(study)
    assert order_text(first) == "slope 2.00"
