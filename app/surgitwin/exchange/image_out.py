"""Images for other programs: NIfTI (RAS), MetaImage and VTI (LPS); nothing of the headers is written.

Of these formats NIfTI alone says its frame and unit in words that readers know. None says what the values are
(HU or not): that stands in the NRRD file of `imaging.formats.nrrd`.
"""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
import numpy.typing as npt
import SimpleITK as sitk  # noqa: N813 - its customary name
from vtkmodules.vtkIOXML import vtkXMLImageDataWriter

from surgitwin.core.image import ImageGrid, Volume
from surgitwin.imaging.convert import to_sitk, to_vtk
from surgitwin.imaging.formats.nrrd import COMPRESSION_LEVEL, NOTICE
from surgitwin.imaging.formats.settle import RAS_TO_LPS

SCANNER = 1
"""NIFTI_XFORM_SCANNER_ANAT: coordinates of the scanner, as in the DICOM images."""

FRAME = "LPS"


def nifti_image(array: npt.NDArray[Any], grid: ImageGrid, scale_known: bool) -> nib.Nifti1Image:
    """Voxels [k, j, i] (not copied) as NIfTI in RAS with sform and qform; unit mm, or none."""
    affine = RAS_TO_LPS @ grid.affine
    image = nib.Nifti1Image(np.asarray(array).T, affine)
    image.set_sform(affine, SCANNER)
    image.set_qform(affine, SCANNER)
    header: Any = image.header
    header.set_xyzt_units("mm" if scale_known else "unknown")
    header["descrip"] = NOTICE.encode()
    return image


def save_nifti(image: nib.Nifti1Image, path: Path, packed: bool) -> None:
    """Write `image` slice by slice; packed: by gzip, the same bytes each time."""
    with path.open("wb") as stream:
        if not packed:
            image.to_stream(stream)
            return
        with gzip.GzipFile(
            filename="", mode="wb", compresslevel=COMPRESSION_LEVEL, fileobj=stream, mtime=0
        ) as packer:
            image.to_stream(packer)


def write_nifti(volume: Volume, path: Path, packed: bool) -> None:
    """NIfTI with the voxels as they are: HU of CT, no rescaling."""
    save_nifti(nifti_image(volume.array, volume.grid, volume.scale_known), path, packed)


def write_metaimage(volume: Volume, path: Path) -> None:
    """MetaImage (.mha) in LPS mm, packed; the file names neither. Raises OSError."""
    try:
        sitk.WriteImage(to_sitk(volume), str(path), useCompression=True, imageIO="MetaImageIO")
    except RuntimeError as error:
        raise OSError(f"ITK cannot write {path.name}") from error


def write_vti(volume: Volume, path: Path) -> None:
    """VTK image with direction matrix in LPS; notice, frame and unit as field data. Raises OSError."""
    data = to_vtk(volume, volume.unit or "values")
    data.field_data["notice"] = [NOTICE]
    data.field_data["frame"] = [FRAME]
    if volume.scale_known:
        data.field_data["length_unit"] = ["mm"]
    writer = vtkXMLImageDataWriter()
    writer.SetFileName(str(path))
    writer.SetInputData(data)
    if not writer.Write() or writer.GetErrorCode():
        raise OSError(f"VTK cannot write {path.name}")


def image_writers(volume: Callable[[], Volume]) -> dict[str, Callable[[Path], None]]:
    """Suffix -> writer; volume: read when a file is written."""
    return {
        ".nii.gz": lambda p: write_nifti(volume(), p, packed=True),
        ".nii": lambda p: write_nifti(volume(), p, packed=False),
        ".mha": lambda p: write_metaimage(volume(), p),
        ".vti": lambda p: write_vti(volume(), p),
    }
