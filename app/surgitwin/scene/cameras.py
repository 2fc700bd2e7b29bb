"""Cameras that stand still in the bone frame, and the letters that tell directions on the screen."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from surgitwin.core.arrays import FloatArray, readonly
from surgitwin.core.frame import Frame, Side, anatomical_to_frame, frame_to_anatomical

BONE_VIEWS: dict[str, tuple[tuple[float, float, float], tuple[float, float, float]]] = {
    "anterior": ((0, 1, 0), (0, 0, 1)),
    "posterior": ((0, -1, 0), (0, 0, 1)),
    "medial": ((1, 0, 0), (0, 0, 1)),
    "lateral": ((-1, 0, 0), (0, 0, 1)),
    "proximal": ((0, 0, 1), (0, 1, 0)),
    "distal": ((0, 0, -1), (0, 1, 0)),
}
"""Where the eye stands and what is up on the screen, as (medial, anterior, proximal) directions."""

MARGIN = 1.12
"""Picture size over object size: room for letters (display only)."""


@dataclass(frozen=True, eq=False)
class Camera:
    """Parallel camera, LPS: looks from `eye` (unit vector, from the focus to the eye) at focus_mm (3,).

    up: unit vector. half_height_mm: half of the picture's height.
    """

    focus_mm: FloatArray
    eye: FloatArray
    up: FloatArray
    half_height_mm: float

    def __post_init__(self) -> None:
        for name in ("focus_mm", "eye", "up"):
            object.__setattr__(self, name, readonly(getattr(self, name), np.float64))

    @property
    def right(self) -> FloatArray:
        """Unit vector to the right of the screen."""
        out: FloatArray = np.cross(self.up, self.eye)
        return out

    def project(self, points_mm: npt.ArrayLike, size: tuple[int, int]) -> FloatArray:
        """(..., 2) pixel (column, row from the top) of LPS points in a picture of `size` (width, height)."""
        d = np.asarray(points_mm, float) - self.focus_mm
        per_mm = size[1] / (2 * self.half_height_mm)
        column = size[0] / 2 + d @ self.right * per_mm
        row = size[1] / 2 - d @ self.up * per_mm
        return np.stack([column, row], axis=-1)


def bone_camera(
    view: str, frame: Frame, side: Side, points_mm: npt.ArrayLike, size: tuple[int, int]
) -> Camera:
    """Camera of a named bone view that holds all of `points_mm` (n, 3) LPS in a picture of `size` px.

    Raises KeyError for an unknown view.
    """
    towards, upwards = BONE_VIEWS[view]
    eye = frame.vector_to_lps(anatomical_to_frame(towards, side))
    up = frame.vector_to_lps(anatomical_to_frame(upwards, side))
    return fit(eye, up, points_mm, size)


def fit(eye: FloatArray, up: FloatArray, points_mm: npt.ArrayLike, size: tuple[int, int]) -> Camera:
    """Parallel camera along `eye` with `up` that holds all points."""
    right = np.cross(up, eye)
    axes = np.stack([right, up, eye])
    local = np.atleast_2d(np.asarray(points_mm, float)) @ axes.T
    low, high = local.min(axis=0), local.max(axis=0)
    half = max((high[1] - low[1]) / 2, (high[0] - low[0]) / 2 * size[1] / size[0], 1.0)
    return Camera((low + high) / 2 @ axes, eye, up, float(half * MARGIN))


_BONE_WORDS = (("M", "L"), ("A", "P"), ("Prox", "Dist"))
_BODY_WORDS = (("L", "R"), ("P", "A"), ("S", "I"))


def bone_letter(direction: npt.ArrayLike, frame: Frame, side: Side) -> str:
    """Word for an LPS direction in the bone frame: M, L, A, P, Prox or Dist (its largest component)."""
    return _largest(frame_to_anatomical(frame.vector_from_lps(direction), side), _BONE_WORDS)


def body_letters(direction: npt.ArrayLike) -> str:
    """Letters for an LPS direction: L, R, A, P, S, I; oblique directions get two or three ("LA").

    Components under 0.2 of the unit vector (within 12 degrees) are left out.
    """
    v = np.asarray(direction, float)
    v = v / np.linalg.norm(v)
    order = [a for a in np.argsort(-np.abs(v)) if abs(v[a]) > 0.2]
    return "".join(_BODY_WORDS[a][0 if v[a] > 0 else 1] for a in order)


def body_letter(direction: npt.ArrayLike) -> str:
    """One letter for an LPS direction: L, R, A, P, S or I (its largest component)."""
    return _largest(np.asarray(direction, float), _BODY_WORDS)


def _largest(v: FloatArray, words: tuple[tuple[str, str], ...]) -> str:
    axis = int(np.argmax(np.abs(v)))
    return words[axis][0 if v[axis] > 0 else 1]
