from dataclasses import replace

import numpy as np
import pytest
from synthetic_artery import artery, context

from surgitwin.core.errors import InputError
from surgitwin.core.vessel import Calcium, LumenTube
from surgitwin.mechanics.law_sets import parameter_set
from surgitwin.procedures.stent import PROCEDURE
from surgitwin.procedures.stent.laws import fit_yeoh, layer_fits, materials, rows
from surgitwin.procedures.stent.lumen import sections
from surgitwin.procedures.stent.site import Stented
from surgitwin.procedures.stent.stress import cell_volumes
from surgitwin.procedures.stent.wall import healthy_radii, lumen_of, resolved
from surgitwin.procedures.vessel import NOMINAL


def plan_of(where, catalogue_id="stent-cocr-iliac-6-29", **options):
    first = PROCEDURE.propose(where, {"predilation_mm": 0.0}).plans[0]
    return PROCEDURE.adjust(where, first, {"catalogue_id": catalogue_id, **options})


def made(where, **options):
    return PROCEDURE.deployments(where, plan_of(where, **options))


def test_a_law_of_two_terms_is_found_again():
    whole = parameter_set("gastaldi_media")
    two = replace(whole, values={f"c{n}0_MPa": {1: 0.02, 2: 0.05}.get(n, 0.0) for n in range(1, 7)})
    fit = fit_yeoh("media", two, 1.2, terms=2)
    assert fit.material.mu_MPa == pytest.approx(0.04)
    assert fit.material.c2_MPa == pytest.approx(0.05)
    assert fit.error_percent < 1e-6


def test_fits_state_their_error():
    fits = layer_fits()
    assert set(fits) == {"intima", "media", "adventitia", "plaque", "calcium"}
    for fit in fits.values():
        assert fit.material.mu_MPa > 0
        assert fit.material.c2_MPa >= 0
    assert fits["plaque"].material.c2_MPa == 0
    assert f"error up to {fits['intima'].error_percent:.0f} %" in fits["intima"].material.source
    assert max(fits[n].error_percent for n in ("intima", "media", "adventitia")) < 25
    # E = 2.19 MPa at nu 0.49
    assert fits["calcium"].material.mu_MPa == pytest.approx(2.19 / 2.98)
    assert fits["calcium"].material.mu_MPa > 5 * fits["plaque"].material.mu_MPa


def test_other_laws_are_refused():
    with pytest.raises(InputError) as caught:
        fit_yeoh("plaque", parameter_set("lally_plaque"), 1.2, terms=1)
    assert caught.value.code == "material.law"


def test_layers_that_share_a_row_add_by_their_shares():
    assert sum(share for _, share in rows()) == pytest.approx(1.0)
    fits, together = layer_fits(), materials()["intima and media"]
    weight = np.array([0.27, 0.36]) / 0.63
    for value in ("mu_MPa", "c2_MPa"):
        each = [getattr(fits[n].material, value) for n in ("intima", "media")]
        assert getattr(together, value) == pytest.approx(float(weight @ each))


def test_deployments_are_nominal_and_two_thicknesses():
    tasks = made(context())
    assert list(tasks) == [NOMINAL, "thin wall", "thick wall"]
    volume = [float(cell_volumes(t.wall).sum()) for t in tasks.values()]
    assert volume[1] < volume[0] < volume[2]
    nominal = tasks[NOMINAL]
    assert set(nominal.wall.layers) == set(nominal.materials)
    assert nominal.wall.n_unknowns >= 6000
    assert nominal.balloon_diameter_mm == 6.0
    assert nominal.foundation_MPa_per_mm == pytest.approx(0.09 / 3.0)
    assert len(nominal.placement.origin_mm) == len(nominal.device.rings)
    assert nominal.placement.origin_mm[0, 2] == pytest.approx(15.5 + nominal.device.rings[0].z_mm, abs=0.05)


def test_a_self_expanding_stent_has_no_balloon():
    assert made(context(), catalogue_id="stent-nitinol-femoral-7-30")[NOMINAL].balloon_diameter_mm is None


def test_element_size_follows_the_factor():
    where = context()
    plan = plan_of(where)
    one, coarse = (PROCEDURE.deployments(where, plan, size=s)[NOMINAL].wall.n_unknowns for s in (1.0, 1.4))
    assert 1.5 < one / coarse < 2.6


def test_wall_and_plaque_have_the_volume_of_their_outlines():
    # healthy parts: a tube of 1.25 mm around 6 mm; the plaque: what the cosine takes off the lumen
    task = made(context())[NOMINAL]
    wall = task.wall
    number = wall.layers.index("plaque")
    volume = cell_volumes(wall)
    s = np.linspace(*[float(f(wall.points_mm[wall.ends][:, 2])) for f in (np.min, np.max)], 4001)
    near = np.clip(np.abs(s - 30) / 8, 0, 1)
    lumen = 6.0 * (1 - 0.25 * (1 + np.cos(np.pi * near)))
    assert wall.facts["volume_mm3"] == pytest.approx(
        float(np.trapezoid(np.pi / 4 * (8.5**2 - lumen**2), s)), rel=0.03
    )
    # straight sides take off 1 - sin(t) / t, t = 36 degrees; thin ends of the plaque are elements of the wall
    chord = np.sin(np.radians(36)) / np.radians(36)
    wanted = float(np.trapezoid(np.pi / 4 * (36 - lumen**2), s))
    assert 0.9 * chord * wanted < float(volume[wall.layer == number].sum()) < wanted
    outside = np.linalg.norm(wall.points_mm[np.unique(wall.outer)][:, :2], axis=1)
    assert np.abs(outside - 4.25).max() < 0.1


