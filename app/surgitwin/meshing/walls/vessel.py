"""From the surface of a vessel of any shape to the mesh of its wall or of its blood."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from surgitwin.core.arrays import FloatArray, IntArray
from surgitwin.core.errors import GeometryError, UsageError
from surgitwin.core.frame import Plane
from surgitwin.core.mesh import SurfaceMesh, TetMesh
from surgitwin.core.progress import SILENT, Progress
from surgitwin.meshing.distance import point_distance
from surgitwin.meshing.meshers.measure import thinned
from surgitwin.meshing.quality import Quality, gate, qualities
from surgitwin.meshing.sizing_curvature import curvature_size
from surgitwin.meshing.walls.across import cut_across, largest_piece
from surgitwin.meshing.walls.both import wall_and_blood, wall_ends
from surgitwin.meshing.walls.even import even_triangles
from surgitwin.meshing.walls.extrude import LEAST_JACOBIAN, extrude_wall
from surgitwin.meshing.walls.layers import fill_lumen, with_extensions
from surgitwin.meshing.walls.normals import open_ends

Cut = tuple[FloatArray, FloatArray | None]
"""A point (3,) LPS in the vessel and the direction (3,) of what goes; None: the smaller side goes."""


@dataclass(frozen=True)
class VesselWish:
    """size_mm: largest edge. least_mm: smallest; the surface has `per_radius` edges to a radius of curvature.

    wall_mm: thickness of a wall grown outwards; None for the blood, whose first layer at the wall is
    first_mm thick and each next one `growth` times as thick. blood: with a wall, the blood in it as well,
    conforming (the nodes of their interface are shared). layers: of wall or blood.
    extensions: prolongation of open ends in their own diameters, 0 for none. cuts: where ends are opened.
    tips: the same, of a proposal: those that cannot be made are told in `VesselMesh.closed`.
    """

    size_mm: float
    least_mm: float
    per_radius: float = 2.0
    wall_mm: float | None = None
    layers: int = 3
    first_mm: float = 0.1
    growth: float = 1.3
    extensions: float = 0.0
    cuts: Sequence[Cut] = ()
    tips: Sequence[Cut] = ()
    blood: bool = False


@dataclass(frozen=True, eq=False)
class VesselMesh:
    """mesh: ten-node tetrahedra. boundaries: name to node numbers, see below. ends: centre, diameter of each
    end, largest first. surface: the even triangles, prolonged.

    Boundaries of a wall: "inner", "outer", "end_1".. (largest first); of blood "wall", "end_1"..; of both in
    one mesh "interface", "outer", "end_1".. of the blood and "wall_end_1".. of the wall.
    moved_mm: largest distance of the even triangles from the given surface, before they were prolonged.
    dropped: pieces of the given surface that were left out. thinned: share of the points where the wall had
    not its full thickness, None for blood. closed: why proposed ends were not opened.
    """

    mesh: TetMesh
    boundaries: Mapping[str, IntArray]
    ends: tuple[dict[str, Any], ...]
    surface: SurfaceMesh
    moved_mm: float
    dropped: int
    thinned: float | None
    closed: tuple[str, ...] = ()

    @property
    def parts(self) -> list[Quality]:
        """Quality of each part."""
        return qualities(self.mesh)


def mesh_vessel(surface: SurfaceMesh, wish: VesselWish, progress: Progress = SILENT) -> VesselMesh:
    """Cut open, made even, prolonged, then filled or grown. The surface may be closed or open, in mm.

    Raises UsageError "mesh.vessel_wish", GeometryError "mesh.vessel_edges", "mesh.vessel_cut", InputError
    "mesh.no_open_end", and as `even_triangles`, `extrude_wall`, `fill_lumen`.
    """
    _require(surface, wish)
    progress("Cutting the vessel open", 0.0)
    given, dropped = largest_piece(surface)
    size = curvature_size(given, wish.per_radius, wish.least_mm, wish.size_mm)
    opened, planes, closed = _opened(given, wish)
    progress("Making its triangles even", 0.1)
    even = even_triangles(opened, wish.size_mm, (size,), planes)
    moved = float(np.abs(point_distance(thinned(even.points_mm), given)).max())
    if wish.extensions:
        even = with_extensions(even, wish.extensions)
    ends = tuple({"centre_mm": e.centre_mm.tolist(), "diameter_mm": e.diameter_mm} for e in open_ends(even))
    progress("Growing layers", 0.3)
    mesh, nodes, thinner = _grown(even, wish)
    return VesselMesh(mesh, nodes, ends, even, moved, dropped, thinner, closed)


def _grown(even: SurfaceMesh, wish: VesselWish) -> tuple[TetMesh, dict[str, IntArray], float | None]:
    """Wall, blood or both on the even surface; nodes of the boundaries; share of the wall that is thinner."""
    wall = None if wish.wall_mm is None else extrude_wall(even, wish.wall_mm, wish.layers)
    if wall is not None and not wish.blood:
        gate(wall.mesh, "the wall", LEAST_JACOBIAN)
        sides = {"inner": np.unique(wall.inner), "outer": np.unique(wall.outer)}
        sides |= wall_ends(wall, even)
        return wall.mesh, sides, wall.thinned
    blood = fill_lumen(even, wish.size_mm, first_mm=wish.first_mm, growth=wish.growth, layers=wish.layers)
    nodes = blood.boundary_nodes()
    if wall is None:
        return blood.mesh, nodes, None
    mesh, nodes = wall_and_blood(wall, blood, even)
    gate(mesh, "wall and blood", LEAST_JACOBIAN)
    return mesh, nodes, wall.thinned


def _opened(surface: SurfaceMesh, wish: VesselWish) -> tuple[SurfaceMesh, list[Plane], tuple[str, ...]]:
    """The surface cut open, the planes of its new ends, and what was said of ends that stay closed."""
    planes: list[Plane] = []
    closed: list[str] = []
    for number, (point, direction) in enumerate((*wish.cuts, *wish.tips)):
        plane = None if direction is None else Plane(point, direction)
        try:
            surface, plane = cut_across(surface, plane, point)
        except GeometryError as error:
            if number < len(wish.cuts):
                raise
            closed.append(error.message)
        else:
            planes.append(plane)
    return surface, planes, tuple(closed)


def _require(surface: SurfaceMesh, wish: VesselWish) -> None:
    fact = ""
    if not 0 < wish.least_mm <= wish.size_mm:
        fact = f"edges of {wish.least_mm:g} to {wish.size_mm:g} mm"
    elif not (wish.per_radius > 0 and wish.layers >= 1 and wish.extensions >= 0):
        fact = f"{wish.per_radius:g} edges to a radius, {wish.layers} layers, ends {wish.extensions:g} longer"
    elif not (wish.first_mm > 0 and wish.growth > 0 and (wish.wall_mm is None or wish.wall_mm > 0)):
        fact = "a thickness or growth that is not positive"
    if fact:
        raise UsageError(
            "mesh.vessel_wish",
            f"A vessel cannot be meshed with {fact}.",
            hint="Give positive numbers, the least edge not above the largest, and one layer or more.",
            where="--size, --least, --layers",
        )
    if wish.blood and wish.wall_mm is None:
        raise UsageError(
            "mesh.vessel_wish",
            "Wall and blood in one mesh need the thickness of the wall.",
            hint="Give --wall MM with --blood; without both, the blood alone is meshed.",
            where="--blood",
        )
    edges = np.sort(surface.triangles[:, [[0, 1], [1, 2], [2, 0]]].reshape(-1, 2), axis=1)
    many = int((np.unique(edges, axis=0, return_counts=True)[1] > 2).sum())
    if many:
        raise GeometryError(
            "mesh.vessel_edges",
            f"{many} edges of the surface belong to more than two triangles.",
            hint="Mend it with `surgitwin repair`, or smooth the segment.",
            where="surface",
        )
