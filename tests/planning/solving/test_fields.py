"""Nodal fields for pictures: tissues are not mixed at the fracture."""

import numpy as np

from surgitwin.core.mesh import TetMesh
from surgitwin.planning.solving.fields import mesh_result


def _two_cells() -> TetMesh:
    """A bone cell over a gap cell that share the face z = 0."""
    points = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1], [0, 0, -1]], float)
    cells = np.array([[0, 1, 2, 3], [0, 2, 1, 4]], np.int32)
    return TetMesh(points, cells, np.array([1, 2]), {1: "bone", 2: "gap"}).with_midside_nodes()


def test_strain_of_the_gap_does_not_reach_the_bone() -> None:
    mesh = _two_cells()
    z = mesh.points_mm[:, 2]
    u = np.zeros_like(mesh.points_mm)
    u[:, 2] = np.where(z > 0, 0.001 * z, 0.5 * z)  # bone stretched by 0.1 %, gap by 50 %
    result = mesh_result(mesh, u, np.array([10000.0, 1.0]), np.array([0.0, 0.0]), tissue=True)
    strain = result.fields["strain_p1"]
    np.testing.assert_allclose(strain[z >= 0], 0.001, rtol=1e-6)
    np.testing.assert_allclose(strain[z < 0], 0.5, rtol=1e-6)
    assert result.fields["risk_factor"][z >= 0].max() < 0.2
