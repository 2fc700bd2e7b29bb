"""MR bone: constants by name, and no law of HU on an image that has none."""

from __future__ import annotations

import numpy as np
import pytest

from surgitwin.core.errors import InputError
from surgitwin.core.image import ImageGrid, LabelMap, Segment, Volume
from surgitwin.core.mesh import TetMesh
from surgitwin.mechanics.ct_stiffness import bone_modulus
from surgitwin.mechanics.density_laws import calibration, density_law
from surgitwin.mechanics.segment_constants import constant_modulus, constant_of, segment_constants

POINTS = np.array([[0.0, 0, 0], [4, 0, 0], [0, 4, 0], [0, 0, 4], [4, 4, 4]])
CELLS = np.array([[0, 1, 2, 3], [1, 2, 3, 4]])


def mesh(*names: str) -> TetMesh:
    return TetMesh(POINTS, CELLS, np.array([1, 2]), {n + 1: name for n, name in enumerate(names)})


def test_each_segment_has_the_stiffness_of_its_name() -> None:
    made = constant_modulus(mesh("cortical_bone", "marrow"), points=4)
    assert made.modulus.shape == (2, 4)
    assert made.modulus[:, 0].tolist() == [17000.0, 50.0]
    assert made.poisson.tolist() == [0.30, 0.30]
    assert made.tie_mask.tolist() == [True, False]
    assert made.report["law"] == "constant"
    assert not made.report["calibrated"]
    assert made.report["segments"]["cortical_bone"]["verified"] is False


def test_constants_lie_in_the_range_of_their_source() -> None:
    for row in segment_constants().values():
        assert row.low_MPa <= row.modulus_MPa <= row.high_MPa


def test_an_unknown_segment_has_no_stiffness() -> None:
    with pytest.raises(InputError) as caught:
        constant_of("spleen")
    assert caught.value.code == "material.no_constant"
    assert "cortical_bone" in caught.value.hint
    with pytest.raises(InputError):
        constant_modulus(mesh("cortical_bone", "spleen"))


def test_no_law_of_density_reads_an_mr_image() -> None:
    grid = ImageGrid((6, 6, 6), np.zeros(3), np.ones(3), np.eye(3))
    labels = LabelMap(np.ones((6, 6, 6), np.uint8), grid, (Segment(1, "femur", "", (1, 1, 1)),))
    volume = Volume(np.full((6, 6, 6), 900, np.int16), grid, "MR", "1")
    with pytest.raises(InputError) as caught:
        bone_modulus(mesh("bone", "x"), volume, labels, calibration("uncalibrated"), density_law("keller"))
    assert caught.value.code == "material.not_ct"
