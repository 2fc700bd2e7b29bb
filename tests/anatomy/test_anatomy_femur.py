"""Measures of a femur against the phantom's truth, on both sides and in any orientation."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from phantoms import chain_labels, coarse_phantom
from surgitwin.anatomy import FemurAnatomy, default_fracture_plane, measure_femur, views
from surgitwin.core.errors import GeometryError
from surgitwin.core.frame import rotation_about
from surgitwin.core.image import ImageGrid, LabelMap, Volume

VOXEL_MM = 2.0


@cache
def labels() -> LabelMap:
    return chain_labels(coarse_phantom("left", VOXEL_MM))


@cache
def anatomy() -> FemurAnatomy:
    return measure_femur(labels(), coarse_phantom("left", VOXEL_MM).volume)


def truth() -> dict[str, Any]:
    return coarse_phantom("left", VOXEL_MM).truth


def moved(grid: ImageGrid, rotation: npt.NDArray[Any], shift: npt.ArrayLike) -> ImageGrid:
    return ImageGrid(
        grid.shape,
        rotation @ grid.origin_mm + np.asarray(shift, float),
        grid.spacing_mm,
        rotation @ grid.direction,
    )


def angle_deg(a: npt.ArrayLike, b: npt.ArrayLike) -> float:
    a, b = np.asarray(a, float), np.asarray(b, float)
    return float(np.degrees(np.arccos(np.clip(a @ b / np.linalg.norm(a) / np.linalg.norm(b), -1, 1))))


def true_torsion(record: dict[str, Any]) -> float:
    """Angle of the neck in front of the line behind both condyles, seen along the shaft."""
    axis = np.asarray(record["shaft_axis"]["direction"])
    marks = {k: np.asarray(v) for k, v in record["landmarks"].items()}
    line = marks["medial_condyle_posterior"] - marks["lateral_condyle_posterior"]
    neck = np.asarray(record["neck_axis"]["direction"])
    flat = [v - axis * (v @ axis) for v in (line, neck)]
    return angle_deg(*flat)


def test_axis_side_and_head_agree_with_truth() -> None:
    found, record = anatomy(), truth()
    assert found.side == "left"
    assert found.side_confidence.startswith("sure")
    assert angle_deg(found.frame.axes[:, 2], record["shaft_axis"]["direction"]) < 1.0
    head = found.landmarks["head_centre"]
    assert not head.estimated
    assert np.linalg.norm(head.point_mm - record["landmarks"]["head_centre"]) < 1.5
    assert found.head_radius_mm == pytest.approx(record["head_radius_mm"], abs=0.7)
    assert found.proximal_cut is None


def test_trochanters_agree_with_truth() -> None:
    for name, limit in (("lesser_trochanter", 4.0), ("greater_trochanter_tip", 3.0)):
        at = anatomy().landmarks[name].point_mm
        assert np.linalg.norm(at - truth()["landmarks"][name]) < limit


def test_torsion_is_measured_from_the_condyles() -> None:
    found = anatomy()
    assert not found.torsion_estimated
    assert found.torsion_deg == pytest.approx(true_torsion(truth()), abs=3.0)
    x_true = np.asarray(truth()["frame"]["matrix"])[:3, 0]
    assert angle_deg(found.frame.axes[:, 0], x_true) < 4.0


def test_stations_follow_the_canal() -> None:
    found = {round(s.z_mm): s for s in anatomy().stations}
    frame, record = anatomy().frame, truth()
    offset = frame.from_lps(record["frame"]["origin_mm"])[2]
    checked = 0
    for row in record["stations"]:
        near = min(found, key=lambda z: abs(z - (row["z_mm"] + offset)))
        if row["z_mm"] < -200 or row["z_mm"] > -30:
            continue
        assert found[near].canal_radius_mm == pytest.approx(row["canal_radius_mm"], abs=1.0)
        assert found[near].outer_radius_mm == pytest.approx(row["outer_radius_mm"], abs=0.6)
        checked += 1
    assert checked >= 15
    steps = np.diff([s.z_mm for s in anatomy().stations])
    assert steps.max() <= 2.0


def test_distal_cut_is_square_and_over_the_condyles() -> None:
    found = anatomy()
    assert angle_deg(found.distal_cut.normal, -found.frame.axes[:, 2]) < 1e-6
    condyle = found.frame.from_lps(truth()["landmarks"]["medial_condyle_distal"])
    z = found.frame.from_lps(found.distal_cut.point_mm)[2]
    assert condyle[2] + 20 < z < condyle[2] + 80


@pytest.mark.parametrize("seed", [1, 2])
def test_anatomy_follows_any_rotation_of_the_image(seed: int) -> None:
    rng = np.random.default_rng(seed)
    turn = rotation_about(rng.normal(size=3), rng.uniform(0.5, np.pi))
    shift = rng.uniform(-200, 200, 3)
    base = labels()
    found = measure_femur(replace(base, grid=moved(base.grid, turn, shift)))
    plain = measure_femur(base)
    assert found.side == plain.side
    assert np.allclose(found.frame.axes, turn @ plain.frame.axes, atol=0.02)
    for name, mark in plain.landmarks.items():
        expected = turn @ mark.point_mm + shift
        assert np.linalg.norm(found.landmarks[name].point_mm - expected) < 2.0, name


def test_mirrored_bone_is_the_other_side() -> None:
    base = labels()
    grid = base.grid
    mirrored = ImageGrid(
        grid.shape,
        grid.origin_mm * [-1, 1, 1] - grid.direction[:, 0] * grid.spacing_mm[0] * (grid.shape[2] - 1),
        grid.spacing_mm,
        grid.direction,
    )
    found = measure_femur(replace(base, array=base.array[:, :, ::-1], grid=mirrored))
    assert found.side == "right"
    plain = anatomy()
    flip = np.diag([-1.0, 1.0, 1.0])
    assert np.allclose(found.frame.axes[:, 1], flip @ plain.frame.axes[:, 1], atol=0.02)
    assert np.allclose(found.frame.axes[:, 2], flip @ plain.frame.axes[:, 2], atol=0.02)
    assert found.torsion_deg == pytest.approx(plain.torsion_deg, abs=1.5)
    medial = views(found)["medial"][0]
    assert medial @ (flip @ views(plain)["medial"][0]) > 0.99


def test_a_contradicting_side_is_said() -> None:
    found = measure_femur(labels(), side="right")
    assert found.side == "right"
    assert any("You chose right" in w for w in found.warnings)


def test_head_outside_the_image_is_estimated_and_cut() -> None:
    base, made = labels(), coarse_phantom("left", VOXEL_MM)
    head = np.asarray(made.truth["landmarks"]["head_centre"])
    top = int(made.grid.lps_to_index(head)[2]) - 2
    first = top - 110
    grid = replace(
        base.grid, shape=(110, *base.grid.shape[1:]), origin_mm=base.grid.index_to_lps([0, 0, first])
    )
    found = measure_femur(LabelMap(base.array[first:top], grid, base.segments))
    assert found.side == "left"
    assert found.torsion_estimated
    mark = found.landmarks["head_centre"]
    assert mark.estimated
    assert "hal-03553324" in mark.rule
    assert np.linalg.norm(mark.point_mm - head) < 12.0  # the band of +/-10 mm and 15 degrees covers it
    cut = found.proximal_cut
    assert cut is not None
    assert cut.distance(head) > 0
    for name in ("lesser_trochanter", "greater_trochanter_tip"):
        assert cut.distance(found.landmarks[name].point_mm) < 0
    outline = np.argwhere(base.array[first] > 0)
    lowest = grid.index_to_lps([[i, j, 0] for j, i in outline if base.array[first, j, i] in (1, 2)])
    assert (found.distal_cut.distance(lowest) > 1.0).all()
    assert any("estimated" in w for w in found.warnings)


def test_views_and_default_fracture_lie_in_the_bone_frame() -> None:
    found = anatomy()
    seen = views(found)
    to_head = found.landmarks["head_centre"].point_mm - found.frame.origin_mm
    assert seen["medial"][0] @ to_head > 20
    assert seen["lateral"][0] @ to_head < -20
    assert seen["anterior"][0] @ np.array([0.0, -1.0, 0.0]) > 0.8
    plane = default_fracture_plane(found, 40.0)
    assert plane.distance(found.landmarks["lesser_trochanter"].point_mm) == pytest.approx(40.0, abs=0.5)


def test_a_stump_without_shaft_is_refused() -> None:
    base = labels()
    grid = replace(base.grid, shape=(15, *base.grid.shape[1:]))
    with pytest.raises(GeometryError) as caught:
        measure_femur(LabelMap(base.array[100:115], grid, base.segments))
    assert caught.value.code == "anatomy.no_shaft"
    assert caught.value.hint.startswith("Is there a femur in the image?")


@pytest.mark.real_data
def test_real_thigh(shared_data: Path) -> None:
    from surgitwin.imaging import load_series, scan
    from surgitwin.segmentation import segment_femur

    volume: Volume = load_series(scan(shared_data / "femur_ct")[0])
    found = measure_femur(segment_femur(volume), volume)
    assert found.side == "left"
    normal = np.asarray(volume.grid.direction)[:, 2]
    assert angle_deg(found.frame.axes[:, 2], normal) == pytest.approx(41, abs=2)
    assert found.landmarks["head_centre"].estimated
    assert found.proximal_cut is not None
    length = -found.frame.from_lps(found.distal_cut.point_mm)[2]
    assert 120 < length < 190
    for station in found.stations:
        if station.z_mm < -30:
            assert 12 < station.outer_radius_mm < 17
            assert 3.5 < station.canal_radius_mm < 10
