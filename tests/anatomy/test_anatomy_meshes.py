"""The two femora of one person, from their surfaces: sides and heads."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
import pyvista as pv

from surgitwin.anatomy import measure_femur
from surgitwin.core.image import ImageGrid, LabelMap, Segment

STEP_MM = 1.5


def voxels(path: Path) -> tuple[npt.NDArray[np.uint8], ImageGrid]:
    mesh = pv.read(path)
    bounds = np.array(mesh.bounds).reshape(3, 2)
    low = bounds[:, 0] - 4
    size = np.ceil((bounds[:, 1] - low + 4) / STEP_MM).astype(int)
    image = pv.ImageData(dimensions=size, spacing=(STEP_MM,) * 3, origin=low)
    mask = np.asarray(mesh.voxelize_binary_mask(reference_volume=image)["mask"])
    array = mask.reshape(size[::-1]).astype(np.uint8)
    return array, ImageGrid(array.shape, low, np.full(3, STEP_MM), np.eye(3))


@pytest.mark.real_data
@pytest.mark.parametrize(("name", "side"), [("m3_lfemur_mm.stl", "left"), ("m3_rfemur_mm.stl", "right")])
def test_side_and_head_of_real_surfaces(shared_data: Path, name: str, side: str) -> None:
    array, grid = voxels(shared_data / "femur_meshes" / name)
    segments = (
        Segment(1, "femur", "71341001", (1.0, 1.0, 1.0)),
        Segment(2, "femur_canal", "", (1.0, 1.0, 1.0)),
    )
    found = measure_femur(LabelMap(array, grid, segments))
    assert found.side == side
    head = found.landmarks["head_centre"]
    assert not head.estimated
    assert 20 < found.head_radius_mm < 26
    local = found.frame.from_lps(head.point_mm)
    assert abs(local[0]) == pytest.approx(42.9, abs=13.6)  # dimensions.md C1, two standard deviations
    assert np.sign(local[0]) == (1 if side == "left" else -1)
    assert found.proximal_cut is None
