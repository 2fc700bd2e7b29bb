"""Parts of the measuring on shapes whose answers are closed forms."""

from __future__ import annotations

import numpy as np
import pytest
from artery_shapes import END, LUMEN_HU, START, image_of, straight
from scipy.stats import ncx2

from surgitwin.anatomy.artery import artery_labels, measure_artery, propose_ends
from surgitwin.anatomy.artery.blur import (
    blurred_disc,
    image_fwhm,
    kernel_fwhm,
    sampled_sigma,
    spacing_across,
    true_radius,
)
from surgitwin.anatomy.artery.course import course_through, smoothed
from surgitwin.anatomy.artery.lesion import doubt_of
from surgitwin.anatomy.artery.reference import healthy_diameter
from surgitwin.anatomy.artery.tube import centroid_offsets
from surgitwin.core.image import ImageGrid


@pytest.mark.parametrize("ratio", [1.6, 2.5, 4.0, 8.0])
def test_half_maximum_of_a_blurred_tube_gives_its_radius(ratio: float) -> None:
    sigma = 0.4
    radius = ratio * sigma
    away = np.linspace(0, 2 * radius, 4000)
    share = ncx2.cdf(ratio**2, 2, (away / sigma) ** 2 + 1e-12)
    seen = np.interp(0.5, share[::-1], away[::-1])
    assert true_radius(np.array([seen]), sigma)[0] == pytest.approx(radius, rel=2e-3)


def test_a_wide_tube_is_corrected_by_its_curvature_alone() -> None:
    """sigma^2 / (2 r), vessels-from-images.md."""
    assert true_radius(np.array([9.0]), 0.38)[0] - 9.0 == pytest.approx(0.38**2 / 18, rel=0.05)


def test_middle_of_a_blurred_disc() -> None:
    """1 - exp(-R^2 / 2 sigma^2)."""
    radius = np.array([0.8, 1.5, 3.0])
    assert blurred_disc(radius, np.zeros(3)) == pytest.approx(1 - np.exp(-(radius**2) / 2), abs=2e-3)


def test_sharpness_of_image_and_of_samples_are_inverse() -> None:
    spacing = np.array([0.4, 0.4, 0.5])
    assert image_fwhm(sampled_sigma(0.9, spacing), spacing) == pytest.approx(0.9)
    assert kernel_fwhm("B46f") == 0.98
    assert kernel_fwhm("STANDARD") is None


def test_frames_of_a_course_are_orthonormal_and_do_not_spin() -> None:
    t = np.linspace(0, np.pi / 2, 200)
    arc = np.stack([20 * np.cos(t), 20 * np.sin(t), 0 * t], 1)
    course = course_through(arc, 0.5)
    assert course.length_mm == pytest.approx(20 * np.pi / 2, rel=1e-3)
    assert np.allclose(np.cross(course.e1, course.e2), course.tangent, atol=1e-9)
    assert np.ptp(course.e1[:, 2]) < 1e-6 or np.ptp(course.e2[:, 2]) < 1e-6  # the plane's normal stays


def test_smoothing_keeps_the_ends_and_straight_lines() -> None:
    line = np.stack([np.linspace(0, 10, 50), np.linspace(5, 2, 50)], 1)
    assert np.allclose(smoothed(line, 4.0), line, atol=1e-9)


def test_centroid_of_a_shifted_circle() -> None:
    angle = 2 * np.pi * np.arange(64) / 64
    d, r = 0.7, 3.0
    radius = d * np.cos(angle - 0.5) + np.sqrt(r**2 - (d * np.sin(angle - 0.5)) ** 2)
    assert centroid_offsets(radius[None])[0] == pytest.approx([d * np.cos(0.5), d * np.sin(0.5)], abs=1e-3)


def test_healthy_diameter_of_a_taper_ignores_narrowings_and_bulges() -> None:
    s = np.arange(0, 80, 0.25)
    true = 6.0 - 0.01 * s
    seen = true * (1 - 0.6 * np.exp(-(((s - 40) / 4) ** 2))) * (1 + 0.3 * np.exp(-(((s - 12) / 2) ** 2)))
    reference, healthy = healthy_diameter(s, seen)
    assert np.abs(reference / true - 1).max() < 0.015
    assert not healthy[(s > 37) & (s < 43)].any()
    assert healthy[s > 60].all()


def test_doubt_names_its_reason() -> None:
    assert doubt_of(2.7, 6.0, 0.5, 0.9) == ""
    assert "1.5 times" in doubt_of(1.3, 6.0, 0.0, 0.9)
    assert "calcium" in doubt_of(1.8, 3.05, 0.2, 0.9)
    assert doubt_of(1.8, 3.05, 0.0, 0.9) == ""


def test_branch_is_found_where_it_leaves() -> None:
    side = ([(12.0, 12.0, 26.0), (21.0, 12.0, 17.0)], 1.5, LUMEN_HU)
    anatomy = measure_artery(image_of([straight(), side]), START, END)
    (branch,) = anatomy.branches
    assert branch.diameter_mm == pytest.approx(3.0, abs=0.25)
    assert branch.direction @ np.array([1, 0, -1]) / np.sqrt(2) > 0.98
    assert branch.point_mm == pytest.approx([12, 12, 26], abs=1.5)
    assert anatomy.lesions == ()
    labels = artery_labels(image_of([straight(), side]), anatomy)
    assert labels.mask("artery_branch").sum() > 150


def test_labels_fill_the_lumen() -> None:
    volume = image_of([straight(3.1)])
    labels = artery_labels(volume, measure_artery(volume, START, END))
    counted = labels.mask("artery_lumen").sum() * volume.grid.voxel_volume_mm3
    assert counted == pytest.approx(np.pi * 3.1**2 * 32, rel=0.03)


def test_proposed_ends_lie_in_the_lumen_from_head_to_feet() -> None:
    start, end, note = propose_ends(image_of([straight()]))
    for point in (start, end):
        assert np.hypot(*(point[:2] - 12.0)) < 1.0
    assert start[2] > end[2] + 20
    assert "head" in note or "feet" in note


def test_thick_slices_count_only_as_far_as_rays_cross_them() -> None:
    grid = ImageGrid((4, 4, 4), np.zeros(3), np.array([0.7, 0.7, 3.0]), np.eye(3))
    along, across = np.array([[0.0, 0.0, 1.0]]), np.array([[1.0, 0.0, 0.0]])
    assert spacing_across(along, grid)[0] == pytest.approx(0.7)
    assert spacing_across(across, grid)[0] == pytest.approx(np.sqrt((0.49 + 9.0) / 2))
    cube = ImageGrid((4, 4, 4), np.zeros(3), np.full(3, 0.7), np.eye(3))
    assert spacing_across(across, cube)[0] == pytest.approx(0.7)
