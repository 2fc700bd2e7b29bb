"""The same 8 beads in segments, surface, tetrahedra, STL and VTU: still within 0.3 mm of the truth."""

from __future__ import annotations

from pathlib import Path

import meshio
import numpy as np
import pytest
import pyvista as pv
from dicom_factory import BEAD_HU, SOFT_TISSUE_HU, Beads, bead_study

from surgitwin.anatomy.types import FemurAnatomy
from surgitwin.core.frame import Frame, Plane
from surgitwin.core.image import LabelMap, Segment, Volume
from surgitwin.core.mesh import SurfaceMesh, TetMesh
from surgitwin.imaging import load_series, scan
from surgitwin.meshing import Surface, bone_surface, mesh_bone
from surgitwin.meshing.files.vtu import write_stl, write_vtu

TOLERANCE_MM = 0.3
CUT_AT = 0.6
"""Where the end cut goes through a bead, in radii from its centre (a bone mesh always has an end cut)."""

NORMAL = np.array([0.48, -0.6, 0.64])


def bead_labels(volume: Volume, beads: Beads) -> LabelMap:
    """Voxels above half height, one segment per bead."""
    array = np.zeros(volume.grid.shape, np.uint8)
    k, j, i = np.nonzero(volume.array > (BEAD_HU + SOFT_TISSUE_HU) / 2)
    points = volume.grid.index_to_lps(np.column_stack([i, j, k]))
    array[k, j, i] = np.linalg.norm(points[:, None] - beads.centres_mm, axis=2).argmin(1) + 1
    names = tuple(Segment(n + 1, f"bead{n}", "", (1.0, 1.0, 1.0)) for n in range(8))
    return LabelMap(array, volume.grid, names)


def solid_centroid(mesh: SurfaceMesh) -> np.ndarray:
    """Centroid of the solid inside a closed surface."""
    base = mesh.points_mm.mean(axis=0)
    a, b, c = (mesh.points_mm[mesh.triangles[:, n]] - base for n in range(3))
    volume = np.einsum("ij,ij->i", a, np.cross(b, c))
    return base + np.average((a + b + c) / 4, axis=0, weights=volume)


def cut_ball_centroid(centre: np.ndarray, radius: float) -> np.ndarray:
    """Centroid of a ball without the cap beyond CUT_AT radii in the direction NORMAL (exact)."""
    h = CUT_AT * radius
    volume = 2 * radius**3 / 3 + radius**2 * h - h**3 / 3
    return centre - (radius**2 - h**2) ** 2 / 4 / volume * NORMAL


def cut_anatomy(centre: np.ndarray, radius: float) -> FemurAnatomy:
    return FemurAnatomy(
        side="left", frame=Frame(centre, np.eye(3)), landmarks={},
        distal_cut=Plane(centre + CUT_AT * radius * NORMAL, NORMAL), proximal_cut=None, stations=(),
        head_radius_mm=radius, torsion_deg=0.0, torsion_estimated=True, side_confidence="",
    )  # fmt: skip


@pytest.fixture(scope="module")
def beads(tmp_path_factory: pytest.TempPathFactory) -> Beads:
    return bead_study(tmp_path_factory.mktemp("beads"))


@pytest.fixture(scope="module")
def surfaces(beads: Beads) -> list[Surface]:
    labels = bead_labels(load_series(scan(beads.folder)[0]), beads)
    return [bone_surface(labels, (f"bead{n}",), spacing_mm=0.5, smooth_mm=0.5) for n in range(8)]


@pytest.fixture(scope="module")
def tets(beads: Beads, surfaces: list[Surface]) -> list[TetMesh]:
    places = zip(surfaces, beads.centres_mm, beads.radii_mm, strict=True)
    return [mesh_bone(s, cut_anatomy(c, r), size_mm=1.5) for s, c, r in places]


def test_beads_of_the_surface(beads: Beads, surfaces: list[Surface]) -> None:
    found = np.array([solid_centroid(s.mesh) for s in surfaces])
    assert np.linalg.norm(found - beads.centres_mm, axis=1).max() < TOLERANCE_MM


def test_beads_of_the_tetrahedra(beads: Beads, tets: list[TetMesh]) -> None:
    truth = [cut_ball_centroid(c, r) for c, r in zip(beads.centres_mm, beads.radii_mm, strict=True)]
    found = [np.average(m.points_mm[m.corners].mean(axis=1), axis=0, weights=m.cell_volumes()) for m in tets]
    assert np.linalg.norm(np.subtract(found, truth), axis=1).max() < TOLERANCE_MM


def test_beads_of_the_stl(beads: Beads, surfaces: list[Surface], tmp_path: Path) -> None:
    found = []
    for n, surface in enumerate(surfaces):
        write_stl(tmp_path / f"{n}.stl", surface.mesh)
        read = meshio.read(tmp_path / f"{n}.stl")
        found.append(solid_centroid(SurfaceMesh(read.points, read.cells_dict["triangle"])))
    assert np.linalg.norm(found - beads.centres_mm, axis=1).max() < TOLERANCE_MM


def test_beads_of_the_vtu(beads: Beads, tets: list[TetMesh], tmp_path: Path) -> None:
    for mesh, centre, radius in zip(tets, beads.centres_mm, beads.radii_mm, strict=True):
        write_vtu(tmp_path / "bead.vtu", mesh.with_midside_nodes())
        grid = pv.read(tmp_path / "bead.vtu").compute_cell_sizes(length=False, area=False)
        corners = grid.cells_dict[pv.CellType.QUADRATIC_TETRA][:, :4]
        found = np.average(grid.points[corners].mean(axis=1), axis=0, weights=np.abs(grid["Volume"]))
        assert np.linalg.norm(found - cut_ball_centroid(centre, radius)) < TOLERANCE_MM
