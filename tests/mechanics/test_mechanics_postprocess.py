"""Strain, stress, energy and averages against closed forms; reference cells against DOLFINx."""

from __future__ import annotations

import numpy as np
import pytest

from mechanics.mechanics_cases import box, faces_where, tube
from surgitwin.mechanics import postprocess as post
from surgitwin.mechanics.patches import nodal_forces, rigid_motion
from surgitwin.mechanics.problem import Patch, RemoteLoad
from surgitwin.mechanics.quadrature import tet_rule, triangle_rule


def test_rules_are_those_of_dolfinx():
    pytest.importorskip("dolfinx_solver")
    import basix

    for degree in (2, 4):
        points, weights = basix.make_quadrature(basix.CellType.tetrahedron, degree)
        assert np.allclose(tet_rule(degree)[0], points, atol=1e-14)
        assert np.allclose(tet_rule(degree)[1], weights, atol=1e-16)
    points, weights = basix.make_quadrature(basix.CellType.triangle, 4)
    assert np.allclose(triangle_rule()[0], points, atol=1e-14)
    assert np.allclose(triangle_rule()[1], weights, atol=1e-14)


def quadratic_field(mesh):
    x = mesh.points_mm
    u = np.stack([x[:, 0] * x[:, 1], x[:, 2] ** 2, x[:, 0] * x[:, 2]], axis=1) * 1e-4
    return u


def quadratic_strain(x):
    du = np.zeros((len(x), 3, 3))
    du[:, 0, 0], du[:, 0, 1], du[:, 1, 2] = x[:, 1], x[:, 0], 2 * x[:, 2]
    du[:, 2, 0], du[:, 2, 2] = x[:, 2], x[:, 0]
    return (du + du.swapaxes(1, 2)) / 2 * 1e-4


def test_strain_of_a_quadratic_field_is_exact_in_the_volume_and_on_the_surface():
    mesh = box((10, 8, 6), (3, 3, 2)).with_midside_nodes()
    u = quadratic_field(mesh)
    volume = post.volume_strain(mesh, u, 4)
    surface = post.surface_strain(mesh, u)
    for s in (volume, surface):
        assert np.allclose(s.strain, quadratic_strain(s.points_mm), atol=1e-13)
    assert volume.measure.sum() == pytest.approx(480)
    assert surface.measure.sum() == pytest.approx(2 * (80 + 60 + 48))
    some = post.surface_strain(mesh, u, cells=[0, 5])
    assert set(some.cells) <= {0, 5}


def test_displacement_at_points_is_exact_and_nan_outside():
    mesh = box((10, 8, 6), (3, 3, 2)).with_midside_nodes()
    u = quadratic_field(mesh)
    x = np.random.default_rng(0).uniform(0, 1, (200, 3)) * [10, 8, 6]
    exact = np.stack([x[:, 0] * x[:, 1], x[:, 2] ** 2, x[:, 0] * x[:, 2]], axis=1) * 1e-4
    assert np.allclose(post.displacement_at(mesh, u, x), exact, atol=1e-14)
    assert np.isnan(post.displacement_at(mesh, u, [[11.0, 1, 1]])).all()


def test_uniaxial_stress_energy_and_risk():
    nu, strain = 0.3, 0.0052
    e = np.diag([-nu * -strain, -nu * -strain, -strain])[None]
    s = post.stress(e, 17000.0, nu)[0]
    assert s[2, 2] == pytest.approx(-17000 * strain)
    assert abs(s[0, 0]) < 1e-9
    assert post.von_mises(s[None])[0] == pytest.approx(17000 * strain)
    assert post.energy_density(e, 17000.0, nu)[0] == pytest.approx(17000 * strain**2 / 2)
    assert post.risk_factor(e)[0] == pytest.approx(0.5)  # 0.0052 / 0.0104
    assert post.risk_factor(-e)[0] == pytest.approx(0.0052 / 0.0073)


def test_percentile_weighs_by_area():
    values, area = np.array([1.0, 2.0, 10.0]), np.array([1.0, 98.0, 1.0])
    assert post.percentile(values, area, 50) == pytest.approx(2.0)


def test_remote_load_and_rigid_motion_are_dual():
    mesh = tube().with_midside_nodes()
    patch = faces_where(mesh, "top", lambda x: np.isclose(x[:, 2], 60))
    point, force, moment = np.array([30.0, -12, 90]), np.array([3.0, -5, 11]), np.array([70.0, 20, -40])
    f = nodal_forces(mesh, RemoteLoad(patch, point, force, moment))
    assert np.allclose(f.sum(axis=0), force)
    assert np.allclose(np.cross(mesh.points_mm - point, f).sum(axis=0), moment)
    u = np.random.default_rng(2).normal(size=mesh.points_mm.shape)
    shift, turn = rigid_motion(mesh, patch, u, point)
    assert (f * u).sum() == pytest.approx(force @ shift + moment @ turn)
    angle = np.array([0.01, -0.02, 0.03])
    rigid = np.add(np.cross(angle, mesh.points_mm - point), [1, 2, 3])
    shift, turn = rigid_motion(mesh, patch, rigid, point)
    assert np.allclose(shift, [1, 2, 3])
    assert np.allclose(turn, angle)


def test_patches_off_the_mesh_or_empty_are_refused():
    from surgitwin.core.errors import InputError
    from surgitwin.mechanics.patches import patch_quadrature

    mesh = box().with_midside_nodes()
    with pytest.raises(InputError) as error:
        patch_quadrature(mesh, Patch("none", np.zeros((0, 3), int)))
    assert error.value.code == "patch.empty"
    with pytest.raises(InputError) as error:
        patch_quadrature(mesh, Patch("odd", np.array([[0, 1, 63]])))
    assert error.value.code == "patch.not_on_mesh"
