"""A tilted oblique phantom: positions are right to a fraction of a voxel, whoever reads it."""

from __future__ import annotations

import numpy as np
import pytest
import SimpleITK as sitk  # noqa: N813 - its customary name
from dicom_factory import BEAD_HU, SOFT_TISSUE_HU, Beads, bead_centroids, bead_study

from surgitwin.core.image import Volume
from surgitwin.imaging import load_series, read_volume, sample, scan, to_vtk, write_volume

TOLERANCE_MM = 0.3


@pytest.fixture(scope="module")
def beads(tmp_path_factory: pytest.TempPathFactory) -> Beads:
    return bead_study(tmp_path_factory.mktemp("beads"))


@pytest.fixture(scope="module")
def volume(beads: Beads) -> Volume:
    (series,) = scan(beads.folder)
    assert series.status == "ok", series.hint
    return load_series(series)


def _voxel_centroids(volume: Volume, beads: Beads) -> np.ndarray:
    k, j, i = np.nonzero(volume.array > SOFT_TISSUE_HU + 1)
    return bead_centroids(
        volume.grid.index_to_lps(np.column_stack([i, j, k])),
        np.asarray(volume.array[k, j, i], float) - SOFT_TISSUE_HU,
        beads,
    )


def test_beads_are_where_they_are(volume: Volume, beads: Beads) -> None:
    error = np.linalg.norm(_voxel_centroids(volume, beads) - beads.centres_mm, axis=1)
    assert error.max() < 0.05, error  # far inside the 0.3 mm of the whole chain: the affine is exact


def test_a_wrong_axis_would_be_seen(volume: Volume, beads: Beads) -> None:
    flipped = Volume(volume.array[::-1], volume.grid)
    error = np.linalg.norm(_voxel_centroids(flipped, beads) - beads.centres_mm, axis=1)
    assert error.max() > TOLERANCE_MM


def test_sampling_meets_the_centres(volume: Volume, beads: Beads) -> None:
    assert sample(volume, beads.centres_mm) == pytest.approx(np.full(8, BEAD_HU), abs=1.0)


def test_volume_file_keeps_the_place(volume: Volume, beads: Beads, tmp_path) -> None:
    file = tmp_path / "beads.nrrd"
    write_volume(volume, file)
    assert read_volume(file).hash == volume.hash
    other = sitk.ReadImage(str(file))
    for centre in beads.centres_mm:
        index = np.array(other.TransformPhysicalPointToContinuousIndex(centre.tolist()))
        assert index == pytest.approx(volume.grid.lps_to_index(centre), abs=1e-6)


def test_vtk_geometry_is_the_same_place(volume: Volume, beads: Beads) -> None:
    image = to_vtk(volume)
    bead = image.points[np.asarray(image["values"]) > 0.9 * BEAD_HU]
    found = bead_centroids(bead, np.ones(len(bead)), beads)
    assert np.linalg.norm(found - beads.centres_mm, axis=1).max() < TOLERANCE_MM


def test_vtk_filters_that_respect_the_direction(volume: Volume, beads: Beads) -> None:
    image = to_vtk(volume)
    surface = image.contour([0.5 * (BEAD_HU + SOFT_TISSUE_HU)], method="flying_edges")
    found = bead_centroids(surface.points, np.ones(surface.n_points), beads)
    assert np.linalg.norm(found - beads.centres_mm, axis=1).max() < TOLERANCE_MM
