"""Images of other formats: what a file leaves open (`look_image`), and the volume (`read_image`)."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from surgitwin.core.errors import InputError
from surgitwin.core.image import Volume
from surgitwin.core.places import require_file
from surgitwin.core.progress import SILENT, Progress
from surgitwin.imaging.dicom.loading import HU_RANGE
from surgitwin.imaging.formats.file_image import FileImage
from surgitwin.imaging.formats.metaimage import open_metaimage
from surgitwin.imaging.formats.nifti import open_nifti
from surgitwin.imaging.formats.nrrd_foreign import open_nrrd
from surgitwin.imaging.formats.question import Answers, ImageQuestions
from surgitwin.imaging.formats.settle import Settled, scale_known, settle
from surgitwin.imaging.formats.vti import open_vti

OPENERS: dict[str, Callable[[Path], FileImage]] = {
    ".nii": open_nifti,
    ".nii.gz": open_nifti,
    ".nrrd": open_nrrd,
    ".nhdr": open_nrrd,
    ".mha": open_metaimage,
    ".mhd": open_metaimage,
    ".vti": open_vti,
}
"""End of the name -> what reads it."""

KINDS = {"hu": ("CT", "HU"), "mr": ("MR", "1"), "other": ("OT", "1")}
"""Answer on the values -> modality (PS3.3 C.7.3.1.1.1) and unit, as for DICOM images."""


def image_suffix(path: Path) -> str:
    """The known end of the file's name, "" for another kind of file."""
    name = path.name.lower()
    return next((s for s in OPENERS if name.endswith(s)), "")


def open_image(path: Path) -> FileImage:
    """What the file says. Raises InputError ("image.missing", "image.unknown_format", "image.unreadable",
    "image.not_scalar", "image.too_large")."""
    suffix = image_suffix(path)
    if not suffix:
        raise InputError(
            "image.unknown_format",
            f"{path.name} is no image format that is read.",
            hint=f"Give a file that ends in {', '.join(OPENERS)}, or a folder of DICOM files.",
            where=str(path),
        )
    require_file(path, "image.missing")
    return OPENERS[suffix](path)


def look_image(path: Path, answers: Answers | None = None) -> ImageQuestions:
    """What `path` says and which questions are open after `answers`; voxels are not read.

    Raises the errors of `open_image`, InputError "image.sheared", UsageError "image.contradiction".
    """
    image = open_image(path)
    return _questions(image, settle(image, answers or Answers()))


def read_image(path: Path, answers: Answers | None = None, progress: Progress = SILENT) -> Volume:
    """The volume in LPS mm, [k, j, i]; int16 or uint8 when the values fit, else floating point.

    Its meta holds "source": format, SHA-256 of the file, what was answered, notes. No name from the file is
    kept. Raises the errors of `look_image`, an open question as InputError with the question's code, and
    InputError "image.not_finite", "image.not_hounsfield".
    """
    given = answers or Answers()
    progress("Reading the image", 0.0)
    image = open_image(path)
    settled = settle(image, given)
    _questions(image, settled).require_answered()
    assert settled.grid is not None
    array = tidy(path, image.read(given.volume or 0))
    modality, unit = _kind(image, given)
    if unit == "HU":
        check_hounsfield(path, array)
    progress("Checking the image", 0.8)
    meta: dict[str, Any] = dict(image.known.meta) if image.known else {"description": f"{image.format} file"}
    meta["source"] = {
        "format": image.format,
        "sha256": _digest(path),
        "answers": given.said(),
        "notes": list(settled.notes),
    }
    progress("Image read", 1.0)
    return Volume(array, settled.require_grid(), modality, unit, meta, scale_known=scale_known(image, given))


def _kind(image: FileImage, given: Answers) -> tuple[str, str]:
    if image.known is not None:
        return image.known.modality, image.known.unit
    return KINDS[given.values or "other"]


def _questions(image: FileImage, settled: Settled) -> ImageQuestions:
    spacing = np.linalg.norm(image.affine[:3, :3], axis=0)[::-1]
    return ImageQuestions(
        image.path,
        image.format,
        image.shape,
        (float(spacing[0]), float(spacing[1]), float(spacing[2])),
        image.unit,
        image.frame,
        image.count,
        (*image.facts, *settled.notes),
        settled.open,
    )


def tidy(path: Path, array: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """The voxels in a type that the program keeps: uint8, int16 for whole numbers that fit, else float32 (or
    float64 where float32 would round whole numbers). InputError "image.not_finite"."""
    if array.dtype.kind == "f" and not np.isfinite(array).all():
        bad = int(np.count_nonzero(~np.isfinite(array)))
        raise InputError(
            "image.not_finite",
            f"{path.name} has {bad} voxels that are no numbers (NaN or infinite).",
            hint="Replace them in the program that made the file; a CT has -1000 outside its field.",
            where=str(path),
        )
    if array.dtype == np.bool_ or array.dtype == np.uint8:
        return array.astype(np.uint8, copy=False)
    low, high = float(array.min()), float(array.max())
    whole = array.dtype.kind in "iu" or bool((array == np.rint(array)).all())
    if whole and low >= -32768 and high <= 32767:
        return array.astype(np.int16, copy=False)
    exact = array.dtype.kind == "f" or max(-low, high) <= 2**24
    return array.astype(np.float32 if exact else np.float64, copy=False)


def check_hounsfield(path: Path, array: npt.NDArray[Any]) -> None:
    """InputError "image.not_hounsfield" when a CT cannot hold such values.

    Air, lung and fat lie below the 0 HU of water, so an image of a body without any negative value is
    shifted, scaled or a label map.
    """
    low, high = float(array.min()), float(array.max())
    if low < 0 and low >= HU_RANGE[0] and high <= HU_RANGE[1]:
        return
    raise InputError(
        "image.not_hounsfield",
        f"{path.name} holds values from {low:g} to {high:g}: not Hounsfield units (water 0, air -1000).",
        hint="Answer --values other to look at it, or export the CT again in Hounsfield units.",
        where=str(path),
    )


def _digest(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
