"""Layers of a vessel: lumen, calcium, painted wall, struts, landmarks, outlines, course. LPS millimetres."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyvista as pv

from surgitwin.core.arrays import FloatArray, IntArray, readonly
from surgitwin.core.frame import Plane
from surgitwin.core.vessel import Calcium, Course, LumenTube
from surgitwin.core.wall import WallMesh
from surgitwin.scene.datasets import polydata, with_normals
from surgitwin.scene.model import METAL, Layer
from surgitwin.scene.vessel_fields import shown_values

LUMEN = (0.78, 0.36, 0.34)
CALCIUM = (0.96, 0.93, 0.80)
COURSE = (0.95, 0.90, 0.25)
PROPOSED, BY_HAND = (0.34, 0.71, 0.91), (0.0, 0.62, 0.45)
"""Colours of landmarks as on the slices (`viewer` LandmarkPanel)."""
OUTLINE = (0.90, 0.62, 0.0)
GLASS = 0.45
"""Opacity of a lumen round a device (display only)."""
BALL_MM, LINE_MM = 1.1, 0.25
"""Radii of landmarks and of lines (display only)."""
CUBES = 12_000
"""At most so many calcified voxels are drawn, evenly thinned beyond (display only)."""
_SPLIT6 = np.array([[0, 3, 5], [3, 1, 4], [5, 4, 2], [3, 4, 5]])


@dataclass(frozen=True, eq=False)
class WallFace:
    """One surface of a wall, ready to be painted.

    points_mm (p, 3): where it is drawn. triangles (t, 3) in them. nodes (p,): number of each point in the
    wall's mesh.
    """

    points_mm: FloatArray
    triangles: IntArray
    nodes: IntArray

    def __post_init__(self) -> None:
        object.__setattr__(self, "points_mm", readonly(self.points_mm, np.float64))
        for name in ("triangles", "nodes"):
            object.__setattr__(self, name, readonly(getattr(self, name), np.int64))


def lumen_face(wall: WallMesh, displacement_mm: FloatArray | None = None) -> WallFace:
    """The inner surface of `wall`, moved by displacement_mm (n, 3) where it is given."""
    triangles = wall.lumen[:, _SPLIT6].reshape(-1, 3)
    nodes, compact = np.unique(triangles, return_inverse=True)
    points = wall.points_mm[nodes]
    if displacement_mm is not None:
        points = points + np.asarray(displacement_mm)[nodes]
    return WallFace(points, compact.reshape(-1, 3), nodes)


def on_nodes(wall: WallMesh, per_cell: FloatArray) -> FloatArray:
    """(n,) values on the nodes: mean over the cells (m,) that hold the node; nan on none."""
    cells = wall.cells.ravel()
    n = len(wall.points_mm)
    weight = np.bincount(cells, minlength=n)
    total = np.bincount(cells, np.repeat(np.asarray(per_cell, float), wall.cells.shape[1]), minlength=n)
    with np.errstate(invalid="ignore"):
        out: FloatArray = total / weight
    return out


def painted_layer(face: WallFace, field: str, values: FloatArray, clip: Plane | None = None) -> Layer:
    """A wall surface painted with `values` (n,) on the nodes of its mesh; field: of `VESSEL_FIELDS`.

    clip: what lies on the side of its normal is cut away, so that one looks into the vessel.
    """
    data = polydata(face.points_mm, face.triangles)
    data.point_data[field] = shown_values(field, np.asarray(values, float)[face.nodes])
    return Layer("wall", _cut(data, clip), LUMEN, field=field)


def face_layer(face: WallFace, opacity: float = GLASS, clip: Plane | None = None) -> Layer:
    """A wall surface without a field."""
    return Layer("wall", _cut(with_normals(polydata(face.points_mm, face.triangles)), clip), LUMEN, opacity)


def tube_layers(tube: LumenTube, opacity: float = 1.0) -> tuple[Layer, ...]:
    """The lumen as measured; where calcium lies against it, in the colour of calcium."""
    n, m = tube.radius_mm.shape
    row, column = np.meshgrid(np.arange(n - 1), np.arange(m), indexing="ij")
    a, b = row * m + column, row * m + (column + 1) % m
    quads = np.stack([a, b, b + m, a + m], axis=-1)
    triangles = quads[..., [0, 1, 2, 0, 2, 3]].reshape(n - 1, m, 2, 3)
    points = tube.wall_mm.reshape(-1, 3)
    if tube.calcified is None or not tube.calcified.any():
        return (Layer("lumen", with_normals(polydata(points, triangles.reshape(-1, 3))), LUMEN, opacity),)
    hard = tube.calcified[:-1] & np.roll(tube.calcified[:-1], -1, axis=1)
    return tuple(
        Layer(name, with_normals(polydata(points, triangles[chosen].reshape(-1, 3))), colour, opacity)
        for name, chosen, colour in (("lumen", ~hard, LUMEN), ("calcified lumen", hard, CALCIUM))
        if chosen.any()
    )


def calcium_layer(calcium: Calcium) -> Layer | None:
    """Calcified voxels as small cubes; None without any."""
    points = calcium.points_mm
    if not len(points):
        return None
    step = -(-len(points) // CUBES)
    edge = calcium.voxel_mm3 ** (1 / 3) * step ** (1 / 3)
    cube = pv.Cube(x_length=edge, y_length=edge, z_length=edge)
    made = pv.PolyData(np.asarray(points[::step])).glyph(geom=cube, orient=False, scale=False)
    return Layer(
        "calcium",
        with_normals(made.triangulate(), 30.0),
        CALCIUM,
        label=f"calcium over {calcium.threshold_HU:.0f} HU",
    )


def strut_layer(
    struts_mm: Sequence[FloatArray],
    radius_mm: float,
    name: str = "frame",
    colour: tuple[float, float, float] = METAL,
) -> Layer | None:
    """Struts (k, 3) each as round bars of `radius_mm`; None without any."""
    lines = [np.asarray(s, float) for s in struts_mm if len(s) > 1]
    if not lines:
        return None
    starts = np.cumsum([0, *(len(s) for s in lines)])
    cells = np.concatenate(
        [np.r_[len(s), np.arange(a, a + len(s))] for s, a in zip(lines, starts, strict=False)]
    )
    data = pv.PolyData(np.vstack(lines), lines=cells)
    return Layer(name, _plain(data.tube(radius=radius_mm, n_sides=6, capping=True)), colour)


def line_layer(
    name: str,
    points_mm: npt.ArrayLike,
    colour: tuple[float, float, float] = OUTLINE,
    *,
    closed: bool = False,
    radius_mm: float = LINE_MM,
) -> Layer:
    """A line through points (k, 3), closed on request, as a thin tube."""
    points = np.asarray(points_mm, float)
    if closed:
        points = np.vstack([points, points[:1]])
    return Layer(name, _plain(pv.lines_from_points(points).tube(radius=radius_mm, n_sides=8)), colour)


def course_layer(course: Course) -> Layer:
    """The centreline."""
    return line_layer("course", course.points_mm, COURSE)


def outline_layers(outlines: Mapping[str, FloatArray]) -> tuple[Layer, ...]:
    """Closed outlines (k, 3) by name: annulus, sinotubular junction ..."""
    return tuple(
        line_layer(f"{name} outline", points, closed=True)
        for name, points in outlines.items()
        if len(points) > 2
    )


def landmark_layers(marks: Iterable[tuple[str, FloatArray, bool]]) -> tuple[Layer, ...]:
    """Balls at landmarks: name, point (3,), whether it was placed by hand."""
    return tuple(
        Layer(
            name,
            pv.Sphere(radius=BALL_MM, center=np.asarray(p, float).tolist()),
            BY_HAND if by_hand else PROPOSED,
            label=name.replace("_", " "),
        )
        for name, p, by_hand in marks
    )


def _plain(tube: pv.PolyData) -> pv.PolyData:
    """Triangles with normals for smooth shading; those that the tube filter leaves are of another kind."""
    made = tube.triangulate()
    return with_normals(polydata(np.asarray(made.points), np.asarray(made.faces).reshape(-1, 4)[:, 1:]))


def _cut(data: pv.PolyData, clip: Plane | None) -> pv.PolyData:
    if clip is None:
        return data
    out: pv.PolyData = data.clip(normal=clip.normal.tolist(), origin=clip.point_mm.tolist(), invert=True)
    return out
