"""Which voxels of a head are its face: what lies in front of the skull, seen from the front.

From the front every ray goes through skin and flesh until it meets the skull (of an MR: the brain with a
rim as thick as a skull). Where it would go through an opening (eyes, nose, mouth) it stops as deep as the
bone around the opening; where it meets nothing it stops at a plane. Where the cut lies depends on bone and
brain alone, so it keeps no relief of the skin. Settings were chosen on phantoms.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import ndimage
from skimage.filters import threshold_otsu

from surgitwin.core.image import Volume

SKIN_HU = -300.0
"""Between air and fat (DICOM values of air -1000, fat -100)."""

BONE_HU = 300.0
"""Above contrast-free soft tissue, below cortical bone; thin bone is met too."""

HEAD_MM = 250.0
"""Numerical setting: from the crown so far down, which is more than crown to chin of a tall adult."""

DEPTH_MM = 55.0
"""Numerical setting: no ray goes further behind the foremost bone; the cheeks lie in front of that."""

OPENING_WIDTH_MM = 44.0
"""Numerical setting: a gap in the bone narrower than this is an opening (an orbit is about 40 mm wide)."""

SKULL_MM = 8.0
"""Numerical setting: rim that is kept around the brain of an MR, about the thickness of a skull."""

THIN_MM = 5.0
"""Numerical setting: what is thinner is no brain (scalp, muscles of the eye)."""

LEAST_ML = 200.0
"""Numerical setting: with less skull or brain than this there is no head to orient by."""

Bools = npt.NDArray[np.bool_]


def face_region(volume: Volume) -> Bools | None:
    """Voxels [k, j, i] of the face; None when no head is found. The axes of the patient give the front."""
    spacing = np.asarray(volume.grid.spacing_mm, float)
    body = _largest(volume.array > (SKIN_HU if volume.unit == "HU" else _noise(volume.array)))
    kept = _skull(volume) if volume.unit == "HU" else _brain(volume, spacing)
    voxel_ml = float(np.prod(spacing)) / 1000
    if kept is None or kept.sum() * voxel_ml < LEAST_ML:
        return None
    order, flips = patient_axes(volume)
    turned = [np.flip(np.transpose(a, order), flips) for a in (body, kept)]
    lengths = spacing[::-1][list(order)]
    face = _in_front(turned[0], turned[1], lengths)
    out: Bools = np.transpose(np.flip(face, flips), np.argsort(order))
    return np.ascontiguousarray(out)


def _in_front(body: Bools, kept: Bools, lengths: npt.NDArray[np.float64]) -> Bools:
    """Arrays [from the crown down, from the front back, across]; lengths: of a voxel along them, mm."""
    rows = np.flatnonzero(kept.any(axis=(1, 2)))
    low = rows[0] + round(HEAD_MM / lengths[0])
    inside = kept[: low + 1]
    foremost = int(np.flatnonzero(inside.any(axis=(0, 2)))[0])
    plane = min(foremost + round(DEPTH_MM / lengths[1]), body.shape[1])
    stop = np.minimum(np.where(kept.any(axis=1), kept.argmax(axis=1), plane), plane)
    width = [max(1, round(OPENING_WIDTH_MM / lengths[a])) for a in (0, 2)]
    stop = np.minimum(stop, ndimage.grey_opening(stop, size=width, mode="nearest"))
    depth = np.arange(body.shape[1])[None, :, None]
    face: Bools = body & ~kept & (depth < stop[:, None, :])
    face[low + 1 :] = False
    return face


def patient_axes(volume: Volume) -> tuple[tuple[int, int, int], tuple[int, ...]]:
    """Order of the array's axes that makes them down, back, across, and which of them to flip then."""
    direction = np.asarray(volume.grid.direction, float)[:, ::-1]  # columns k, j, i
    across, back, down = (int(np.abs(direction[n]).argmax()) for n in range(3))
    if len({across, back, down}) < 3:
        back = next(n for n in range(3) if n not in (across, down)) if across != down else back
        across = 3 - back - down
    flips = []
    if direction[2, down] > 0:  # z grows upwards
        flips.append(0)
    if direction[1, back] < 0:  # y grows backwards
        flips.append(1)
    return (down, back, across), tuple(flips)


def _skull(volume: Volume) -> Bools:
    return _largest(volume.array > BONE_HU)


def _noise(array: npt.NDArray[Any]) -> float:
    """Half of Otsu's threshold: skin and fat are above, the noise of air is below."""
    return float(threshold_otsu(np.asarray(array, np.float32).ravel()[::7])) / 2


def _brain(volume: Volume, spacing: npt.NDArray[np.float64]) -> Bools | None:
    """The largest thick bright part with a rim."""
    bright = volume.array > _noise(volume.array)
    sampling = tuple(spacing[::-1])
    core = ndimage.distance_transform_edt(bright, sampling) > THIN_MM
    if not core.any():
        return None
    core = _largest(core)
    grown: Bools = ndimage.distance_transform_edt(~core, sampling) <= THIN_MM + SKULL_MM
    return grown


def _largest(mask: Bools) -> Bools:
    labels, count = ndimage.label(mask)
    if count == 0:
        return mask
    sizes = np.bincount(labels.ravel())
    sizes[0] = 0
    out: Bools = labels == int(sizes.argmax())
    return out
