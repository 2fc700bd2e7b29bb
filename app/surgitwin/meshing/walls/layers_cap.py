"""Flat caps on the open ends of a surface, of triangles as large as those at the rim."""

from __future__ import annotations

import numpy as np
from scipy.spatial import Delaunay

from surgitwin.core.arrays import FloatArray, IntArray
from surgitwin.core.errors import GeometryError
from surgitwin.core.mesh import SurfaceMesh
from surgitwin.meshing.walls.normals import OpenEnd, open_ends, turned_outwards

CLEAR = 0.7
"""Numerical setting: points within a cap keep this share of the edge length from its rim."""


def capped(surface: SurfaceMesh) -> tuple[SurfaceMesh, IntArray]:
    """The surface closed by flat caps, and the cap of each triangle: 0 the surface, 1.. the ends (largest
    first).

    Raises GeometryError "mesh.cap".
    """
    surface = turned_outwards(surface)
    points: list[FloatArray] = [np.array(surface.points_mm)]
    triangles: list[IntArray] = [np.array(surface.triangles, np.int64)]
    owner = [np.zeros(len(surface.triangles), np.int32)]
    count = len(surface.points_mm)
    for number, end in enumerate(open_ends(surface), 1):
        new, faces = _cap(surface, end, count)
        points.append(new)
        triangles.append(faces)
        owner.append(np.full(len(faces), number, np.int32))
        count += len(new)
    return SurfaceMesh(np.vstack(points), np.concatenate(triangles)), np.concatenate(owner)


def _cap(surface: SurfaceMesh, end: OpenEnd, first: int) -> tuple[FloatArray, IntArray]:
    ring = surface.points_mm[end.loop]
    x = np.cross(end.normal, np.eye(3)[np.abs(end.normal).argmin()])
    x /= np.linalg.norm(x)
    y = np.cross(end.normal, x)
    rim = np.stack([(ring - end.centre_mm) @ x, (ring - end.centre_mm) @ y], axis=1)
    step = float(np.linalg.norm(np.roll(rim, -1, axis=0) - rim, axis=1).mean())
    inner = _within(rim, step)
    flat = np.vstack([rim, inner])
    cells = Delaunay(flat).simplices
    cells = cells[_inside(rim, flat[cells].mean(axis=1))]
    u, v = flat[cells[:, 1]] - flat[cells[:, 0]], flat[cells[:, 2]] - flat[cells[:, 0]]
    turned = u[:, 0] * v[:, 1] - u[:, 1] * v[:, 0] < 0
    cells[turned] = cells[turned][:, ::-1]
    _require_rim(cells, len(rim), end)
    number = np.concatenate([end.loop, first + np.arange(len(inner))])
    new = end.centre_mm + inner[:, :1] * x + inner[:, 1:] * y
    return new, number[cells]


def _within(rim: FloatArray, step: float) -> FloatArray:
    """A hexagonal grid of points inside the rim, clear of it."""
    low, high = rim.min(axis=0), rim.max(axis=0)
    rows = np.arange(low[1], high[1], step * np.sqrt(3) / 2)
    columns = np.arange(low[0] - step, high[0] + step, step)
    grid = np.array([[x + (k % 2) * step / 2, y] for k, y in enumerate(rows) for x in columns])
    a, b = rim, np.roll(rim, -1, axis=0)
    along = b - a
    offset = grid[:, None] - a[None]
    share = np.clip(np.einsum("nkx,kx->nk", offset, along) / np.einsum("kx,kx->k", along, along), 0, 1)
    away = np.linalg.norm(offset - share[..., None] * along, axis=2).min(axis=1)
    out: FloatArray = grid[_inside(rim, grid) & (away > CLEAR * step)]
    return out


def _inside(rim: FloatArray, points: FloatArray) -> IntArray:
    """Whether points (n, 2) lie inside a closed line (k, 2): crossings of a ray."""
    a, b = rim, np.roll(rim, -1, axis=0)
    y = points[:, None, 1]
    spans = (a[:, 1] > y) != (b[:, 1] > y)
    rise = np.where(b[:, 1] == a[:, 1], 1.0, b[:, 1] - a[:, 1])
    at = a[:, 0] + (y - a[:, 1]) / rise * (b[:, 0] - a[:, 0])
    out: IntArray = (spans & (points[:, None, 0] < at)).sum(axis=1) % 2 == 1
    return out


def _require_rim(cells: IntArray, size: int, end: OpenEnd) -> None:
    pairs = np.sort(cells[:, [[0, 1], [1, 2], [2, 0]]].reshape(-1, 2), axis=1)
    there = {(int(a), int(b)) for a, b in pairs}
    missing = sum((min(k, (k + 1) % size), max(k, (k + 1) % size)) not in there for k in range(size))
    if missing:
        x, y, z = end.centre_mm
        raise GeometryError(
            "mesh.cap",
            f"An open end cannot be closed by a flat cap: {missing} of its {size} edges fold back on "
            f"themselves.",
            hint="Cut the vessel again a little further in, at right angles to it.",
            where=f"LPS ({x:.1f}, {y:.1f}, {z:.1f}) mm",
        )
