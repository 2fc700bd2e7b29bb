"""Diameters of rings that stand in a cone or in an ellipse."""

from __future__ import annotations

import numpy as np
import pytest

from surgitwin.core.device import DeviceFrame, ZigzagRing
from surgitwin.mechanics.devices.frame_path import straight_course
from surgitwin.mechanics.devices.frame_shape import StrutFrame, strut_frame
from surgitwin.mechanics.fenicsx.frame.shape import diameters, ring_shape

pytestmark = pytest.mark.fe


@pytest.fixture(scope="module")
def frame() -> StrutFrame:
    rings = tuple(ZigzagRing(1.5 + 3 * k, 12, 2.6, 0.1, 0.1, 6.0) for k in range(3))
    return strut_frame(DeviceFrame("balloon_expandable", "CoCr-L605", rings, 6.0, 2.0, 3, 9.0))


def test_a_ring_in_a_cone_has_the_diameter_of_its_middle(frame: StrutFrame) -> None:
    points = frame.beams.points_mm.copy()
    middle = [points[frame.ring == j, 2].mean() for j in range(3)]
    wide = 2 + 0.35 * (points[:, 2] - points[:, 2].min())
    r = np.hypot(points[:, 0], points[:, 1])
    points[:, :2] *= (wide / r)[:, None]
    found = diameters(ring_shape(frame, straight_course(frame), points))
    wanted = 2 * (2 + 0.35 * (np.array(middle) - points[:, 2].min()) + frame.half_thickness_mm.mean())
    assert found == pytest.approx(wanted, rel=0.02)


def test_an_ellipse_keeps_its_axes(frame: StrutFrame) -> None:
    points = frame.beams.points_mm * [1.15, 0.85, 1.0]
    radii = ring_shape(frame, straight_course(frame), points).radius_mm[1]
    assert radii[[0, 32]].mean() / radii[[16, 48]].mean() == pytest.approx(1.15 / 0.85, rel=0.03)
