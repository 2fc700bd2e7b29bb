"""The synthetic femur: the images, labels and truth agree with each other and with anatomy."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from femur_fracture import femur_shape as shape
from femur_fracture.parameters import FULL, coarse
from femur_fracture.phantom import Phantom, build_phantom
from phantoms import chain_labels, coarse_phantom
from surgitwin.core.arrays import content_hash


@pytest.fixture(scope="module")
def made() -> Phantom:
    return coarse_phantom("left")


def _near(made: Phantom, point: np.ndarray, radius: float) -> np.ndarray:
    """HU within `radius` of an LPS point."""
    k, j, i = np.indices(made.grid.shape)
    lps = made.grid.index_to_lps(np.stack([i, j, k], axis=-1))
    return made.volume.array[((lps - point) ** 2).sum(axis=-1) < radius**2]


def _local(made: Phantom, name: str) -> np.ndarray:
    """A landmark in the frame (medial, anterior, proximal)."""
    matrix = np.array(made.truth["frame"]["matrix"])
    x, y, z = (np.array(made.truth["landmarks"][name]) - matrix[:3, 3]) @ matrix[:3, :3]
    return np.array([x if made.truth["side"] == "left" else -x, y, z])


def _outline(point: np.ndarray) -> float:
    q = tuple(np.array([v], np.float32) for v in point)
    return float(shape.outline_distance(q)[0])


def test_same_parameters_give_identical_pixels() -> None:
    parameters = replace(coarse(voxel_mm=6.0), noise_sd_hu=17.0)
    first, second = build_phantom(parameters), build_phantom(parameters)
    assert content_hash(first.volume.array) == content_hash(second.volume.array) == first.truth["pixel_hash"]
    assert first.truth == second.truth
    other = build_phantom(replace(parameters, seed=1))
    assert other.truth["pixel_hash"] != first.truth["pixel_hash"]
    assert other.truth["label_hash"] == first.truth["label_hash"]


def test_true_volumes_do_not_depend_on_the_voxels(made: Phantom) -> None:
    fine = coarse_phantom("left", 2.5)
    for name in ("femur", "femur_canal"):
        assert made.truth["volumes_mm3"][name] == pytest.approx(fine.truth["volumes_mm3"][name], rel=0.005)


def test_canal_volume_fits_the_station_radii(made: Phantom) -> None:
    """From p = -190 to -60 the whole canal is void: its volume follows from the areas of its sections."""
    rows = [s for s in made.truth["stations"] if -190.5 < s["z_mm"] < -59.5]
    z, radius = [s["z_mm"] for s in rows], np.array([s["canal_mean_radius_mm"] for s in rows])
    expected = np.trapezoid(np.pi * radius**2, z)
    fine = coarse_phantom("left", 2.5)
    k, j, i = np.nonzero(fine.labels.mask("femur_canal"))
    matrix = np.array(fine.truth["frame"]["matrix"])
    level = (fine.grid.index_to_lps(np.stack([i, j, k], -1)) - matrix[:3, 3]) @ matrix[:3, 2]
    counted = np.count_nonzero((level > -190) & (level < -60)) * fine.grid.voxel_volume_mm3
    assert counted == pytest.approx(expected, rel=0.02)
    assert all(1.0 <= s["canal_mean_radius_mm"] / s["canal_radius_mm"] < 1.1 for s in rows)


@pytest.mark.parametrize("side", ["left", "right"])
def test_frame_is_right_handed_and_points_as_named(side: str) -> None:
    truth = coarse_phantom(side).truth
    axes = np.array(truth["frame"]["matrix"])[:3, :3]
    assert np.allclose(axes.T @ axes, np.eye(3), atol=1e-9)
    assert np.linalg.det(axes) == pytest.approx(1.0)
    marks = {k: np.array(v) for k, v in truth["landmarks"].items()}
    outward = marks["medial_condyle_centre"] - marks["lateral_condyle_centre"]
    assert (outward @ axes[:, 0] > 0) == (side == "left")
    assert np.sign(outward[0]) == (-1 if side == "left" else 1)  # LPS x grows to the patient's left
    assert axes[2, 2] > 0.95
    assert axes[1, 1] < -0.95
    tilt = np.degrees(np.arccos(axes[2, 2]))
    assert 5 < tilt < 10  # the bone does not lie along the scanner


def test_right_phantom_is_the_exact_mirror_image(made: Phantom) -> None:
    right = coarse_phantom("right")
    assert np.array_equal(right.volume.array, made.volume.array[:, :, ::-1])
    assert np.array_equal(right.labels.array, made.labels.array[:, :, ::-1])
    ni = made.grid.shape[2]
    left_point = made.grid.index_to_lps((3, 4, 5))
    assert np.allclose(right.grid.index_to_lps((ni - 1 - 3, 4, 5)), left_point * (-1, 1, 1))
    for name, point in made.truth["landmarks"].items():
        assert np.allclose(np.array(right.truth["landmarks"][name]), np.array(point) * (-1, 1, 1))


def test_measures_follow_from_the_landmarks(made: Phantom) -> None:
    neck = _local(made, "head_centre") - _local(made, "neck_root")
    shaft_angle = np.degrees(np.arccos(-neck[2] / np.linalg.norm(neck)))
    assert shaft_angle == pytest.approx(made.truth["neck_shaft_angle_deg"], abs=1e-6)
    back = _local(made, "medial_condyle_posterior") - _local(made, "lateral_condyle_posterior")
    torsion = np.degrees(np.arctan2(neck[1], neck[0]) - np.arctan2(back[1], back[0]))
    assert torsion == pytest.approx(made.truth["torsion_deg"], abs=0.1)
    assert _local(made, "lesser_trochanter")[2] == pytest.approx(0.0, abs=1e-6)
    top = _local(made, "head_centre")[2] + made.truth["head_radius_mm"]
    assert top - _local(made, "medial_condyle_distal")[2] == pytest.approx(made.truth["length_mm"], abs=0.01)
    isthmus = min(made.truth["stations"], key=lambda s: s["canal_radius_mm"])
    assert 9.0 < 2 * isthmus["canal_radius_mm"] < 12.0  # dimensions.md C1: 10.49 +- 1.52
    height = isthmus["z_mm"] - _local(made, "medial_condyle_distal")[2]
    assert height / made.truth["length_mm"] == pytest.approx(0.55, abs=0.048)  # C1


@pytest.mark.parametrize(
    ("name", "direction", "tolerance"),
    [
        ("lesser_trochanter", (0.73, -0.68, 0.0), 1.0),
        ("greater_trochanter_tip", (0, 0, 1), 1.0),
        ("medial_condyle_distal", (0, 0, -1), 0.5),
        ("lateral_condyle_distal", (0, 0, -1), 0.5),
        ("medial_condyle_posterior", (0, -1, 0), 0.5),
        ("lateral_condyle_posterior", (0, -1, 0), 0.5),
    ],
)
def test_landmarks_lie_on_the_surface(
    made: Phantom, name: str, direction: tuple[float, float, float], tolerance: float
) -> None:
    point = _local(made, name)
    step = np.array(direction) / np.linalg.norm(direction)
    assert _outline(point - tolerance * step) < 0 < _outline(point + tolerance * step)


def test_head_is_a_sphere(made: Phantom) -> None:
    centre = _local(made, "head_centre")
    for direction in ((0, 0, 1), (0, 1, 0), (0, -1, 0), (0.7, 0, 0.7)):
        unit = np.array(direction) / np.linalg.norm(direction)
        assert abs(_outline(centre + made.truth["head_radius_mm"] * unit)) < 0.1


def test_hu_by_region(made: Phantom) -> None:
    marks = {k: np.array(v) for k, v in made.truth["landmarks"].items()}
    head = _near(made, marks["head_centre"], 12.0)
    assert head.min() > 200  # C1: head 200 to 350
    assert head.max() < 420
    middle = marks["neck_root"] + 0.5 * (marks["head_centre"] - marks["neck_root"])
    assert 90 < np.median(_near(made, middle, 7.0)) < 220
    canal = made.volume.array[made.labels.mask("femur_canal")]
    assert -80 < np.percentile(canal, 10) < -30  # C1: marrow
    shaft = _near(made, marks["isthmus"], 25.0)
    assert 1300 < shaft.max() <= 1600
    muscle = made.volume.array[made.labels.mask("soft_tissue")]
    assert np.median(muscle) == pytest.approx(52, abs=3)
    assert made.volume.array[made.labels.array == 0].max() < 300  # only partial volume of table and skin
    assert np.median(made.volume.array[made.labels.array == 0]) < -990


def test_noise_has_the_asked_deviation() -> None:
    made = coarse_phantom("left", 4.0)
    noisy = build_phantom(replace(coarse(voxel_mm=4.0), noise_sd_hu=17.0))
    difference = noisy.volume.array.astype(float) - made.volume.array
    tissue = difference[made.labels.array > 0]
    assert tissue.std() == pytest.approx(17.0, rel=0.01)
    assert abs(tissue.mean()) < 0.2


def test_femur_lies_inside_the_image_and_apart_from_other_bone(made: Phantom) -> None:
    femur = chain_labels(made).mask("femur", "femur_canal")
    for axis in range(3):
        ends = np.moveaxis(femur, axis, 0)
        assert not ends[0].any()
        assert not ends[-1].any()
    assert chain_labels(made).mask("other_bone").any()


def test_full_size_sampling_and_volumes() -> None:
    full = build_phantom(FULL)
    assert max(full.grid.spacing_mm[:2]) <= 1.0
    assert full.grid.spacing_mm[2] <= 2.0
    for segment in full.labels.segments:
        counted = np.count_nonzero(full.labels.mask(segment.name)) * full.grid.voxel_volume_mm3
        assert counted == pytest.approx(full.truth["volumes_mm3"][segment.name], rel=0.01), segment.name
