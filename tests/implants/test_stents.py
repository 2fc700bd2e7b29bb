import math

import numpy as np
import pytest

from surgitwin.core.errors import InputError
from surgitwin.core.resources import load_table
from surgitwin.implants import StentItem, catalogue, stent, stents
from surgitwin.mechanics.devices.ring_law import ring_law

ITEMS = list(stents().values())


def test_every_stent_is_in_the_catalogue():
    assert set(stents()) <= set(catalogue())
    assert {i.vessel for i in ITEMS} == {"coronary", "peripheral", "carotid"}
    row = stent("stent-cocr-iliac-6-29").as_dict()
    assert row["kind"] == "stent"
    assert row["sizes_mm"] == {"diameter": 6.0, "length": 29.0, "max_diameter": 8.0}


def test_another_kind_is_refused():
    with pytest.raises(InputError) as caught:
        stent("plate-broad-08")
    assert caught.value.code == "implant.wrong_kind"
    with pytest.raises(InputError) as caught:
        stent("stent-cocr-iliac-6-30")
    assert "stent-" in caught.value.hint


def test_the_metal_of_every_line_is_known():
    metals = load_table("materials/metals")["metals"]
    assert {i.material for i in ITEMS} <= set(metals)


def test_unverified_fields_are_fields():
    rows = load_table("implants/stents")["lines"].values()
    named = {f for r in rows for part in (r, *r["sizes"]) for f in part.get("unverified", ())}
    assert named
    assert all(i.unverified for i in ITEMS)


@pytest.mark.parametrize("item", ITEMS, ids=lambda i: i.id)
def test_rings_fill_the_length(item: StentItem):
    frame = item.frame
    z = np.array([r.z_mm for r in frame.rings])
    pitch = np.diff(z)
    assert pitch == pytest.approx(pitch[0])
    assert z[0] == pytest.approx(frame.length_mm - z[-1])
    ring = frame.rings[0]
    # a ring at the label's diameter is no longer than the pitch, so that rings do not run into each other
    assert item.ring_height_mm(item.diameter_mm) < pitch[0] < 3.5
    # crimped struts lie side by side, and the largest diameter leaves them slanted
    assert 2 * ring.crowns * ring.strut_width_mm < math.pi * item.crimped_diameter_mm
    full = 2 * ring.crowns * ring.strut_length_mm / math.pi
    assert item.max_diameter_mm - ring.strut_thickness_mm < 0.97 * full
    assert item.crimped_diameter_mm < item.diameter_mm <= item.max_diameter_mm


SELF_EXPANDING = {(i.line, i.diameter_mm): i for i in ITEMS if i.expansion == "self_expanding"}


@pytest.mark.parametrize("item", SELF_EXPANDING.values(), ids=lambda i: i.id)
def test_crimping_strains_nitinol_by_eight_percent_at_most(item: StentItem):
    law = ring_law(item.frame.rings[0], item.material, item.expansion, None, item.crimped_diameter_mm)
    assert law.peak_strain <= 0.081


def test_outward_force_of_a_femoral_stent_is_as_measured_on_eight():
    # 0.133 to 0.503 N/mm at 5 mm (dimensions.md B2); per length of stent, links included
    for diameter in (6, 7, 8):
        item = stent(f"stent-nitinol-femoral-{diameter}-60")
        law = ring_law(item.frame.rings[0], item.material, item.expansion, None, item.crimped_diameter_mm)
        at = 5.0 - item.strut_thickness_mm
        assert 0.133 < law.radial_N_per_mm(at) * law.length_mm(at) * item.rings / item.length_mm < 0.503


def test_length_follows_the_rings():
    item = stent("stent-cocr-coronary-3-18")
    assert item.length_at_mm(3.0) == pytest.approx(18.0)
    crimped, open_ = item.length_at_mm(item.crimped_diameter_mm), item.length_at_mm(3.5)
    assert crimped > 18.0 > open_
    sine = math.pi * (3.0 - 0.081) / 12
    assert item.ring_height_mm(3.0) == pytest.approx(math.sqrt(1 - sine**2))
    # published for four 3.0 x 18 stents: 0.41 to 2.25 % (dimensions.md B1)
    assert 0.0041 < (crimped - 18.0) / crimped < 0.0225
