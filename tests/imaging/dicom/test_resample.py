"""Tilted and unevenly spaced stacks, resampled by choice: what is offered, and how right the volume is."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from dicom_factory import Edit, grid_like, ramp, write_series
from pydicom.dataset import Dataset
from scipy.spatial.transform import Rotation

from surgitwin.core.errors import Cancelled, InputError
from surgitwin.core.image import ImageGrid, Volume
from surgitwin.core.progress import Event, Progress
from surgitwin.imaging import Series, load_series, scan
from surgitwin.imaging.dicom.offer import holes
from surgitwin.imaging.dicom.thumbnail import preview

AIR, BODY = -1000.0, 1000.0
RADIUS = 22.0
CENTRE = np.array([3.1, -6.7, 42.3])
SHAPE, PIXEL = (96, 80), 0.9


def _stack(
    folder: Path, z_mm: np.ndarray, tilt_deg: float, height: float | None = None, points: int = 3
) -> Series:
    """Slices at table places z that lean by a tilt: a ball (or cylinder along z) of known place and size.

    Every voxel holds the share of the ball in it (`points` along each axis; a slice is 2 mm thick).
    """
    lean = Rotation.from_euler("x", tilt_deg, degrees=True).as_matrix()
    origin = np.array([-35.0, -45.0, 0.0])
    grid = ImageGrid((len(z_mm), *SHAPE), origin, (PIXEL, PIXEL, 1.0), np.eye(3))
    offsets = (np.arange(points) - (points - 1) / 2) / points
    jj, ii = np.indices(SHAPE)
    values = np.empty((len(z_mm), *SHAPE))
    for k, z in enumerate(z_mm):
        share = np.zeros(SHAPE)
        for dz in offsets * 2.0:
            for dj in offsets:
                for di in offsets:
                    plane = (
                        origin + (0, 0, z)
                        + (ii + di)[..., None] * PIXEL * lean[:, 0]
                        + (jj + dj)[..., None] * PIXEL * lean[:, 1]
                        + dz * lean[:, 2]
                    )  # fmt: skip
                    share += _inside(plane - CENTRE, height)
        values[k] = AIR + (BODY - AIR) * share / points**3
    tags: Edit = _placed(origin, z_mm, lean)
    write_series(folder, values, grid, edit=tags)
    (series,) = scan(folder)
    return series


def _inside(r: np.ndarray, height: float | None) -> np.ndarray:
    if height is None:
        return (r**2).sum(-1) < RADIUS**2
    return (r[..., 0] ** 2 + r[..., 1] ** 2 < RADIUS**2) & (np.abs(r[..., 2]) < height / 2)


def _placed(origin: np.ndarray, z_mm: np.ndarray, lean: np.ndarray) -> Edit:
    def edit(ds: Dataset, k: int) -> None:
        ds.ImagePositionPatient = [f"{x:.6f}" for x in origin + np.array([0, 0, z_mm[k]])]
        ds.ImageOrientationPatient = [f"{x:.9f}" for x in (*lean[:, 0], *lean[:, 1])]

    return edit


def _measured(volume: Volume) -> tuple[float, np.ndarray]:
    """Volume in mm3 and centroid of the body, by its share in each voxel."""
    share = np.clip((volume.array - AIR) / (BODY - AIR), 0, 1)
    k, j, i = np.indices(volume.array.shape)
    total = share.sum()
    ijk = [float((axis * share).sum() / total) for axis in (i, j, k)]
    return float(total) * volume.grid.voxel_volume_mm3, volume.grid.index_to_lps(ijk)


EVEN = np.arange(0, 86, 2.0)
TWO_STEPS = np.concatenate([np.arange(0, 40, 2.0), np.arange(40, 90, 4.0)])
LIKE_THE_HEAD = np.concatenate([np.arange(0, 41, 2.0), 41.0 + np.arange(0, 50, 3.5)])


@pytest.mark.parametrize(
    ("z_mm", "tilt_deg", "code"),
    [
        (EVEN, 18.5, "dicom.sheared"),
        (EVEN, -27.0, "dicom.sheared"),
        (TWO_STEPS, 0.0, "dicom.uneven_spacing"),
        (LIKE_THE_HEAD, 18.5, "dicom.sheared"),
    ],
    ids=["tilt", "tilt the other way", "one change of step", "tilt and uneven"],
)
def test_a_ball_keeps_its_size_and_place(
    tmp_path: Path, z_mm: np.ndarray, tilt_deg: float, code: str
) -> None:
    """Measured: volume within 0.28 %, centroid within 0.06 mm (pixels of 0.9 mm, slices of 2 to 4 mm)."""
    series = _stack(tmp_path, z_mm, tilt_deg)
    assert (series.status, series.code) == ("choice", code), series.hint
    volume = load_series(series, resample=True)
    grid = volume.grid
    assert grid.direction.T @ grid.direction == pytest.approx(np.eye(3), abs=1e-9)
    assert np.linalg.det(grid.direction) == pytest.approx(1)
    size, centre = _measured(volume)
    assert size == pytest.approx(4 / 3 * math.pi * RADIUS**3, rel=0.005)
    assert np.abs(centre - CENTRE).max() < 0.1


def test_a_leaning_cylinder_stands_upright_again(tmp_path: Path) -> None:
    """Without the correction its axis would lean by the tilt."""
    volume = load_series(_stack(tmp_path, EVEN, 20.0, height=50.0), resample=True)
    points = volume.grid.index_to_lps(np.argwhere(volume.array > 0)[:, ::-1])
    middle = points[np.abs(points[:, 2] - CENTRE[2]) < 20]
    for axis in (0, 1):
        slope = np.polyfit(middle[:, 2], middle[:, axis], 1)[0]
        assert abs(math.degrees(math.atan(slope))) < 0.5
    assert middle[:, :2].mean(axis=0) == pytest.approx(CENTRE[:2], abs=0.15)
    assert np.ptp(points[:, 2]) == pytest.approx(50.0, abs=3.0)
    size, _ = _measured(volume)
    assert size == pytest.approx(math.pi * RADIUS**2 * 50.0, rel=0.01)


def test_nothing_is_resampled_unasked(tmp_path: Path) -> None:
    series = _stack(tmp_path, TWO_STEPS, 10.0, points=1)
    with pytest.raises(InputError) as error:
        load_series(series)
    assert error.value.code == "dicom.sheared"
    assert "--resample" in error.value.hint


def test_the_offer_says_what_and_over_which_distance(tmp_path: Path) -> None:
    series = _stack(tmp_path, LIKE_THE_HEAD, 18.5, points=1)
    offer = series.resample
    assert offer is not None
    fields = series.as_dict()["resample"]
    assert fields["method"] == "linear"
    assert offer.tilt_deg == pytest.approx(18.5, abs=1e-3)
    assert offer.spacing_mm == pytest.approx(2.0 * math.cos(math.radians(18.5)), rel=0.01)
    assert max(s["distance_mm"] for s in fields["spans"]) == pytest.approx(3.5 * math.cos(math.radians(18.5)))
    for words in (
        "tilt of 18.5 degrees",
        "from 0.948 to 3.32 mm",
        "linearly",
        "3.32 mm apart",
        "not measured",
    ):
        assert words in offer.words
    volume = load_series(series, resample=True)
    assert volume.meta["resampled"] == offer.as_dict()
    assert any("Resampled on import" in note for note in volume.meta["notes"])
    assert load_series(_stack(tmp_path / "plain", EVEN, 0.0, points=1)).meta["resampled"] is None


def test_even_slices_across_the_normal_are_only_moved(tmp_path: Path) -> None:
    """A lean of one whole pixel a slice needs no interpolation: every number is found again."""
    base = grid_like((5, 12, 9), spacing=(1.0, 1.0, 3.0))
    direction = np.eye(3)
    direction[:, 2] = np.array([0.0, 1.0, 3.0]) / math.sqrt(10)
    grid = ImageGrid(base.shape, base.origin_mm, (1.0, 1.0, math.sqrt(10)), direction)
    values = ramp(base) + 400
    write_series(tmp_path, values, grid)
    (series,) = scan(tmp_path)
    volume = load_series(series, resample=True)
    assert volume.array.shape == (5, 16, 9)
    for k in range(5):
        assert (volume.array[k, k : k + 12] == values[k]).all()
        assert (volume.array[k, :k] == AIR).all()
        assert (volume.array[k, k + 12 :] == AIR).all()
    assert volume.grid.index_to_lps((2, 3 + 4, 4)) == pytest.approx(grid.index_to_lps((2, 3, 4)))


@pytest.mark.parametrize(
    ("steps", "found"),
    [
        ([3, 3, 3, 6, 6, 6], ()),
        ([4, 4, 4, 1, 7, 7, 7], ()),
        ([1, 1.2, 1.5, 1.9, 2.4, 3.0], ()),
        ([2, 2, 4, 2, 2], (2,)),
        ([2, 2, 2, 4], (3,)),
        ([2, 2, 4, 4, 2, 2], (2, 3)),
        ([5, 5, 5, 12, 12, 12], (3, 4, 5)),
        ([2, 4, 2, 4, 2, 4], (1, 3, 5)),
    ],
)
def test_holes(steps: list[float], found: tuple[int, ...]) -> None:
    assert holes(np.array(steps, float)) == found


def test_skipped_instance_numbers_tell_lost_slices_from_a_change_of_step() -> None:
    steps = np.array([2, 2, 2, 2, 2, 4, 4, 4], float)
    assert holes(steps, list(range(1, 10))) == ()
    assert holes(steps, [1, 2, 3, 4, 5, 6, 8, 10, 12]) == (5, 6, 7)


def test_every_second_slice_lost_in_a_part_is_missing_slices(tmp_path: Path) -> None:
    grid = grid_like((14, 10, 8))
    files = write_series(tmp_path, ramp(grid), grid)
    for k in (8, 10, 12):
        files[k].unlink()
    (series,) = scan(tmp_path)
    assert (series.status, series.code, series.resample) == ("refused", "dicom.missing_slices", None)


@pytest.mark.parametrize(
    ("z_mm", "said"),
    [
        (np.array([0, 5, 10, 15, 27, 39, 51.0]), "at most 10 mm"),
        (np.array([0, 3, 6, 9, 16.5, 19.5, 22.5]), "a slice may be missing"),
    ],
    ids=["too far apart", "one odd step"],
)
def test_what_is_not_made_up_stays_refused(tmp_path: Path, z_mm: np.ndarray, said: str) -> None:
    series = _stack(tmp_path, z_mm, 0.0, points=1)
    assert (series.status, series.code, series.resample) == ("refused", "dicom.uneven_spacing", None)
    assert said in series.message
    with pytest.raises(InputError):
        load_series(series, resample=True)


def test_a_tilt_that_changes_is_refused(tmp_path: Path) -> None:
    grid = grid_like()

    def drift(ds: Dataset, k: int) -> None:
        ds.ImagePositionPatient[1] += 0.5 * k * k

    write_series(tmp_path, ramp(grid), grid, edit=drift)
    (series,) = scan(tmp_path)
    assert (series.status, series.code, series.resample) == ("refused", "dicom.sheared", None)


def test_preview_shows_the_resampled_volume_and_a_cancel_is_heard(tmp_path: Path) -> None:
    series = _stack(tmp_path, EVEN, 18.5, points=1)
    assert preview(series).size_mm[2] == pytest.approx(
        len(EVEN) * 2.0 * math.cos(math.radians(18.5)), rel=0.2
    )
    seen: list[Event] = []
    with pytest.raises(Cancelled):
        load_series(series, Progress(seen.append, lambda: len(seen) > len(EVEN) + 3), resample=True)
