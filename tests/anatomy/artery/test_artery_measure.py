"""One artery measured on phantoms whose lumen is known, at the settings that hold for all."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.spatial import cKDTree

from stenosed_artery.parameters import LARGE, ArteryParameters, quick
from stenosed_artery.phantom import Phantom, build_phantom
from surgitwin.anatomy.artery import ArteryAnatomy, measure_artery

PLAIN = quick(length_mm=64.0, calcium_mm=0.0, branch=False)


def measured(parameters: ArteryParameters, **known: float) -> tuple[Phantom, ArteryAnatomy]:
    made = build_phantom(parameters)
    clicks = made.truth["clicks"]
    return made, measure_artery(made.volume, clicks["start"], clicks["end"], **known)


def nearest_truth(made: Phantom, anatomy: ArteryAnatomy) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Distance of each station from the true centre line, true arc length and true diameter there."""
    s = np.linspace(made.truth["s_mm"][0], made.truth["s_mm"][-1], 4000)
    line = np.stack(
        [np.interp(s, made.truth["s_mm"], np.array(made.truth["centreline_mm"])[:, c]) for c in range(3)], 1
    )
    away, row = cKDTree(line).query(anatomy.tube.course.points_mm)
    return away, s[row], 2 * np.interp(s[row], made.truth["s_mm"], made.truth["radius_mm"])


@pytest.fixture(scope="module")
def plain() -> tuple[Phantom, ArteryAnatomy]:
    return measured(PLAIN)


def test_narrowing_of_a_soft_plaque(plain: tuple[Phantom, ArteryAnatomy]) -> None:
    made, anatomy = plain
    (lesion,) = anatomy.lesions
    truth = made.truth["lesion"]
    assert lesion.diameter_percent == pytest.approx(truth["diameter_percent"], abs=3)
    assert lesion.reference_mm == pytest.approx(truth["reference_mm"], rel=0.03)
    assert lesion.doubt == ""
    assert lesion.start_mm < lesion.throat_mm < lesion.end_mm


def test_centreline_and_radius(plain: tuple[Phantom, ArteryAnatomy]) -> None:
    made, anatomy = plain
    away, s, true = nearest_truth(made, anatomy)
    assert away[4:-4].mean() < 0.06
    assert np.abs(anatomy.tube.diameter_mm / true - 1)[np.abs(s) > 9][4:-4].mean() < 0.03


def test_sharpness_is_read_from_the_edge(plain: tuple[Phantom, ArteryAnatomy]) -> None:
    assert plain[1].fwhm_mm == pytest.approx(LARGE.fwhm_mm, abs=0.12)


def test_calcium_is_found_and_counted() -> None:
    made, anatomy = measured(replace(PLAIN, calcium_mm=1.4))
    assert anatomy.calcium.volumes_mm3["lumen + 100 HU"] == pytest.approx(
        made.truth["volumes_mm3"]["calcium"], rel=0.3
    )
    (lesion,) = anatomy.lesions
    assert lesion.calcified > 0.1
    assert lesion.diameter_percent == pytest.approx(made.truth["lesion"]["diameter_percent"], abs=7)
