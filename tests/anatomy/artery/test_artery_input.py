"""What can be wrong with an image or the points: an error or a notice that names the next step."""

from __future__ import annotations

import numpy as np
import pytest
from artery_shapes import END, LUMEN_HU, SOFT_HU, START, image_of, straight

from surgitwin.anatomy.artery import ArteryAnatomy, measure_artery, propose_ends
from surgitwin.core.errors import Cancelled, InputError
from surgitwin.core.progress import Progress


def code_of(volume, start, end) -> str:  # type: ignore[no-untyped-def]
    with pytest.raises(InputError) as caught:
        measure_artery(volume, start, end)
    assert caught.value.hint
    return caught.value.code


def notices(anatomy: ArteryAnatomy) -> set[str]:
    assert all(n.message for n in anatomy.notices)
    return {n.code for n in anatomy.notices}


def test_a_plain_tube_has_no_notice_and_no_lesion() -> None:
    anatomy = measure_artery(image_of([straight()]), START, END)
    assert notices(anatomy) == set()
    assert anatomy.lesions == ()
    assert anatomy.branches == ()
    assert np.median(anatomy.tube.diameter_mm) == pytest.approx(6.0, abs=0.1)
    assert anatomy.indicative == ""
    assert len(anatomy.calcium.points_mm) == 0


def test_no_contrast() -> None:
    assert code_of(image_of([straight(hu=90.0)]), START, END) == "artery.no_contrast"
    with pytest.raises(InputError) as caught:
        propose_ends(image_of([straight(hu=90.0)]))
    assert caught.value.code == "artery.no_proposal"


def test_click_outside_the_lumen() -> None:
    volume = image_of([straight()])
    assert code_of(volume, (3.0, 12.0, 38.0), END) == "artery.click_outside"
    assert code_of(volume, START, (20.0, 20.0, 6.0)) == "artery.click_outside"


def test_click_outside_the_image() -> None:
    assert code_of(image_of([straight()]), (12.0, 12.0, 90.0), END) == "artery.click_outside_image"


def test_clicks_at_one_place() -> None:
    assert code_of(image_of([straight()]), START, (12.0, 12.0, 35.0)) == "artery.clicks_close"


def test_a_click_near_the_wall_is_moved_into_the_lumen() -> None:
    anatomy = measure_artery(image_of([straight()]), (15.6, 12.0, 38.0), (12.0, 9.0, 6.0))
    assert np.median(anatomy.tube.diameter_mm) == pytest.approx(6.0, abs=0.1)
    assert np.abs(anatomy.tube.course.points_mm[8:-8, :2] - 12).max() < 0.3


def test_clicks_in_different_vessels() -> None:
    volume = image_of([straight(2.0, 6.0), straight(2.0, 17.0)])
    assert code_of(volume, (6.0, 12.0, 38.0), (17.0, 12.0, 6.0)) == "artery.clicks_apart"


def test_an_occlusion_is_not_measured() -> None:
    block = ([(12.0, 12.0, 17.0), (12.0, 12.0, 27.0)], 5.0, SOFT_HU)
    assert code_of(image_of([straight()], paint=[block]), START, END) == "artery.clicks_apart"


def test_open_lumen() -> None:
    chamber = ([(12.0, 12.0, 22.0), (12.0, 12.0, 22.5)], 11.0, LUMEN_HU)
    assert code_of(image_of([straight(2.0), chamber]), START, END) == "artery.open_lumen"


def test_leaving_the_image() -> None:
    anatomy = measure_artery(image_of([straight(x=2.9)]), (2.9, 12.0, 38.0), (2.9, 12.0, 6.0))
    assert "artery.leaves_image" in notices(anatomy)


def test_a_false_lumen_beside_is_noticed() -> None:
    anatomy = measure_artery(image_of([straight(2.5, 10.0), straight(2.5, 16.0)]), (10, 12, 38), (10, 12, 6))
    assert "artery.second_lumen" in notices(anatomy)


def test_a_vein_beside_is_not_taken_for_a_false_lumen() -> None:
    anatomy = measure_artery(
        image_of([straight(2.5, 10.0), straight(2.5, 16.0, 160.0)]), (10, 12, 38), (10, 12, 6)
    )
    assert notices(anatomy) == set()


def test_metal_is_noticed() -> None:
    clip = ([(15.4, 12.0, 20.0), (15.4, 12.0, 22.0)], 0.9, 6000.0)
    assert "artery.metal" in notices(measure_artery(image_of([straight()], paint=[clip]), START, END))


def test_a_stent_like_ring_is_noticed() -> None:
    ring = ([(12.0, 12.0, 16.0), (12.0, 12.0, 28.0)], 3.4, 1100.0)
    inside = ([(12.0, 12.0, -5.0), (12.0, 12.0, 60.0)], 2.4, LUMEN_HU)
    assert "artery.ring" in notices(measure_artery(image_of([straight()], paint=[ring, inside]), START, END))


def test_a_hairpin_that_touches_itself_is_noticed() -> None:
    loop = ([(9.0, 12.0, -5.0), (9.0, 12.0, 32.0), (14.9, 12.0, 32.0), (14.9, 12.0, -5.0)], 2.5, LUMEN_HU)
    anatomy = measure_artery(image_of([loop]), (9.0, 12.0, 6.0), (14.9, 12.0, 18.0))
    assert anatomy.tube.course.length_mm > 35
    assert "artery.self_touching" in notices(anatomy)


def test_weak_contrast_and_thick_slices_are_said() -> None:
    weak = measure_artery(image_of([straight(hu=220.0)]), START, END)
    assert "artery.weak_contrast" in notices(weak)
    coarse = measure_artery(image_of([straight()], voxel_mm=1.25, noise_HU=5.0), START, END)
    assert "1.25 mm" in coarse.indicative


def test_a_lesion_at_the_end_is_noticed() -> None:
    narrow = ([(12.0, 12.0, -5.0), (12.0, 12.0, 12.0)], 1.6, LUMEN_HU)
    tubes = [([(12.0, 12.0, 12.0), (12.0, 12.0, 60.0)], 3.0, LUMEN_HU), narrow]
    anatomy = measure_artery(image_of(tubes), START, (12.0, 12.0, 9.0))
    assert "artery.lesion_cut" in notices(anatomy)


def test_work_can_be_cancelled() -> None:
    with pytest.raises(Cancelled):
        measure_artery(image_of([straight()]), START, END, Progress(cancelled=lambda: True))
