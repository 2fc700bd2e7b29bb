"""CT presets on phantoms with exact shapes: right parts, right edges, right words."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
import scipy.ndimage as ndi

import preset_phantoms as ph
from surgitwin.core.errors import InputError, UsageError
from surgitwin.core.image import Volume
from surgitwin.segmentation import Segmented, run_preset
from surgitwin.segmentation.flood import flood
from surgitwin.segmentation.presets import listed
from surgitwin.segmentation.reach import grown
from surgitwin.segmentation.separate import separate

VOXEL = (1.0, 1.0, 1.0)


def dice(a: npt.NDArray[np.bool_], b: npt.NDArray[np.bool_]) -> float:
    return float(2 * (a & b).sum() / (a.sum() + b.sum()))


@pytest.fixture(scope="module")
def hip() -> tuple[Volume, Segmented, npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
    volume, truth = ph.image(ph.HIP, VOXEL, noise=20)
    return volume, run_preset(volume, "bones"), truth(ph.HEAD), truth(ph.CUP)


def test_two_bones_of_a_joint_are_two_segments(hip: tuple[Volume, Segmented, object, object]) -> None:
    _volume, found, head, cup = hip
    assert [s.name for s in found.labels.segments] == ["bone_1", "bone_2"]
    masks = [found.labels.mask(s.name) for s in found.labels.segments]
    both = sorted(masks, key=lambda m: dice(m, np.asarray(head)), reverse=True)
    assert dice(both[0], np.asarray(head)) >= 0.98
    assert dice(both[1], np.asarray(cup)) >= 0.95
    assert not (both[0] & np.asarray(cup)).any()
    assert [s.title for s in found.steps] == [
        "Separate at the joints", "Leave out what lies in air", "Draw the outlines", "Name the bones",
    ]  # fmt: skip
    assert found.steps[0].used["joint_hu"] == 600


def test_two_parts_stay_apart_only_under_the_joint_level_and_when_both_are_large() -> None:
    hu = np.full((3, 3, 9), -100, np.int16)
    hu[1, 1] = [-100, 800, 900, 800, 400, 700, 800, 700, -100]
    for joint, part, count in ((500, 3, 2), (399, 3, 1), (500, 4, 1)):
        parts, dense = separate(hu, 130, 250, joint, part)
        assert len(dense) - 1 == count, (joint, part)
        assert dense.sum() == 7
        assert (parts > 0).sum() == 7


def test_flooding_gives_each_side_of_a_valley_to_its_marker() -> None:
    brightness = np.array([[[9, 8, 7, 2, 6, 8, 9]]], np.int16)
    markers = np.zeros((1, 1, 7), int)
    markers[0, 0, [0, 6]] = 1, 2
    for values in (brightness, brightness / 10.0):
        found = flood(values, markers, brightness > 0)[0, 0]
        assert found.tolist()[:3] == [1, 1, 1]
        assert found.tolist()[4:] == [2, 2, 2]
    assert flood(brightness, markers, brightness > 6)[0, 0].tolist() == [1, 1, 1, 0, 0, 2, 2]


def test_labels_grow_by_their_exact_distance() -> None:
    labels = np.zeros((9, 9, 9), np.int32)
    labels[4, 4, 2], labels[4, 4, 7] = 5, 3
    spacing = np.array([3.0, 1.0, 0.5])
    out = grown(labels, spacing, 2.0)
    k, j, i = np.indices(labels.shape)
    first, second = (np.sqrt(((k - 4) * 3.0) ** 2 + (j - 4.0) ** 2 + ((i - c) * 0.5) ** 2) for c in (2, 7))
    want = np.where(first <= 2, 5, 0)
    want[(second <= 2) & (second < first)] = 3
    tie = (first == second) & (first <= 2)
    assert (out[~tie] == want[~tie]).all()


def test_cortex_and_inside_of_the_clicked_bone(hip: tuple[Volume, Segmented, object, object]) -> None:
    volume, _found, head, _cup = hip
    made = run_preset(volume, "cortical_trabecular", points={"bone": np.zeros(3)}).labels
    whole = made.array > 0
    assert dice(whole, np.asarray(head)) >= 0.98
    assert dice(made.mask("trabecular_bone"), ndi.distance_transform_edt(head) > 2.5) >= 0.95
    with pytest.raises(InputError) as caught:
        run_preset(volume, "cortical_trabecular", points={"bone": np.array([38.0, 38.0, -40.0])})
    assert caught.value.code == "segment.click_outside"


def test_marrow_of_a_shaft() -> None:
    volume, truth = ph.image(ph.SHAFT_SCENE, (0.8, 0.8, 2.0), noise=20)
    found = run_preset(volume, "cortical_trabecular")
    assert dice(found.labels.mask("marrow"), truth(ph.CANAL)) >= 0.97
    assert dice(found.labels.array > 0, truth(ph.SHAFT)) >= 0.98
    assert "cut_off" in [n.code for n in found.notes]


@pytest.fixture(scope="module")
def angio() -> Volume:
    return ph.image(ph.ANGIO, (0.7, 0.7, 1.0), noise=25)[0]


def test_a_vessel_that_touches_bone_is_parted_from_it(angio: Volume) -> None:
    truth = ph.image(ph.ANGIO, (0.7, 0.7, 1.0))[1]
    lumen, spine = truth(ph.TUBE) & ~truth(ph.SPINE), truth(ph.SPINE)
    found = run_preset(angio, "vessel_contrast", points={"lumen": np.array([-6.0, -1.0, 5.0])})
    vessel = found.labels.mask("vessel")
    assert dice(vessel, lumen) >= 0.93
    assert (vessel & spine).sum() < 0.02 * vessel.sum()
    assert found.extra is not None
    assert found.extra["lumen_hu"] == pytest.approx(400, abs=5)


def test_no_contrast_at_the_click_is_refused(angio: Volume) -> None:
    with pytest.raises(InputError) as caught:
        run_preset(angio, "vessel_contrast", points={"lumen": np.array([-20.0, 15.0, 0.0])})
    assert caught.value.code == "segment.no_lumen"
    with pytest.raises(UsageError) as wrong:
        run_preset(angio, "vessel_contrast", points={"aorta": np.zeros(3)})
    assert wrong.value.code == "segment.clicks"


def test_calcium_stands_over_the_lumen(angio: Volume) -> None:
    truth = ph.image(ph.ANGIO, (0.7, 0.7, 1.0))[1]
    found = run_preset(angio, "calcium", points={"lumen": np.array([-6.0, -1.0, 0.0])})
    calcium = found.labels.mask("calcium")
    assert calcium.any()
    assert (calcium & truth(ph.ball((-6, 4, 0), 2.5))).sum() > 0.95 * calcium.sum()
    assert found.extra is not None
    assert found.extra["threshold_hu"] == pytest.approx(550, abs=10)


def test_metal_has_its_half_height_edge_and_its_streaks_are_marked() -> None:
    nail = ph.rod((0, 0, -100), (0, 0, 100), 5)
    scene = ph.Scene((60, 60, 20), [(nail, 3500.0)])
    volume, truth = ph.image(scene, VOXEL, noise=20)
    hu = volume.array.copy()
    hu[:, 30, 40:55] = -400  # a dark streak
    found = run_preset(Volume(hu, volume.grid), "metal")
    assert dice(found.labels.mask("metal"), truth(nail)) >= 0.93
    assert found.labels.mask("metal_streaks")[:, 30, 40:55].all()
    assert {"metal", "outside_validity"} <= {n.code for n in found.notes}
    with pytest.raises(InputError) as caught:
        run_preset(ph.image(ph.SHAFT_SCENE, (2, 2, 4))[0], "metal")
    assert caught.value.code == "segment.nothing_left"


def test_contrast_agent_is_told_from_header_and_blood(angio: Volume) -> None:
    large = ph.Scene((60, 60, 60), [(ph.rod((0, 0, -100), (0, 0, 100), 14), 380.0)])
    seen = run_preset(ph.image(large, VOXEL, noise=30)[0], "soft_tissue_fat").notes
    assert [n.code for n in seen] == ["contrast"]
    assert "380 HU" in seen[0].text or "379 HU" in seen[0].text
    plain = ph.image(ph.SHAFT_SCENE, (2, 2, 4), noise=20)[0]
    assert "contrast" not in [n.code for n in run_preset(plain, "bones").notes]
    told = Volume(plain.array, plain.grid, meta={"contrast": "Iomeron 400"})
    notes = run_preset(told, "bones").notes
    assert "Iomeron 400" in next(n.text for n in notes if n.code == "contrast")


def test_fat_lean_tissue_and_skin() -> None:
    thigh, muscle = ph.rod((0, 0, -90), (0, 0, 90), 40), ph.rod((0, 0, -90), (0, 0, 90), 25)
    table = ph.cut(ph.ball((0, 0, 0), 500), lambda p: np.abs(p[:, 1] - 50.0) - 2.0)
    scene = ph.Scene((110, 110, 20), [(thigh, -100.0), (muscle, 55.0), (table, 100.0)], ph.AIR)
    volume, truth = ph.image(scene, (1.0, 1.0, 4.0), noise=15)
    made = run_preset(volume, "soft_tissue_fat").labels
    assert dice(made.mask("lean_tissue"), truth(muscle)) >= 0.98
    assert dice(made.mask("fat"), truth(ph.inner(thigh, 2.0)) & ~truth(muscle)) >= 0.95
    assert not made.array[truth(table)].any()
    depth = truth(thigh) & ~truth(ph.inner(thigh, 2.0))
    assert dice(made.mask("skin"), depth) >= 0.8


def test_a_skull_and_its_mandible_are_told_apart() -> None:
    vault = ph.minus(ph.ball((0, 0, 20), 60), ph.ball((0, 0, 20), 54))
    jaw = ph.union(ph.rod((-45, -30, -48), (0, -65, -55), 7), ph.rod((45, -30, -48), (0, -65, -55), 7))
    volume, truth = ph.image(
        ph.Scene((140, 150, 160), [(vault, 900.0), (jaw, 900.0)]), (2.5, 2.5, 2.5), noise=20
    )
    found = run_preset(volume, "skull")
    assert dice(found.labels.mask("mandible"), truth(jaw)) >= 0.9
    assert dice(found.labels.mask("skull"), truth(vault)) >= 0.9
    alone = ph.image(ph.Scene((140, 150, 160), [(vault, 900.0)]), (2.5, 2.5, 2.5), sample_mm=2.5)[0]
    assert "uncertain" in [n.code for n in run_preset(alone, "skull").notes]


def test_every_listed_preset_names_its_steps_parameters_and_modality() -> None:
    for preset in listed():
        names = {p.name for p in preset.details}
        used = {name for step in preset.steps for name in step.parameters}
        assert used <= names, preset.name
        assert names <= used or not preset.steps, f"{preset.name}: no step reads {names - used}"
        assert preset.modality in ("CT", "MR")
        assert preset.makes
        assert all(p.low <= p.value <= p.high for p in preset.details), preset.name


def test_an_mr_image_is_refused_with_the_reason(angio: Volume) -> None:
    other = Volume(angio.array, angio.grid, "MR", "1")
    for preset in listed():
        if preset.modality == "CT" and not preset.site:
            with pytest.raises(InputError) as caught:
                run_preset(other, preset.name, points={p.name: np.zeros(3) for p in preset.points})
            assert caught.value.code == "segment.wrong_modality", preset.name
            assert "or a preset for MR images" in caught.value.hint
            with pytest.raises(InputError) as unread:
                run_preset(Volume(angio.array, angio.grid, "OT", "1"), preset.name)
            assert "the threshold of the segment editor (no preset reads OT images)" in unread.value.hint


def test_cartilage_at_the_end_of_a_rib_is_no_bone_of_its_own() -> None:
    # On a real thorax 14 of 43 bones were cartilage: it comes apart from its rib at half height.
    rib, cartilage = ph.rod((0, 0, -40), (0, 0, 0), 8), ph.rod((0, 0, 0), (0, 0, 40), 8)
    scene = ph.Scene((40, 40, 100), [(cartilage, 155.0), (rib, ph.CORTEX), (ph.inner(rib, 2.0), 300.0)])
    volume, truth = ph.image(scene, VOXEL, noise=10)
    found = run_preset(volume, "bones")
    assert [s.name for s in found.labels.segments] == ["bone_1"]
    assert dice(found.labels.mask("bone_1"), truth(rib)) > 0.9
