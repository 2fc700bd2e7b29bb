"""C-arm angles: detector directions in LPS, the curve along a plane, and the two named views."""

from __future__ import annotations

import numpy as np
import pytest

from aortic_root.parameters import FULL
from root_phantoms import measured_root
from surgitwin.anatomy.root.phase import is_systolic, phase_of
from surgitwin.anatomy.root.view_angles import (
    angles_of,
    cusp_overlap_view,
    detector_direction,
    three_cusp_view,
    view_curve,
)

LEFT, RIGHT, NON = (np.array([10.0, 6, 0]), np.array([0.0, -11, 0]), np.array([-10.0, 6, 0]))


def test_detector_stands_where_the_angles_say() -> None:
    assert np.allclose(detector_direction(0, 0), (0, -1, 0))  # front of the patient
    assert np.allclose(detector_direction(90, 0), (1, 0, 0))  # LAO 90: the patient's left
    assert np.allclose(detector_direction(-90, 0), (-1, 0, 0))
    assert np.allclose(detector_direction(0, 90), (0, 0, 1))  # cranial 90: the head


@pytest.mark.parametrize(("primary", "secondary"), [(0, 0), (30, 15), (-40, -25), (80, 5)])
def test_angles_and_directions_are_inverse(primary: float, secondary: float) -> None:
    d = detector_direction(primary, secondary)
    assert angles_of(d) == pytest.approx((primary, secondary))
    assert angles_of(-3 * d) == pytest.approx((primary, secondary))  # the line of sight has no sense


def test_every_view_of_the_curve_sees_the_plane_edge_on() -> None:
    normal = np.array([-0.42, -0.26, 0.87])
    curve = view_curve(normal / np.linalg.norm(normal))
    assert np.abs(detector_direction(curve[:, 0], curve[:, 1]) @ normal).max() < 1e-9
    # A root that points to the right, forwards and up is seen caudally from RAO and cranially from LAO.
    assert curve[curve[:, 0] == -40, 1] < -20
    assert curve[curve[:, 0] == 60, 1] > 5


def test_named_views_put_the_cusps_where_they_belong() -> None:
    for view, first, second in (
        (three_cusp_view(LEFT, RIGHT, NON), (LEFT + NON) / 2, RIGHT),
        (cusp_overlap_view(LEFT, RIGHT, NON), LEFT, RIGHT),
    ):
        d = detector_direction(*view)
        across = np.cross(d, (0, 0, 1))
        assert across @ first == pytest.approx(across @ second, abs=1e-9)
        assert d[2] == pytest.approx(0, abs=1e-9)
    assert three_cusp_view(LEFT, RIGHT, NON) == pytest.approx((0, 0), abs=1e-9)
    assert cusp_overlap_view(LEFT, RIGHT, NON)[0] < 0  # from RAO


def test_views_of_the_phantom_lie_on_its_curve() -> None:
    root = measured_root(FULL)
    for view in (root.three_cusp_deg, root.cusp_overlap_deg):
        assert abs(detector_direction(*view) @ root.annulus.normal) < 1e-9
        assert np.interp(view[0], *root.view_curve_deg.T) == pytest.approx(view[1], abs=0.2)
    assert root.cusp_overlap_deg[0] < root.three_cusp_deg[0]


@pytest.mark.parametrize(
    ("meta", "phase", "systolic"),
    [
        ({"description": "SYNTHETIC: root 0.7 mm 35 %"}, "35 % of the RR interval", True),
        ({"description": "CTA 0.75 Bv40 75%"}, "75 % of the RR interval", False),
        ({"cardiac_phase_percent": 40.0, "description": "70 %"}, "40 % of the RR interval", True),
        ({"description": "CTA thorax 1.5 mm"}, "unknown", None),
        ({}, "unknown", None),
    ],
)
def test_phase_comes_from_the_header(meta: dict[str, object], phase: str, systolic: bool | None) -> None:
    assert phase_of(meta) == phase
    assert is_systolic(phase) is systolic
