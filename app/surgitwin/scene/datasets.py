"""PyVista data sets from domain values, in LPS millimetres."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pyvista as pv

from surgitwin.core.arrays import FloatArray, IntArray, readonly
from surgitwin.core.frame import Plane
from surgitwin.core.image import LabelMap
from surgitwin.core.mesh import TET10_EDGES, TET_FACES, SurfaceMesh, TetMesh
from surgitwin.core.solids import ArcRod, Box, Cylinder, ImplantSolids, Solid

_MIDDLE = {frozenset(edge): 4 + n for n, edge in enumerate(TET10_EDGES)}
_FACES10 = np.array(
    [[*f, *(_MIDDLE[frozenset((f[a], f[(a + 1) % 3]))] for a in range(3))] for f in TET_FACES], dtype=np.int32
)
_SPLIT6 = np.array([[0, 3, 5], [3, 1, 4], [5, 4, 2], [3, 4, 5]])


@dataclass(frozen=True, eq=False)
class MeshResult:
    """Fields on one mesh. displacement_mm: (n, 3) on all nodes. fields: (n,) per node or (m,) per cell."""

    mesh: TetMesh
    displacement_mm: FloatArray
    fields: Mapping[str, FloatArray] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "displacement_mm", readonly(self.displacement_mm, np.float64))
        if self.displacement_mm.shape != self.mesh.points_mm.shape:
            raise ValueError("displacement_mm must have one row per node")
        for name, values in self.fields.items():
            if len(values) not in (len(self.mesh.points_mm), len(self.mesh.cells)):
                raise ValueError(f"{name}: neither one value per node nor one per cell")

    @cached_property
    def _skins(self) -> dict[tuple[str, ...], tuple[IntArray, IntArray, IntArray]]:
        return {}

    def skin(self, parts: tuple[str, ...] = ()) -> tuple[IntArray, IntArray, IntArray]:
        """Nodes (p,) on the outside of `parts`, triangles (f, 3) in them, cell (f,) of each; kept."""
        if parts not in self._skins:
            triangles, owner = boundary(self.mesh, parts)
            used, compact = np.unique(triangles, return_inverse=True)
            self._skins[parts] = used, compact.reshape(-1, 3), owner
        return self._skins[parts]

    def values(self, name: str) -> FloatArray | None:
        """(n,) or (m,) values of a field; "displacement" is its length; None when it is not there."""
        if name == "displacement":
            out: FloatArray = np.linalg.norm(self.displacement_mm, axis=1)
            return out
        found = self.fields.get(name)
        return None if found is None else np.asarray(found, float)


def polydata(points: FloatArray, triangles: IntArray) -> pv.PolyData:
    """Triangles as PolyData."""
    faces = np.hstack([np.full((len(triangles), 1), 3), triangles]).astype(np.int64)
    return pv.PolyData(np.asarray(points, float), faces.ravel())


def surface_data(mesh: SurfaceMesh) -> pv.PolyData:
    """A surface as PolyData."""
    return with_normals(polydata(mesh.points_mm, mesh.triangles))


def boundary(mesh: TetMesh, names: tuple[str, ...] = ()) -> tuple[IntArray, IntArray]:
    """Outer triangles (f, 3) of the named parts (all when empty) and the cell (f,) of each.

    Faces of ten-node cells are split in four, so that curved edges and mid-side values show.
    """
    ids = [k for k, v in mesh.names.items() if not names or v in names]
    cell = np.flatnonzero(np.isin(mesh.part, ids))
    faces = mesh.corners[cell][:, np.array(TET_FACES)].reshape(-1, 3)
    key = np.sort(faces, axis=1).astype(np.int64)
    n = len(mesh.points_mm)
    code = (key[:, 0] * n + key[:, 1]) * n + key[:, 2]
    _, first, count = np.unique(code, return_index=True, return_counts=True)
    outer = np.sort(first[count == 1])
    owner = cell[outer // 4]
    if mesh.order == 1:
        return faces[outer], owner.astype(np.int32)
    nodes = np.take_along_axis(mesh.cells[owner], _FACES10[outer % 4], axis=1)
    return nodes[:, _SPLIT6].reshape(-1, 3), np.repeat(owner, 4).astype(np.int32)


def result_data(result: MeshResult, name: str, factor: float, parts: tuple[str, ...] = ()) -> pv.PolyData:
    """Outer surface of `parts`, displaced by `factor` times the displacement, with field `name` if there.

    The undisplaced points are kept as point array "points0" and the displacement as "u".
    """
    used, triangles, owner = result.skin(parts)
    u = result.displacement_mm[used]
    points = result.mesh.points_mm[used]
    data = polydata(points + factor * u, triangles)
    data.point_data["points0"] = points
    data.point_data["u"] = u
    values = result.values(name)
    if values is not None and len(values) == len(result.mesh.points_mm):
        data.point_data[name] = values[used]
    elif values is not None:
        data.cell_data[name] = values[owner]
    return data


def clipped_result(
    result: MeshResult, name: str, factor: float, parts: tuple[str, ...], clip: Plane
) -> pv.PolyData:
    """As `result_data`, but cut open: what lies on the side of the clip plane's normal is removed.

    The cut is made through the shape as drawn: with factor 0 through the bone at rest, then it moves with it.
    """
    mesh = result.mesh
    ids = [k for k, v in mesh.names.items() if not parts or v in parts]
    cell = np.flatnonzero(np.isin(mesh.part, ids))
    cells = np.hstack([np.full((len(cell), 1), 4), mesh.corners[cell]]).astype(np.int64)
    points = mesh.points_mm + factor * result.displacement_mm
    grid = pv.UnstructuredGrid(cells.ravel(), np.full(len(cell), pv.CellType.TETRA), points)
    grid.point_data["points0"] = mesh.points_mm
    grid.point_data["u"] = result.displacement_mm
    values = result.values(name)
    if values is not None and len(values) == len(mesh.points_mm):
        grid.point_data[name] = values
    elif values is not None:
        grid.cell_data[name] = values[cell]
    cut = grid.clip(normal=clip.normal.tolist(), origin=clip.point_mm.tolist(), invert=True)
    out: pv.PolyData = cut.extract_surface(algorithm="dataset_surface").triangulate()
    return out


def solid_data(solid: Solid) -> pv.PolyData:
    """One parametric solid as triangles."""
    if isinstance(solid, Cylinder):
        middle = (solid.start_mm + solid.end_mm) / 2
        shape = pv.Cylinder(
            center=middle.tolist(),
            direction=solid.direction.tolist(),
            radius=solid.radius_mm,
            height=solid.length_mm,
            resolution=32,
        )
        cylinder: pv.PolyData = shape.triangulate()
        return cylinder
    if isinstance(solid, Box):
        h = solid.half_mm
        box: pv.PolyData = pv.Box((-h[0], h[0], -h[1], h[1], -h[2], h[2])).triangulate()
        box.points = np.asarray(box.points) @ solid.axes.T + solid.centre_mm
        return box
    return _rod(solid)


def _rod(rod: ArcRod, sides: int = 32, rings: int = 60) -> pv.PolyData:
    """Rings of points along the centreline, closed by a fan at both ends; normals outwards."""
    s = np.linspace(0, rod.length_mm, rings)
    centre = rod.centreline(s)
    tangent = np.stack([rod.tangent_at(float(x)) for x in s])
    across = np.cross(rod.tangent, rod.towards)
    inward = np.cross(across, tangent)
    angle = np.arange(sides) * 2 * np.pi / sides
    spokes = np.cos(angle)[:, None] * inward[:, None] + np.sin(angle)[:, None] * across
    ring = (centre[:, None] + rod.radius_mm * spokes).reshape(-1, 3)
    points = np.vstack([ring, centre[:1], centre[-1:]])
    k, j = (x.ravel() for x in np.meshgrid(np.arange(rings - 1), np.arange(sides), indexing="ij"))
    here, beside = k * sides + j, k * sides + (j + 1) % sides
    wall = np.vstack(
        [np.stack([here, here + sides, beside], 1), np.stack([beside, here + sides, beside + sides], 1)]
    )
    n = np.arange(sides)
    last = (rings - 1) * sides
    start = np.stack([np.full(sides, len(ring)), n, (n + 1) % sides], 1)
    end = np.stack([np.full(sides, len(ring) + 1), last + (n + 1) % sides, last + n], 1)
    triangles = np.vstack([wall, start, end]).astype(np.int32)
    mesh = SurfaceMesh(points, triangles)
    return polydata(points, triangles if mesh.volume_mm3 > 0 else triangles[:, ::-1])


def solids_data(implant: ImplantSolids, holes: bool = False) -> pv.PolyData:
    """All solids of an implant (or its holes) as one PolyData; they overlap, nothing is cut."""
    chosen = [solid_data(s) for s in implant.solids if (s.role == "hole") == holes]
    if not chosen:
        return pv.PolyData()
    for piece in chosen:
        piece.clear_data()
    return with_normals(pv.merge(chosen), sharp_deg=30.0)


def with_normals(data: pv.PolyData, sharp_deg: float | None = None) -> pv.PolyData:
    """With point normals for smooth shading; edges sharper than `sharp_deg` stay sharp."""
    out: pv.PolyData = data.compute_normals(
        cell_normals=False,
        split_vertices=sharp_deg is not None,
        feature_angle=sharp_deg or 180.0,
        auto_orient_normals=False,
        consistent_normals=False,
    )
    return out


def label_data(labels: LabelMap, name: str, smoothing: int = 12) -> pv.PolyData:
    """Smooth surface of one segment for the eye (vtkSurfaceNets3D); meshes are made by `meshing`.

    smoothing: iterations. Empty PolyData when the segment has no voxel.
    """
    label = labels.segment(name).label
    k, j, i = np.nonzero(labels.array == label)
    if not len(k):
        return pv.PolyData()
    low = np.maximum([i.min() - 1, j.min() - 1, k.min() - 1], 0)
    high = [i.max() + 2, j.max() + 2, k.max() + 2]
    mask = labels.array[low[2] : high[2], low[1] : high[1], low[0] : high[0]] == label
    mask = np.pad(mask, 1).astype(np.uint8)
    spacing = labels.grid.spacing_mm
    image = pv.ImageData(dimensions=mask.shape[::-1], spacing=spacing.tolist())
    image.point_data["label"] = mask.ravel()
    surface = image.contour_labels(
        smoothing=True, smoothing_iterations=smoothing, output_mesh_type="triangles"
    )
    ijk = np.asarray(surface.points) / spacing + low - 1
    surface.clear_data()
    surface.points = labels.grid.index_to_lps(ijk)
    return surface
