"""A wall under half the height of the cortex near it still encloses the marrow (sternum beside a rib)."""

import numpy as np
import pytest

from surgitwin.core.image import ImageGrid, Volume
from surgitwin.segmentation import outlines, run_preset

SPACING_MM = 0.8
CARTILAGE_HU = 110.0
SHAPE = (40, 50, 60)
INSIDE = np.s_[12:28, 12:38, 12:48]
BONE = np.s_[10:30, 10:40, 10:50]
WINDOW = np.s_[17:23, 22:28, 48:50]
"""4.8 mm wide: closing_mm (2 mm from either side) does not close it."""
BESIDE = np.s_[13:27, 15:35, 50:58]


def flat_bone(wall_hu, seed=0):
    """A box of cortex (900 HU, two voxels) round marrow; one face has a window of `wall_hu`, one voxel."""
    hu = np.full(SHAPE, 40.0)
    hu[BESIDE] = CARTILAGE_HU
    hu[BONE] = 900.0
    hu[INSIDE] = -90.0
    hu[WINDOW] = -90.0
    hu[WINDOW][..., 0] = wall_hu
    hu[WINDOW][..., 1] = CARTILAGE_HU
    noisy = hu + np.random.default_rng(seed).normal(0, 15, SHAPE)
    grid = ImageGrid(SHAPE, np.zeros(3), np.full(3, SPACING_MM), np.eye(3))
    return Volume(np.rint(noisy).astype(np.int16), grid, modality="CT", unit="HU")


def filled_share(volume):
    labels = run_preset(volume, "bones").labels
    return (labels.array[INSIDE] > 0).mean()


@pytest.mark.parametrize("seed", range(3))
def test_marrow_behind_a_thin_wall_is_bone(seed):
    assert filled_share(flat_bone(330.0, seed)) > 0.95


def test_a_real_opening_stays_open():
    assert filled_share(flat_bone(CARTILAGE_HU)) < 0.2


def test_without_the_ridge_the_marrow_would_be_open(monkeypatch):
    monkeypatch.setattr(outlines, "thin_walls", lambda hu, parts, *_: np.zeros_like(parts))
    assert filled_share(flat_bone(330.0)) < 0.2
