"""Trilinear values at points and on oblique planes."""

from __future__ import annotations

import time

import numpy as np
import pytest
from dicom_factory import grid_like

from surgitwin.core.frame import Frame, rotation_about
from surgitwin.core.image import ImageGrid, Volume
from surgitwin.imaging import plane_grid, reformat, sample, to_sitk

GRADIENT = np.array([2.0, -3.0, 0.5])


def _linear(grid: ImageGrid) -> Volume:
    """A field that is linear in LPS, so that trilinear interpolation is exact."""
    k, j, i = np.indices(grid.shape)
    points = grid.index_to_lps(np.stack([i, j, k], -1))
    return Volume((points @ GRADIENT).astype(np.float32), grid)


GRID = grid_like((20, 24, 22), rotvec=(0.5, -0.2, 1.0))
VOLUME = _linear(GRID)


def test_a_linear_field_is_met_everywhere() -> None:
    inside = np.random.default_rng(1).uniform(0, 1, (4, 25, 3)) * (21, 23, 19)
    points = GRID.index_to_lps(inside)
    assert sample(VOLUME, points) == pytest.approx(points @ GRADIENT, abs=1e-3)
    assert sample(VOLUME, points).shape == (4, 25)


def test_outside() -> None:
    beyond = GRID.index_to_lps([(-0.5, 3, 3), (3, 3, 19.2), (0, 0, 0)])
    assert np.isnan(sample(VOLUME, beyond)).tolist() == [True, True, False]
    assert sample(VOLUME, beyond, -1000.0)[:2].tolist() == [-1000, -1000]
    edge = GRID.index_to_lps([(0, 3, 3), (3, 3, 19)])
    assert sample(VOLUME, beyond, "nearest")[:2] == pytest.approx(edge @ GRADIENT, abs=1e-3)


def test_reformat_is_sampling_on_a_plane() -> None:
    centre = GRID.index_to_lps((11, 12, 10))
    frame = Frame(centre, rotation_about((1, 2, 3), 0.7))
    plane = plane_grid(frame, (6.0, 4.0), 0.5, n_slices=3)
    assert plane.shape == (3, 9, 13)
    assert plane.index_to_lps((6, 4, 1)) == pytest.approx(centre)
    result = reformat(VOLUME, plane)
    k, j, i = np.indices(plane.shape)
    points = plane.index_to_lps(np.stack([i, j, k], -1))
    assert result.array == pytest.approx(sample(VOLUME, points, "nearest"), abs=1e-3)


def test_reformat_fills_the_outside() -> None:
    far = plane_grid(Frame(GRID.origin_mm + 500, np.eye(3)), (2, 2), 1.0)
    assert (reformat(VOLUME, far).array == -1000).all()


def test_a_plane_of_the_viewer_is_quick() -> None:
    grid = grid_like((60, 200, 200))
    volume = Volume(np.zeros(grid.shape, np.int16), grid)
    kept = to_sitk(volume)
    plane = plane_grid(
        Frame(grid.index_to_lps((100, 100, 30)), rotation_about((1, 1, 0), 0.6)), (255, 255), 0.5
    )
    start = time.perf_counter()
    reformat(volume, plane, source=kept)
    assert time.perf_counter() - start < 0.5  # 10 ms on a free machine; guards against copying the volume
