"""MR presets on the synthetic thigh and on small vessels: shape, volume, shading, refusals."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
import scipy.ndimage as ndi

import preset_phantoms as ph
from mr_thigh.parameters import quick
from mr_thigh.phantom import Phantom, build_phantom, tissue
from surgitwin.core.errors import InputError, UsageError
from surgitwin.core.progress import SILENT
from surgitwin.segmentation import Segmented, run_preset
from surgitwin.segmentation.mr_bone import evened
from surgitwin.segmentation.presets import load_preset


def dice(a: npt.NDArray[np.bool_], b: npt.NDArray[np.bool_]) -> float:
    return float(2 * (a & b).sum() / (a.sum() + b.sum()))


@pytest.fixture(scope="module")
def thigh() -> Phantom:
    return build_phantom(quick())


@pytest.fixture(scope="module")
def found(thigh: Phantom) -> Segmented:
    return run_preset(thigh.volume, "mr_bone")


def test_bone_of_the_thigh_is_found_without_a_click(thigh: Phantom, found: Segmented) -> None:
    truth = thigh.labels
    assert dice(found.labels.array > 0, truth.array > 0) >= 0.96
    assert dice(found.labels.mask("marrow"), truth.mask("marrow")) >= 0.94
    assert dice(found.labels.mask("cortical_bone"), truth.mask("cortical_bone")) >= 0.93
    volume = (found.labels.array > 0).sum() * thigh.volume.grid.voxel_volume_mm3
    assert volume == pytest.approx(sum(thigh.truth["volumes_mm3"].values()), rel=0.03)
    assert any("no density" in n.text for n in found.notes)


def test_a_click_in_the_marrow_gives_the_same_bone_and_one_in_muscle_is_refused(
    thigh: Phantom, found: Segmented
) -> None:
    clicked = run_preset(thigh.volume, "mr_bone", points={"marrow": np.array(thigh.truth["marrow_at_mm"])})
    assert (clicked.labels.array == found.labels.array).all()
    with pytest.raises(InputError) as caught:
        run_preset(thigh.volume, "mr_bone", points={"marrow": np.array([-30.0, 20.0, 0.0])})
    assert caught.value.code == "segment.no_marrow"


def test_shading_is_taken_out(thigh: Phantom) -> None:
    flat = evened(thigh.volume, load_preset("mr_bone"), SILENT)
    grid = thigh.volume.grid
    k, j, i = np.indices(grid.shape)
    x, y, z = (grid.origin_mm[n] + grid.spacing_mm[n] * a for n, a in enumerate((i, j, k)))
    muscle = ndi.binary_erosion(tissue(x, y, z, quick())[0] == quick().muscle, np.ones((1, 5, 5)))
    before, after = (a[muscle].std() / a[muscle].mean() for a in (thigh.volume.array, flat))
    noise = quick().noise / quick().muscle
    assert before > 1.25 * noise
    assert after < 1.15 * noise


def test_fat_suppressed_marrow_is_refused_not_guessed() -> None:
    suppressed = build_phantom(quick(fat=150.0, marrow=140.0, slices=6, samples=1))
    with pytest.raises(InputError) as caught:
        run_preset(suppressed.volume, "mr_bone")
    assert caught.value.code == "segment.no_marrow"


@pytest.mark.parametrize(("lumen", "around", "dark"), [(800.0, 200.0, 0.0), (40.0, 300.0, 1.0)])
def test_bright_and_dark_vessels(lumen: float, around: float, dark: float) -> None:
    tube = ph.union(ph.rod((0, 0, -30), (0, 0, 0), 4), ph.rod((0, 0, 0), (12, 0, 30), 3))
    scene = ph.Scene((50, 50, 40), [(tube, lumen)], around)
    volume, truth = ph.image(scene, (0.8, 0.8, 1.2), noise=15, modality="MR")
    settings = {"dark": dark, "n4_rounds": 0.0}
    made = run_preset(volume, "mr_vessel", parameters=settings, points={"lumen": np.array([0.0, 0.0, -10.0])})
    assert dice(made.labels.mask("vessel"), truth(tube)) >= 0.94
    with pytest.raises(InputError) as caught:
        run_preset(
            volume,
            "mr_vessel",
            parameters={**settings, "dark": 1 - dark},
            points={"lumen": np.array([0.0, 0.0, -10.0])},
        )
    assert caught.value.code == "segment.no_lumen"
    with pytest.raises(UsageError):
        run_preset(volume, "mr_vessel")
