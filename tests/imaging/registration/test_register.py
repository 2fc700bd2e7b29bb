"""Registration of images whose transform is known."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter
from scipy.spatial.transform import Rotation

from surgitwin.core.errors import Cancelled, GeometryError, InputError, UsageError
from surgitwin.core.image import ImageGrid, LabelMap, Segment, Volume
from surgitwin.core.progress import Progress
from surgitwin.imaging.registration import (
    Pairs,
    from_landmarks,
    labels_onto,
    left_out_rms,
    register,
    resample_onto,
)

GRID = ImageGrid((30, 40, 44), np.array([-60.0, 20.0, 300.0]), np.array([3.0, 3.0, 4.0]), np.eye(3))


MORE = 12
"""Slices that the limb goes on beyond the image at both ends, as a patient does."""
WHOLE = ImageGrid((30 + 2 * MORE, 40, 44), GRID.index_to_lps([0, 0, -MORE]), GRID.spacing_mm, np.eye(3))


def limb() -> Volume:
    """A limb with two bones of other form, and muscle of uneven density; longer than an image of it."""
    k, j, i = np.indices(WHOLE.shape)
    x, y, z = 3.0 * i, 3.0 * j, 4.0 * (k - MORE)
    out = np.full(WHOLE.shape, -1000.0)
    out[((x - 64) / 52) ** 2 + ((y - 58) / 44) ** 2 < 1] = 40
    grain = gaussian_filter(np.random.default_rng(0).normal(0, 1, WHOLE.shape), 2)
    out[out > 0] += 40 * grain[out > 0] / grain.std()
    out[np.hypot(x - 50 - z / 8, y - 60) < 11] = 900
    out[(np.hypot(x - 84, y - 50 - z / 10) < 7) & (z > 24)] = 700
    return Volume(gaussian_filter(out, 0.7).astype(np.float32), WHOLE)


def body() -> Volume:
    """What the first image shows of the limb."""
    return Volume(limb().array[MORE:-MORE], GRID)


def moved_matrix(degrees: float = 12.0, mm: float = 15.0) -> np.ndarray:
    """4x4 that takes fixed points to moving ones."""
    out = np.eye(4)
    centre = GRID.index_to_lps((np.array(GRID.shape[::-1]) - 1) / 2)
    turn = np.radians(degrees) * np.array([2.0, -1.0, 2.0]) / 3
    out[:3, :3] = Rotation.from_rotvec(turn).as_matrix()
    out[:3, 3] = centre - out[:3, :3] @ centre + mm * np.array([2.0, 2.0, 1.0]) / 3
    return out


def moved(volume: Volume, to_moving: np.ndarray) -> Volume:
    """The image as another scan of the moved body."""
    array = np.nan_to_num(resample_onto(volume, GRID, to_moving).array, nan=-1000.0)
    return Volume(array + np.random.default_rng(3).normal(0, 15, array.shape), GRID)


def errors_at_bone(matrix: np.ndarray, to_moving: np.ndarray, volume: Volume) -> np.ndarray:
    points = GRID.index_to_lps(np.argwhere(volume.array > 400)[::7, ::-1])
    there = points @ to_moving[:3, :3].T + to_moving[:3, 3]
    return np.linalg.norm(there @ matrix[:3, :3].T + matrix[:3, 3] - points, axis=1)


@pytest.mark.slow
@pytest.mark.parametrize("modality", ["CT", "MR"])
def test_a_known_transform_is_found_and_its_error_covers_the_true_one(modality: str) -> None:
    fixed, truth = body(), moved_matrix()
    other = moved(limb(), truth)
    if modality == "MR":  # bone dark, muscle bright, air dark: no line through the values of a CT
        other = Volume(1000 * np.exp(-(((other.array - 60) / 220) ** 2)), GRID, "MR", "")
    found = register(fixed, other)
    errors = errors_at_bone(found.matrix, truth, fixed)
    assert np.percentile(errors, 95) < 1.0  # a third of the voxel of the phantom
    assert found.error.target_p95_mm is not None
    assert np.percentile(errors, 95) < found.error.target_p95_mm < 6.0
    assert found.after > 1.5 * found.before
    assert found.error.agreeing >= 2
    assert found.error.inverse_p95_mm is not None
    assert found.error.inverse_p95_mm < 2.0
    assert any("known points" in w for w in found.warnings)
    again = register(fixed, other)
    points = fixed.grid.index_to_lps([[0, 0, 0], [40, 30, 20]])
    assert np.allclose(again.points(points), found.points(points), atol=0.01)


def test_landmarks_give_the_transform_and_their_error() -> None:
    truth = moved_matrix()
    fixed = GRID.index_to_lps([[5, 5, 5], [30, 8, 9], [12, 30, 11], [20, 15, 25], [35, 30, 22]])
    moving = fixed @ truth[:3, :3].T + truth[:3, 3]
    exact = Pairs(fixed, moving)
    assert np.allclose(from_landmarks(exact) @ truth, np.eye(4), atol=1e-9)
    assert np.allclose(from_landmarks(exact, "affine") @ truth, np.eye(4), atol=1e-9)
    slipped = moving.copy()
    slipped[0, 0] += 9.0
    left_out = left_out_rms(Pairs(fixed, slipped))
    assert left_out is not None
    assert left_out > 9 / np.sqrt(5)
    assert left_out_rms(Pairs(fixed[:3], moving[:3])) is None


def test_landmarks_on_a_line_or_too_few_are_refused() -> None:
    line = np.outer(np.arange(4.0), [10.0, 5.0, 1.0])
    with pytest.raises(InputError) as caught:
        from_landmarks(Pairs(line, line))
    assert caught.value.code == "register.flat_landmarks"
    with pytest.raises(UsageError) as few:
        from_landmarks(Pairs(line[:2], line[:2]))
    assert few.value.code == "register.few_landmarks"


@pytest.mark.parametrize("code", ["register.flat_image", "image.no_scale", "register.mask", "register.kind"])
def test_what_cannot_be_registered_is_refused(code: str) -> None:
    fixed = body()
    flat = Volume(fixed.array[:2], ImageGrid((2, 40, 44), GRID.origin_mm, GRID.spacing_mm, np.eye(3)))
    unknown = Volume(fixed.array, GRID, scale_known=False)
    moving = {"register.flat_image": flat, "image.no_scale": unknown}.get(code, fixed)
    mask = np.zeros(GRID.shape, bool) if code == "register.mask" else None
    with pytest.raises((InputError, UsageError)) as caught:
        register(fixed, moving, "bent" if code == "register.kind" else "rigid", mask=mask)  # type: ignore[arg-type]
    assert caught.value.code == code


def test_a_start_far_away_has_no_overlap() -> None:
    away = np.eye(4)
    away[:3, 3] = 2000.0
    with pytest.raises(GeometryError) as caught:
        register(body(), body(), start=away)
    assert caught.value.code == "register.no_overlap"


def test_a_cancel_ends_it() -> None:
    calls = []

    def stop() -> bool:
        calls.append(1)
        return len(calls) > 5

    with pytest.raises(Cancelled):
        register(body(), body(), progress=Progress(lambda _e: None, stop))


def test_labels_and_values_land_where_the_transform_says() -> None:
    fixed, truth = body(), moved_matrix()
    bone = LabelMap((fixed.array > 400).astype(np.uint8), GRID, (Segment(1, "femur", "71341001", (1, 1, 1)),))
    there = labels_onto(bone, GRID, truth)
    back = labels_onto(there, GRID, np.linalg.inv(truth))
    both = np.count_nonzero((back.array > 0) & (bone.array > 0))
    assert both > 0.8 * np.count_nonzero(back.array)
    shown = resample_onto(fixed, GRID, truth)
    assert np.isnan(shown.array).any()
    assert shown.meta["resampled"]
