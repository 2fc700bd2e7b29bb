"""Transforms from pairs of landmarks, and their errors (Horn 1987 through SciPy)."""

from __future__ import annotations

import numpy as np
from scipy.spatial.transform import Rotation

from surgitwin.core.arrays import FloatArray
from surgitwin.core.errors import InputError, UsageError
from surgitwin.imaging.registration.types import Kind, Pairs

LEAST = {"rigid": 3, "affine": 4}
FLAT = 0.02
"""Numerical setting: landmarks whose second (rigid) or third (affine) extent is below this share of the first
lie on a line or in a plane, which leaves a rotation or a stretch free."""


def from_landmarks(pairs: Pairs, kind: Kind = "rigid") -> FloatArray:
    """4x4 that takes the moving landmarks to the fixed ones with the least squares.

    Raises UsageError "register.few_landmarks", InputError "register.flat_landmarks".
    """
    if len(pairs) < LEAST[kind]:
        raise UsageError(
            "register.few_landmarks",
            f"A {kind} transform needs {LEAST[kind]} pairs of landmarks or more; there are {len(pairs)}.",
            hint="Set the same places in both images.",
            where="landmarks",
        )
    _require_spread(pairs, kind)
    fixed, moving = pairs.fixed_mm, pairs.moving_mm
    a, b = fixed.mean(axis=0), moving.mean(axis=0)
    if kind == "rigid":
        linear = Rotation.align_vectors(fixed - a, moving - b)[0].as_matrix()
    else:
        linear = np.linalg.lstsq(moving - b, fixed - a, rcond=None)[0].T
    out = np.eye(4)
    out[:3, :3] = linear
    out[:3, 3] = a - linear @ b
    return out


def landmark_errors(pairs: Pairs, matrix: FloatArray) -> FloatArray:
    """(n,) mm between each fixed landmark and the moving one under `matrix`."""
    there = pairs.moving_mm @ matrix[:3, :3].T + matrix[:3, 3]
    out: FloatArray = np.linalg.norm(there - pairs.fixed_mm, axis=1)
    return out


def left_out_rms(pairs: Pairs, kind: Kind = "rigid") -> float | None:
    """Root mean square over the pairs of each one's error under the transform of the others, mm.

    None with one pair more than needed or fewer, or where the others lie on a line or in a plane.
    """
    if len(pairs) <= LEAST[kind]:
        return None
    errors = []
    for n in range(len(pairs)):
        keep = np.arange(len(pairs)) != n
        rest = Pairs(pairs.fixed_mm[keep], pairs.moving_mm[keep])
        try:
            matrix = from_landmarks(rest, kind)
        except InputError:
            return None
        errors.append(landmark_errors(pairs, matrix)[n])
    return float(np.sqrt(np.mean(np.square(errors))))


def _require_spread(pairs: Pairs, kind: Kind) -> None:
    for name, points in (("fixed", pairs.fixed_mm), ("moving", pairs.moving_mm)):
        sizes = np.linalg.svd(points - points.mean(axis=0), compute_uv=False)
        if sizes[LEAST[kind] - 2] <= FLAT * sizes[0]:
            raise InputError(
                "register.flat_landmarks",
                f"The landmarks of the {name} image lie on {'a line' if kind == 'rigid' else 'a plane'}: "
                f"they do not fix a {kind} transform.",
                hint="Set a landmark well away from the others.",
                where=name,
            )
