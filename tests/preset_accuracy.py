"""One cell of the presets' accuracy table: a phantom made, segmented, and compared with its true shapes.

A part can be resolved where it is at least two voxels across, each voxel measured along the normal of the
part's surface; when over UNRESOLVED of its true surface is thinner than that, the row counts as one that the
image cannot resolve. This follows from the phantom and the grid alone.

Surface: the 0.5 level of the labels after a Gaussian of 0.7 voxels, as for display; its distance to the true
surface in mm and in halves of the voxel along the surface normal n, that is 0.5 |(n_x s_x, n_y s_y, n_z
s_z)|.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
import numpy.typing as npt
import scipy.ndimage as ndi
from scipy.spatial.transform import Rotation
from skimage.measure import marching_cubes

import preset_phantoms as ph
from preset_scenes import CASES, Case
from surgitwin.core.arrays import FloatArray
from surgitwin.core.errors import SurgiTwinError
from surgitwin.core.image import ImageGrid, LabelMap, Volume
from surgitwin.segmentation import run_preset
from surgitwin.segmentation.recipe import Segmented

NOISE, THICKNESS = (10.0, 20.0, 40.0), (0.6, 1.5, 3.0)
TURNS = ((0.0, 0.0, 0.0), (25.0, 10.0, 0.0), (0.0, 40.0, 15.0))
PIXEL, SAMPLE_MM = 0.7, 0.3
VOLUME_PERCENT, HALF_VOXELS = 3.0, 1.0
UNRESOLVED = 0.05
"""As the surface's bound, which leaves 5 % out."""
FLAGS = {
    "thin": "Thinner than the image",
    "small": "Too small for",
    "close": "closer than two voxels",
    "scale ends": "edge and size are not",
}
"""Words of the notes by which the program says that the image cannot tell a size."""
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Row:
    """One part of one image. error: code of a refusal. resolved: share of the true
    surface where the part is two voxels across. bound_percent: of the volume, as the program stated it.
    flags: codes of notes that limit the result. segments: how many there are; expected: how many there
    should be, 0 when that does not matter.
    """

    case: str
    part: str
    thickness_mm: float
    noise: float
    turn_deg: tuple[float, float, float]
    volume_percent: float = float("nan")
    p95_mm: float = float("nan")
    p95_half_voxels: float = float("nan")
    segments: int = 0
    expected: int = 0
    flags: tuple[str, ...] = ()
    error: str = ""
    resolved: float = 1.0
    bound_percent: float = float("nan")

    @property
    def resolvable(self) -> bool:
        """Whether the image can resolve the part."""
        return self.resolved >= 1 - UNRESOLVED

    @property
    def bound_held(self) -> bool:
        """Whether the volume lies within the bound that the program stated; True when it stated none."""
        return not abs(self.volume_percent) > self.bound_percent

    @property
    def passed(self) -> bool:
        """Whether both bounds hold and there are as many segments as there should be."""
        if self.expected and self.segments != self.expected:
            return False
        return abs(self.volume_percent) <= VOLUME_PERCENT and self.p95_half_voxels <= HALF_VOXELS


@lru_cache(maxsize=2)
def rendered(name: str, thickness: float, turn: tuple[float, float, float]) -> tuple[ImageGrid, FloatArray]:
    """Grid and noise-free values (float32)."""
    scene = CASES[name].scene
    grid = ph.grid_of(scene, (PIXEL, PIXEL, thickness))
    return grid, ph.smoothed_samples(scene, grid, matrix(turn), SAMPLE_MM)


def matrix(turn: tuple[float, float, float]) -> FloatArray:
    """Rotation (3, 3): rows of grid coordinates times this are scene coordinates."""
    return np.asarray(Rotation.from_euler("xyz", turn, degrees=True).as_matrix())


def noisy(case: Case, grid: ImageGrid, clean: FloatArray, noise: float, seed: int) -> Volume:
    """The image: Gaussian noise in CT, Rician in MR."""
    random = np.random.default_rng(seed)
    values = clean + noise * random.standard_normal(clean.shape, np.float32)
    if case.modality == "MR":
        values = np.hypot(values, noise * random.standard_normal(clean.shape, np.float32))
        return Volume(np.rint(values).astype(np.int16), grid, "MR", "1")
    return Volume(np.rint(np.clip(values, -1024, case.top)).astype(np.int16), grid)


