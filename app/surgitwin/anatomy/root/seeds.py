"""The two clicks proposed: a large round bright vessel in axial slices, followed down into the ventricle."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from surgitwin.anatomy.root.image import CONTRAST_HU, TISSUE_HU
from surgitwin.core.arrays import FloatArray
from surgitwin.core.errors import InputError
from surgitwin.core.image import ImageGrid, Volume

GRID_MM = 2.0
AREA_MM2 = (400.0, 2000.0)
"""Ascending aorta 22 to 50 mm wide (dimensions.md C3: 33 +- 4)."""
ROUNDNESS = 0.78
LEAST_LENGTH_MM = 12.0
STEP_MM, DOWN_MM, CONE_DEG = 2.0, 72.0, 32.0
AXIS = np.array([0.42, 0.26, -0.87])
"""From the aorta towards the ventricle: left, back and down (GK)."""
CLICK_UP_MM = 10.0
CLICK_HINT = "Click once in the middle of the ascending aorta and once in the left ventricle below the valve."


@dataclass(frozen=True, eq=False)
class _Stack:
    """A vessel through neighbouring axial slices: centres (k, 3) LPS from low to high, area mm2, mean HU."""

    centres_mm: FloatArray
    area_mm2: float
    level_HU: float


def propose_seeds(volume: Volume) -> tuple[FloatArray, FloatArray, float]:
    """Clicks in the ascending aorta and the left ventricle (LPS mm), and how sure: 0 to 1.

    InputError: "vessel.no_contrast", "root.no_seeds" (click by hand).
    """
    coarse, grid = _coarse(volume)
    level = _contrast_level(coarse)
    mask = coarse > 0.5 * (level + TISSUE_HU)
    stacks = _round_stacks(mask, coarse, grid)
    if not stacks:
        raise _none("no large round bright vessel was found in the axial slices")
    aorta, sure = _ascending(stacks, level)
    depth = ndimage.distance_transform_edt(mask, sampling=grid.spacing_mm[::-1])
    way = _walk_down(aorta.centres_mm[0], depth, grid)
    if np.linalg.norm(way[-1] - way[0]) < 0.6 * DOWN_MM:
        raise _none("the bright vessel ends before it reaches a ventricle")
    low = aorta.centres_mm[0]
    up = int(np.argmin(np.abs(np.linalg.norm(aorta.centres_mm - low, axis=1) - CLICK_UP_MM)))
    return aorta.centres_mm[up], way[-1], sure


def _none(why: str) -> InputError:
    return InputError(
        "root.no_seeds", f"No aortic root was found by itself: {why}.", hint=CLICK_HINT, where="image"
    )


def _coarse(volume: Volume) -> tuple[npt.NDArray[np.float32], ImageGrid]:
    """The image on a grid of about 2 mm, slices along the patient's axis upwards; axes of the grid kept."""
    step = np.maximum(1, np.round(GRID_MM / volume.grid.spacing_mm[::-1])).astype(int)
    smooth = ndimage.uniform_filter(np.asarray(volume.array, np.float32), tuple(step))
    array = smooth[:: step[0], :: step[1], :: step[2]]
    grid = ImageGrid(
        array.shape, volume.grid.origin_mm, volume.grid.spacing_mm * step[::-1], volume.grid.direction
    )
    return array, grid


def _contrast_level(array: npt.NDArray[np.float32]) -> float:
    """HU of the arterial contrast: the highest frequent level between 200 and 800 HU."""
    bright = array[(array > CONTRAST_HU) & (array < 800)]
    if bright.size < 500:
        raise InputError(
            "vessel.no_contrast",
            f"No contrast in the image: hardly a voxel lies over {CONTRAST_HU:.0f} HU.",
            hint="Choose the series with contrast (arterial phase, CT angiography).",
            where="image",
        )
    return float(np.quantile(bright, 0.75))


def _round_stacks(
    mask: npt.NDArray[np.bool_], array: npt.NDArray[np.float32], grid: ImageGrid
) -> list[_Stack]:
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
                _Stack(
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


def _ascending(stacks: list[_Stack], level: float) -> tuple[_Stack, float]:
    """The stack that is wide, in full contrast and in front; its lead over the next one as sureness."""
    front = min(float(s.centres_mm[:, 1].mean()) for s in stacks)

    def score(s: _Stack) -> float:
        bright = min(s.level_HU / level, 1.0)
        length = min(float(np.linalg.norm(s.centres_mm[-1] - s.centres_mm[0])), 40.0) / 40.0
        behind = (float(s.centres_mm[:, 1].mean()) - front) / 60.0
        width = float(np.sqrt(s.area_mm2 / np.pi)) / 16.0
        return 2.0 * bright + width + 0.5 * length - behind

    ranked = sorted(stacks, key=score, reverse=True)
    lead = score(ranked[0]) - score(ranked[1]) if len(ranked) > 1 else 1.0
    return ranked[0], float(np.clip(0.3 + lead, 0.1, 0.9))


def _walk_down(start_mm: FloatArray, depth: npt.NDArray[np.float64], grid: ImageGrid) -> FloatArray:
    """(k, 3) points from the aorta down through the middle of the bright lumen."""
    point, heading = np.array(start_mm), AXIS / np.linalg.norm(AXIS)
    points = [point]
    for _ in range(round(DOWN_MM / STEP_MM)):
        choices = _cone(heading)
        at = point + STEP_MM * 2 * choices
        index = grid.lps_to_index(at)[:, ::-1].T
        middle = np.minimum(
            ndimage.map_coordinates(depth, index, order=1, mode="constant", cval=0.0), 14.0
        ) + 4.0 * (choices @ heading + choices @ AXIS)
        best = choices[int(np.argmax(middle))]
        heading = 0.6 * heading + 0.4 * best
        heading /= np.linalg.norm(heading)
        point = point + STEP_MM * heading
        here = ndimage.map_coordinates(depth, grid.lps_to_index(point)[::-1, None], order=1, cval=0.0)
        if float(here[0]) < 2.0:
            break
        points.append(point)
    return np.array(points)


def _cone(heading: FloatArray) -> FloatArray:
    """(k, 3) unit directions within 32 degrees of a heading."""
    side = np.cross(heading, np.eye(3)[np.argmin(np.abs(heading))])
    side /= np.linalg.norm(side)
    other = np.cross(heading, side)
    out = [heading]
    for tilt in np.radians((CONE_DEG / 2, CONE_DEG)):
        for turn in np.radians(np.arange(0.0, 360.0, 30.0)):
            out.append(np.cos(tilt) * heading + np.sin(tilt) * (np.cos(turn) * side + np.sin(turn) * other))
    return np.array(out)
