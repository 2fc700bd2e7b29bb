"""One vertebra from one click: a phantom with exact truth, the real one, corrections and refusals."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import cc3d
import numpy as np
import pytest

from surgitwin.core.errors import SurgiTwinError
from surgitwin.core.image import Volume
from surgitwin.segmentation.recipe import Segmented, run_preset
from surgitwin.segmentation.vertebra.strokes import stroke_points, strokes_of
from vertebra_samples import Sample, dice, next_stroke, phantom, real, variants


@pytest.fixture(scope="module")
def made() -> Sample:
    """The phantom."""
    return phantom(1.5)


@pytest.fixture(scope="module")
def found(made: Sample) -> Segmented:
    """The phantom's vertebra from one click."""
    return run_preset(made.volume, "vertebra", points={"vertebra": made.click})


def test_phantom_vertebra_is_found_from_one_click(made: Sample, found: Segmented) -> None:
    assert dice(found.labels.mask("vertebra"), made.whole) > 0.94
    assert found.extra is not None
    assert dice(np.asarray(found.extra["body"]), made.body) > 0.94
    assert found.notes == ()


def test_frame_of_the_phantom_is_left_posterior_superior(found: Segmented) -> None:
    assert found.extra is not None
    frame = np.asarray(found.extra["frame"])
    turn = np.degrees(np.arccos(np.clip((np.trace(frame[:3, :3]) - 1) / 2, -1, 1)))
    assert turn < 2.0
    assert abs(frame[0, 3]) < 1.0  # the mid-plane
    assert found.extra["height_mm"] == pytest.approx(27.0, abs=2.0)


def test_neighbours_stay_out(made: Sample, found: Segmented) -> None:
    up = np.roll(made.whole, round(37.0 / made.volume.grid.spacing_mm[2]), axis=0)
    assert (found.labels.mask("vertebra") & up & ~made.whole).sum() < 0.01 * made.whole.sum()


def test_body_gets_its_own_label_when_asked(made: Sample, found: Segmented) -> None:
    points = {"vertebra": made.click}
    apart = run_preset(made.volume, "vertebra", points=points, parameters={"split_body": 1}).labels
    assert found.extra is not None
    np.testing.assert_array_equal(apart.mask("vertebral_body"), found.extra["body"])
    np.testing.assert_array_equal(apart.array > 0, found.labels.array > 0)
    # No segment called "vertebra" may hold the arch only, and none may be listed that has no voxel.
    assert [s.name for s in apart.segments] == ["vertebral_body", "vertebral_arch"]
    assert [s.name for s in found.labels.segments] == ["vertebra"]


def test_clicks_are_obeyed(made: Sample, found: Segmented) -> None:
    grid = made.volume.grid
    spinous, beside = np.array([0.0, 60.0, -13.8]), np.array([30.0, 0.0, 0.0])
    done = run_preset(
        made.volume, "vertebra", points={"vertebra": made.click, "outside": spinous, "inside": beside}
    )
    before, after = found.labels.mask("vertebra"), done.labels.mask("vertebra")
    at = [tuple(np.round(grid.lps_to_index(p)[::-1]).astype(int)) for p in (spinous, beside)]
    assert before[at[0]]
    assert not after[at[0]]
    assert after[at[1]]
    assert not before[at[1]]


def test_stroke_moves_the_surface_near_it_only(made: Sample, found: Segmented) -> None:
    """A stroke 8 mm within the lower end plate is obeyed though nothing in the image asks for it; one
    near the surface takes its neighbourhood along; both leave the rest of the vertebra as it was."""
    grid, before = made.volume.grid, found.labels.mask("vertebra")
    for depth_mm, least in ((8.0, 8), (1.5, 40)):
        line = np.array([(x, 0.0, -13.5 + depth_mm) for x in (-6, -3, 0, 3, 6)])
        done = run_preset(made.volume, "vertebra", points={"vertebra": made.click, "outside": line})
        after = done.labels.mask("vertebra")
        index = np.round(grid.lps_to_index(line)[:, ::-1]).astype(int)
        assert before[tuple(index.T)].all()
        assert not after[tuple(index.T)].any()
        changed = grid.index_to_lps(np.argwhere(after ^ before)[:, ::-1].astype(float))
        assert len(changed) >= least
        assert np.linalg.norm(changed - np.clip(changed, (-6, 0, -13.5), (6, 0, 0)), axis=1).max() < 16


