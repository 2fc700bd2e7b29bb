"""Mapped meshes: conforming, positive, with the volume and surfaces of the shape."""

from __future__ import annotations

import numpy as np
import pytest

from surgitwin.mechanics.fenicsx.solids import solve_model
from surgitwin.mechanics.model.material import elastic
from surgitwin.mechanics.model.mesh import PartMesh
from surgitwin.mechanics.model.model import Model
from surgitwin.mechanics.model.part import Part
from surgitwin.mechanics.model.shapes import solid_cylinder, sphere_octant, tube
from surgitwin.mechanics.model.supports import Motion


def solved(mesh: PartMesh) -> tuple[float, float]:
    """Volume of the part, and how far a prescribed linear field on its boundary is from linear inside."""
    gradient = np.array([[0.01, 0.02, 0.0], [0.0, -0.01, 0.01], [0.02, 0.0, 0.01]])
    moved = tuple(Motion(n, "p", n, gradient=gradient.tolist()) for n in mesh.surfaces)
    found = solve_model(Model("m", (Part("p", mesh, elastic(1000.0, 0.3)),), moved)).part()
    error = np.abs(found.displacement_mm - found.points_mm @ gradient.T).max()
    volume = found.volume_mm3() / np.linalg.det(np.eye(3) + gradient)
    return volume, float(error)


@pytest.mark.parametrize("cell", ["hexahedron", "tetrahedron"])
@pytest.mark.parametrize(
    ("mesh", "arguments", "volume", "boundary"),
    [
        (solid_cylinder, (5.0, 10.0, (2, 3)), np.pi * 250, 3),
        (sphere_octant, (10.0, 20.0, (2, 3)), np.pi * (8000 - 1000) / 6, 5),
        (tube, (5.0, 7.0, 4.0, (2, 4, 2)), np.pi / 4 * 24 * 4, 6),
    ],
)
def test_blocks_conform(
    cell: str, mesh: object, arguments: tuple[object, ...], volume: float, boundary: int
) -> None:
    made: PartMesh = mesh(*arguments, cell=cell)  # type: ignore[operator]
    assert len(made.surfaces) == boundary
    # Every boundary facet belongs to a named surface: none is left over inside between blocks.
    assert sum(len(f) for f in made.surfaces.values()) == len(made.boundary())
    found, error = solved(made)
    assert found == pytest.approx(volume, rel=2e-3)
    assert error < 1e-12
