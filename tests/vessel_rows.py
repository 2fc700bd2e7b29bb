"""Rows of the presets' accuracy table for "aortic_root" and "artery": the wall that the measures stand on.

The root: the synthetic root with leaflets and calcium, turned little (it cannot lie in a chest otherwise).
The artery: 6 mm, narrowed to 3 mm by soft plaque, in the same images as the other presets. Volume: of the
lumen between two levels; surface: the tracked wall against the true one.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import numba
import numpy as np

import preset_phantoms as ph
from aortic_root import heart, root_shape
from aortic_root.parameters import RootParameters
from aortic_root.phantom import RootPhantom, build_phantom
from preset_accuracy import PIXEL, SAMPLE_MM, Row, matrix, resolved_share
from root_phantoms import ROTATIONS
from stenosed_artery.parameters import LARGE, quick
from stenosed_artery.shape import ArteryShape, build_shape
from surgitwin.anatomy.artery import measure_artery
from surgitwin.anatomy.root import measure_root
from surgitwin.anatomy.root.sections import cut
from surgitwin.core.arrays import FloatArray
from surgitwin.core.errors import SurgiTwinError
from surgitwin.core.frame import Frame, Plane
from surgitwin.core.image import ImageGrid, Volume
from surgitwin.core.vessel import measure_section

ROOT_TURNS = (ROTATIONS[0], ROTATIONS[7], ROTATIONS[9])
ROOT_LEVELS_MM = np.arange(-3.0, 31.0)
"""Heights over the annulus: outflow tract to ascending aorta."""
ROOT_FIELD_MM = (112.0, 112.0, 120.0)
CLICK_MM, MEASURED_MM = 23.0, 20.0
"""Artery: the clicks lie this far along it from the throat; compared is what lies within MEASURED_MM."""
PLAQUE_HU, WALL_HU, LUMEN_HU, WALL_MM = 75.0, 60.0, 400.0, 1.0


@lru_cache(maxsize=2)
def root_image(thickness: float, turn: tuple[float, float, float]) -> RootPhantom:
    """Without noise; voxels of 0.7 x 0.7 x thickness mm, samples at most 0.5 mm apart."""
    voxel = (PIXEL, PIXEL, thickness)
    nk, nj, ni = (round(f / v) for f, v in zip(ROOT_FIELD_MM[::-1], voxel[::-1], strict=True))
    parts = max(3, int(np.ceil(thickness / 0.5)))
    return build_phantom(
        RootParameters(
            voxel_mm=voxel, shape_kji=(nk, nj, ni), rotation_deg=turn, noise_sd_hu=0.0, supersample=parts
        )
    )


def root_row(thickness: float, noise: float, turn: tuple[float, float, float], seed: int) -> Row:
    """The root from the sample's own two clicks."""
    made = root_image(thickness, turn)
    head = ("aortic_root", "lumen", thickness, noise, turn)
    volume = with_noise(made.volume.array.astype(np.float32), made.grid, noise, seed)
    clicks = made.truth["clicks"]
    try:
        root = measure_root(volume, np.asarray(clicks["aorta_mm"]), np.asarray(clicks["ventricle_mm"]))
    except SurgiTwinError as refused:
        return Row(*head, error=refused.code)
    frame = made.truth["frame"]
    where = Frame(np.asarray(frame["origin_mm"]), np.asarray(frame["matrix"])[:3, :3])
    points, areas = [], []
    for height in ROOT_LEVELS_MM:
        plane = Plane(where.to_lps((0.0, 0.0, height)), where.axes[:, 2])
        points.append(cut(root.tube, plane))
        areas.append((measure_section(points[-1]).area_mm2, true_root_area(float(height))))
    found, true = np.sum(areas, axis=0)
    back = where.axes
    local = (np.concatenate(points) - where.origin_mm) @ back
    flags = ("indicative",) if root.indicative else ()
    numbers = wall_numbers(local, root_distance, back, made.grid)
    share = resolved_share(local, root_distance, back, made.grid, 20.0)
    return Row(*head, 100 * float(found / true - 1), *numbers, flags=flags, resolved=share)


@lru_cache(maxsize=64)
def true_root_area(height: float) -> float:
    """mm2 of the inner wall's section."""
    angle = np.linspace(0, 2 * np.pi, 1440, endpoint=False)
    radius = np.array([root_shape.lumen_radius(a, height) for a in angle])
    return float(0.5 * np.sum(radius**2) * (angle[1] - angle[0]))


