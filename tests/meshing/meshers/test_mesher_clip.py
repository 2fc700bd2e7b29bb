"""Netgen between flat cuts, as a case of bone asks for it."""

from __future__ import annotations

import numpy as np
import pytest
import pyvista as pv

from surgitwin.core.errors import GeometryError
from surgitwin.core.frame import Plane
from surgitwin.core.mesh import SurfaceMesh
from surgitwin.meshing import get_mesher
from surgitwin.meshing.meshers.clip import clipped
from surgitwin.meshing.surface import open_edges

AXIS = np.array([0.3, 0.2, 1.0]) / np.linalg.norm([0.3, 0.2, 1.0])
RADIUS = 12.0
CUTS = (Plane(3 * AXIS, AXIS), Plane(-5 * AXIS, -AXIS))


def ball():
    sphere = pv.Sphere(radius=RADIUS, theta_resolution=60, phi_resolution=60)
    return SurfaceMesh(np.array(sphere.points, float), sphere.regular_faces)


def slice_volume():
    def cap(height):
        return np.pi * height**2 * (3 * RADIUS - height) / 3

    return 4 / 3 * np.pi * RADIUS**3 - cap(RADIUS - 3) - cap(RADIUS - 5)


def test_the_surface_is_cut_and_closed():
    made = clipped(ball(), CUTS)
    assert open_edges(made.triangles) == 0
    assert made.volume_mm3 == pytest.approx(slice_volume(), rel=0.01)
    with pytest.raises(GeometryError) as error:
        clipped(ball(), [Plane(30 * AXIS, AXIS)])
    assert error.value.code == "mesh.cut_outside"


def test_netgen_keeps_the_cuts_flat_to_rounding():
    mesh = get_mesher("netgen").fill(ball(), 4.0, CUTS)
    assert (mesh.cell_volumes() > 0).all()
    assert mesh.cell_volumes().sum() == pytest.approx(slice_volume(), rel=0.05)
    for cut in CUTS:
        away = cut.distance(mesh.points_mm)
        assert away.max() < 1e-9
        assert (np.abs(away) < 1e-9).sum() > 20
