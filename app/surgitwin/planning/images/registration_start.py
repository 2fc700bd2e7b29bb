"""A transform that a registration begins at: what `export --what registration` writes, or ITK's."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import SimpleITK as sitk  # noqa: N813 - its customary name

from surgitwin.core.arrays import FloatArray
from surgitwin.core.errors import InputError

RIGID_TOLERANCE = 0.5
"""Numerical setting: a linear part whose determinant lies below this, or above its inverse, is no change of
place of a body but a mistaken file."""


def read_start(path: Path) -> FloatArray:
    """4x4 that takes LPS points of the second image to the first.

    `.json` as `write_registration` writes it, moving to fixed points; a linear transform of ITK, which maps
    the other way. Raises InputError "register.start_file".
    """
    try:
        matrix = _of_json(path) if path.suffix.lower() == ".json" else _of_itk(path)
    except (OSError, ValueError, KeyError, TypeError, RuntimeError) as error:
        raise _bad(path, f"it holds no linear transform ({type(error).__name__})") from error
    if matrix.shape != (4, 4) or not np.isfinite(matrix).all() or not np.allclose(matrix[3], (0, 0, 0, 1)):
        raise _bad(path, "it holds no 4x4 transform of points")
    if not RIGID_TOLERANCE < float(np.linalg.det(matrix[:3, :3])) < 1 / RIGID_TOLERANCE:
        raise _bad(path, "it mirrors or squeezes the body")
    return matrix


def _of_json(path: Path) -> FloatArray:
    return np.array(json.loads(path.read_text("utf-8"))["matrix"], float)


def _of_itk(path: Path) -> FloatArray:
    """ITK's transform takes fixed points to moving ones."""
    transform = sitk.ReadTransform(str(path))
    if not transform.IsLinear():
        raise ValueError("not linear")
    zero = np.array(transform.TransformPoint((0.0, 0.0, 0.0)))
    back = np.eye(4)
    units = [transform.TransformPoint(tuple(u)) for u in np.eye(3).tolist()]
    back[:3, :3] = (np.array(units) - zero).T
    back[:3, 3] = zero
    out: FloatArray = np.linalg.inv(back)
    return out


def _bad(path: Path, why: str) -> InputError:
    return InputError(
        "register.start_file",
        f"{path.name} cannot be begun at: {why}.",
        hint="Give a .json of `export --what registration`, or a linear transform of ITK (.tfm).",
        where=str(path),
    )
