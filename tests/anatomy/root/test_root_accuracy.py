"""Accuracy of the measured root on phantoms whose truth is known; the same settings for all."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from aortic_root.parameters import FULL
from root_phantoms import NOISES_HU, ROTATIONS, failures, measured_root, root_errors, root_phantom

FAST = ((0, 20.0), (7, 40.0))
"""Index of the rotation and noise."""


def _parameters(n: int, noise: float):
    return replace(FULL, rotation_deg=ROTATIONS[n], noise_sd_hu=noise, seed=n)


@pytest.mark.parametrize(("n", "noise"), FAST)
def test_annulus_and_coronaries_are_within_the_limits(n: int, noise: float) -> None:
    parameters = _parameters(n, noise)
    assert failures(root_errors(measured_root(parameters), root_phantom(parameters).truth)) == []


@pytest.mark.slow
@pytest.mark.parametrize("noise", NOISES_HU)
@pytest.mark.parametrize("n", range(len(ROTATIONS)))
def test_limits_hold_under_all_rotations_and_noises(n: int, noise: float) -> None:
    parameters = _parameters(n, noise)
    assert failures(root_errors(measured_root(parameters), root_phantom(parameters).truth)) == []


def test_a_wrong_truth_is_noticed() -> None:
    """The limits can fail: a plane 1 mm off, an area 3 % off, an ostium not found."""
    errors = root_errors(measured_root(_parameters(0, 20.0)), root_phantom(_parameters(0, 20.0)).truth)
    assert failures({**errors, "plane_mm": errors["plane_mm"] + 1.0})
    assert failures({**errors, "area_percent": -3.0})
    assert failures({**errors, "left_coronary_mm": float("nan")})


def test_landmarks_lie_where_they_are() -> None:
    root, truth = measured_root(_parameters(0, 20.0)), root_phantom(_parameters(0, 20.0)).truth
    reach = {"hinge": 1.5, "ostium": 1.5, "sinotubular": 2.0, "membranous": 1.5}
    for name, landmark in root.landmarks.items():
        assert landmark.point_mm is not None, name
        away = np.linalg.norm(landmark.point_mm - truth["landmarks"][name])
        assert away < reach[name.split("_")[0]], name


def test_sections_match_the_truth() -> None:
    root, truth = measured_root(_parameters(0, 20.0)), root_phantom(_parameters(0, 20.0)).truth
    for name, share in (("outflow", 0.02), ("ascending", 0.03)):
        assert root.sections[name].area_mm2 == pytest.approx(truth[name]["area_mm2"], rel=share), name
    areas = truth["area_by_level_mm2"]
    slope = (areas["+1"] - areas["-1"]) / 2
    assert root.area_slope_mm2_per_mm == pytest.approx(slope, abs=5.0)
    assert root.septum_length_mm == pytest.approx(truth["septum_length_mm"], abs=1.5)


def test_calcium_is_found_by_region() -> None:
    root, truth = measured_root(_parameters(0, 20.0)), root_phantom(_parameters(0, 20.0)).truth["calcium_mm3"]
    total = sum(truth.values())
    fixed, relative = root.calcium.volumes_mm3["fixed 850 HU"], root.calcium.volumes_mm3["lumen + 100 HU"]
    # Blur of 0.9 mm: 850 HU lies over half the step to nodules of 1050 to 1250 HU, lumen + 100 far below it.
    assert 0.4 * total < fixed < total < relative < 2.2 * total
    assert sum(root.calcium.regions_mm3.values()) == pytest.approx(fixed)
    found = root.calcium.regions_mm3
    assert found["non"] > found["right"] > found["left"] > 0
    assert found["outflow"] > 10
