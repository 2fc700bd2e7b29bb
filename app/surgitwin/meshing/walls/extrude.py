"""A wall of given thickness grown on a surface: layers of prisms, split into conforming ten-node
tetrahedra.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from surgitwin.core.arrays import FloatArray, IntArray
from surgitwin.core.errors import GeometryError, InputError
from surgitwin.core.mesh import TET10_EDGES, SurfaceMesh, TetMesh
from surgitwin.meshing.quality import scaled_jacobian
from surgitwin.meshing.walls.cells import SurfaceEdges, face_nodes, oriented, prism_cells
from surgitwin.meshing.walls.fillet import rounded_valleys
from surgitwin.meshing.walls.normals import (
    OpenEnd,
    directions,
    in_end_planes,
    open_ends,
    point_normals,
    turned_outwards,
    unit,
)
from surgitwin.meshing.walls.reach import SHARES, possible_thickness, thinner_at

LEAST_SHARE = 0.15
"""Numerical setting: where there is room for less than this share of the wanted thickness, the wall is
refused.
"""

TENTH = 0.1
"""Numerical setting: share of the thickness with which the room is measured again where it was least."""

ROOM_USED = 0.9
"""Numerical setting: share of the thickness that would just fit, for the hint."""

THIN_SKIN = 1e-3
"""Numerical setting: share of the shortest edge."""

THINNINGS = 12
"""Numerical setting: rounds in which the wall is thinned where its cells fold."""

LEAST_JACOBIAN = 0.01
"""Numerical setting: cells of a wall much thinner than its triangles are wide are flat by intent; below
this they
fold."""


@dataclass(frozen=True, eq=False)
class ExtrudedWall:
    """mesh: one part per layer, from the surface. inner, outer: (f, 6) nodes of the two skins, normals
    outwards.

    thickness_mm: (n,) at the surface's points, as built; thinned: share of the points where the wanted
    thickness had no room (between branches, in tight bends). outer_points: (n,) node of the outer skin over
    each point of the surface; the points themselves are nodes 0..n-1.
    """

    mesh: TetMesh
    inner: IntArray
    outer: IntArray
    outer_points: IntArray
    thickness_mm: FloatArray
    thinned: float


def extrude_wall(
    surface: SurfaceMesh,
    thickness_mm: float | npt.ArrayLike,
    layers: int = 2,
    *,
    names: Sequence[str] = (),
    fractions: Sequence[float] = (),
    inwards: bool = False,
) -> ExtrudedWall:
    """Grow `layers` layers of elements along the outward normals of a surface, closed or with open ends.

    thickness_mm: one number, or one for each point (n,). names: of the layers, from the surface; "wall" when
    none are given. fractions: of the thickness at which layers end, rising to 1; equal ones when none are
    given. inwards: grow against the normals. Edges are bent by the surface's normals, so a round vessel
    stays round; at flat open ends the wall ends in their planes. Where two walls would meet or cells fold
    they are thinned, where the outer skin would close up (a crotch, the inside of a bend) it is rounded.
    Raises InputError "mesh.wall_thickness", GeometryError "mesh.wall_room", "mesh.wall_folds".
    """
    surface = turned_outwards(surface)
    wanted = _thickness(surface, thickness_mm, layers)
    levels = _levels(layers, fractions)
    ends = open_ends(surface)
    sign = -1.0 if inwards else 1.0
    along = sign * directions(surface, ends)
    built = possible_thickness(surface, along, wanted)
    _require_room(surface, along, built, wanted)
    edges = SurfaceEdges.of(surface.triangles, len(surface.points_mm))
    cells, layer = prism_cells(surface.triangles, edges, layers)
    # Which way round a cell is follows from a skin so thin that nothing folds; by its own volume, a folded
    # cell would pass for a sound one.
    skin = THIN_SKIN * float(np.linalg.norm(np.diff(surface.points_mm[edges.ends], axis=1), axis=-1).min())
    cells = oriented(_nodes(surface, edges, ends, skin * along, levels), cells)
    base = len(surface.points_mm) + len(edges.ends)
    for _ in range(THINNINGS):
        offset = rounded_valleys(surface, built[:, None] * along, ends)
        points = _nodes(surface, edges, ends, offset, levels)
        folded = cells[scaled_jacobian(points, cells[:, :4]) < LEAST_JACOBIAN, :4]
        if not len(folded):
            break
        built = thinner_at(surface, built, np.unique(folded % base))
        if (built < LEAST_SHARE * wanted).any():
            break
    points = _unfolded(points, cells)
    part, called = _parts(layer, names)
    skins = [face_nodes(surface.triangles, edges, half) for half in (0, 2 * layers)]
    mesh = TetMesh(points, cells, part, called)
    thinned = float(np.mean(built < 0.99 * wanted))
    count = len(surface.points_mm)
    over = np.arange(count) + 2 * layers * (count + len(edges.ends))
    return ExtrudedWall(mesh, skins[0], skins[1], over, np.linalg.norm(offset, axis=1), thinned)


def _nodes(
    surface: SurfaceMesh,
    edges: SurfaceEdges,
    ends: Sequence[OpenEnd],
    offset_mm: FloatArray,
    levels: FloatArray,
) -> FloatArray:
    """All nodes: corners and edge middles of the surface, at every half level."""
    a, b = edges.ends.T
    base = np.vstack([surface.points_mm, bent_middles(surface, edges, ends)])
    thickness = np.linalg.norm(offset_mm, axis=1)
    middle = unit(offset_mm[a] + offset_mm[b]) * ((thickness[a] + thickness[b]) / 2)[:, None]
    half = np.interp(np.arange(2 * len(levels) - 1) / 2, np.arange(len(levels)), levels)
    nodes = base[None] + half[:, None, None] * np.vstack([offset_mm, middle])
    out: FloatArray = nodes.reshape(-1, 3)
    return out


def bent_middles(surface: SurfaceMesh, edges: SurfaceEdges, ends: Sequence[OpenEnd] = ()) -> FloatArray:
    """(e, 3) middles of the edges on a smooth surface through the points (A. Vlachos et al., "Curved PN
    triangles", 2001: the middle of the cubic with the points' normals)."""
    normal = in_end_planes(point_normals(surface), ends)
    a, b = edges.ends.T
    p, q = surface.points_mm[a], surface.points_mm[b]
    bend = np.einsum("ij,ij->i", q - p, normal[a])[:, None] * normal[a]
    bend += np.einsum("ij,ij->i", p - q, normal[b])[:, None] * normal[b]
    out: FloatArray = (p + q) / 2 - bend / 8
    return out


def _unfolded(points: FloatArray, cells: IntArray) -> FloatArray:
    """The points, edges of folded cells straight; raises "mesh.wall_folds" when corners fold already."""
    straight = scaled_jacobian(points, cells[:, :4])
    if not straight.min() >= LEAST_JACOBIAN:
        x, y, z = points[cells[straight.argmin(), :4]].mean(axis=0)
        raise GeometryError(
            "mesh.wall_folds",
            f"The wall folds in {int((straight < LEAST_JACOBIAN).sum())} of {len(cells)} elements.",
            hint="Give a smaller --least, a thinner wall or thinner layers, or smooth the segment there.",
            where=f"LPS ({x:.1f}, {y:.1f}, {z:.1f}) mm",
        )
    out = points.copy()
    for _ in range(10):
        bad = scaled_jacobian(out, cells) < np.minimum(LEAST_JACOBIAN, 0.999 * straight)
        if not bad.any():
            break
        for k, (a, b) in enumerate(TET10_EDGES):
            out[cells[bad, 4 + k]] = (points[cells[bad, a]] + points[cells[bad, b]]) / 2
    return out


def _thickness(surface: SurfaceMesh, thickness_mm: float | npt.ArrayLike, layers: int) -> FloatArray:
    given = np.asarray(thickness_mm, np.float64)
    fact = ""
    if given.ndim and given.shape != (len(surface.points_mm),):
        fact = f"{given.size} thicknesses for {len(surface.points_mm)} points"
    elif not (np.isfinite(given).all() and (given > 0).all()):
        fact = "a thickness that is not a positive number"
    elif layers < 1:
        fact = f"{layers} layers"
    if fact:
        raise InputError(
            "mesh.wall_thickness",
            f"A wall cannot be made from {fact}.",
            hint="Give one positive thickness in mm, or one for each point, and one or more layers.",
            where="thickness_mm",
        )
    return np.broadcast_to(given, (len(surface.points_mm),)).copy()


def _levels(layers: int, fractions: Sequence[float]) -> FloatArray:
    levels = np.linspace(0, 1, layers + 1) if not len(fractions) else np.array([0.0, *fractions])
    if len(levels) != layers + 1 or not (np.diff(levels) > 0).all() or abs(levels[-1] - 1) > 1e-9:
        raise ValueError("fractions must rise to 1, one for each layer")
    return levels


def _require_room(surface: SurfaceMesh, along: FloatArray, built: FloatArray, wanted: FloatArray) -> None:
    share = built / wanted
    if share.min() >= LEAST_SHARE:
        return
    # The least share that was tried says little of the room: measured again with a tenth of the thickness.
    room = np.minimum(built, possible_thickness(surface, along, TENTH * wanted))
    worst = int((room / wanted).argmin())
    x, y, z = surface.points_mm[worst]
    raise GeometryError(
        "mesh.wall_room",
        f"There is room for {room[worst]:.2g} mm of the {wanted[worst]:.2g} mm thick wall at "
        f"{int((share < LEAST_SHARE).sum())} points: another stretch of the surface is too near.",
        hint=_thinner(float(room[worst]), float(wanted[worst])),
        where=f"LPS ({x:.1f}, {y:.1f}, {z:.1f}) mm",
    )


def _thinner(room_mm: float, wanted_mm: float) -> str:
    """Which number to change to what."""
    apart = "cut this stretch away with --open, or separate the stretches in the segment"
    fits = ROOM_USED * room_mm / min(s for s in SHARES if s >= LEAST_SHARE)
    if room_mm <= 1.01 * TENTH * TENTH * wanted_mm:
        return f"The stretches touch there, so no thickness fits: {apart}."
    return (
        f"Change the thickness from {wanted_mm:.3g} to {fits:.2g} mm, which is thinned at this place alone "
        f"(--wall; for blood the sum of its layers by --first, --growth, --layers). Or {apart}."
    )


def _parts(layer: IntArray, names: Sequence[str]) -> tuple[IntArray, dict[int, str]]:
    if not names:
        return np.ones(len(layer), np.int32), {1: "wall"}
    if len(names) != int(layer.max()) + 1:
        raise ValueError("names must be one for each layer")
    return (layer + 1).astype(np.int32), dict(enumerate(names, 1))
