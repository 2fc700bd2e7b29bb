"""Whether an image has the size of a person: a wrong unit is a thousand-fold mistake."""

from __future__ import annotations

import numpy as np

from surgitwin.core.image import ImageGrid
from surgitwin.imaging.dicom.stack_checks import FIELD_RANGE_MM, LENGTH_LIMIT_MM, SPACING_RANGE_MM


def size_fault(grid: ImageGrid) -> str:
    """Words on a size that no person has, "" when it is plausible. The limits are those of DICOM images;
    the file's axes may be in any order, so the field is that of the two longest."""
    size = np.array(grid.shape[::-1]) * grid.spacing_mm
    longest = np.sort(size)[::-1]
    low, high = FIELD_RANGE_MM
    spacing = grid.spacing_mm
    fine = longest[0] <= LENGTH_LIMIT_MM and low <= longest[1] <= high
    fine = fine and spacing.min() >= SPACING_RANGE_MM[0] and spacing.max() <= SPACING_RANGE_MM[1]
    if fine:
        return ""
    sizes, voxel = (" x ".join(f"{v:.4g}" for v in part) for part in (size, spacing))
    return f"It measures {sizes} mm with voxels of {voxel} mm: not the size of a person or a part of one."
