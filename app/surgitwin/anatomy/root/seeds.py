"""The two clicks proposed: a large round bright vessel in axial slices, followed down into the ventricle."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from surgitwin.anatomy.root.coarse import block_means
from surgitwin.anatomy.root.hinge import pocket_hinges
from surgitwin.anatomy.root.image import CONTRAST_HU, TISSUE_HU, root_image
from surgitwin.anatomy.root.levels import find_levels
from surgitwin.anatomy.root.propose import root_map, sinuses_of
from surgitwin.anatomy.root.stacks import Stack, ranked_aortas, round_stacks
from surgitwin.anatomy.root.tracking import track_tube
from surgitwin.core.arrays import FloatArray
from surgitwin.core.errors import InputError
from surgitwin.core.image import ImageGrid, Volume

GRID_MM = 2.0
STEP_MM, DOWN_MM, CONE_DEG = 2.0, 72.0, 32.0
HEADINGS = np.array([[0.42, 0.26, -0.87], [0.45, 0.0, -0.89], [0.6, -0.1, -0.8], [0.2, 0.1, -0.97]])
"""Ways from the aorta towards the ventricle, LPS: left and down, a little to the back or front (GK)."""
SHALLOW_MM, MOST_SHALLOW = 2.0, 4
"""The way may pass 8 mm of narrow or dark lumen: the closed leaflets."""
MOST_TRIED = 3
LEAST_BULGE, ANNULUS_MM2 = 1.15, (150.0, 1200.0)
CLICK_UP_MM = 10.0
CLICK_HINT = "Click once in the middle of the ascending aorta and once in the left ventricle below the valve."


def propose_seeds(volume: Volume) -> tuple[FloatArray, FloatArray, float]:
    """Clicks in the ascending aorta and the left ventricle (LPS mm), and how sure: 0 to 1.

    InputError: "vessel.no_contrast", "root.no_seeds" (click by hand).
    """
    coarse, grid = block_means(volume, GRID_MM)
    level = _contrast_level(coarse)
    mask = coarse > 0.5 * (level + TISSUE_HU)
    stacks = round_stacks(mask, coarse, grid)
    if not stacks:
        raise _none("no large round bright vessel was found in the axial slices")
    depth = ndimage.distance_transform_edt(mask, sampling=grid.spacing_mm[::-1])
    best: tuple[float, FloatArray, FloatArray] | None = None
    for stack in ranked_aortas(stacks, level)[:MOST_TRIED]:
        aorta = _click_in(stack)
        for heading in HEADINGS:
            way = _walk_down(stack.centres_mm[0], heading, depth, grid)
            sure = _sureness(volume, aorta, way[-1]) if _far_enough(way) else 0.0
            if sure > 0 and (best is None or sure > best[0]):
                best = (sure, aorta, way[-1])
        if best is not None:
            return best[1], best[2], best[0]
    raise _none("below the round bright vessels no valve was found")


def _far_enough(way: FloatArray) -> bool:
    return float(np.linalg.norm(way[-1] - way[0])) > 0.7 * DOWN_MM


def _click_in(stack: Stack) -> FloatArray:
    """The centre some 10 mm above the lower end of a stack."""
    up = np.linalg.norm(stack.centres_mm - stack.centres_mm[0], axis=1)
    out: FloatArray = stack.centres_mm[int(np.argmin(np.abs(up - CLICK_UP_MM)))]
    return out


def _sureness(volume: Volume, aorta_mm: FloatArray, ventricle_mm: FloatArray) -> float:
    """0 when no root lies between two clicks; else how clearly the leaflets are seen, 0.1 to 0.9."""
    try:
        image = root_image(volume, aorta_mm, ventricle_mm)
        tube = track_tube(image, aorta_mm, ventricle_mm)
        levels = find_levels(tube)
        wall = root_map(tube, levels)
    except InputError:
        return 0.0
    area = tube.area_mm2
    small, wide = float(area[levels.annulus]), float(area[levels.sinus])
    if not ANNULUS_MM2[0] <= small <= ANNULUS_MM2[1] or wide < LEAST_BULGE * small:
        return 0.0
    seen = pocket_hinges(image, wall, sinuses_of(tube, levels, wall)).confidence
    return float(np.clip(seen.min(), 0.1, 0.9))


def _none(why: str) -> InputError:
    return InputError(
        "root.no_seeds", f"No aortic root was found by itself: {why}.", hint=CLICK_HINT, where="image"
    )


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


def _walk_down(
    start_mm: FloatArray, toward: FloatArray, depth: npt.NDArray[np.float64], grid: ImageGrid
) -> FloatArray:
    """(k, 3) points from the aorta down through the middle of the bright lumen."""
    toward = toward / np.linalg.norm(toward)
    point, heading = np.array(start_mm), toward
    points, shallow = [point], 0
    for _ in range(round(DOWN_MM / STEP_MM)):
        choices = _cone(heading)
        at = point + STEP_MM * 2 * choices
        index = grid.lps_to_index(at)[:, ::-1].T
        middle = np.minimum(
            ndimage.map_coordinates(depth, index, order=1, mode="constant", cval=0.0), 14.0
        ) + 4.0 * (choices @ heading + choices @ toward)
        best = choices[int(np.argmax(middle))]
        heading = 0.6 * heading + 0.4 * best
        heading /= np.linalg.norm(heading)
        point = point + STEP_MM * heading
        here = ndimage.map_coordinates(depth, grid.lps_to_index(point)[::-1, None], order=1, cval=0.0)
        shallow = shallow + 1 if float(here[0]) < SHALLOW_MM else 0
        if shallow > MOST_SHALLOW:
            break
        points.append(point)
    return np.array(points[: len(points) - shallow])


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
