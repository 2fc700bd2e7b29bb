"""Images and masks handed to and taken from a model's program, as NIfTI (RAS)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
import numpy.typing as npt

from surgitwin.core.errors import PluginError
from surgitwin.core.image import ImageGrid, LabelMap, Segment, Volume
from surgitwin.segmentation.automatic.interface import Offered

_RAS = np.diag([-1.0, -1.0, 1.0, 1.0])


def write_image(volume: Volume, path: Path) -> None:
    """The image as NIfTI; nothing of the patient goes along."""
    array = np.ascontiguousarray(np.asarray(volume.array).transpose(2, 1, 0))
    nib.save(nib.Nifti1Image(array, _RAS @ volume.grid.affine), path)


def read_numbers(path: Path, grid: ImageGrid) -> npt.NDArray[Any]:
    """Whole numbers [k, j, i] of a NIfTI on the grid; PluginError "automatic.bad_result"."""
    try:
        image: Any = nib.load(path)
        array = np.asarray(image.dataobj)
    except (OSError, ValueError, EOFError, nib.filebasedimages.ImageFileError) as error:
        raise _bad(path, f"it cannot be read ({error})") from None
    if array.shape != grid.shape[::-1] or not np.allclose(image.affine, _RAS @ grid.affine, atol=1e-2):
        raise _bad(path, "it does not lie on the voxels of the image")
    if not np.equal(np.mod(array, 1), 0).all() or array.min() < 0:
        raise _bad(path, "it does not hold whole numbers from 0 up")
    return np.asarray(np.rint(array).astype(np.int32).transpose(2, 1, 0))


def labels_of(grid: ImageGrid, wanted: Sequence[Offered], masks: Sequence[npt.NDArray[Any]]) -> LabelMap:
    """One label map; where masks overlap the first keeps the voxel."""
    out = np.zeros(grid.shape, np.uint8)
    for label, mask in enumerate(masks, 1):
        out[(mask > 0) & (out == 0)] = label
    segments = tuple(Segment(n, o.name, o.code, o.rgb) for n, o in enumerate(wanted, 1))
    return LabelMap(out, grid, segments)


def _bad(path: Path, why: str) -> PluginError:
    return PluginError(
        "automatic.bad_result",
        f"The model left {path.name}, but {why}.",
        hint="Check the version of the model; the case is unchanged.",
        where=str(path),
    )
