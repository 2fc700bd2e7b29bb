"""The real femur and its canal in one mesh."""

from __future__ import annotations

from pathlib import Path

import pytest

from surgitwin.imaging import load_series, scan
from surgitwin.meshing import mesh_tissues
from surgitwin.segmentation import segment_femur


@pytest.mark.real_data
@pytest.mark.slow
def test_femur_and_canal(shared_data: Path) -> None:
    volume = load_series(scan(shared_data / "femur_ct")[0])
    made = mesh_tissues(segment_femur(volume), ["femur", "femur_canal"], 4.0)
    half_voxel = float(volume.grid.voxel_volume_mm3) ** (1 / 3) / 2
    for part in made.parts:
        assert abs(part.volume_change) < 0.01
        assert part.p95_mm < half_voxel
        assert part.quality.min_scaled_jacobian > 0.1
    assert ("femur_canal", "femur") in {(c.first, c.second) for c in made.contacts}
