"""Files that SimpleITK reads: size and affine from the header, voxels later."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import SimpleITK as sitk  # noqa: N813 - its customary name

from surgitwin.core.arrays import FloatArray
from surgitwin.imaging.formats.file_image import check_size, not_scalar, unreadable

LARGEST_VOXEL_BYTES = 8


def open_itk(path: Path, image_io: str) -> Any:
    """A SimpleITK reader that has read the header (InputError "image.unreadable", "image.not_scalar")."""
    reader = sitk.ImageFileReader()
    reader.SetImageIO(image_io)
    reader.SetFileName(str(path))
    try:
        reader.ReadImageInformation()
    except RuntimeError as error:
        unreadable(path, _reason(error))
    if reader.GetNumberOfComponents() != 1:
        not_scalar(path, f"{reader.GetNumberOfComponents()} numbers per voxel")
    if reader.GetDimension() != 3:
        not_scalar(path, f"{reader.GetDimension()} dimensions")
    return reader


def information(path: Path, reader: Any) -> tuple[FloatArray, tuple[int, int, int]]:
    """Affine (4x4, (i, j, k) to the file's frame) and shape (nk, nj, ni) of a header that was read."""
    ni, nj, nk = (int(n) for n in reader.GetSize())
    check_size(path, (nk, nj, ni), LARGEST_VOXEL_BYTES)
    affine = np.eye(4)
    affine[:3, :3] = np.array(reader.GetDirection()).reshape(3, 3) * np.array(reader.GetSpacing())
    affine[:3, 3] = reader.GetOrigin()
    return affine, (nk, nj, ni)


def read_voxels(path: Path, image_io: str) -> npt.NDArray[Any]:
    """Voxels [k, j, i] as stored."""
    try:
        array: npt.NDArray[Any] = sitk.GetArrayFromImage(sitk.ReadImage(str(path), imageIO=image_io))
    except (RuntimeError, MemoryError) as error:
        unreadable(path, _reason(error))
    return array


def _reason(error: Exception) -> str:
    """The last line of ITK's message, which says what is wrong."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[-1] if lines else type(error).__name__
