from dataclasses import replace

import numpy as np
import pytest

from surgitwin.core.device import ZigzagRing
from surgitwin.core.errors import GeometryError, InputError
from surgitwin.mechanics.devices.fibres import load_fibre
from surgitwin.mechanics.devices.ring_law import ring_angle, ring_law
from surgitwin.mechanics.devices.strut import Strut, plastic_curve, superelastic_curves

STENT = ZigzagRing(0.0, 6, 1.7, 0.1, 0.1, 2.0)
FRAME = ZigzagRing(0.0, 12, 8.0, 0.25, 0.35, 28.0)


def test_elastic_strut_is_a_guided_beam():
    metal = load_fibre("CoCr-L605")
    strut = Strut(1.7, 0.1, 0.1)
    curve = plastic_curve(strut, metal)
    turn = 1e-3
    expected = 6 * metal.E_MPa * strut.inertia * turn / strut.length
    assert float(curve.moment(np.array(turn))) == pytest.approx(expected, rel=2e-3)
    assert float(curve.moment(np.array(-turn))) == pytest.approx(-expected, rel=2e-3)


def test_superelastic_strut_starts_as_austenite_and_closes_its_loop():
    metal = load_fibre("Nitinol")
    strut = Strut(8.0, 0.25, 0.35)
    up, back = superelastic_curves(strut, metal, 0.5)
    assert up.moment_Nmm[1] / up.turn[1] == pytest.approx(6 * metal.E_MPa * strut.inertia / 8.0, rel=0.01)
    assert back.turn[0] == pytest.approx(0.0, abs=1e-9)
    assert back.turn[-1] == pytest.approx(0.5, rel=1e-3)
    assert back.moment_Nmm[-1] == pytest.approx(up.moment_Nmm[-1])
    middle = np.linspace(0.1, 0.4, 7)
    assert (back.moment(middle) < up.moment(middle)).all()


def test_fibres_are_enough():
    metal = load_fibre("Nitinol")
    ends = [
        superelastic_curves(Strut(8.0, 0.25, 0.35), metal, 0.5, n)[0].moment_Nmm[-1] for n in (20, 40, 80)
    ]
    assert ends[1] == pytest.approx(ends[2], rel=2e-3)
    assert abs(ends[1] - ends[2]) < abs(ends[0] - ends[2])


def test_compression_of_nitinol_transforms_later():
    metal = load_fibre("Nitinol")
    strain = np.array([0.02, -0.02])
    stress, _, xi = metal.update(strain, np.zeros(2))
    assert stress[0] == pytest.approx(469.05, rel=1e-4)
    assert stress[1] < -690
    assert xi[1] < xi[0]


def test_stent_recoils_after_the_balloon():
    law = ring_law(STENT, "CoCr-L605", "balloon_expandable", 6.0, 1.6)
    assert law.start_mm == pytest.approx(5.9)
    assert float(law.tension(np.array(law.free_mm))[0]) == pytest.approx(0.0, abs=1e-4)
    assert 0.01 < law.recoil < 0.04
    assert law.recoil == pytest.approx((5.9 - law.free_mm) / 6.0)
    assert not law.strain_too_high
    # Masing: unloading begins elastic.
    T, slope = law.tension(np.array(5.88))
    phi = ring_angle(STENT, np.array(5.88))
    assert slope > 0
    assert T > 0
    stiff = 6 * np.pi * 243000 * STENT.strut_thickness_mm**4 / 12 / (6 * 1.7**3 * np.cos(phi) ** 2)
    assert slope == pytest.approx(stiff, rel=0.15)


def test_crimping_only_matters_when_it_bends_more_than_the_balloon():
    plain = ring_law(STENT, "CoCr-L605", "balloon_expandable", 6.0)
    crimped = ring_law(STENT, "CoCr-L605", "balloon_expandable", 6.0, 1.6)
    assert crimped.free_mm == pytest.approx(plain.free_mm)
    cut_wide = replace(STENT, rest_diameter_mm=4.5)
    assert ring_law(cut_wide, "CoCr-L605", "balloon_expandable", 5.0, 1.6).free_mm != pytest.approx(
        ring_law(cut_wide, "CoCr-L605", "balloon_expandable", 5.0).free_mm, abs=1e-3
    )


def test_nitinol_pushes_less_on_release_than_it_resists():
    law = ring_law(FRAME, "Nitinol", "self_expanding", None, 6.0)
    assert law.free_mm == 28.0
    for diameter in (15.0, 20.0, 25.0):
        outward = law.radial_N_per_mm(diameter)
        assert 0 < outward < law.radial_N_per_mm(diameter, loading=True)
    assert float(law.tension(np.array(29.0))[0]) > 0


def test_too_much_crimp_strain_is_said():
    thick = replace(FRAME, strut_width_mm=0.4)
    assert ring_law(thick, "Nitinol", "self_expanding", None, 6.0).strain_too_high
    with pytest.raises(GeometryError) as caught:
        ring_law(replace(FRAME, strut_width_mm=1.2), "Nitinol", "self_expanding", None, 6.0)
    assert caught.value.code == "device.crimp_strain"


def test_oval_stiffness_is_between_bending_and_twisting():
    law = ring_law(FRAME, "Nitinol", "self_expanding", None, 6.0)
    plate = law.E_MPa * 0.25 * 0.35**3 / 12
    assert 0 < law.bending_Nmm2(25.0) < plate


@pytest.mark.parametrize(
    ("metal", "kind", "balloon", "crimped", "code"),
    [
        ("Nitinol", "balloon_expandable", 6.0, None, "device.metal_kind"),
        ("CoCr-L605", "self_expanding", None, 1.6, "device.metal_kind"),
        ("Adamantium", "self_expanding", None, 1.6, "device.unknown_metal"),
        ("CoCr-L605", "balloon_expandable", None, None, "device.no_diameter"),
        ("CoCr-L605", "balloon_expandable", 9.0, None, "device.too_large"),
    ],
)
def test_wrong_orders_are_refused(metal, kind, balloon, crimped, code):
    with pytest.raises(InputError) as caught:
        ring_law(STENT, metal, kind, balloon, crimped)
    assert caught.value.code == code
