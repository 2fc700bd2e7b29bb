"""Straight prolongations of a vessel's open ends, so that flow settles before it enters."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from surgitwin.core.arrays import FloatArray, IntArray
from surgitwin.core.errors import InputError
from surgitwin.core.mesh import SurfaceMesh
from surgitwin.meshing.walls.normals import OpenEnd, open_ends, turned_outwards

FLATTENED = 0.5
"""Numerical setting: an end that is not flat becomes so over this many diameters of its prolongation."""


def with_extensions(
    surface: SurfaceMesh, length_diameters: float | Sequence[float] = 5.0, ends: Sequence[int] | None = None
) -> SurfaceMesh:
    """The surface with tubes added to its open ends, straight on, of the ends' own cross-section.

    length_diameters: of each chosen end's own diameter (that of the circle of equal area), one number or
    one for each. ends: numbers of the open ends, largest first as in `open_ends`; None for all. New ends
    are flat. Raises InputError "mesh.no_open_end".
    """
    surface = turned_outwards(surface)
    found = open_ends(surface)
    chosen = list(range(len(found))) if ends is None else list(ends)
    if not found or any(not 0 <= k < len(found) for k in chosen):
        raise InputError(
            "mesh.no_open_end",
            f"The surface has {len(found)} open ends; end {max(chosen, default=0)} was asked for.",
            hint="Cut the vessel open at its ends first, or name ends that exist (they count from 0).",
            where="ends",
        )
    lengths = np.broadcast_to(np.asarray(length_diameters, float), (len(chosen),))
    points: list[FloatArray] = [np.array(surface.points_mm)]
    triangles: list[IntArray] = [np.array(surface.triangles, np.int64)]
    count = len(surface.points_mm)
    for number, length in zip(chosen, lengths, strict=True):
        if not (np.isfinite(length) and length > 0):
            raise InputError(
                "mesh.no_open_end",
                f"A prolongation of {length:g} diameters is not possible.",
                hint="Give a positive number of diameters.",
                where="length_diameters",
            )
        new, faces = _tube(surface, found[number], float(length), count)
        points.append(new)
        triangles.append(faces)
        count += len(new)
    return SurfaceMesh(np.vstack(points), np.concatenate(triangles))


def _tube(surface: SurfaceMesh, end: OpenEnd, length: float, first: int) -> tuple[FloatArray, IntArray]:
    """Points and triangles of one prolongation; its rows are as far apart as the end's points."""
    ring = surface.points_mm[end.loop]
    step = float(np.linalg.norm(np.roll(ring, -1, axis=0) - ring, axis=1).mean())
    reach = length * end.diameter_mm
    rows = max(2, round(reach / step))
    height = (ring - end.centre_mm) @ end.normal
    flat = ring - height[:, None] * end.normal
    along = np.linspace(0, 1, rows + 1)[1:] * reach
    # Each line of points starts at its own height and soon keeps step with the others.
    left = np.clip(1 - along / (FLATTENED * end.diameter_mm), 0, 1)
    new = flat[None] + (along[:, None] + left[:, None] * height)[..., None] * end.normal
    size = len(ring)
    index = np.vstack([end.loop, first + np.arange(rows * size).reshape(rows, size)])
    a, b = index[:-1], np.roll(index[:-1], -1, axis=1)
    c, d = index[1:], np.roll(index[1:], -1, axis=1)
    # The loop runs as its triangles do, so the new ones run against it.
    faces = np.concatenate([np.stack([b, a, d], axis=-1), np.stack([a, c, d], axis=-1)]).reshape(-1, 3)
    return new.reshape(-1, 3), faces
