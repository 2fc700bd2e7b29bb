"""The synthetic MR thigh: files say MR and synthetic, read back to the same voxels, truth counts them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pydicom
import pytest

from mr_thigh.make import HEADER
from mr_thigh.parameters import quick
from mr_thigh.phantom import CORTEX, MARROW, Phantom, build_phantom
from study import write_series
from surgitwin.imaging import load_series, scan


@pytest.fixture(scope="module")
def made() -> Phantom:
    return build_phantom(quick())


def test_the_series_reads_back_as_mr_without_hounsfield_units(made: Phantom, tmp_path: Path) -> None:
    files = write_series(made.volume, HEADER, tmp_path)
    header = pydicom.dcmread(files[0])
    assert header.Modality == "MR"
    assert header.SOPClassUID == pydicom.uid.MRImageStorage
    assert "NOT FOR CLINICAL USE" in header.SeriesDescription
    assert "RescaleType" not in header
    volume = load_series(scan(tmp_path)[0])
    assert (volume.modality, volume.unit) == ("MR", "1")
    assert (volume.array == made.volume.array).all()
    assert np.allclose(volume.grid.affine, made.volume.grid.affine)


def test_truth_counts_the_voxels_and_the_click_lies_in_marrow(made: Phantom) -> None:
    voxel = made.volume.grid.voxel_volume_mm3
    for label, name in ((CORTEX, "cortical_bone"), (MARROW, "marrow")):
        counted = (made.labels.array == label).sum() * voxel
        assert counted == pytest.approx(made.truth["volumes_mm3"][name], rel=0.02)
    i, j, k = (int(n) for n in np.rint(made.volume.grid.lps_to_index(made.truth["marrow_at_mm"])))
    assert made.labels.array[k, j, i] == MARROW


def test_same_parameters_give_identical_pixels(made: Phantom) -> None:
    small = {"slices": 4, "samples": 1}
    assert build_phantom(quick(**small)).truth == build_phantom(quick(**small)).truth
    assert build_phantom(quick(seed=1)).truth["pixel_hash"] != made.truth["pixel_hash"]
