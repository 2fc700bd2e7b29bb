"""The wall of a vessel as curved ten-node tetrahedra around its lumen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from surgitwin.core.arrays import FloatArray
from surgitwin.core.errors import GeometryError
from surgitwin.core.vessel import Calcium, LumenTube
from surgitwin.core.wall import WallMesh
from surgitwin.meshing.quality import element_volumes, scaled_jacobian
from surgitwin.meshing.vessels.tube_calcium import calcium_shares, with_nodules
from surgitwin.meshing.vessels.tube_cells import grid_cells, grid_faces
from surgitwin.meshing.vessels.tube_rows import PLAQUE, Rows, TubeSamples, sample_tube, stack_rows

TARGET_UNKNOWNS = 9000
"""Planning setting: the throat of a stenosis moved by 0.3 % from 9 to 12 thousand (devices-in-vessels.md)."""

MIN_SCALED_JACOBIAN = 0.01
"""Numerical setting: thin walls have flat cells, which are no fault; a folded one comes out below 0."""


FINER = (1.0, 1.4, 2.0)
"""Numerical setting: factors of the unknowns that are tried while curved cells fold."""


@dataclass(frozen=True)
class _Counts:
    angles: int
    stations: int


def tube_wall(
    tube: LumenTube,
    thickness_mm: npt.ArrayLike = 1.0,
    layers: Sequence[tuple[str, float]] = (("wall", 1.0),),
    *,
    outer_radius_mm: npt.ArrayLike | None = None,
    plaque_to_mm: npt.ArrayLike | None = None,
    calcium: Calcium | None = None,
    nodules: bool = True,
    angles: int | None = None,
    stations: int | None = None,
    through: int | None = None,
    unknowns: int = TARGET_UNKNOWNS,
) -> WallMesh:
    """The wall around the lumen of `tube`, from its first to its last station.

    thickness_mm: of the wall without plaque; a number, (n,) by station or (n, m) as the tube's radii.
    layers: name and share of the thickness, from the inside. outer_radius_mm: the outer surface instead of
    `thickness_mm`. plaque_to_mm: radius that the healthy lumen would have; what lies between the lumen and
    it is the layer "plaque", and the wall begins there. calcium: gives the calcified share of each cell;
    its volume is kept as far as cells are there to hold it. nodules: calcium inside the lumen narrows the
    lumen by its volume and lies in the wall; else it is pressed into the innermost cells. angles, stations,
    through: numbers of elements around, along and through the wall, chosen for about `unknowns` when None
    (for more, when cells of that size would fold).

    Raises GeometryError "vessel.overlap" where sections cut each other, "vessel.too_short" below 1 mm.
    """
    _check(tube)
    lumen = with_nodules(tube, calcium) if calcium is not None and nodules else tube
    rows = Rows.of(layers, plaque_to_mm is not None, through)
    for finer in FINER:
        counts = _counts(tube, 2 * rows.count + 1, round(unknowns * finer), angles, stations)
        samples = sample_tube(lumen, counts.angles, counts.stations)
        levels, plaque = stack_rows(samples, tube, rows, thickness_mm, outer_radius_mm, plaque_to_mm)
        folded = _folded(samples, levels, counts, rows)
        if folded is None:
            return _assemble(samples, levels, plaque, rows, counts, calcium)
    raise _overlap("wall", folded)


def _folded(samples: TubeSamples, levels: FloatArray, counts: _Counts, rows: Rows) -> FloatArray | None:
    """Middle of the worst cell when it is folded."""
    points = samples.points(levels).reshape(-1, 3)
    cells, _ = grid_cells(rows.count, counts.angles, counts.stations)
    worst = scaled_jacobian(points, cells)
    if worst.min() > MIN_SCALED_JACOBIAN:
        return None
    middle: FloatArray = points[cells[int(worst.argmin()), :4]].mean(0)
    return middle


def _check(tube: LumenTube) -> None:
    if tube.course.length_mm < 1.0:
        raise GeometryError(
            "vessel.too_short",
            f"The piece of vessel is {tube.course.length_mm:.2f} mm long; a wall needs 1 mm or more.",
            hint="Choose a longer part of the vessel.",
            where="vessel",
        )
    if tube.overlaps:
        raise _overlap("lumen")


def _overlap(what: str, at: FloatArray | None = None) -> GeometryError:
    place = "" if at is None else f", LPS ({at[0]:.1f}, {at[1]:.1f}, {at[2]:.1f}) mm"
    return GeometryError(
        "vessel.overlap",
        f"Sections of the vessel cut each other inside the {what}: it bends more tightly than it is wide.",
        hint="Choose a part of the vessel with a wider bend, or smooth its centreline.",
        where=f"vessel {what}{place}",
    )


def _counts(tube: LumenTube, deep: int, unknowns: int, angles: int | None, stations: int | None) -> _Counts:
    """Elements around and along, about square on the lumen; 8 or more around, 2 or more along."""
    girth = float(np.pi * np.median(tube.diameter_mm))
    size = float(np.sqrt(girth * tube.course.length_mm * 12 * deep / unknowns))
    around = max(8, round(girth / size)) if angles is None else angles
    along = stations or max(2, round((unknowns / (3 * deep * 2 * around) - 1) / 2))
    return _Counts(around, along)


def _assemble(
    samples: TubeSamples,
    levels: FloatArray,
    plaque: npt.NDArray[np.bool_],
    rows: Rows,
    counts: _Counts,
    calcium: Calcium | None,
) -> WallMesh:
    deep, around, along = 2 * rows.count, 2 * counts.angles, 2 * counts.stations
    points = samples.points(levels).reshape(-1, 3)
    cells, hexes = grid_cells(rows.count, counts.angles, counts.stations)
    lumen, outer = grid_faces(rows.count, counts.angles, counts.stations)
    volume = element_volumes(points, cells)
    worst = scaled_jacobian(points, cells)
    box = np.zeros(int(hexes.max()) + 1)
    np.add.at(box, hexes, volume)
    shape = (rows.count, counts.angles, counts.stations)
    share: FloatArray = np.zeros(shape)
    if calcium is not None:
        share = calcium_shares(samples, levels, box.reshape(shape), calcium)
    layer = rows.layer_of(plaque).reshape(-1)
    number = np.arange(len(points)).reshape(deep + 1, around, along + 1)
    inside = number[0].ravel()
    s, angle = np.full(len(points), np.nan), np.full(len(points), np.nan)
    s[inside] = np.tile(samples.s_mm, around)
    angle[inside] = np.repeat(samples.angle, along + 1)
    calcified = share.reshape(-1)[hexes]
    facts = {
        "unknowns": float(3 * len(points)),
        "angles": float(counts.angles),
        "stations": float(counts.stations),
        "through": float(rows.count),
        "size_mm": _size(points, lumen),
        "volume_mm3": float(volume.sum()),
        "calcium_mm3": float(calcified @ volume),
        "min_scaled_jacobian": float(worst.min()),
    }
    ends = np.unique(number[:, :, [0, -1]])
    names = rows.names
    return WallMesh(points, cells, layer[hexes], names, calcified, lumen, outer, ends, s, angle, facts)


def _size(points: FloatArray, lumen: npt.NDArray[np.integer]) -> float:
    """Root of twice the mean face area: the side of the square that two faces make."""
    a, b, c = (points[lumen[:, k]] for k in range(3))
    return float(np.sqrt(np.linalg.norm(np.cross(b - a, c - a), axis=1).mean()))


__all__ = ["PLAQUE", "TARGET_UNKNOWNS", "tube_wall"]
