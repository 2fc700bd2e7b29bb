"""Registration of a pre- and a post-operative phantom with a known transform: error at the bone, against the
start that centres of mass alone give."""

from __future__ import annotations

import logging

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter
from scipy.spatial.transform import Rotation

from surgitwin.core.image import ImageGrid, Volume
from surgitwin.imaging.registration import register, resample_onto

pytestmark = pytest.mark.bench
log = logging.getLogger(__name__)
GRID = ImageGrid((40, 60, 60), np.array([-60.0, 20.0, 300.0]), np.array([2.0, 2.0, 3.0]), np.eye(3))
MORE = 16
"""Slices that the limb goes on beyond the image at both ends, as a patient does."""
WHOLE = ImageGrid((40 + 2 * MORE, 60, 60), GRID.index_to_lps([0, 0, -MORE]), GRID.spacing_mm, np.eye(3))
CENTRE = GRID.index_to_lps((np.array(GRID.shape[::-1]) - 1) / 2)
CASES = ((5.0, 10.0), (12.0, 20.0), (20.0, 30.0))
"""Degrees and mm of the known transform."""


def limb() -> Volume:
    """Muscle of uneven density with two bones."""
    k, j, i = np.indices(WHOLE.shape)
    x, y, z = 2.0 * i, 2.0 * j, 3.0 * (k - MORE)
    out = np.full(WHOLE.shape, -1000.0)
    out[((x - 60) / 50) ** 2 + ((y - 60) / 42) ** 2 < 1] = 40
    grain = gaussian_filter(np.random.default_rng(0).normal(0, 1, WHOLE.shape), 2)
    out[out > 0] += 40 * grain[out > 0] / grain.std()
    out[np.hypot(x - 48 - z / 8, y - 60) < 11] = 900
    out[(np.hypot(x - 80, y - 52 - z / 10) < 7) & (z > 24)] = 700
    return Volume(gaussian_filter(out, 0.7).astype(np.float32), WHOLE)


def after_operation(before: Volume, to_moving: np.ndarray) -> Volume:
    """The limb moved, with a metal plate beside the bone and other noise."""
    values = np.array(before.array)
    values[MORE + 8 : MORE + 32, 20:23, 22:32] = 3000
    moved = resample_onto(Volume(values, WHOLE), GRID, to_moving).array
    noise = np.random.default_rng(5).normal(0, 20, GRID.shape)
    return Volume(np.nan_to_num(moved, nan=-1000.0) + noise, GRID)


@pytest.mark.parametrize(("degrees", "mm"), CASES)
def test_error_at_the_bone(degrees: float, mm: float) -> None:
    whole = limb()
    before = Volume(whole.array[MORE:-MORE], GRID)
    truth = np.eye(4)
    turn = np.radians(degrees) * np.array([2.0, -1.0, 2.0]) / 3
    truth[:3, :3] = Rotation.from_rotvec(turn).as_matrix()
    truth[:3, 3] = CENTRE - truth[:3, :3] @ CENTRE + mm * np.array([2.0, 2.0, 1.0]) / 3
    after = after_operation(whole, truth)
    found = register(before, after)
    points = GRID.index_to_lps(np.argwhere(before.array > 400)[::5, ::-1])
    there = points @ truth[:3, :3].T + truth[:3, 3]
    errors = np.linalg.norm(found.points(there) - points, axis=1)
    start = np.linalg.norm(there - points, axis=1)
    figures = {"median_mm": float(np.median(errors)), "p95_mm": float(np.percentile(errors, 95)),
               "told_p95_mm": found.error.spread_p95_mm, "before_mm": float(np.median(start)),
               "seconds": found.seconds}  # fmt: skip
    log.info("%g degrees, %g mm: %s", degrees, mm, figures)
    assert figures["p95_mm"] < 2.0  # a voxel within a slice
    assert figures["median_mm"] < 0.2 * figures["before_mm"]
