"""What a registration needs of its two images, checked before anything is computed."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from surgitwin.core.errors import InputError, UsageError
from surgitwin.core.image import Volume
from surgitwin.imaging.registration.types import KINDS

LEAST_SLICES = 4
"""Numerical setting: fewer slices leave the turn of an image out of its plane free."""


def check_images(fixed: Volume, moving: Volume, kind: str, mask: npt.NDArray[np.bool_] | None) -> None:
    """InputError "image.no_scale", "register.flat_image"; UsageError "register.kind", "register.mask"."""
    if kind not in KINDS:
        raise UsageError(
            "register.kind",
            f"There is no registration {kind!r}.",
            hint=f"Choose one of: {', '.join(KINDS)}.",
            where="kind",
        )
    for name, volume in (("first", fixed), ("second", moving)):
        volume.require_scale()
        if min(volume.grid.shape) < LEAST_SLICES:
            raise InputError(
                "register.flat_image",
                f"The {name} image has {min(volume.grid.shape)} slices; a registration in space needs "
                f"{LEAST_SLICES} or more.",
                hint="Choose a series with all slices.",
                where=name,
            )
    if mask is not None and (mask.shape != fixed.grid.shape or not mask.any()):
        raise UsageError(
            "register.mask",
            "The mask is empty or does not fit the first image.",
            hint="Name a segment of this case that has voxels.",
            where="mask",
        )
