import math

import pytest

from surgitwin.core.errors import InputError
from surgitwin.implants import ValveItem, catalogue, valve
from surgitwin.mechanics.devices.ring_law import ring_law

VALVES = [i for i in catalogue().values() if isinstance(i, ValveItem)]


def test_ids_and_ranges_are_those_of_the_documents():
    assert [v.id for v in VALVES] == [
        *(f"valve-be-{d}" for d in (20, 23, 26, 29)),
        *(f"valve-se-{d}" for d in (23, 26, 29, 34)),
    ]
    assert valve("valve-be-26").accepted == (430.0, 546.0)
    assert valve("valve-be-26").frame.length_mm == 20.0
    assert valve("valve-se-29").accepted == (72.3, 81.7)
    assert valve("valve-se-29").nominal_area_mm2 == pytest.approx(math.pi / 4 * 29**2)


@pytest.mark.parametrize("item", VALVES, ids=lambda v: v.id)
def test_a_row_is_complete(item):
    row = item.as_dict()
    assert row["kind"] == "valve"
    assert row["version"]
    assert "strut_width_mm" in row["unverified"]
    assert row["sizes_mm"]["diameter"] == item.size_mm


@pytest.mark.parametrize("item", VALVES, ids=lambda v: v.id)
def test_rings_fill_the_frame_from_end_to_end(item):
    """Peaks are joined to the next ring's troughs, so heights of the rings add up to the frame's."""
    frame, total = item.frame, 0.0
    for ring in frame.rings:
        outer = (
            item.size_mm
            if frame.kind == "balloon_expandable"
            else ring.rest_diameter_mm + ring.strut_thickness_mm
        )
        half_pitch = math.pi * (outer - ring.strut_thickness_mm) / (2 * ring.crowns)
        tall = math.sqrt(ring.strut_length_mm**2 - half_pitch**2)
        assert ring.z_mm == pytest.approx(total + tall / 2, abs=1e-9)
        total += tall
    assert total == pytest.approx(frame.length_mm)


@pytest.mark.parametrize("item", [v for v in VALVES if v.family == "se"], ids=lambda v: v.id)
def test_crimping_strains_nitinol_by_less_than_8_percent(item):
    """The ring law's largest fibre strain; a straight fall of curvature along the strut gives less."""
    for ring in item.frame.rings:

        def angle(diameter, ring=ring):
            return math.asin(math.pi * diameter / (2 * ring.crowns * ring.strut_length_mm))

        turn = angle(ring.rest_diameter_mm) - angle(item.frame.crimped_diameter_mm - ring.strut_thickness_mm)
        even = 3 * ring.strut_width_mm * turn / ring.strut_length_mm
        law = ring_law(ring, item.frame.metal, item.frame.kind, None, item.frame.crimped_diameter_mm)
        assert even < law.peak_strain < 0.08
        assert not law.strain_too_high


@pytest.mark.parametrize("item", [v for v in VALVES if v.family == "be"], ids=lambda v: v.id)
def test_inflated_frames_keep_their_size(item):
    """Free recoil of the inflow rings is a few percent, and the metal bears the way there."""
    law = ring_law(item.frame.rings[0], item.frame.metal, item.frame.kind, item.size_mm)
    assert 0.01 < law.recoil < 0.04
    assert not law.strain_too_high


def test_errors_name_what_is_known():
    with pytest.raises(InputError) as unknown:
        valve("valve-be-27")
    assert unknown.value.code == "implant.unknown"
    assert "valve-be-26" in unknown.value.hint
    with pytest.raises(InputError) as wrong:
        valve("plate-broad-08")
    assert wrong.value.code == "implant.wrong_kind"
