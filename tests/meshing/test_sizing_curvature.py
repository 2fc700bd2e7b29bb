"""Sizes from curvature and distance of surfaces whose curvature is known."""

from __future__ import annotations

import numpy as np
import pytest
import pyvista as pv

from surgitwin.core.errors import InputError
from surgitwin.core.mesh import SurfaceMesh
from surgitwin.meshing import Refinement
from surgitwin.meshing.sizing_curvature import curvature_size, point_curvature, to_surface


def ball(radius):
    data = pv.Icosphere(radius=radius, nsub=3)
    return SurfaceMesh(np.array(data.points, float), data.faces.reshape(-1, 4)[:, 1:])


@pytest.mark.parametrize("radius", [4.0, 20.0])
def test_curvature_of_a_ball(radius):
    surface = ball(radius)
    assert point_curvature(surface) == pytest.approx(1 / radius, rel=0.03)  # the largest edge reads high
    field = curvature_size(surface, per_radius=2.0, least_mm=0.5, most_mm=8.0)
    wanted = min(radius / 2, 8.0)
    assert field(surface.points_mm) == pytest.approx(wanted, rel=0.03)
    far = 3 * surface.points_mm[:5]
    assert field(far) == pytest.approx(wanted + 0.3 * 2 * radius, rel=0.05)


def test_sizes_near_a_surface():
    zone = Refinement(to_surface(ball(5.0)), 0.5, 1.0, 0.5)
    at = np.array([[5.5, 0, 0], [9.0, 0, 0], [0, 0, 0]])
    assert zone(at) == pytest.approx([0.5, 2.0, 2.5], abs=0.05)


def test_wrong_ranges_are_named():
    with pytest.raises(InputError) as wrong:
        curvature_size(ball(5.0), 2.0, 3.0, 1.0)
    assert wrong.value.code == "mesh.size_range"
