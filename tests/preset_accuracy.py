"""One cell of the presets' accuracy table: a phantom made, segmented, and compared with its true shapes.

Surface: the 0.5 level of the labels after a Gaussian of 0.7 voxels, as for display; its distance to the true
surface in mm and in halves of the voxel along the surface normal n, that is 0.5 |(n_x s_x, n_y s_y, n_z
s_z)|.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
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

NOISE, THICKNESS = (10.0, 20.0, 40.0), (0.6, 1.5, 3.0)
TURNS = ((0.0, 0.0, 0.0), (25.0, 10.0, 0.0), (0.0, 40.0, 15.0))
PIXEL, SAMPLE_MM = 0.7, 0.3
VOLUME_PERCENT, HALF_VOXELS = 3.0, 1.0
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
    """One part of one image. error: code of a refusal. flags: codes of notes that limit the result. segments:
    how many there are; expected: how many there should be, 0 when that does not matter.
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
        out.append(Row(name, part, *head, *numbers, len(done.labels.segments), case.count, flags))
    return out


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
    away, step = shape(points), 0.02
    normal = np.stack([shape(points + step * e) - shape(points - step * e) for e in np.eye(3)], axis=1)
    normal /= np.maximum(np.linalg.norm(normal, axis=1, keepdims=True), 1e-9)
    half = 0.5 * np.linalg.norm((normal @ back.T) * grid.spacing_mm, axis=1)
    p95 = float(np.percentile(np.abs(away), 95))
    return volume, p95, float(np.percentile(np.abs(away) / half, 95))
