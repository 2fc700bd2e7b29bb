"""The second image over a slice: where it is cut, and how it is mixed."""

from __future__ import annotations

import numpy as np
import pytest

from surgitwin.core.image import ImageGrid, Volume
from surgitwin.viewer.model import ViewModel
from surgitwin.viewer.registration.fusion import Fusion, FusionLook

GRID = ImageGrid((8, 30, 40), np.zeros(3), np.array([1.0, 1.0, 2.0]), np.eye(3))
SIZE = (200, 160)


def model_and_fusion(look: FusionLook, shift_mm: float = 0.0) -> tuple[ViewModel, Fusion]:
    first = Volume(np.zeros(GRID.shape, np.int16), GRID)
    values = np.zeros(GRID.shape, np.uint16)
    values[:, :, 10:20] = 1000
    matrix = np.eye(4)
    matrix[0, 3] = shift_mm
    return ViewModel(first), Fusion(Volume(values, GRID, "MR", ""), matrix, look)


def bright_columns(model: ViewModel, fusion: Fusion) -> tuple[float, float]:
    """LPS x where the second image begins and ends to be bright in the axial slice."""
    before = model.picture("axial", SIZE).astype(int)
    model.set_fusion(fusion)
    after = model.picture("axial", SIZE).astype(int)
    corner, right, _down, mm = model.geometry("axial", SIZE)
    at = np.flatnonzero((after - before)[SIZE[1] // 2, :, 0] > 30)
    x = corner[0] + right[0] * mm * at
    return float(x.min()), float(x.max())


@pytest.mark.parametrize("shift_mm", [0.0, 7.0])
def test_it_is_shown_where_the_transform_puts_it(shift_mm: float) -> None:
    low, high = bright_columns(*model_and_fusion(FusionLook("mixed", 1.0), shift_mm))
    assert low == pytest.approx(9.5 + shift_mm, abs=0.6)
    assert high == pytest.approx(19.5 + shift_mm, abs=0.6)


def test_without_opacity_and_without_fusion_the_first_image_stands_alone() -> None:
    model, fusion = model_and_fusion(FusionLook("mixed", 0.0))
    alone = model.picture("axial", SIZE)
    model.set_fusion(fusion)
    assert np.array_equal(model.picture("axial", SIZE), alone)
    fusion.look = FusionLook("checkerboard", square_mm=4.0)
    assert not np.array_equal(model.picture("axial", SIZE), alone)
    model.set_fusion(None)
    assert np.array_equal(model.picture("axial", SIZE), alone)


def test_a_checkerboard_shows_every_other_square_and_colour_is_coloured() -> None:
    model, fusion = model_and_fusion(FusionLook("checkerboard", square_mm=5.0))
    plain, _ = model_and_fusion(FusionLook())
    model.set_fusion(fusion)
    changed = (model.picture("axial", SIZE) != plain.picture("axial", SIZE)).any(axis=2)
    corner, right, _down, mm = model.geometry("axial", SIZE)
    x = corner[0] + right[0] * mm * np.arange(SIZE[0])
    inside = changed[:, (x > 10) & (x < 19)]
    assert 0.1 < inside.mean() < 0.8
    fusion.look = FusionLook("colour", 1.0)
    red, _green, blue, _ = np.moveaxis(model.picture("axial", SIZE)[:, (x > 12) & (x < 17)].astype(int), 2, 0)
    assert (red >= blue).all()
    assert (red > blue + 30).any()
