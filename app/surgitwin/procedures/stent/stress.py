"""Stress in wall and plaque, and the pressure between stent and wall."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.spatial import cKDTree

from surgitwin.core.arrays import FloatArray
from surgitwin.core.wall import WallMesh
from surgitwin.mechanics.devices.result import DeploymentResult

PLAQUE = "plaque"
CALCIFIED = 0.5
"""Cells of which more is calcified count as calcium, not as wall or plaque."""

NODE_SHARE = np.array([1.0, 1.0, 1.0, 3.0, 3.0, 3.0]) / 12
"""Of a face's area, by its six nodes, when values go straight between them."""


@dataclass(frozen=True)
class HighStress:
    """stress_MPa: the percentile. s_mm: volume mean of the arc length of the cells above it."""

    stress_MPa: float
    s_mm: float


def high_stress(
    wall: WallMesh, result: DeploymentResult, percentile: float, *, plaque: bool
) -> HighStress | None:
    """The percentile by volume over the cells of plaque, or of the wall without it; None when there are
    none.
    """
    cells = np.flatnonzero(_layer(wall, plaque) & (wall.calcium <= CALCIFIED))
    if not len(cells):
        return None
    stress, volume = result.stress_MPa[cells], cell_volumes(wall)[cells]
    order = np.argsort(stress)
    filled = np.cumsum(volume[order])
    at = int(np.searchsorted(filled, percentile / 100 * filled[-1]))
    value = float(stress[order[min(at, len(order) - 1)]])
    high = stress >= value
    s = cell_places(wall, cells[high])
    return HighStress(value, float(np.average(s, weights=volume[high])))


def mean_contact_MPa(wall: WallMesh, result: DeploymentResult) -> float | None:
    """Contact force over the deformed area in contact; None when nothing touches.

    The area is that of `DeploymentResult.touched`, or of the faces that bear any pressure without it.
    """
    area = face_areas(wall, result)
    pressure = result.pressure_MPa[wall.lumen] @ NODE_SHARE
    touched = result.touched[wall.lumen] @ NODE_SHARE if len(result.touched) else pressure > 0
    in_contact = float(area @ touched)
    return float(area @ pressure) / in_contact if in_contact > 0 else None


def contact_area_mm2(wall: WallMesh, result: DeploymentResult) -> float:
    """Deformed area that is pressed with more than the contact law's `touch_MPa`."""
    return float(face_areas(wall, result) @ (result.touched[wall.lumen] @ NODE_SHARE))


def face_areas(wall: WallMesh, result: DeploymentResult) -> FloatArray:
    """(f,) mm2 of the deformed lumen's curved faces, each as four flat triangles."""
    x = (wall.points_mm + result.displacement_mm)[wall.lumen]
    corners = ((0, 3, 5), (3, 1, 4), (5, 4, 2), (3, 4, 5))
    parts = [np.cross(x[:, b] - x[:, a], x[:, c] - x[:, a]) for a, b, c in corners]
    out: FloatArray = 0.5 * np.linalg.norm(np.array(parts), axis=2).sum(axis=0)
    return out


def cell_volumes(wall: WallMesh) -> FloatArray:
    """(m,) volumes of the tetrahedra between the corners, mm3."""
    a, b, c, d = (wall.points_mm[wall.cells[:, n]] for n in range(4))
    out: FloatArray = np.abs(np.einsum("ij,ij->i", np.cross(b - a, c - a), d - a)) / 6
    return out


def cell_places(wall: WallMesh, cells: npt.NDArray[np.int64]) -> FloatArray:
    """(k,) arc lengths of cells: of the lumen node next to each centre."""
    nodes = np.flatnonzero(np.isfinite(wall.lumen_s_mm))
    centre = wall.points_mm[wall.cells[cells, :4]].mean(axis=1)
    near = cKDTree(wall.points_mm[nodes]).query(centre)[1]
    out: FloatArray = wall.lumen_s_mm[nodes[near]]
    return out


def _layer(wall: WallMesh, plaque: bool) -> npt.NDArray[np.bool_]:
    number = wall.layers.index(PLAQUE) if PLAQUE in wall.layers else -1
    out: npt.NDArray[np.bool_] = (wall.layer == number) == plaque
    return out
