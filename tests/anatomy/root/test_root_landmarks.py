"""Landmarks by hand: both values stay, everything is measured again, what cannot be is refused."""

from __future__ import annotations

import time

import numpy as np
import pytest

from aortic_root.parameters import FULL
from root_phantoms import measured_root
from surgitwin.anatomy.root import with_landmark
from surgitwin.anatomy.root.types import HINGES, RootAnatomy
from surgitwin.core.errors import InputError, UsageError


@pytest.fixture(scope="module")
def root() -> RootAnatomy:
    return measured_root(FULL)


def _point(root: RootAnatomy, name: str) -> np.ndarray:
    point = root.landmarks[name].point_mm
    assert point is not None
    return point


def test_a_moved_hinge_changes_plane_area_and_views(root: RootAnatomy) -> None:
    moved = with_landmark(root, "hinge_left", _point(root, "hinge_left") + 2 * root.annulus.normal)
    landmark = moved.landmarks["hinge_left"]
    assert landmark.moved_mm == pytest.approx(2.0)
    assert np.array_equal(landmark.proposed_mm, root.landmarks["hinge_left"].proposed_mm)
    turn = np.degrees(np.arccos(moved.annulus.normal @ root.annulus.normal))
    assert 3 < turn < 10  # 2 mm over the width of an annulus
    assert moved.sections["annulus"].area_mm2 > root.sections["annulus"].area_mm2
    assert moved.three_cusp_deg != root.three_cusp_deg
    assert np.array_equal(moved.proposed_annulus.normal, root.proposed_annulus.normal)
    for name in HINGES:
        assert abs(moved.annulus.distance(_point(moved, name))) < 1e-9


def test_taking_a_correction_back_restores_the_proposal(root: RootAnatomy) -> None:
    moved = with_landmark(root, "hinge_non", _point(root, "hinge_non") + root.annulus.normal)
    back = with_landmark(moved, "hinge_non", None)
    assert back.landmarks["hinge_non"].moved_mm is None
    assert back.sections["annulus"] == root.sections["annulus"]
    assert np.allclose(back.annulus.normal, root.annulus.normal, atol=1e-12)


def test_heights_follow_their_landmarks(root: RootAnatomy) -> None:
    up = root.annulus.normal
    moved = with_landmark(root, "ostium_left", _point(root, "ostium_left") + 2 * up)
    moved = with_landmark(moved, "membranous_septum", _point(root, "membranous_septum") - up)
    assert moved.coronary_height_mm["left"] == pytest.approx(root.coronary_height_mm["left"] + 2)
    assert moved.septum_length_mm == pytest.approx(root.septum_length_mm + 1)


def test_measuring_again_is_fast(root: RootAnatomy) -> None:
    point = _point(root, "hinge_right") + 0.5 * root.annulus.normal
    best = np.inf
    for _ in range(3):
        start = time.perf_counter()
        with_landmark(root, "hinge_right", point)
        best = min(best, time.perf_counter() - start)
    assert best < 0.3


def test_hinges_in_a_line_are_refused(root: RootAnatomy) -> None:
    middle = (_point(root, "hinge_left") + _point(root, "hinge_right")) / 2
    with pytest.raises(InputError, match="in one line") as caught:
        with_landmark(root, "hinge_non", middle)
    assert caught.value.code == "root.hinges_in_line"
    assert caught.value.hint


def test_an_annulus_above_the_sinuses_is_refused(root: RootAnatomy) -> None:
    up = root.annulus.normal

    def lift(moved: RootAnatomy) -> None:
        for step in np.arange(2.0, 30.0, 2.0):
            for name in HINGES:
                moved = with_landmark(moved, name, _point(root, name) + step * up)

    with pytest.raises(InputError, match="wrong side") as caught:
        lift(root)
    assert caught.value.code == "root.wrong_side"


def test_a_junction_below_the_annulus_is_refused(root: RootAnatomy) -> None:
    with pytest.raises(InputError) as caught:
        with_landmark(root, "sinotubular_junction", root.annulus.point_mm - 5 * root.annulus.normal)
    assert caught.value.code == "root.wrong_side"


def test_points_far_away_are_refused(root: RootAnatomy) -> None:
    for away in ([80.0, 0, 0], [0, 0, 200.0]):
        with pytest.raises(InputError) as caught:
            with_landmark(root, "ostium_left", _point(root, "ostium_left") + np.array(away))
        assert caught.value.code == "root.outside_tube"


def test_unknown_landmarks_are_refused(root: RootAnatomy) -> None:
    with pytest.raises(UsageError) as caught:
        with_landmark(root, "hinge_middle", (0, 0, 0))
    assert caught.value.code == "root.landmark"
    assert "hinge_left" in caught.value.hint
