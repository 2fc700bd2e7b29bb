"""HU to modulus at integration points on a made-up bone in a made-up scan."""

from __future__ import annotations

import numpy as np
import pytest

from mechanics.mechanics_cases import tube
from surgitwin.core.image import ImageGrid, LabelMap, Segment, Volume
from surgitwin.core.mesh import TetMesh
from surgitwin.core.resources import load_table
from surgitwin.mechanics.ct_stiffness import bone_modulus, cell_points
from surgitwin.mechanics.density_laws import calibration, densities, density_law
from surgitwin.mechanics.materials import callus, tissue

LIMITS = load_table("materials/tissue")["bone"]
SEGMENTS = (Segment(1, "femur", "71341001", (1, 1, 1)), Segment(2, "femur_canal", "72001000", (1, 0, 0)))


def scan(hu, soft=40.0, canal=False):
    """Tube r 7..14 along z: voxels of 1 mm, bone `hu` (a function of r or a number), soft tissue outside."""
    grid = ImageGrid((64, 40, 40), np.array([-19.5, -19.5, -2.0]), np.ones(3), np.eye(3))
    k, j, i = np.indices(grid.shape)
    x = grid.index_to_lps(np.stack([i, j, k], -1))
    r = np.hypot(x[..., 0], x[..., 1])
    inside = (r <= 14) & (x[..., 2] > -0.6) & (x[..., 2] < 60.6)
    labels = np.where(inside, np.where(r < 7, 2, 1), 0) if canal else inside.astype(int)
    array = np.where(labels == 1, hu, np.where(labels == 2, -50.0, soft))
    return Volume(array.astype(np.float32), grid), LabelMap(labels, grid, SEGMENTS)


def test_uniform_hu_gives_the_same_modulus_in_both_methods_and_at_the_surface():
    volume, labels = scan(800.0, soft=-100.0)
    mesh = tube(7, 14, 60, (2, 16, 8))
    law, cal = density_law("keller"), calibration()
    expected = float(law.modulus(densities(800.0, cal)["ash"]))
    for method in ("point", "element_average"):
        result = bone_modulus(mesh, volume, labels, cal, law, method=method)
        assert result.modulus.shape == (len(mesh.cells), 4)
        assert np.allclose(result.modulus, expected, rtol=1e-4)
        assert result.tie_mask.all()
        assert result.report["surface_corrected"] > 0.02  # the outside at -100 HU did not leak in


def test_gradient_point_values_and_their_element_average():
    grid_hu = np.linspace(0, 1500, 64)[:, None, None]
    volume, labels = scan(grid_hu, soft=0.0)
    mesh = tube(9, 11, 50, (1, 16, 5))
    mesh = TetMesh(np.add(mesh.points_mm, [0, 0, 5.0]), mesh.cells, mesh.part)
    law, cal = density_law("morgan_neck"), calibration()
    point = bone_modulus(mesh, volume, labels, cal, law, degree=4)
    z = cell_points(mesh, 4)[..., 2]
    hu = (z + 2) * 1500 / 63
    raw = law.modulus(densities(hu, cal)["app"])
    assert np.allclose(point.modulus, np.clip(raw, LIMITS["floor_MPa"], LIMITS["cap_MPa"]), rtol=1e-4)
    average = bone_modulus(mesh, volume, labels, cal, law, method="element_average")
    from surgitwin.mechanics.quadrature import tet_rule

    weights = tet_rule(4)[1] * 6
    assert np.allclose(average.modulus, (point.modulus @ weights)[:, None], rtol=1e-6)
    convert_of_mean = law.modulus(densities(hu @ weights, cal)["app"])
    assert np.abs(average.modulus[:, 0] / convert_of_mean - 1).max() > 1e-4  # V3 is not V2


def test_canal_is_marrow_and_cannot_hold_a_thread():
    volume, labels = scan(1000.0, canal=True)
    mesh = tube(2, 14, 60, (6, 16, 8))
    result = bone_modulus(mesh, volume, labels, calibration(), density_law())
    radius = np.hypot(*mesh.points_mm[mesh.corners].mean(axis=1)[:, :2].T)
    assert (result.modulus[radius < 5] == tissue("marrow").modulus_MPa).all()
    assert not result.tie_mask[radius < 5].any()
    assert result.tie_mask[radius > 9].all()
    assert 0.05 < result.report["canal"] < 0.5


def test_gap_takes_its_healing_stage():
    volume, labels = scan(1000.0)
    mesh = tube(7, 14, 60, (2, 16, 8))
    part = np.where(np.abs(mesh.points_mm[mesh.corners].mean(axis=1)[:, 2] - 30) < 5, 2, 1)
    mesh = TetMesh(mesh.points_mm, mesh.cells, part, {1: "bone", 2: "gap"})
    stage = callus("claes_heigele.initial_connective")
    result = bone_modulus(mesh, volume, labels, calibration(), density_law(), gap=stage)
    assert (result.modulus[part == 2] == 3.0).all()
    assert (result.poisson[part == 2] == 0.4).all()
    assert not result.tie_mask[part == 2].any()
    with pytest.raises(ValueError, match="gap"):
        bone_modulus(mesh, volume, labels, calibration(), density_law())


def test_out_of_range_floor_and_cap_are_counted():
    volume, labels = scan(3000.0, soft=3000.0)
    result = bone_modulus(tube(), volume, labels, calibration(), density_law())
    assert result.report["at_cap"] == result.report["above_range"] == 1.0
    assert result.modulus.max() == LIMITS["cap_MPa"]
    assert len(result.report["warnings"]) == 3
    volume, labels = scan(-900.0, soft=-900.0)
    result = bone_modulus(tube(), volume, labels, calibration(), density_law())
    assert result.report["at_floor"] == result.report["below_range"] == 1.0
    assert result.modulus.min() == LIMITS["floor_MPa"]
