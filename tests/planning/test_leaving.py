"""What is said before a file leaves a case: the skin of a head, images with identity, consent."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import pyvista as pv

from surgitwin.core.errors import UsageError
from surgitwin.core.image import ImageGrid, LabelMap, Segment, Volume
from surgitwin.core.mesh import SurfaceMesh
from surgitwin.exchange.consent import make_consent
from surgitwin.planning.case import Case, now
from surgitwin.planning.images.new_case import store_case
from surgitwin.planning.privacy.consent import consent_change, record_consent
from surgitwin.planning.privacy.leaving import before_leaving, front_in_air
from surgitwin.planning.privacy.leaving_file import before_file

GRID = ImageGrid((30, 30, 30), np.zeros(3), np.full(3, 6.0), np.eye(3))


def made(path: Path, radius: float, part: str = "HEAD", **more: object) -> Case:
    """A ball of flesh with a ball of bone in it; the segment is a ball of `radius` voxels."""
    k, j, i = np.indices(GRID.shape)
    away = np.sqrt((k - 15.0) ** 2 + (j - 15.0) ** 2 + (i - 15.0) ** 2)
    array = np.where(away < 8, 600, np.where(away < 12, 40, -1000)).astype(np.int16)
    series = {"uid": "1.2", "body_part": part, "description": "", "modality": "CT"}
    state = {"created": now(), "patient": {}, "series": series, "header": {}, "body_weight_kg": None, **more}
    case = store_case(path, state, Volume(array, GRID))
    labels = LabelMap((away < radius).astype(np.uint8), GRID, (Segment(1, "s", "", (1, 2, 3)),))
    case.memory["labels"] = (labels.hash, labels)
    return case.with_content({**case.state, "labels": {"hash": labels.hash, "blob": ""}}, {})


@pytest.mark.parametrize(
    ("radius", "part", "what", "warned"),
    [
        (12, "HEAD", "surfaces", True),
        (12, "HEAD", "pictures", True),
        (8, "HEAD", "surfaces", False),
        (12, "KNEE", "surfaces", False),
        (12, "", "mesh", True),
        (8, "HEAD", "image", True),
        (8, "KNEE", "image", False),
    ],
)
def test_skin_of_a_head_is_warned_about(tmp_path: Path, radius, part, what, warned) -> None:
    said = before_leaving(made(tmp_path / "a.twin", radius, part), what, "planning")
    assert any("A face can be recognised" in s for s in said) == warned


def looked_at(array: np.ndarray) -> bool:
    return front_in_air(Volume(array.astype(np.int16), GRID))


def test_an_angiogram_without_skin_shows_no_face() -> None:
    """From the front (j = 0): a head in air, a field within the head, and vessels alone."""
    k, j, i = np.indices(GRID.shape)
    head = np.where(np.hypot(k - 15.0, np.hypot(j - 15.0, i - 15.0)) < 12, 40, -1000)
    assert looked_at(head)
    within = np.full(GRID.shape, 40)
    within[12:16, 12:16, 12:16] = 300
    assert not looked_at(within)
    sinus = np.where(np.hypot(k - 15.0, i - 15.0) < 3, -1000, 40)  # air up to the front
    assert not looked_at(np.where(j < 4, sinus, 40))
    vessels = np.where(
        (np.hypot(k - 15.0, j - 15.0) < 0.8) | (np.hypot(i - 15.0, j - 15.0) < 0.8), 300, -1000
    )
    assert not looked_at(vessels)


def test_a_face_that_was_cut_out_is_not_warned_about(tmp_path: Path) -> None:
    case = made(tmp_path / "a.twin", 12, deidentified={"options": {"deface": True}})
    assert not any("face" in s or "UIDs" in s for s in before_leaving(case, "image", "planning"))


def test_nothing_leaves_outside_the_consent(tmp_path: Path) -> None:
    case = made(tmp_path / "a.twin", 8)
    _, changes = consent_change(case.state, make_consent(("teaching",), "Dr A"))
    agreed = case.with_content({**case.state, **changes}, {})
    assert not any("No consent" in s for s in before_leaving(agreed, "pictures", "teaching"))
    with pytest.raises(UsageError) as caught:
        before_leaving(agreed, "pictures", "research")
    assert caught.value.code == "consent.outside_scope"


def test_the_surface_of_a_file_asks_the_case_that_is_named(tmp_path: Path) -> None:
    ball = pv.Sphere(radius=90.0)
    mesh = SurfaceMesh(np.asarray(ball.points, float), ball.faces.reshape(-1, 4)[:, 1:])
    small = SurfaceMesh(mesh.points_mm / 4, mesh.triangles)
    assert any("as large as a head" in s for s in before_file(mesh, None, "planning"))
    assert not any("as large as a head" in s for s in before_file(small, None, "planning"))
    record_consent(made(tmp_path / "a.twin", 8), make_consent(("teaching",), "Dr A"))
    assert before_file(small, tmp_path / "a.twin", "teaching") == ()
    for case, purpose in ((tmp_path / "a.twin", "research"), (None, "teaching")):
        with pytest.raises(UsageError) as caught:
            before_file(small, case, purpose)
        assert caught.value.code == "consent.outside_scope"
