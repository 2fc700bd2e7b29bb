import numpy as np
import pytest

from surgitwin.core.errors import GeometryError
from surgitwin.core.mesh import TetMesh
from surgitwin.core.vessel import Calcium, Course, LumenTube
from surgitwin.meshing.quality import element_volumes
from surgitwin.meshing.vessels.tube import tube_wall


def course(length=20.0, bend=None, step=0.5):
    s = np.linspace(0, length, round(length / step) + 1)
    zero, one = 0 * s, 0 * s + 1
    if bend is None:
        points, tangent, e1 = (zero, zero, s), (zero, zero, one), (one, zero, zero)
    else:
        a = s / bend
        points = (bend * (1 - np.cos(a)), zero, bend * np.sin(a))
        tangent, e1 = (np.sin(a), zero, np.cos(a)), (np.cos(a), zero, -np.sin(a))
    t, e = np.column_stack(tangent), np.column_stack(e1)
    return Course(s, np.column_stack(points), t, e, np.cross(t, e))


def tube(radius=3.0, **where):
    c = course(**where)
    return LumenTube(c, np.full((len(c.s_mm), 48), radius))


def straight_normals(wall, faces):
    a, b, c = (wall.points_mm[faces[:, k]] for k in range(3))
    outwards = (a + b + c) / 3 * [1, 1, 0]
    return np.einsum("ij,ij->i", np.cross(b - a, c - a), outwards)


@pytest.mark.parametrize("bend", [None, 15.0])
def test_volume_and_target_size(bend):
    wall = tube_wall(tube(bend=bend), 1.0, unknowns=9000)
    # Pappus: a ring section swept along its own centre keeps its volume, bent or not.
    assert element_volumes(wall.points_mm, wall.cells).sum() == pytest.approx(np.pi * 7 * 20, rel=0.01)
    assert wall.n_unknowns == pytest.approx(9000, rel=0.2)
    assert wall.facts["min_scaled_jacobian"] > 0.04


def test_faces_lie_on_the_boundary_with_normals_out_of_the_wall():
    wall = tube_wall(tube(), 1.0, angles=8, stations=6)
    assert (straight_normals(wall, wall.lumen) < 0).all()
    assert (straight_normals(wall, wall.outer) > 0).all()
    faces, _ = TetMesh(wall.points_mm, wall.cells, np.ones(len(wall.cells), int)).boundary_faces()
    known = {tuple(f) for f in np.sort(faces, axis=1)}
    mine = {tuple(f) for f in np.sort(np.vstack([wall.lumen, wall.outer])[:, :3], axis=1)}
    assert mine < known
    assert len(mine) == 4 * 8 * 6


def test_mid_side_nodes_lie_on_the_round_lumen():
    wall = tube_wall(tube(), 1.0, angles=8, stations=6)
    nodes = np.unique(wall.lumen)
    assert np.hypot(*wall.points_mm[nodes, :2].T) == pytest.approx(3.0, abs=1e-6)
    assert np.isfinite(wall.lumen_s_mm[nodes]).all()
    assert np.isnan(np.delete(wall.lumen_s_mm, nodes)).all()
    angle = np.arctan2(wall.points_mm[nodes, 1], wall.points_mm[nodes, 0]) % (2 * np.pi)
    assert np.cos(angle - wall.lumen_angle[nodes]) == pytest.approx(1.0)
    assert np.ptp(wall.points_mm[wall.ends, 2]) == pytest.approx(20.0)


def test_layers_are_shares_of_the_thickness():
    wall = tube_wall(tube(), 1.0, (("media", 0.4), ("adventitia", 0.6)))
    volume = element_volumes(wall.points_mm, wall.cells)
    inner = volume[wall.layer == 0].sum() / volume.sum()
    assert wall.layers == ("media", "adventitia")
    assert inner == pytest.approx((3.4**2 - 9) / 7, rel=0.01)