@pytest.mark.parametrize(
    ("points", "code"),
    [
        ({}, "vertebra.no_click"),
        ({"vertebra": [0, 0]}, "vertebra.bad_points"),
        ({"vertebra": [0, 0, float("nan")]}, "vertebra.bad_points"),
        ({"vertebra": [0, 0, 500]}, "vertebra.click_outside"),
        ({"vertebra": [0, 0, 0], "inside": [[0, 0, 900]]}, "vertebra.bad_points"),
        ({"vertebra": [0, 0, 0], "beside": [[0, 0, 0]]}, "vertebra.bad_points"),
        ({"vertebra": [45, -20, 0]}, "vertebra.no_body"),
        ({"vertebra": [0, 0, 0], "inside": [30, 0, 0], "outside": [30.9, 0.4, 0]}, "vertebra.contradiction"),
        (
            {"vertebra": [0, 0, 0], "inside": [[30, 0, 0], [34, 0, 0]], "outside": [[32, -2, 0], [32, 2, 0]]},
            "vertebra.contradiction",
        ),
    ],
)
def test_wrong_clicks_are_refused(made: Sample, points: dict[str, list[float]], code: str) -> None:
    with pytest.raises(SurgiTwinError) as caught:
        run_preset(made.volume, "vertebra", points={k: np.array(v, float) for k, v in points.items()})
    assert caught.value.code == code
    assert caught.value.hint


def test_neighbouring_voxels_may_differ_and_both_are_obeyed(made: Sample) -> None:
    grid = made.volume.grid
    index = np.round(grid.lps_to_index(np.array([24.0, 0.0, 0.0])))
    inside, outside = (grid.index_to_lps(index + np.array([n, 0, 0])) for n in (0, 1))
    clicks = {"vertebra": made.click, "inside": inside, "outside": outside}
    mask = run_preset(made.volume, "vertebra", points=clicks).labels.mask("vertebra")
    i, j, k = index.astype(int)
    assert mask[k, j, i]
    assert not mask[k, j, i + 1]


def test_clicks_near_each_other_are_one_stroke() -> None:
    clicks = np.array([[0.0, 0, 0], [3, 0, 0], [8, 0, 0], [40, 0, 0]])
    assert [len(s) for s in strokes_of(clicks)] == [3, 1]
    line = stroke_points(clicks)
    assert np.linalg.norm(np.diff(line[:-1], axis=0), axis=1).max() <= 1.0
    np.testing.assert_array_equal(line[-2:], clicks[-2:])
    assert strokes_of(clicks[:0]) == []


def test_wrong_images_are_refused(made: Sample) -> None:
    points = {"vertebra": made.click}
    thin = Volume(
        made.volume.array[40:60], replace(made.volume.grid, shape=(20, *made.volume.grid.shape[1:]))
    )
    for volume, code in (
        (replace(made.volume, modality="MR", unit=""), "segment.wrong_modality"),
        (replace(made.volume, scale_known=False), "image.no_scale"),
        (thin, "vertebra.too_little"),
    ):
        with pytest.raises(SurgiTwinError) as caught:
            run_preset(volume, "vertebra", points=points)
        assert caught.value.code == code


@pytest.mark.real_data
def test_real_vertebra_from_one_click(shared_data: Path) -> None:
    sample = real(shared_data)
    done = run_preset(sample.volume, "vertebra", points={"vertebra": sample.click})
    assert dice(done.labels.mask("vertebra"), sample.whole) > 0.88
    arch = done.labels.mask("vertebra") & ~np.asarray(done.extra["body"])
    largest = cc3d.largest_k(arch.astype(np.uint8), k=1) > 0
    assert largest.sum() > 0.99 * arch.sum()  # no scraps of the body's rims
    assert done.extra is not None
    assert dice(np.asarray(done.extra["body"]), sample.body) > 0.93


@pytest.mark.real_data
def test_disc_and_arch_are_no_body(shared_data: Path) -> None:
    sample = real(shared_data)
    for moved in ((0, 0, 19), (0, 50, -10)):
        with pytest.raises(SurgiTwinError) as caught:
            run_preset(sample.volume, "vertebra", points={"vertebra": sample.click + np.array(moved, float)})
        assert caught.value.code == "vertebra.no_body"


@pytest.mark.slow
@pytest.mark.real_data
def test_twelve_variants_of_the_real_vertebra(shared_data: Path) -> None:
    whole, body = [], []
    for sample in variants(real(shared_data)):
        done = run_preset(sample.volume, "vertebra", points={"vertebra": sample.click})
        assert done.extra is not None
        whole.append(dice(done.labels.mask("vertebra"), sample.whole))
        body.append(dice(np.asarray(done.extra["body"]), sample.body))
    assert np.mean(whole) >= 0.86
    assert min(whole) >= 0.80
    assert np.mean(body) >= 0.92


@pytest.mark.slow
@pytest.mark.real_data
def test_corrections_do_not_make_it_worse(shared_data: Path) -> None:
    sample = real(shared_data)
    fixes: dict[str, list[np.ndarray]] = {"inside": [], "outside": []}
    overlap = []
    for _ in range(4):
        points = {"vertebra": sample.click, **{k: np.reshape(v, (-1, 3)) for k, v in fixes.items()}}
        mask = run_preset(sample.volume, "vertebra", points=points).labels.mask("vertebra")
        overlap.append(dice(mask, sample.whole))
        name, at = next_stroke(mask, sample)
        fixes[name].extend(at)
    assert overlap[-1] > overlap[0]
