"""One image file as its format describes it, before anybody has answered what the format leaves open."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
import numpy.typing as npt

from surgitwin.core.arrays import FloatArray
from surgitwin.core.errors import InputError
from surgitwin.imaging.formats.question import Frame

LARGEST_BYTES = 6 * 2**30
"""Numerical setting: voxels of one volume as stored; the program's machines have 8 to 16 GiB."""


@dataclass(frozen=True, eq=False)
class Known:
    """What a file that this program wrote says of its voxels."""

    modality: str
    unit: str
    meta: Mapping[str, Any]
    scale_known: bool


@dataclass(frozen=True, eq=False)
class FileImage:
    """shape: (nk, nj, ni). affine: 4x4, (i, j, k) to the file's own frame and unit. frame, unit: None when
    the format or the file does not say. transforms: NIfTI's two affines when they disagree. read: volume n as
    [k, j, i]. count: volumes in it. facts: words on what the file says.
    """

    path: Path
    format: str
    shape: tuple[int, int, int]
    affine: FloatArray
    frame: Frame | None
    unit: str | None
    read: Callable[[int], npt.NDArray[Any]]
    count: int = 1
    transforms: Mapping[str, FloatArray] = field(default_factory=dict)
    facts: tuple[str, ...] = ()
    known: Known | None = None


def unreadable(path: Path, reason: str) -> NoReturn:
    """Raise InputError "image.unreadable"."""
    raise InputError(
        "image.unreadable",
        f"{path.name} cannot be read as an image: {reason.rstrip('.')}.",
        hint="Copy the file again from its source, or export it again.",
        where=str(path),
    )


def not_scalar(path: Path, what: str) -> NoReturn:
    """Raise InputError "image.not_scalar"."""
    raise InputError(
        "image.not_scalar",
        f"{path.name} holds {what}, not one number per voxel in three dimensions.",
        hint="Export one grey-value volume.",
        where=str(path),
    )


def check_size(path: Path, shape: tuple[int, ...], bytes_per_voxel: int) -> None:
    """Raise InputError "image.unreadable" (no voxels) or "image.too_large"."""
    if len(shape) != 3 or min(shape) < 1:
        unreadable(path, f"its size is {' x '.join(map(str, shape))} voxels")
    total = float(np.prod(np.array(shape, float))) * bytes_per_voxel
    if total > LARGEST_BYTES:
        raise InputError(
            "image.too_large",
            f"{path.name} says it holds {total / 2**30:.1f} GiB of voxels; at most "
            f"{LARGEST_BYTES / 2**30:.0f} GiB are read.",
            hint="Crop or resample the image in the program that made it.",
            where=str(path),
        )


def beside(path: Path, name: str) -> Path:
    """The file that a header names for its voxels: only one in the header's own folder is read."""
    if not name or name != Path(name).name or "\\" in name:
        unreadable(path, f"its voxels are said to be in {name!r}, which is not a file beside it")
    data = path.with_name(name)
    if not data.is_file():
        unreadable(path, f"its voxels are in {name}, which is not there")
    return data


def sheared(affine: FloatArray, tolerance: float) -> bool:
    """Whether the axes of a 4x4 affine are not perpendicular (cosine over `tolerance`)."""
    axes = affine[:3, :3] / np.linalg.norm(affine[:3, :3], axis=0)
    off = axes.T @ axes - np.eye(3)
    return bool(np.abs(off).max() > tolerance)