def root_distance(points: FloatArray) -> FloatArray:
    """Signed distance in mm from the inner wall at local points (n, 3), exact near it."""
    off = _off_wall(np.ascontiguousarray(points))
    step = 0.05
    slope = [(_off_wall(points + step * e) - _off_wall(points - step * e)) / (2 * step) for e in np.eye(3)]
    return np.asarray(off / np.maximum(np.linalg.norm(slope, axis=0), 1e-6))


@numba.njit(cache=True)
def _off_wall(points: FloatArray) -> FloatArray:
    out = np.empty(len(points))
    for n in range(len(points)):
        u, w = points[n, 0], points[n, 2]
        v = points[n, 1] - heart.bend(w)
        out[n] = np.hypot(u, v) - root_shape.lumen_radius(np.arctan2(v, u), w)
    return out


def wall_numbers(
    local: FloatArray, shape: ph.Distance, back: FloatArray, grid: ImageGrid
) -> tuple[float, float]:
    """95th percentile of the distance of points (n, 3) in the shape's frame, in mm and in halves of a
    voxel.
    """
    away = np.abs(shape(local))
    half = 0.5 * ph.extent_along(local, shape, back, grid)
    return float(np.percentile(away, 95)), float(np.percentile(away / half, 95))


@lru_cache(maxsize=1)
def narrowed() -> ArteryShape:
    """6 mm at the throat without narrowing, 50 % of the diameter lost, no branch, no calcium."""
    return build_shape(quick(LARGE, stenosis=0.5, calcium_mm=0.0, branch=False))


def artery_lumen(points: FloatArray) -> FloatArray:
    """Distance in mm from the lumen's wall."""
    row, offset = narrowed().nearest(points)
    return np.asarray(np.linalg.norm(offset, axis=1) - narrowed().radius[row])


def artery_wall(beyond_mm: float) -> Callable[[FloatArray], FloatArray]:
    """Distance in mm from the vessel as it was without narrowing, widened by `beyond_mm`."""

    def distance(points: FloatArray) -> FloatArray:
        shape = narrowed()
        row, offset = shape.nearest(points)
        middle = offset - shape.shift[row, None] * shape.side[row]
        return np.asarray(np.linalg.norm(middle, axis=1) - shape.reference[row] - beyond_mm)

    return distance


@lru_cache(maxsize=2)
def artery_image(thickness: float, turn: tuple[float, float, float]) -> tuple[ImageGrid, FloatArray]:
    """Grid and noise-free values (float32)."""
    layers = [(artery_wall(WALL_MM), WALL_HU), (artery_wall(0.0), PLAQUE_HU), (artery_lumen, LUMEN_HU)]
    scene = ph.Scene((60, 60, 60), layers)
    grid = ph.grid_of(scene, (PIXEL, PIXEL, thickness))
    return grid, ph.smoothed_samples(scene, grid, matrix(turn), SAMPLE_MM)


def artery_row(thickness: float, noise: float, turn: tuple[float, float, float], seed: int) -> Row:
    """The artery from two clicks on its course."""
    grid, clean = artery_image(thickness, turn)
    head = ("artery, 6 mm, 50 %", "lumen", thickness, noise, turn)
    shape, back = narrowed(), matrix(turn)
    start, end = shape.at(np.array([-CLICK_MM, CLICK_MM]), "points") @ back.T
    try:
        found = measure_artery(with_noise(clean, grid, noise, seed), start, end)
    except SurgiTwinError as refused:
        return Row(*head, error=refused.code)
    tube = found.tube
    row, _ = shape.nearest(tube.course.points_mm @ back)
    inside = np.abs(shape.s[row]) <= MEASURED_MM
    true = np.pi * shape.radius[row][inside] ** 2
    volume = 100 * (float(tube.area_mm2[inside].sum() / true.sum()) - 1)
    local = tube.wall_mm[inside].reshape(-1, 3) @ back
    doubt = any(lesion.doubt for lesion in found.lesions)
    flags = tuple(n for n, said in (("doubt", doubt), ("indicative", bool(found.indicative))) if said)
    across = 2 * shape.radius[shape.nearest(local)[0]]
    share = resolved_share(local, artery_lumen, back, grid, across)
    return Row(*head, volume, *wall_numbers(local, artery_lumen, back, grid), flags=flags, resolved=share)


def with_noise(clean: FloatArray, grid: ImageGrid, noise: float, seed: int) -> Volume:
    """The CT image with white noise."""
    random = np.random.default_rng(seed).standard_normal(clean.shape, np.float32)
    return Volume(np.rint(np.clip(clean + noise * random, -1024, 3071)).astype(np.int16), grid)