def rows_of(
    name: str, thickness: float, noise: float, turn: tuple[float, float, float], seed: int = 0
) -> list[Row]:
    """One row per part of the case."""
    case = CASES[name]
    grid, clean = rendered(name, thickness, turn)
    volume = noisy(case, grid, clean, noise, seed)
    points = {k: p @ matrix(turn).T for k, p in case.points.items()}
    head = (thickness, noise, turn)
    try:
        done = run_preset(volume, case.preset, parameters=case.settings, points=points)
    except SurgiTwinError as refused:
        return [Row(name, part, *head, error=refused.code) for part in case.parts]
    texts = [n.text for n in done.notes]
    out = []
    for part, shape in case.parts.items():
        mask = mask_of(case, part, done.labels, shape(ph._points(grid, np.zeros(3)) @ matrix(turn)))
        flags = flags_of(part, case.by_cover, texts)
        numbers = compared(mask, grid, shape, turn)
        share = resolved_in(name, part, grid, matrix(turn))
        row = Row(name, part, *head, *numbers, len(done.labels.segments), case.count, flags, "", share)
        out.append(replace(row, bound_percent=stated_bound(done)))
    return out


def stated_bound(done: Segmented) -> float:
    """Percent by which the recipe says that its volume may be wrong, nan when it says nothing."""
    said = (done.extra or {}).get("volume_bound_percent", float("nan"))
    return float(said)


def resolved_in(name: str, part: str, grid: ImageGrid, back: FloatArray) -> float:
    """Share of the part's true surface where it is two voxels across."""
    at, across = true_surface(name, part)
    return resolved_share(at, CASES[name].parts[part], back, grid, across)


@lru_cache(maxsize=32)
def true_surface(name: str, part: str) -> tuple[FloatArray, FloatArray]:
    """Points (n, 3) evenly over the part's surface in the scene's frame, and how thick the part is there."""
    case = CASES[name]
    centres = ph._points(ph.grid_of(case.scene, (1.0, 1.0, 1.0)), np.zeros(3))
    at = centres[np.abs(case.parts[part](centres)) < 0.5]
    across = case.across[part]
    return at, across(at) if callable(across) else np.full(len(at), across)


def resolved_share(
    at: FloatArray, shape: ph.Distance, back: FloatArray, grid: ImageGrid, across_mm: FloatArray | float
) -> float:
    """Share of points (n, 3) on a surface where `across_mm` is at least two voxels along the normal."""
    return float(np.mean(across_mm >= 2 * ph.extent_along(at, shape, back, grid)))


def flags_of(part: str, by_cover: bool, texts: Sequence[str]) -> tuple[str, ...]:
    """Which FLAGS the notes raise for a part; "thin" names its segments."""
    said = {flag for flag, word in FLAGS.items() for t in texts if word in t}
    if not by_cover and not any(FLAGS["thin"] in t and part in t for t in texts):
        said.discard("thin")
    return tuple(sorted(said))


def mask_of(case: Case, part: str, labels: LabelMap, away: FloatArray) -> Mask:
    """The part's label: by its name, or the one that covers the true shape best."""
    if not case.by_cover:
        present = {s.name for s in labels.segments}
        return labels.mask(part) if part in present else np.zeros(labels.array.shape, bool)
    counts = np.bincount(labels.array.ravel()[away < 0], minlength=2)
    return np.asarray(labels.array == int(counts[1:].argmax()) + 1)


def compared(
    mask: Mask, grid: ImageGrid, shape: ph.Distance, turn: tuple[float, float, float]
) -> tuple[float, float, float]:
    """Volume error in percent, and the surface's 95th percentile in mm and in halves of a voxel."""
    back = matrix(turn)
    true = ph.voxel_means(grid, back, lambda p: (shape(p) < 0).astype(np.float32), [shape], SAMPLE_MM)
    volume = 100 * (float(mask.sum()) / float(true.sum(dtype=np.float64)) - 1)
    if not mask.any():
        return volume, float("nan"), float("nan")
    soft = ndi.gaussian_filter(mask.astype(np.float32), 0.7, mode="nearest")
    if soft.max() <= 0.5:
        return volume, float("nan"), float("nan")
    index = marching_cubes(soft, 0.5)[0][:, ::-1]
    inside = ((index >= 1) & (index <= np.array(grid.shape[::-1]) - 2)).all(axis=1)
    points = grid.index_to_lps(index[inside]) @ back
    away = shape(points)
    half = 0.5 * ph.extent_along(points, shape, back, grid)
    p95 = float(np.percentile(np.abs(away), 95))
    return volume, p95, float(np.percentile(np.abs(away) / half, 95))
