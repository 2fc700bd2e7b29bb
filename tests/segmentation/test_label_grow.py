"""Growing from seeds and the preview of presets, with known answers."""

import numpy as np
import pytest

from surgitwin.core.errors import UsageError
from surgitwin.core.image import ImageGrid
from surgitwin.segmentation import load_preset
from surgitwin.segmentation.edit import grow as grow_module
from surgitwin.segmentation.edit.grow import grow
from surgitwin.segmentation.edit.ink import SegmentState
from surgitwin.segmentation.preview import CANDIDATE, NOTHING, SEED, preset_preview

SHAPE = (40, 60, 60)
GRID = ImageGrid(SHAPE, np.zeros(3), np.ones(3), np.eye(3))
STATES = {1: SegmentState("femur"), 2: SegmentState("nerve"), 3: SegmentState("vessel")}


def scene() -> tuple[np.ndarray, np.ndarray]:
    """A noisy image with a bright ball of radius 12 in grey, and where the ball is."""
    k, j, i = np.ogrid[:40, :60, :60]
    ball = (k - 20) ** 2 + (j - 30) ** 2 + (i - 30) ** 2 < 12**2
    noise = np.random.default_rng(1).normal(0, 15, SHAPE)
    return np.where(ball, 300, 40) + noise, ball


def test_a_spot_grows_to_the_edge_of_its_ball() -> None:
    image, ball = scene()
    labels = np.zeros(SHAPE, np.uint8)
    labels[18:23, 26:35, 26:35] = 1
    after = labels.copy()
    grow(labels, image, GRID, 1, STATES, 15.0).apply(after)
    found = after == 1
    assert 2 * (found & ball).sum() / (found.sum() + ball.sum()) > 0.97


def test_other_segments_stay_as_they_are() -> None:
    image, ball = scene()
    labels = np.zeros(SHAPE, np.uint8)
    labels[18:23, 26:35, 26:35] = 1
    labels[20:25, 30, 36:40] = 2
    labels[:, 10:14, :] = 3
    after = labels.copy()
    states = {**STATES, 3: SegmentState("vessel", visible=False)}
    patch = grow(labels, image, GRID, 1, states, 15.0)
    patch.apply(after)
    assert np.array_equal(after == 2, labels == 2)
    assert np.array_equal(after == 3, labels == 3)
    assert (after == 1).sum() < ball.sum(), "the nerve competes for its surroundings"
    patch.revert(after)
    assert np.array_equal(after, labels)


def test_growing_says_why_it_cannot(monkeypatch: pytest.MonkeyPatch) -> None:
    image, _ = scene()
    labels = np.zeros(SHAPE, np.uint8)
    with pytest.raises(UsageError) as said:
        grow(labels, image, GRID, 1, STATES, 5.0)
    assert said.value.code == "edit.empty"
    labels[20, 30, 30] = 1
    monkeypatch.setattr(grow_module, "MOST_VOXELS", 100)
    with pytest.raises(UsageError) as said:
        grow(labels, image, GRID, 1, STATES, 5.0)
    assert said.value.code == "edit.too_large"


def test_a_preview_shows_what_the_thresholds_catch() -> None:
    values = np.array([[0, 130, 131], [300, 301, 2000]], np.int16)
    assert preset_preview(values, load_preset("bone")).tolist() == [
        [NOTHING, NOTHING, CANDIDATE],
        [CANDIDATE, SEED, SEED],
    ]
    higher = load_preset("bone", {"seed_hu": 1000.0})
    assert preset_preview(values, higher)[1].tolist() == [CANDIDATE, CANDIDATE, SEED]