def test_thickness_of_the_plan_is_taken():
    wall = made(context(), wall_mm=0.7)[NOMINAL].wall
    outside = np.linalg.norm(wall.points_mm[np.unique(wall.outer)][:, :2], axis=1)
    assert np.abs(outside - 3.7).max() < 0.1


def test_eccentric_plaque_lies_away_from_the_lumen():
    # the lumen's course is pushed to +x within the lesion; the healthy outline stays on the axis
    healthy = artery()
    tube = healthy.tube
    aside = 1.2 * np.clip(1 - np.abs(tube.course.s_mm - 30) / 8, 0, 1)
    moved = replace(tube.course, points_mm=tube.course.points_mm + aside[:, None] * np.array([1.0, 0, 0]))
    radii = healthy_radii(LumenTube(moved, tube.radius_mm), np.full(len(aside), 3.0), 22.0, 38.0)
    throat = int(np.argmin(np.abs(tube.course.s_mm - 30)))
    assert radii[throat, 0] == pytest.approx(1.8, abs=0.02)
    assert radii[throat, 24] == pytest.approx(4.2, abs=0.02)
    assert radii[0] == pytest.approx(np.full(48, 3.0))


def test_predilation_widens_the_lesion_only():
    where = context(stenosis=0.7)
    plan = plan_of(where, predilation_mm=3.0)
    tube = lumen_of(Stented.of(where, plan), plan).tube
    assert tube.diameter_mm.min() == pytest.approx(3.0, rel=5e-3)
    assert tube.diameter_mm[0] == pytest.approx(6.0, rel=5e-3)


def test_calcium_reaches_the_wall():
    grid = np.stack(np.meshgrid(*[np.arange(-0.6, 0.61, 0.4)] * 3, indexing="ij"), -1).reshape(-1, 3)
    calcium = Calcium(grid + np.array([2.4, 0.0, 30.0]), 0.064, 600.0)
    wall = made(context(calcium=calcium))[NOMINAL].wall
    assert (wall.calcium @ cell_volumes(wall)) == pytest.approx(64 * 0.064, rel=0.25)


@pytest.mark.parametrize("bend", [0.0, 70.0])
def test_sections_measure_the_undeformed_lumen(bend):
    where = context(bend_deg=bend)
    found = sections(made(where)[NOMINAL].wall)
    tube = resolved(where.anatomy.tube, where.anatomy.fwhm_mm)
    wanted = np.interp(found.s_mm, tube.course.s_mm, tube.area_mm2)
    assert found.area_mm2 == pytest.approx(wanted, rel=0.02)


def test_predilation_keeps_the_plaque_and_moves_its_calcium():
    turn = np.linspace(0, 6, 40)
    ring = np.stack([2.0 * np.cos(turn), 2.0 * np.sin(turn), 0 * turn], axis=1)
    calcium = Calcium(ring + np.array([0.0, 0.0, 30.0]), 0.064, 600.0)
    where = context(stenosis=0.6, calcium=calcium)
    plan = plan_of(where)
    opened = PROCEDURE.adjust(where, plan, {"predilation_mm": 4.2})
    before, after = (lumen_of(Stented.of(where, p), p) for p in (plan, opened))
    area = [((lumen.healthy_mm**2 - lumen.tube.radius_mm**2) / 2).mean(axis=1) for lumen in (before, after)]
    inside = np.abs(before.tube.course.s_mm - 30.0) < 6
    assert area[1][inside] == pytest.approx(area[0][inside], rel=0.01)
    # 2.0 mm out where the lumen grew from 1.2 to 2.1 mm
    radius = np.linalg.norm(after.calcium.points_mm[:, :2], axis=1)
    assert radius == pytest.approx(np.full(40, np.sqrt(4 + 2.1**2 - 1.2**2)), rel=0.01)


def test_waves_finer_than_the_image_are_left_out():
    tube = artery().tube
    rough = tube.radius_mm * (1 + 0.1 * (-1.0) ** np.arange(48))
    found = resolved(LumenTube(tube.course, rough), 0.9)
    assert np.abs(found.radius_mm - tube.radius_mm).max() < 0.05
    # the throat of a cosine of 16 mm stays: sigma 0.38 mm rounds it by sigma^2 / 2 times its curvature
    curvature = 0.75 * (np.pi / 8) ** 2
    assert found.radius_mm.min() == pytest.approx(1.5 + 0.38**2 / 2 * curvature, abs=0.01)