def test_plaque_is_what_lies_between_lumen_and_healthy_radius():
    c = course()
    narrow = 3.0 - 1.5 * np.exp(-(((c.s_mm - 10) / 3) ** 2))
    t = LumenTube(c, np.repeat(narrow[:, None], 48, axis=1))
    wall = tube_wall(t, 1.0, plaque_to_mm=3.0, unknowns=15000)
    volume = element_volumes(wall.points_mm, wall.cells)
    plaque = wall.layers.index("plaque")
    exact = np.pi * np.trapezoid(9 - narrow**2, c.s_mm)
    assert volume[wall.layer == plaque].sum() == pytest.approx(exact, rel=0.06)
    far = wall.points_mm[wall.cells[:, :4]].mean(1)[:, 2] < 2
    assert (wall.layer[far] != plaque).all()


def calcium(low, high, count=3000):
    rng = np.random.default_rng(3)
    r, a, z = rng.uniform(low, high, count), rng.uniform(-0.5, 0.5, count), rng.uniform(8, 12, count)
    return Calcium(np.column_stack([r * np.cos(a), r * np.sin(a), z]), 4.0 / count, 600.0)


def test_calcium_keeps_its_volume_and_place():
    wall = tube_wall(tube(), 1.0, calcium=calcium(3.1, 3.9))
    assert wall.facts["calcium_mm3"] == pytest.approx(4.0, rel=0.05)
    centre = wall.points_mm[wall.cells[:, :4]].mean(1)
    hard = wall.calcium > 0.2
    assert hard.any()
    assert (centre[hard, 0] > 2).all()
    assert wall.calcium.max() <= 1


def test_nodules_inside_the_lumen_narrow_it_by_their_volume():
    inside = calcium(2.0, 2.9)
    plain = tube_wall(tube(), 1.0, unknowns=20000)
    wall = tube_wall(tube(), 1.0, calcium=inside, unknowns=20000)
    pressed = tube_wall(tube(), 1.0, calcium=inside, nodules=False, unknowns=20000)
    assert wall.facts["volume_mm3"] - plain.facts["volume_mm3"] == pytest.approx(4.0, rel=0.15)
    assert pressed.facts["volume_mm3"] == pytest.approx(plain.facts["volume_mm3"])
    for made in (wall, pressed):
        assert made.facts["calcium_mm3"] == pytest.approx(4.0, rel=0.05)


def test_calcium_of_something_else_is_left_out():
    wall = tube_wall(tube(), 1.0, calcium=calcium(6.0, 7.0))
    assert wall.calcium.max() == 0


def test_a_bend_tighter_than_the_vessel_is_refused():
    with pytest.raises(GeometryError) as caught:
        tube_wall(tube(bend=2.5, length=6.0), 1.0)
    assert caught.value.code == "vessel.overlap"
    with pytest.raises(GeometryError) as caught:
        tube_wall(tube(bend=3.5, length=6.0), 1.0)
    assert caught.value.code == "vessel.overlap"
    assert "LPS" in caught.value.where


def test_a_short_piece_is_refused():
    with pytest.raises(GeometryError) as caught:
        tube_wall(tube(length=0.9, step=0.1), 1.0)
    assert caught.value.code == "vessel.too_short"


def test_cells_that_would_fold_are_made_smaller():
    c = course(length=28.0, step=0.25)
    angle = 2 * np.pi * np.arange(64) / 64
    half = 3.0 * np.sqrt(1 - 0.7 * np.exp(-(((c.s_mm - 14) / 4) ** 2)))
    aside = 0.6 * (3.0 - half)[:, None]
    radius = aside * np.cos(angle) + np.sqrt(half[:, None] ** 2 - (aside * np.sin(angle)) ** 2)
    wall = tube_wall(LumenTube(c, radius), 1.0, plaque_to_mm=3.0, unknowns=2500)
    assert wall.n_unknowns > 3000
    assert wall.facts["min_scaled_jacobian"] > 0.01
