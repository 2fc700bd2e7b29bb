"""A small hand-made femur, implant and result for the tests of scene, report and viewer."""

from __future__ import annotations

import numpy as np

from surgitwin.anatomy.types import CanalStation, FemurAnatomy, Landmark
from surgitwin.core.frame import Frame, Plane, Side, anatomical_to_frame, rotation_about
from surgitwin.core.image import ImageGrid, LabelMap, Segment, Volume
from surgitwin.core.mesh import SurfaceMesh, TetMesh
from surgitwin.core.plan import Fracture
from surgitwin.core.solids import Box, Cylinder, ImplantSolids
from surgitwin.scene.datasets import MeshResult
from surgitwin.scene.model import PlanResult


def frame(side: Side) -> Frame:
    """Bone frame turned 30 degrees about two axes, as on a flexed hip. y is roughly anterior (-y LPS)."""
    upright = np.array([[-1.0, 0, 0], [0, -1, 0], [0, 0, 1]])
    turn = rotation_about((1, 0, 0), np.radians(30)) @ rotation_about((0, 0, 1), np.radians(10))
    sign = 40.0 if side == "left" else -40.0
    return Frame(np.array([sign, 10.0, 55.0]), turn @ upright)


def point(side: Side, medial: float, anterior: float, proximal: float) -> np.ndarray:
    """LPS point from bone-frame anatomical millimetres."""
    return frame(side).to_lps(anatomical_to_frame((medial, anterior, proximal), side))


def shaft(side: Side, order: int = 1) -> TetMesh:
    """Square bar 24 x 24 x 120 mm along the shaft: 6 tetrahedra in each of 2 x 2 x 10 boxes."""
    n = (3, 3, 11)
    grid = np.stack(np.meshgrid(*(np.arange(k) for k in n), indexing="ij"), -1).reshape(-1, 3)
    local = grid * (12.0, 12.0, 12.0) - (12, 12, 120)
    ids = np.arange(len(grid)).reshape(n)
    cells = []
    for i in range(n[0] - 1):
        for j in range(n[1] - 1):
            for k in range(n[2] - 1):
                c = ids[i : i + 2, j : j + 2, k : k + 2]
                for path in ((0, 1, 2), (1, 2, 0), (2, 0, 1), (0, 2, 1), (1, 0, 2), (2, 1, 0)):
                    at, tet = [0, 0, 0], [c[0, 0, 0]]
                    for axis in path:
                        at[axis] = 1
                        tet.append(c[tuple(at)])
                    cells.append(tet)
    points = frame(side).to_lps(local)
    cells = np.array(cells)
    x = points[cells]
    wrong = np.linalg.det(x[:, 1:] - x[:, :1]) < 0
    cells[wrong] = cells[wrong][:, [0, 2, 1, 3]]
    middle = local[cells].mean(axis=1)[:, 2]
    part = np.where((middle > -60) & (middle < -48), 2, 1)
    mesh = TetMesh(points, cells, part, {1: "bone", 2: "gap"})
    return mesh.with_midside_nodes() if order == 2 else mesh


def surface(side: Side) -> SurfaceMesh:
    """Skin of the bar."""
    mesh = shaft(side)
    faces, _ = mesh.boundary_faces()
    return SurfaceMesh(mesh.points_mm, faces)


def plate(side: Side) -> ImplantSolids:
    """Plate on the lateral side with two screws."""
    f = frame(side)
    solids = [Box("plate", "plate", point(side, -16, 0, -60), f.axes, np.array([2.5, 8.0, 50.0]))]
    for height in (-100.0, -20.0):
        ends = point(side, -18, 0, height), point(side, 10, 0, height)
        solids.append(Cylinder("screw", f"screw {height:g}", *ends, 2.5))
        hole = point(side, -19, 0, height), point(side, -13, 0, height)
        solids.append(Cylinder("hole", f"hole {height:g}", *hole, 2.6))
    return ImplantSolids("Lateral plate", tuple(solids), "316L", 193000, 0.3, 690, 300, "test", False)


def fracture(side: Side) -> Fracture:
    """Gap in the middle of the bar."""
    f = frame(side)
    return Fracture(Plane(f.to_lps((0, 0, -54)), f.axes[:, 2]), 3.0, "initial", True)


def anatomy(side: Side) -> FemurAnatomy:
    """Landmarks round the bar; the head centre is estimated."""
    f = frame(side)
    marks = {
        "head_centre": Landmark(point(side, 40, 10, 40), True, "test rule"),
        "lesser_trochanter": Landmark(point(side, 14, -10, 0), False, "test rule"),
        "distal_centre": Landmark(point(side, 0, 0, -120), False, "test rule"),
    }
    stations = tuple(CanalStation(z, np.zeros(2), 5.0, 12.0) for z in np.arange(-120.0, 0, 2))
    cut = Plane(point(side, 0, 0, -120), -f.axes[:, 2])
    return FemurAnatomy(
        side, f, marks, cut, None, stations, 22.0, 12.0, True, "test", ("The head is outside the image.",)
    )


def result(side: Side, scale: float = 1.0) -> PlanResult:
    """Bone bending medially and a strained metal block; fields grow from distal to proximal."""
    bone = shaft(side, order=2)
    z = frame(side).from_lps(bone.points_mm)[:, 2] + 120
    medial = frame(side).vector_to_lps(anatomical_to_frame((1, 0, 0), side))
    u = scale * (z / 120)[:, None] ** 2 * medial
    cells = frame(side).from_lps(bone.points_mm[bone.corners].mean(axis=1))[:, 2] + 120
    fields = {
        "risk_factor": scale * 1.5 * cells / 120,
        "strain_p1": scale * 0.004 * z / 120,
        "strain_p3": -scale * 0.006 * z / 120,
        "E_MPa": 100 + 150 * cells,
    }
    metal = shaft(side, order=2)
    shifted = TetMesh(
        (metal.points_mm - frame(side).origin_mm) @ np.eye(3) + point(side, -18, 0, 0),
        metal.cells,
        metal.part,
        {1: "plate", 2: "screw"},
    )
    stress = {"stress_vm": scale * 200 * z / 120}
    return PlanResult(MeshResult(bone, u, fields), (MeshResult(shifted, u, stress),))


def volume(side: Side = "left", oblique: bool = True) -> tuple[Volume, LabelMap]:
    """Anisotropic CT of the bar (HU 1000) in muscle (HU 50), the voxels on oblique axes, with labels.

    Voxel (i, j, k) = (30, 20, 12) holds a bright bead (HU 3000).
    """
    shape, spacing = (40, 70, 60), np.array([1.5, 2.0, 4.0])
    turn = rotation_about((0.3, 1, 0.2), np.radians(8)) if oblique else np.eye(3)
    centre = point(side, 0, 0, -60)
    origin = centre - turn @ (spacing * (np.array(shape[::-1]) - 1) / 2)
    grid = ImageGrid(shape, origin, spacing, turn)
    k, j, i = np.indices(shape)
    local = frame(side).from_lps(grid.index_to_lps(np.stack([i, j, k], -1)))
    inside = (np.abs(local[..., :2]) < 12).all(-1) & (np.abs(local[..., 2] + 60) < 60)
    array = np.where(inside, 1000, 50).astype(np.int16)
    array[12, 20, 30] = 3000
    labels = LabelMap(inside.astype(np.uint8), grid, (Segment(1, "femur", "71341001", (0.9, 0.8, 0.6)),))
    return Volume(array, grid, meta={"patient_code": "TEST"}), labels
