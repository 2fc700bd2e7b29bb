"""What cannot be measured is refused with the next step; what is odd in an image is noticed."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from aortic_root.parameters import FULL, RootParameters, coarse
from root_phantoms import measured_root, root_phantom
from surgitwin.anatomy.root import measure_root, propose_seeds, root_labels
from surgitwin.anatomy.root.false_lumen import false_lumen_notices
from surgitwin.anatomy.root.metal import metal_notices
from surgitwin.anatomy.root.types import RootAnatomy
from surgitwin.core.errors import InputError
from surgitwin.core.image import Volume

COARSE = coarse()


def _clicks(parameters: RootParameters = FULL) -> tuple[list[float], list[float]]:
    c = root_phantom(parameters).truth["clicks"]
    return c["aorta_mm"], c["ventricle_mm"]


def _changed(change) -> Volume:
    """The sample with its voxels changed by change(array, grid) in place."""
    volume = root_phantom(FULL).volume
    array = np.array(volume.array)
    change(array, volume.grid)
    return replace(volume, array=array)


def _codes(root: RootAnatomy) -> list[str]:
    return [n.code for n in root.notices]


def test_the_sample_has_no_notice_but_for_the_unknown_phase() -> None:
    assert _codes(measured_root(FULL)) == ["root.phase_unknown"]
    assert measured_root(FULL).indicative == ""
    assert root_phase("35 %") == []
    assert root_phase("75 %") == ["root.not_systolic"]


def root_phase(description: str) -> list[str]:
    volume = replace(root_phantom(COARSE).volume, meta={"description": description})
    return [c for c in _codes(measure_root(volume, *_clicks(COARSE))) if c.startswith("root.")]


def test_coarse_images_are_marked_indicative_with_their_interval() -> None:
    root = measured_root(COARSE)
    assert "1.40 mm" in root.indicative
    assert "vessel.coarse" in _codes(root)


def test_no_contrast_is_refused() -> None:
    def drain(array, grid):
        array[array > 150] = 45

    with pytest.raises(InputError) as caught:
        measure_root(_changed(drain), *_clicks())
    assert caught.value.code == "vessel.no_contrast"
    assert "contrast" in caught.value.hint
    with pytest.raises(InputError) as caught:
        propose_seeds(_changed(drain))
    assert caught.value.code == "vessel.no_contrast"


def test_clicks_beside_the_lumen_or_the_image_are_refused() -> None:
    volume, (aorta, ventricle) = root_phantom(FULL).volume, _clicks()
    beside = np.array(aorta) + np.array([0.0, -26.0, 0.0])
    with pytest.raises(InputError) as caught:
        measure_root(volume, beside, ventricle)
    assert caught.value.code == "vessel.click_not_in_contrast"
    with pytest.raises(InputError) as caught:
        measure_root(volume, aorta, np.array(ventricle) - [0, 0, 200])
    assert caught.value.code == "vessel.click_outside"
    for ventricle_click in (aorta, np.array(aorta) - [0.0, 0.0, 8.0]):
        with pytest.raises(InputError) as caught:
            measure_root(volume, aorta, ventricle_click)
        assert caught.value.code in ("root.clicks_too_near", "root.no_sinuses")


def test_wires_are_noticed_with_their_place() -> None:
    at = np.array([10.0, -190.0, 245.0])

    def wire(array, grid):
        k, j, i = np.rint(grid.lps_to_index(at)[::-1]).astype(int)
        array[k - 1 : k + 2, j - 1 : j + 2, i - 12 : i + 12] = 3071

    root = measured_root(FULL)
    (notice,) = metal_notices(_changed(wire), root.lumen_HU, root.annulus)
    assert notice.code == "vessel.metal"
    assert np.linalg.norm(np.array(notice.point_mm) - at) < 12


def test_a_stent_graft_is_told_from_wires() -> None:
    root = measured_root(FULL)
    tube = root.tube
    ring = tube.wall_mm[-30:-5:6, ::6].reshape(-1, 3)

    def graft(array, grid):
        index = np.rint(grid.lps_to_index(ring)).astype(int)
        for d in np.ndindex(2, 2, 3):
            array[tuple((index[:, ::-1] + d).T)] = 3000

    (notice,) = metal_notices(_changed(graft), root.lumen_HU, root.annulus)
    assert notice.code == "vessel.device"


def test_dense_contrast_in_a_vein_is_no_metal() -> None:
    def vein(array, grid):
        _, j, i = np.indices(array.shape)
        where = np.rint(grid.lps_to_index((-25.0, -155.0, 240.0))[::-1])
        array[np.hypot(j - where[1], i - where[2]) < 9] = 2600

    root = measured_root(FULL)
    assert metal_notices(_changed(vein), root.lumen_HU, root.annulus) == []


def test_a_dissected_vessel_is_noticed_and_whole_ones_are_not() -> None:
    """The descending aorta of the phantom, 23 mm wide, parted by a flap, with a half-filled lumen behind."""
    root = measured_root(FULL)
    assert false_lumen_notices(root_phantom(FULL).volume, root.lumen_HU, root.tube) == []
    frame = np.array(root_phantom(FULL).truth["frame"]["matrix"])

    def dissect(array, grid):
        k, j, i = np.nonzero(array > 200)
        local = (grid.index_to_lps(np.stack([i, j, k], 1)) - frame[:3, 3]) @ frame[:3, :3]
        u, v = local[:, 0] - 40, local[:, 1] - 40
        inside = np.hypot(u, v) < 11.5
        flap, behind = inside & (np.abs(v) < 0.8), inside & (v >= 0.8)
        array[k[behind], j[behind], i[behind]] -= 170
        array[k[flap], j[flap], i[flap]] = 90

    (notice,) = false_lumen_notices(_changed(dissect), root.lumen_HU, root.tube)
    assert notice.code == "vessel.false_lumen"
    local = (np.array(notice.point_mm) - frame[:3, 3]) @ frame[:3, :3]
    assert np.hypot(local[0] - 40, local[1] - 40) < 8


def test_an_image_that_ends_in_the_landing_zone_is_noticed() -> None:
    phantom = root_phantom(FULL)
    aorta, ventricle = _clicks()
    keep = phantom.grid.shape[0] - 46
    volume = Volume(phantom.volume.array[:keep], replace(phantom.grid, shape=(keep, *phantom.grid.shape[1:])))
    top = phantom.grid.index_to_lps((0, 0, keep - 3))[2]
    share = (top - ventricle[2]) / (aorta[2] - ventricle[2])
    lower = np.array(ventricle) + min(share, 1.0) * (np.array(aorta) - np.array(ventricle))
    root = measure_root(volume, lower, ventricle)
    (notice,) = [n for n in root.notices if n.code == "vessel.image_ends"]
    assert "mm from the annulus" in notice.message


def test_proposed_clicks_lie_in_aorta_and_ventricle() -> None:
    phantom = root_phantom(FULL)
    aorta, ventricle, sure = propose_seeds(phantom.volume)
    frame = np.array(phantom.truth["frame"]["matrix"])
    for point, low, high in ((aorta, 25, 60), (ventricle, -55, -12)):
        local = (point - frame[:3, 3]) @ frame[:3, :3]
        assert low < local[2] < high
        assert np.hypot(local[0], local[1]) < 14
    assert 0 < sure < 1
    root = measure_root(phantom.volume, aorta, ventricle)
    turn = root.annulus.normal @ np.array(phantom.truth["annulus"]["normal"])
    assert np.degrees(np.arccos(turn)) < 1.0


def test_labels_hold_lumen_and_calcium() -> None:
    phantom, root = root_phantom(FULL), measured_root(FULL)
    labels = root_labels(phantom.volume, root)
    assert [s.name for s in labels.segments] == ["lumen", "calcium"]
    true = np.isin(phantom.labels.array, (1, 2, 4))  # lumen, leaflets and calcium within the wall
    found = labels.array > 0
    level = root.annulus.distance(phantom.grid.index_to_lps(np.argwhere(true)[:, ::-1]))
    near = np.argwhere(true)[(level > -12) & (level < 30)]
    inside = found[tuple(near.T)].mean()
    assert inside > 0.6  # the true lumen also holds atrium-side neighbours beyond the tube
    assert true[found].mean() > 0.97
    assert (labels.array == 2).sum() * phantom.grid.voxel_volume_mm3 == pytest.approx(
        root.calcium.volumes_mm3["fixed 850 HU"], rel=1e-6
    )


@pytest.mark.real_data
@pytest.mark.slow
def test_the_real_root_is_found_and_its_oddities_are_noticed(shared_data) -> None:
    from surgitwin.imaging.dicom.loading import load_series
    from surgitwin.imaging.dicom.scanner import scan

    volume = load_series(scan(shared_data / "aortic_root_cta")[0])
    aorta, ventricle, _ = propose_seeds(volume)
    root = measure_root(volume, aorta, ventricle)
    codes = _codes(root)
    for code in ("vessel.coarse", "vessel.device", "vessel.metal", "vessel.false_lumen"):
        assert code in codes
    assert "1.50 mm" in root.indicative
    assert 300 < root.sections["annulus"].area_mm2 < 600
    assert root.phase == "unknown"
