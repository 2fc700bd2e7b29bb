"""A second lumen beside the first: a dissected vessel, seen as a round vessel parted by a dark flap."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from surgitwin.anatomy.root.coarse import block_means
from surgitwin.anatomy.root.image import TISSUE_HU
from surgitwin.anatomy.root.labels import inside_tube
from surgitwin.core.arrays import FloatArray
from surgitwin.core.image import Volume
from surgitwin.core.vessel import LumenTube, Notice

GRID_MM = 1.5
TRUE_SHARE, FALSE_SHARE = 0.7, (0.25, 0.72)
"""Share of the contrast in the true lumen and in the false one, which fills late. Planning settings, chosen
on
one dissected aorta."""
FLAP_MM = 4.5
TRUE_MM2, FALSE_MM2, WHOLE_MM2 = (45.0, 900.0), (45.0, 1500.0), (280.0, 2000.0)
ROUND_WHOLE, ROUND_PART, FLAT_PART = 0.62, 0.78, 0.12
LEAST_HALF_MM, LEAST_STEP = 2.6, 0.2
"""Together they fill a round outline; one of them alone is no circle; both are wider than a side branch,
and their levels differ by a fifth of the contrast or more."""
LEAST_LENGTH_MM, STEP_MM = 15.0, 6.0
"""Seen over 15 mm of the vessel, with centres within 6 mm from slice to slice."""


def false_lumen_notices(volume: Volume, lumen_hu: float, tube: LumenTube) -> list[Notice]:
    """A notice for each stretch of vessel in which two lumina of different contrast lie in one round outline.

    Looked for in the slices of the image, outside the tracked root (whose leaflets part it too).
    """
    array, grid = block_means(volume, GRID_MM)
    smooth = ndimage.gaussian_filter(array, (0.0, 0.7, 0.7))
    share = (smooth - TISSUE_HU) / (lumen_hu - TISSUE_HU)
    tracks: list[list[FloatArray]] = []
    gap = max(2, round(4.5 / float(grid.spacing_mm[2])))
    last: list[int] = []
    for k in range(grid.shape[0]):
        for j, i in _parted_vessels(share[k], float(grid.spacing_mm[0])):
            point = grid.index_to_lps(np.array([i, j, float(k)]))
            for n, track in enumerate(tracks):
                if k - last[n] <= gap and np.linalg.norm((track[-1] - point)[:2]) < STEP_MM:
                    track.append(point)
                    last[n] = k
                    break
            else:
                tracks.append([point])
                last.append(k)
    out = []
    for track in tracks:
        points = np.array(track)
        length = float(np.linalg.norm(points[-1] - points[0]))
        if length < LEAST_LENGTH_MM or inside_tube(tube, points).mean() > 0.2:
            continue
        out.append((length, points))
    return [_notice(length, points) for length, points in sorted(out, key=lambda t: -t[0])]


def _notice(length: float, points: FloatArray) -> Notice:
    x, y, z = (float(v) for v in points[len(points) // 2])
    text = (
        f"Two lumina of different contrast in one vessel over {length:.0f} mm: a dissection with a false "
        "lumen. "
        "Check that clicks and access lie in the true lumen."
    )
    return Notice("vessel.false_lumen", text, (x, y, z))


def _parted_vessels(share: npt.NDArray[np.float32], pixel_mm: float) -> list[tuple[float, float]]:
    """Centres (j, i) of round regions of one slice that a true and a false lumen fill together."""
    true, false = share > TRUE_SHARE, (share > FALSE_SHARE[0]) & (share < FALSE_SHARE[1])
    false = ndimage.binary_opening(false)  # the blurred rim of every bright vessel is no lumen
    true_parts = _sized(true, TRUE_MM2, pixel_mm)
    false_parts = _sized(false, FALSE_MM2, pixel_mm)
    reach = max(1, round(FLAP_MM / pixel_mm / 2))
    out = []
    for part in true_parts:
        near = ndimage.binary_dilation(part, iterations=2 * reach)
        for other in false_parts:
            contact = float((near & other).sum()) / float(other.sum())
            step = float(np.median(share[part]) - np.median(share[other]))
            if (
                contact < FLAT_PART
                or step < LEAST_STEP
                or min(_roundness(part), _roundness(other)) > ROUND_PART
            ):
                continue
            padded = np.pad(part | other, reach)
            whole = ndimage.binary_closing(padded, iterations=reach)[reach:-reach, reach:-reach]
            area = float(whole.sum()) * pixel_mm**2
            if WHOLE_MM2[0] <= area <= WHOLE_MM2[1] and _roundness(whole) > ROUND_WHOLE:
                j, i = np.nonzero(whole)
                out.append((float(j.mean()), float(i.mean())))
    return out


def _sized(
    mask: npt.NDArray[np.bool_], area_mm2: tuple[float, float], pixel_mm: float
) -> list[npt.NDArray[np.bool_]]:
    """Connected regions of one slice within a range of areas."""
    labels, count = ndimage.label(mask)
    sizes = np.bincount(labels.ravel(), minlength=count + 1) * pixel_mm**2
    out = []
    for n, box in enumerate(ndimage.find_objects(labels), 1):
        if area_mm2[0] <= sizes[n] <= area_mm2[1]:
            depth = ndimage.distance_transform_edt(np.pad(labels[box] == n, 1))
            if depth.max() * pixel_mm >= LEAST_HALF_MM:
                out.append(labels == n)
    return out


def _roundness(mask: npt.NDArray[np.bool_]) -> float:
    """Area over that of the circle about its centre that holds it: 1 for a disc."""
    j, i = np.nonzero(mask)
    reach = float(np.hypot(j - j.mean(), i - i.mean()).max()) + 0.5
    return len(j) / (np.pi * reach**2)
