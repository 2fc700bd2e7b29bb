"""Large round bright vessels through neighbouring axial slices."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from surgitwin.core.arrays import FloatArray
from surgitwin.core.image import ImageGrid

AREA_MM2 = (400.0, 2000.0)
"""Ascending aorta 22 to 50 mm wide (dimensions.md C3: 33 +- 4)."""
ROUNDNESS = 0.78
LEAST_LENGTH_MM = 12.0


@dataclass(frozen=True, eq=False)
class Stack:
    """A vessel through neighbouring axial slices: centres (k, 3) LPS from low to high, area mm2, mean HU."""

    centres_mm: FloatArray
    area_mm2: float
    level_HU: float


def round_stacks(mask: npt.NDArray[np.bool_], array: npt.NDArray[np.float32], grid: ImageGrid) -> list[Stack]:
    """Round regions of axial slices, joined where their centres follow each other."""
    pixel = float(grid.spacing_mm[0] * grid.spacing_mm[1])
    up = 1 if grid.direction[2, 2] >= 0 else -1
    slices = range(grid.shape[0])[::up]
    open_tracks: list[list[tuple[FloatArray, float, float]]] = []
    done: list[list[tuple[FloatArray, float, float]]] = []
    for k in slices:
        regions = _round_regions(mask[k], array[k], grid, k, pixel)
        carried = []
        for track in open_tracks:
            last = track[-1][0]
            near = [r for r in regions if np.linalg.norm(r[0] - last) < 2.0 * grid.spacing_mm[2] + 1.0]
            if near:
                track.append(near[0])
                regions = [r for r in regions if r is not near[0]]
                carried.append(track)
            else:
                done.append(track)
        open_tracks = carried + [[r] for r in regions]
    stacks = []
    for track in done + open_tracks:
        centres = np.array([r[0] for r in track])
        if len(track) > 2 and np.linalg.norm(centres[-1] - centres[0]) >= LEAST_LENGTH_MM:
            stacks.append(
                Stack(
                    centres, float(np.median([r[1] for r in track])), float(np.median([r[2] for r in track]))
                )
            )
    return stacks


def _round_regions(
    mask: npt.NDArray[np.bool_], values: npt.NDArray[np.float32], grid: ImageGrid, k: int, pixel: float
) -> list[tuple[FloatArray, float, float]]:
    labels, _ = ndimage.label(ndimage.binary_opening(mask, iterations=1))
    out = []
    for n, box in enumerate(ndimage.find_objects(labels), 1):
        j, i = np.nonzero(labels[box] == n)
        area = len(j) * pixel
        if not AREA_MM2[0] <= area <= AREA_MM2[1]:
            continue
        j, i = j + box[0].start, i + box[1].start
        if j.min() == 0 or i.min() == 0 or j.max() == mask.shape[0] - 1 or i.max() == mask.shape[1] - 1:
            continue
        away = np.hypot((j - j.mean()) * grid.spacing_mm[1], (i - i.mean()) * grid.spacing_mm[0])
        if area < ROUNDNESS * np.pi * (away.max() + 0.5 * grid.spacing_mm[0]) ** 2:
            continue
        centre = grid.index_to_lps(np.array([i.mean(), j.mean(), float(k)]))
        out.append((centre, area, float(np.median(values[j, i]))))
    return out


def ranked_aortas(stacks: list[Stack], level: float) -> list[Stack]:
    """The likeliest ascending aorta first: wide, in full contrast, in front, and reaching up."""
    front = min(float(s.centres_mm[:, 1].mean()) for s in stacks)
    top = max(float(s.centres_mm[:, 2].max()) for s in stacks)

    def score(s: Stack) -> float:
        bright = min(s.level_HU / level, 1.0)
        length = min(float(np.linalg.norm(s.centres_mm[-1] - s.centres_mm[0])), 40.0) / 40.0
        behind = (float(s.centres_mm[:, 1].mean()) - front) / 60.0
        below = (top - float(s.centres_mm[:, 2].max())) / 40.0
        width = float(np.sqrt(s.area_mm2 / np.pi)) / 16.0
        return 2.0 * bright + width + 0.5 * length - behind - below

    return sorted(stacks, key=score, reverse=True)
