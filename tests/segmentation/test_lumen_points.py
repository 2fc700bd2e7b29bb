"""Clicks taken from a segmented vessel."""

from __future__ import annotations

import numpy as np

import preset_phantoms as ph
from surgitwin.core.image import LabelMap, Segment
from surgitwin.segmentation import run_preset
from surgitwin.segmentation.lumen_points import lumen_points

VESSEL = Segment(7, "vessel", "59820001", (0.8, 0.1, 0.1))


def test_calcium_starts_from_the_points_of_a_segmented_vessel() -> None:
    volume, truth = ph.image(ph.ANGIO, (0.7, 0.7, 1.0), noise=20)
    lumen = truth(ph.minus(ph.TUBE, ph.SPINE)) & (volume.array < 550)
    bone = Segment(1, "bone_1", "", (1.0, 1.0, 1.0))
    array = np.where(lumen, 7, np.where(truth(ph.SPINE), 1, 0)).astype(np.uint8)
    points, names = lumen_points(LabelMap(array, volume.grid, (bone, VESSEL)))
    assert names == ("vessel",)
    assert 3 <= len(points) <= 20
    assert (ph.inner(ph.TUBE, 1.0)(points) < 0).all()
    assert np.ptp(points[:, 2]) > 25  # all along the vessel
    found = run_preset(volume, "calcium", points={"lumen": points})
    calcium = found.labels.mask("calcium")
    assert (calcium & truth(ph.ball((-6, 4, 0), 2.0))).sum() > 0.95 * calcium.sum() > 0
    extra = dict(found.extra or {})
    assert abs(float(extra["threshold_hu"]) - 550) < 15  # type: ignore[arg-type]


def test_without_a_vessel_there_are_no_points() -> None:
    grid = ph.grid_of(ph.ANGIO, (2, 2, 2))
    bone = Segment(1, "bone_1", "", (1.0, 1.0, 1.0))
    points, names = lumen_points(LabelMap(np.ones(grid.shape, np.uint8), grid, (bone,)))
    assert points.shape == (0, 3)
    assert names == ()
