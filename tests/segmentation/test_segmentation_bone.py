"""The bone preset on the phantom with known truth and on the real CT."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from phantoms import coarse_phantom
from surgitwin.core.errors import InputError, UsageError
from surgitwin.core.image import ImageGrid, LabelMap, Volume
from surgitwin.segmentation import parse_parameters, run_preset, segment_femur, statistics

VOXEL_MM = 2.0
"""The joint space of 4 mm needs at least two voxels."""


def dice(a: npt.NDArray[np.bool_], b: npt.NDArray[np.bool_]) -> float:
    return float(2 * (a & b).sum() / (a.sum() + b.sum()))


@pytest.fixture(scope="module")
def segmented() -> LabelMap:
    return segment_femur(coarse_phantom("left", VOXEL_MM).volume)


def test_femur_agrees_with_truth(segmented: LabelMap) -> None:
    truth = coarse_phantom("left", VOXEL_MM).labels
    assert dice(segmented.mask("femur", "femur_canal"), truth.mask("femur", "femur_canal")) >= 0.98
    assert dice(segmented.mask("femur"), truth.mask("femur")) >= 0.98
    assert dice(segmented.mask("femur_canal"), truth.mask("femur_canal")) >= 0.93


def test_no_neighbour_is_called_femur_and_no_table_bone(segmented: LabelMap) -> None:
    truth = coarse_phantom("left", VOXEL_MM).labels
    outline = segmented.mask("femur", "femur_canal")
    assert not (outline & truth.mask("pelvis", "tibia_patella")).any()
    assert not (segmented.array[truth.mask("table")]).any()
    assert not (segmented.mask("other_bone") & truth.mask("femur")).any()
    assert (segmented.mask("other_bone") & truth.mask("pelvis")).sum() > 0.95 * truth.mask("pelvis").sum()


def test_a_table_denser_than_bone_stays_no_bone() -> None:
    made = coarse_phantom("left", VOXEL_MM)
    hu = made.volume.array.copy()
    table = made.labels.mask("table") & (hu > -300)
    hu[table] = 900
    labels = segment_femur(replace(made.volume, array=hu))
    assert not labels.array[made.labels.mask("table")].any()
    assert labels.mask("femur").any()


def test_flipped_and_permuted_grids_give_the_same_bone(segmented: LabelMap) -> None:
    volume = coarse_phantom("left", VOXEL_MM).volume
    grid = volume.grid
    array = np.ascontiguousarray(volume.array.transpose(2, 1, 0)[::-1])
    affine = grid.affine
    origin = grid.index_to_lps([0, 0, 0]) + (volume.array.shape[2] - 1) * affine[:3, 0]
    direction = np.stack([grid.direction[:, 2], grid.direction[:, 1], -grid.direction[:, 0]], axis=1)
    turned = ImageGrid(array.shape, origin, np.asarray(grid.spacing_mm)[[2, 1, 0]], direction)
    labels = segment_femur(Volume(array, turned))
    back = labels.array[::-1].transpose(2, 1, 0)
    assert dice(np.isin(back, (1, 2)), segmented.mask("femur", "femur_canal")) > 0.999


def test_statistics_count_what_is_there(segmented: LabelMap) -> None:
    made = coarse_phantom("left", VOXEL_MM)
    rows = {s.name: s for s in statistics(segmented, made.volume)}
    assert rows["femur"].code == "71341001"
    assert rows["femur"].volume_ml == pytest.approx(made.truth["volumes_mm3"]["femur"] / 1000, rel=0.03)
    assert not rows["femur"].touches_border
    assert rows["other_bone"].touches_border
    assert rows["femur_canal"].hu_mean is not None
    assert rows["femur_canal"].hu_mean < 150 < 400 < rows["femur"].hu_mean


def test_thin_slab_seals_the_cut_shaft() -> None:
    made = coarse_phantom("left", VOXEL_MM)
    cut = slice(60, 120)
    grid = replace(
        made.grid,
        shape=(60, *made.grid.shape[1:]),
        origin_mm=made.grid.index_to_lps([0, 0, 60]),
    )
    slab = Volume(made.volume.array[cut], grid)
    labels = segment_femur(slab)
    truth = made.labels.array[cut]
    assert dice(labels.mask("femur", "femur_canal"), np.isin(truth, (1, 2))) > 0.97
    assert statistics(labels, slab)[0].touches_border


def test_refusals_name_their_code() -> None:
    volume = coarse_phantom("left", VOXEL_MM).volume
    with pytest.raises(InputError) as caught:
        segment_femur(replace(volume, modality="MR", unit="1"))
    assert caught.value.code == "segment.wrong_modality"
    assert caught.value.message.endswith("this image is MR.")
    with pytest.raises(UsageError) as outside:
        segment_femur(volume, seed_hu=3000.0)
    assert outside.value.code == "segment.bad_value"
    empty = replace(volume, array=np.full(volume.array.shape, 40, np.int16))
    with pytest.raises(InputError) as caught:
        segment_femur(empty)
    assert caught.value.code == "segment.nothing_left"
    ball = np.full((40, 40, 40), 0, np.int16)
    ball[10:30, 10:30, 10:30] = 800
    with pytest.raises(InputError) as caught:
        segment_femur(Volume(ball, ImageGrid((40, 40, 40), np.zeros(3), np.ones(3), np.eye(3))))
    assert caught.value.code == "segment.no_femur"
    with pytest.raises(UsageError) as wrong:
        run_preset(volume, "kidney")
    assert wrong.value.code == "segment.unknown_preset"
    with pytest.raises(UsageError) as wrong:
        parse_parameters("bone", {"sead_hu": "300"})
    assert wrong.value.code == "segment.unknown_parameter"
    with pytest.raises(UsageError) as wrong:
        parse_parameters("bone", {"seed_hu": "dense"})
    assert wrong.value.code == "segment.bad_value"
    assert parse_parameters("bone", {"seed_hu": "320"}) == {"seed_hu": 320.0}


@pytest.mark.real_data
def test_real_thigh(shared_data: Path) -> None:
    from surgitwin.imaging import load_series, scan

    series = scan(shared_data / "femur_ct")[0]
    volume = load_series(series)
    labels = segment_femur(volume)
    rows = {s.name: s for s in statistics(labels, volume)}
    assert rows["femur"].touches_border
    outline = labels.mask("femur", "femur_canal")
    assert 150 < outline.sum() * volume.grid.voxel_volume_mm3 / 1000 < 250
    assert rows["other_bone"].volume_ml > 30
    # Closed through the slices that the anterior border cuts open: the canal is never background.
    for k in range(0, 40):
        section = outline[k]
        rim = np.flatnonzero(section.any(axis=0))
        columns = section[:, rim[0] : rim[-1] + 1]
        first = columns.argmax(axis=0)
        last = columns.shape[0] - columns[::-1].argmax(axis=0)
        assert columns.sum() >= 0.98 * (last - first).sum()


@pytest.mark.real_data
@pytest.mark.slow
def test_a_chest_holds_no_femur(shared_data: Path) -> None:
    from surgitwin.imaging import load_series, scan

    volume = load_series(scan(shared_data / "thorax_ct")[0])
    with pytest.raises(InputError) as refused:
        segment_femur(volume)
    assert refused.value.code == "segment.no_femur"
    assert "marrow canal" in str(refused.value)


@pytest.mark.real_data
def test_the_shaft_is_solid_by_the_preset_of_all_bones_too(shared_data: Path) -> None:
    from surgitwin.imaging import load_series, scan

    volume = load_series(scan(shared_data / "femur_ct")[0])
    outline = segment_femur(volume).mask("femur", "femur_canal")
    largest = run_preset(volume, "bones").labels.array == 1
    assert dice(outline, largest) > 0.97  # 0.80 with the canal open
