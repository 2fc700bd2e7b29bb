"""Own objects in reports and in the comparison, through the command line."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import pyvista as pv

from object_samples import HIGH, LOW, store_box_case
from small_case import SmallCase, run_cli
from surgitwin.planning.case import Case

MIDDLE = (LOW + HIGH) / 2
OWN = ("--unit", "mm", "--frame", "own")


@pytest.fixture
def rod(tmp_path: Path) -> Path:
    """A rod of 24 mm."""
    path = tmp_path / "rod.stl"
    pv.Cube(x_length=4, y_length=4, z_length=24).triangulate().save(path)
    return path


def test_a_case_without_plans_gets_a_report_of_its_objects(tmp_path: Path, rod: Path) -> None:
    case, out = store_box_case(tmp_path / "box.twin").folder.path, tmp_path / "r.html"
    assert run_cli("report", case, "--out", out).error["code"] == "case.other_site"  # nothing to say yet
    at = ",".join(f"{v}" for v in MIDDLE)
    run_cli("object", "add", case, rod, *OWN, "--name", "Rod <b>7", "--material", "316L", "--at", at)
    run_cli("object", "add", case, rod, *OWN, "--name", "Away", "--kind", "guide", "--at", "0,0,5000")
    said = run_cli("report", case, "--out", out)
    assert said.code == 0, said.err
    inside, away = said.data["objects"]
    assert (inside["name"], inside["segments"][0]["relation"], inside["simulated"]) == (
        "Rod <b>7",
        "inside",
        False,
    )
    assert away["outside_mm3"] == pytest.approx(4 * 4 * 24, rel=1e-3)
    assert any("rod.stl" in w and "deidentify" in w for w in said.data["warnings"])
    text = out.read_text()
    row = inside["segments"][0]
    for words in (
        "Own objects", "Rod &lt;b&gt;7", "rod.stl (STL, 12 triangles)", "of the device by itself", "316L",
        f"LPS ({MIDDLE[0]:.1f}, {MIDDLE[1]:.1f}, {MIDDLE[2]:.1f}) mm", "not simulated", "24.0 mm",
        f"lies inside, {-row['distance_mm']:.1f} ± {row['distance_error_mm']:.1f} mm",
        "(100.0% of the object)", "Its middle lies outside the image.", "to the case and not to a plan",
    ):  # fmt: skip
        assert words in text, words
    assert text.count("<img") == 3
    assert 'Own objects, close, from the left: Rod &lt;b&gt;7"' in text  # the one outside is not drawn
    assert run_cli("report", case, "--out", tmp_path / "r.pdf").code == 0
    assert (tmp_path / "r.pdf").read_bytes().startswith(b"%PDF-1.")


@pytest.mark.e2e
def test_plans_are_compared_without_them_and_the_report_says_so(
    solved_case: SmallCase, tmp_path: Path, rod: Path
) -> None:
    case = tmp_path / "a.twin"
    shutil.copytree(solved_case.path, case)
    at = Case.open(case).anatomy.landmarks["head_centre"].point_mm
    before = run_cli("compare", case).data
    run_cli("object", "add", case, rod, *OWN, "--name", "Rod", "--at", ",".join(f"{v}" for v in at))
    after = run_cli("compare", case).data
    new = [w for w in after["warnings"] if w not in before["warnings"]]
    assert len(new) == 1
    assert "Own objects (Rod) belong to the case" in new[0]
    assert (after["plans"], after["ranking"]) == (before["plans"], before["ranking"])
    assert run_cli("report", case, "--out", tmp_path / "r.html").code == 0
    text = (tmp_path / "r.html").read_text()
    assert (
        text.index('<section class="plan">') < text.index('<section id="objects">') < text.index("Loads</h2>")
    )
    assert "rod.stl (STL, 12 triangles)" in text
