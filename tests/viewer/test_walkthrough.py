"""A newcomer's whole way by scripted hands: from the empty window to the PDF."""

import os

import pytest

import small_case

pytestmark = [pytest.mark.gui, pytest.mark.e2e, pytest.mark.timeout(2400)]
if not os.environ.get("DISPLAY"):
    pytest.skip("needs a display: run under xvfb-run -a", allow_module_level=True)

from hands import Hands  # noqa: E402
from walkthrough import walk  # noqa: E402

from surgitwin.planning.case import Case  # noqa: E402
from surgitwin.planning.solving.results import result_state  # noqa: E402
from surgitwin.viewer.main_window import MainWindow  # noqa: E402


def whole_way(images, out, qtbot, pictures=None):
    window = MainWindow()
    window.show()
    qtbot.waitExposed(window)
    pdf = walk(window, Hands(window, pictures), images, out)
    assert pdf.read_bytes().startswith(b"%PDF-")
    assert "Not for clinical use" in (out / "report.html").read_text(encoding="utf-8")
    path = window.desk.session.path
    window.close()
    assert not window.isVisible()
    saved = Case.open(path)
    assert set(saved.plans()) == {"nail", "plate"}
    assert all(result_state(saved, name) == "current" for name in saved.plans())
    assert saved.state["review"]["name"] == "Dr Example"
    assert not (path / "draft").exists()
    assert not (path / ".lock").exists()
    window.deleteLater()


def test_from_the_empty_window_to_the_pdf_on_the_phantom(tmp_path, qtbot):
    whole_way(small_case.small_study() / "dicom", tmp_path, qtbot)


@pytest.mark.slow
@pytest.mark.real_data
def test_from_the_empty_window_to_the_pdf_on_a_real_ct(shared_data, tmp_path, qtbot):
    whole_way(shared_data / "femur_ct", tmp_path, qtbot, tmp_path / "pictures")
