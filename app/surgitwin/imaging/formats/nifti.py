"""NIfTI-1 and NIfTI-2 files by nibabel: two transforms, a unit code, rescaled values.

The standard (nifti1.h, "orientation and location in space"): coordinates are RAS; qform and sform hold when
their code is over 0; with neither, only the voxel size is known and not where the axes point.
"""

from __future__ import annotations

import zlib
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
import numpy.typing as npt
from nibabel.filebasedimages import ImageFileError
from nibabel.spatialimages import HeaderDataError

from surgitwin.core.arrays import FloatArray
from surgitwin.imaging.formats.file_image import FileImage, check_size, not_scalar, unreadable
from surgitwin.imaging.formats.question import MM_PER_UNIT

SAME_MM = 0.1
"""Transforms that move no corner of the image by more than this say the same: the rounding of quaternions
in 32 bits over 1 m is some hundredths; cf. POSITION_TOLERANCE_MM of DICOM. No unit counts as mm."""

UNITS = {1: "m", 2: "mm", 3: "um"}
"""NIFTI_UNITS_METER, _MM, _MICRON."""

TRANSFORMS = ("unknown", "scanner", "aligned", "Talairach", "MNI 152", "template")
"""Meaning of sform_code and qform_code 0 to 5."""

_FAULTS = (
    ImageFileError,
    HeaderDataError,
    OSError,
    EOFError,
    ValueError,
    zlib.error,
    OverflowError,
    KeyError,
)


def open_nifti(path: Path) -> FileImage:
    """What a .nii or .nii.gz file says. Raises InputError ("image.unreadable", "image.not_scalar")."""
    try:
        image: Any = nib.load(path)
    except _FAULTS as error:
        unreadable(path, str(error) or type(error).__name__)
    if not isinstance(image, nib.Nifti1Image):
        unreadable(path, f"it is a file of the kind {type(image).__name__}")
    shape = tuple(int(n) for n in image.shape)
    spatial = (*shape, 1, 1)[:3]
    if len(shape) > 4 and max(shape[4:]) > 1:
        not_scalar(path, f"{len(shape)} dimensions ({' x '.join(map(str, shape))})")
    if image.get_data_dtype().names or image.get_data_dtype().kind not in "iufb":
        not_scalar(path, f"voxels of type {image.get_data_dtype()}")
    check_size(path, spatial, image.get_data_dtype().itemsize)
    header: Any = image.header
    affine, transforms, facts = _transforms(path, header, spatial)
    known = bool(int(header["sform_code"]) > 0 or int(header["qform_code"]) > 0)
    return FileImage(
        path,
        "NIfTI",
        (spatial[2], spatial[1], spatial[0]),
        affine,
        "ras" if known else None,
        UNITS.get(int(header["xyzt_units"]) & 7),
        lambda n: _voxels(path, image, n),
        count=shape[3] if len(shape) > 3 else 1,
        transforms=transforms,
        facts=facts,
    )


def _transforms(
    path: Path, header: Any, shape: tuple[int, ...]
) -> tuple[FloatArray, dict[str, FloatArray], tuple[str, ...]]:
    """Affine in use, both when they disagree, and words. Neither given: voxel size along the axes."""
    found: dict[str, FloatArray] = {}
    words = []
    for name, read in (("sform", header.get_sform), ("qform", header.get_qform)):
        code = int(header[f"{name}_code"])
        if code > 0:
            try:
                found[name] = np.asarray(read(), float)
            except _FAULTS as error:
                unreadable(path, f"its {name} is wrong: {error}")
            kind = TRANSFORMS[code] if code < len(TRANSFORMS) else "unknown"
            words.append(f"The {name} is given ({kind}).")
    if not found:
        size = np.abs(np.asarray(header["pixdim"], float)[1:4])
        return np.diag([*size, 1.0]), {}, ("It gives no orientation (neither sform nor qform).",)
    if len(found) == 2:
        apart = _corner_distance(found["sform"], found["qform"], shape)
        unit = UNITS.get(int(header["xyzt_units"]) & 7, "mm")
        if not apart * MM_PER_UNIT[unit] <= SAME_MM:
            words.append(f"Its sform and qform put the image up to {apart * MM_PER_UNIT[unit]:.3g} mm apart.")
            return found["sform"], found, tuple(words)
    return next(iter(found.values())), {}, tuple(words)


def _corner_distance(a: FloatArray, b: FloatArray, shape: tuple[int, ...]) -> float:
    """Largest distance of a corner voxel under two affines."""
    corners = np.array(np.meshgrid(*[(0, n - 1) for n in shape], indexing="ij")).reshape(3, -1).T
    return float(np.linalg.norm(corners @ (a - b)[:3, :3].T + (a - b)[:3, 3], axis=1).max())


def _voxels(path: Path, image: Any, n: int) -> npt.NDArray[Any]:
    """Rescaled voxels [k, j, i] of volume n; only that volume is read."""
    data = image.dataobj
    try:
        slicer = (slice(None),) * 3 + (n,) + (0,) * (len(image.shape) - 4)
        array = np.asarray(data[slicer[: len(image.shape)]])
    except (*_FAULTS, MemoryError) as error:
        unreadable(path, str(error) or type(error).__name__)
    return array.reshape((*array.shape, 1, 1)[:3]).T
