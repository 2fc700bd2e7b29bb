"""The artery as formulas, in its own frame: z along the flow, origin at the throat. Lengths in mm."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from stenosed_artery.parameters import ArteryParameters

Array = npt.NDArray[np.floating]

WALL_MM = 1.0  # C4: iliac wall 1.0 to 1.5, coronary 0.5 to 1.0 (GK)
BEND = (
    5.0,
    100.0,
    3.0,
    140.0,
)  # two sines, amplitude and length: a choice
PLAQUE_SIDE = np.array([0.35, 0.94, 0.0])  # direction from lumen to plaque, made square to the course
BRANCH_AT, BRANCH_DEG, BRANCH_SHARE, BRANCH_LENGTH = -20.0, 50.0, 0.6, 26.0  # before the lesion; a choice
CALCIUM_SPAN = 0.8  # share of the lesion's length along which calcium lies
TABLE_STEP = 0.02
REACH = 90.0


@dataclass(frozen=True, eq=False)
class ArteryShape:
    """Lumen centre line as a table over z.

    s: arc length, 0 at the throat. points, tangent, side (towards the plaque), across: (n, 3). radius,
    reference: of the lumen with and without narrowing; shift: from the lumen's centre to the vessel's, along
    side; (n,).
    """

    parameters: ArteryParameters
    z: Array
    s: Array
    points: Array
    tangent: Array
    side: Array
    across: Array
    radius: Array
    reference: Array
    shift: Array

    def at(self, s: npt.ArrayLike, name: str) -> Array:
        """A column of the table at arc lengths s."""
        value = getattr(self, name)
        if value.ndim == 1:
            return np.asarray(np.interp(s, self.s, value))
        return np.stack([np.interp(s, self.s, value[:, c]) for c in range(3)], -1)

    def nearest(self, points: Array) -> tuple[npt.NDArray[np.intp], Array]:
        """Row of the table nearest to points (n, 3), and what is left of the offset square to the tangent."""
        last = len(self.z) - 1
        row = np.clip(np.rint((points[:, 2] - self.z[0]) / TABLE_STEP), 0, last).astype(np.intp)
        for _ in range(4):
            along = np.einsum("ij,ij->i", points - self.points[row], self.tangent[row])
            row = np.clip(row + np.rint(along / self._step[row]).astype(np.intp), 0, last)
        offset = points - self.points[row]
        along = np.einsum("ij,ij->i", offset, self.tangent[row])
        return row, offset - along[:, None] * self.tangent[row]

    @cached_property
    def _step(self) -> Array:
        """Arc length (n,) between rows."""
        return np.gradient(self.s)

    @cached_property
    def branch(self) -> tuple[Array, Array, float]:
        """Origin (3,) on the centre line, direction (3,) and radius of the side branch."""
        origin, tangent = self.at(BRANCH_AT, "points"), self.at(BRANCH_AT, "tangent")
        out = self.at(BRANCH_AT, "side") - 0.6 * self.at(BRANCH_AT, "across")
        out -= tangent * (out @ tangent)
        angle = np.radians(BRANCH_DEG)
        direction = np.cos(angle) * tangent + np.sin(angle) * out / np.linalg.norm(out)
        return origin, direction / np.linalg.norm(direction), BRANCH_SHARE * self.parameters.diameter_mm / 2


def _derivative(points: Array) -> tuple[Array, Array]:
    """Arc length and unit tangents of a dense curve."""
    step = np.linalg.norm(np.diff(points, axis=0), axis=1)
    slope = np.gradient(points, axis=0)
    return np.concatenate([[0.0], np.cumsum(step)]), slope / np.linalg.norm(slope, axis=1, keepdims=True)


def build_shape(parameters: ArteryParameters) -> ArteryShape:
    """Tables of the artery; the narrowed lumen leaves the vessel's middle away from the plaque."""
    z = np.arange(-REACH, REACH + TABLE_STEP / 2, TABLE_STEP)
    ax, lx, ay, ly = BEND
    vessel = np.stack([ax * np.sin(2 * np.pi * z / lx), ay * np.cos(2 * np.pi * z / ly), z], -1)
    s, tangent = _derivative(vessel)
    s -= s[len(z) // 2]
    side = PLAQUE_SIDE - tangent * (tangent @ PLAQUE_SIDE)[:, None]
    side /= np.linalg.norm(side, axis=1, keepdims=True)
    reference = parameters.diameter_mm / 2 * (1 - parameters.taper * s / 100.0)
    depth = 0.5 * (1 + np.cos(np.pi * np.clip(s / parameters.lesion_half_mm, -1, 1)))
    radius = reference * (1 - parameters.stenosis * depth)
    shift = parameters.shift * (reference - radius)
    lumen = vessel - shift[:, None] * side
    s, tangent = _derivative(lumen)
    s -= s[len(z) // 2]
    side = side - tangent * np.einsum("ij,ij->i", side, tangent)[:, None]
    side /= np.linalg.norm(side, axis=1, keepdims=True)
    across = np.cross(tangent, side)
    return ArteryShape(parameters, z, s, lumen, tangent, side, across, radius, reference, shift)
