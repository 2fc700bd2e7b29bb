"""What keeps a lumen from being meshed, each with its place."""

from __future__ import annotations

import numpy as np
from scipy.spatial import cKDTree

from surgitwin.core.arrays import FloatArray, IntArray
from surgitwin.core.errors import GeometryError, InputError

CLOSED = 0.1
"""An end narrower than this part of the vessel's median diameter counts as closed: a setting."""
APART = 3.0
"""Wall points count as those of another stretch beyond this many diameters along the vessel: a setting."""
SUB_CELLS = (
    (0, 8, 24, 11, 16, 22, 26, 20), (8, 1, 9, 24, 22, 17, 21, 26), (24, 9, 2, 10, 26, 21, 18, 23),
    (11, 24, 10, 3, 20, 26, 23, 19), (16, 22, 26, 20, 4, 12, 25, 15), (22, 17, 21, 26, 12, 5, 13, 25),
    (26, 21, 18, 23, 25, 13, 6, 14), (20, 26, 23, 19, 15, 25, 14, 7),
)  # fmt: skip
"""The eight straight hexahedra of a quadratic one (VTK order)."""
CORNERS = (
    (0, 1, 3, 4), (1, 2, 0, 5), (2, 3, 1, 6), (3, 0, 2, 7), (4, 7, 5, 0), (5, 4, 6, 1), (6, 5, 7, 2),
    (7, 6, 4, 3),
)  # fmt: skip
"""A corner of a hexahedron and its three neighbours, right-handed."""


def require_lumen(s_mm: FloatArray, wall_mm: FloatArray, diameter_mm: FloatArray) -> None:
    """Raise GeometryError when rings (n, m, 3) at s_mm (n,) with diameters (n,) are not a lumen to mesh,
    InputError when an end is closed.
    """
    _require_closed_rings(s_mm, wall_mm)
    _require_open_ends(s_mm, diameter_mm)
    _require_order(s_mm, wall_mm)
    _require_apart(s_mm, wall_mm, diameter_mm)


def _require_closed_rings(s_mm: FloatArray, wall_mm: FloatArray) -> None:
    whole = np.isfinite(wall_mm).all(axis=(1, 2))
    if wall_mm.ndim != 3 or wall_mm.shape[1] < 8 or len(s_mm) < 2 or not whole.all():
        at = float(s_mm[np.flatnonzero(~whole)[0]]) if not whole.all() else 0.0
        raise GeometryError(
            "lumen.open",
            f"The lumen is open: {int((~whole).sum())} of {len(s_mm)} sections have no closed wall.",
            hint="Correct the lumen there, or choose end points between which the wall is seen.",
            where=f"{at:.1f} mm along the vessel",
        )


def _require_open_ends(s_mm: FloatArray, diameter_mm: FloatArray) -> None:
    least = CLOSED * float(np.median(diameter_mm))
    for code, name, k in (("flow.no_inlet", "inlet", 0), ("flow.no_outlet", "outlet", -1)):
        if not diameter_mm[k] > least:
            raise InputError(
                code,
                f"The vessel has no {name}: its lumen is closed at this end ({diameter_mm[k]:.2f} mm wide).",
                hint="Move the end point to where the vessel is open.",
                where=f"{s_mm[k]:.1f} mm along the vessel",
            )


def _require_order(s_mm: FloatArray, wall_mm: FloatArray) -> None:
    """Neighbouring sections must not cut each other."""
    centres = wall_mm.mean(axis=1)
    course = np.gradient(centres, axis=0)
    step = np.einsum("ijk,ik->ij", np.diff(wall_mm, axis=0), course[:-1])
    crossed = np.flatnonzero((step <= 0).any(axis=1))
    if len(crossed):
        raise GeometryError(
            "lumen.overlap",
            f"{len(crossed)} neighbouring sections of the lumen cut each other: the bend is tighter than the "
            "lumen is wide.",
            hint="Choose end points that leave the bend out, or smooth the centreline there.",
            where=f"{s_mm[crossed[0]]:.1f} mm along the vessel",
        )


def _require_apart(s_mm: FloatArray, wall_mm: FloatArray, diameter_mm: FloatArray) -> None:
    """Stretches far from each other along the vessel must not touch."""
    centres = wall_mm.mean(axis=1)
    path = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(centres, axis=0), axis=1))])
    reach = np.linalg.norm(wall_mm - centres[:, None], axis=2).max(axis=1)
    pairs = cKDTree(centres).query_pairs(2 * float(reach.max()), output_type="ndarray")
    if not len(pairs):
        return
    i, j = pairs.T
    gap = np.linalg.norm(centres[i] - centres[j], axis=1) - (diameter_mm[i] + diameter_mm[j]) / 2
    bad = (np.abs(path[i] - path[j]) > APART * np.maximum(diameter_mm[i], diameter_mm[j])) & (gap < 0)
    if bad.any():
        k = int(np.flatnonzero(bad)[0])
        raise GeometryError(
            "lumen.self_touching",
            f"The lumen touches itself: {s_mm[i[k]]:.1f} mm and {s_mm[j[k]]:.1f} mm along it overlap.",
            hint="Cut the vessel before it comes back to itself, or correct the segmentation there.",
            where=f"{s_mm[i[k]]:.1f} mm along the vessel",
        )


def require_cells(points_mm: FloatArray, cells: IntArray) -> None:
    """Raise GeometryError "lumen.cells" when a part of a quadratic hexahedron is flat or turned over."""
    worst = np.full(len(cells), np.inf)
    for sub in SUB_CELLS:
        x = points_mm[cells[:, list(sub)]]
        for a, b, c, d in CORNERS:
            spans = (x[:, b] - x[:, a], x[:, c] - x[:, a], x[:, d] - x[:, a])
            worst = np.minimum(worst, np.einsum("ij,ij->i", np.cross(spans[0], spans[1]), spans[2]))
    bad = np.flatnonzero(~(worst > 0))
    if len(bad):
        at = points_mm[cells[bad[0], 26]]
        raise GeometryError(
            "lumen.cells",
            f"{len(bad)} of {len(cells)} cells of the lumen would be flat or turned over.",
            hint="Smooth the lumen there, or mesh with shorter cells.",
            where=f"{np.round(at, 1).tolist()} mm",
        )
