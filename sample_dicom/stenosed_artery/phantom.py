"""The phantom: samples the scene, blurs it, adds noise and counts the true volumes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.ndimage import gaussian_filter
from scipy.spatial import cKDTree
from scipy.spatial.transform import Rotation

from stenosed_artery.parameters import LARGE, ArteryParameters
from stenosed_artery.scene import BRANCH, CALCIUM, LUMEN, surroundings, vessel_tissue
from stenosed_artery.shape import BRANCH_LENGTH, WALL_MM, Array, ArteryShape, build_shape
from stenosed_artery.truth import truth_record
from surgitwin.core.image import ImageGrid, LabelMap, Segment, Volume

CENTRE_MM = np.array([46.3, -38.7, -612.4])  # place of the throat in the patient, LPS; a choice
_FEET_FIRST = np.diag([1.0, -1.0, -1.0])  # the flow runs towards the feet
_PARTS = 3  # sub-points along each axis of a voxel near the artery
_SIGMA_PER_FWHM = 1 / np.sqrt(8 * np.log(2))
# SNOMED CT codes as in DICOM PS3.16.
SEGMENTS = (
    Segment(1, "lumen", "91747007", (0.85, 0.20, 0.20)),
    Segment(2, "calcium", "54115004", (0.95, 0.95, 0.85)),
    Segment(3, "branch", "91747007", (0.95, 0.45, 0.35)),
    Segment(4, "wall", "61695000", (0.90, 0.70, 0.65)),
    Segment(5, "vein", "29092000", (0.30, 0.40, 0.85)),
    Segment(6, "bone", "272673000", (0.93, 0.87, 0.74)),
)


@dataclass(frozen=True, eq=False)
class Phantom:
    """volume: int16 HU [k, j, i]. labels: at voxel centres, without blur or noise. truth: JSON values."""

    volume: Volume
    labels: LabelMap
    truth: dict[str, Any]
    shape: ArteryShape

    @property
    def grid(self) -> ImageGrid:
        """Grid of volume and labels."""
        return self.volume.grid


def scene_axes(parameters: ArteryParameters) -> Array:
    """(3, 3): columns are the artery's x, y, z in LPS."""
    turn = Rotation.from_euler("xyz", parameters.rotation_deg, degrees=True).as_matrix()
    return np.asarray(turn @ _FEET_FIRST)


def _grid(parameters: ArteryParameters, shape: ArteryShape, axes: Array) -> ImageGrid:
    """A box of the asked width round the artery, or the smallest one with 7 mm of room round the lumen."""
    half = parameters.length_mm / 2
    line = shape.at(np.linspace(-half, half, 50), "points") @ axes.T
    room = parameters.diameter_mm / 2 + 7.0
    low, high = line.min(0) - room, line.max(0) + room
    if parameters.half_width_mm is not None:
        reach = np.array([parameters.half_width_mm, parameters.half_width_mm])
        low[:2], high[:2] = -reach, reach
        low[2], high[2] = -half, half
    n = np.ceil((high - low) / parameters.voxel_mm).astype(int)
    spacing = np.full(3, parameters.voxel_mm)
    return ImageGrid((n[2], n[1], n[0]), CENTRE_MM + low + spacing / 2, spacing, np.eye(3))


def _near(shape: ArteryShape, points: Array) -> npt.NDArray[np.bool_]:
    """Points (n, 3) so near to artery or branch that their voxels may hold an edge."""
    p = shape.parameters
    reach = p.diameter_mm / 2 + WALL_MM + 1.5
    found = cKDTree(shape.points[::50]).query(points, distance_upper_bound=reach + 1.0, workers=1)[0] < reach
    if p.branch:
        origin, direction, radius = shape.branch
        along = np.clip((points - origin) @ direction, 0, BRANCH_LENGTH)
        away = np.linalg.norm(points - origin - along[:, None] * direction, axis=1)
        found |= away < radius + WALL_MM + 1.0
    return found


def _fine(shape: ArteryShape, points: Array, around: Array, axes: Array) -> tuple[Array, npt.NDArray[Any]]:
    """Mean HU (n,) over the sub-points of voxels centred at points, and the count of each label."""
    offset = (np.arange(_PARTS) + 0.5) / _PARTS - 0.5
    steps = np.stack(np.meshgrid(offset, offset, offset), -1).reshape(-1, 3) * shape.parameters.voxel_mm
    hu, label = vessel_tissue(shape, (points[:, None] + steps @ axes).reshape(-1, 3))
    mean = np.where(np.isnan(hu), np.repeat(around, len(steps)), hu).reshape(-1, len(steps)).mean(1)
    return mean, np.bincount(label, minlength=len(SEGMENTS) + 1) / len(steps)


def build_phantom(parameters: ArteryParameters = LARGE) -> Phantom:
    """Build volume, labels and truth. The same parameters always give the same voxels."""
    shape = build_shape(parameters)
    axes = scene_axes(parameters)
    grid = _grid(parameters, shape, axes)
    image = np.empty(grid.shape, np.float32)
    label = np.empty(grid.shape, np.uint8)
    counts = np.zeros(len(SEGMENTS) + 1)
    j, i = (v.ravel() for v in np.indices(grid.shape[1:]))
    for k in range(grid.shape[0]):
        lps = grid.index_to_lps(np.stack([i, j, np.full_like(i, k)], -1))
        points = (lps - CENTRE_MM) @ axes
        hu, mark = surroundings(shape, points, parameters.surroundings)
        near = np.flatnonzero(_near(shape, points))
        if near.size:
            inner, tissue = vessel_tissue(shape, points[near])
            mark[near] = np.where(np.isnan(inner), mark[near], tissue)
            hu[near], part = _fine(shape, points[near], hu[near], axes)
            counts += part
        image[k], label[k] = hu.reshape(grid.shape[1:]), mark.reshape(grid.shape[1:])
    pixels = _scanned(image, parameters)
    volume, labels = Volume(pixels, grid), LabelMap(label, grid, SEGMENTS)
    names = {"lumen": LUMEN, "calcium": CALCIUM, "branch": BRANCH}
    volumes = {name: float(counts[n] * grid.voxel_volume_mm3) for name, n in names.items()}
    return Phantom(volume, labels, truth_record(shape, axes, CENTRE_MM, volume, volumes), shape)


def _scanned(image: Array, parameters: ArteryParameters) -> npt.NDArray[np.int16]:
    """Blur so that the whole point spread, voxel box included, has the asked width; white noise."""
    sigma = parameters.fwhm_mm * _SIGMA_PER_FWHM
    box = parameters.voxel_mm**2 / 12  # variance of the mean over one voxel
    image = gaussian_filter(image, np.sqrt(sigma**2 - box) / parameters.voxel_mm, mode="nearest")
    noise = np.random.default_rng(parameters.seed).standard_normal(image.shape, np.float32)
    image = image + np.float32(parameters.noise_HU) * noise
    return np.clip(np.rint(image), -1024, 3071).astype(np.int16)
