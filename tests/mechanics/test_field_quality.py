"""Energy and error estimate of ten-node cells from their displacements: against what is known exactly."""

from __future__ import annotations

import numpy as np
import pytest
from mechanics_cases import box

from surgitwin.core.arrays import FloatArray
from surgitwin.core.mesh import TetMesh
from surgitwin.mechanics.field_quality import ElasticBody, relative_error
from surgitwin.mechanics.postprocess import energy_density, volume_strain
from surgitwin.mechanics.quadrature import tet_rule
from surgitwin.mechanics.tet10 import jacobian, shape

E, NU = 1000.0, 0.3


def distorted(cells: int) -> TetMesh:
    """A cube whose inner nodes stand beside their places, with mid-side nodes."""
    mesh = box((2.0, 2.0, 2.0), (cells, cells, cells))
    x = mesh.points_mm.copy()
    inner = ((x > 1e-9) & (x < 2 - 1e-9)).all(axis=1)
    x[inner] += 0.1 * 2 / cells * np.random.default_rng(1).standard_normal((inner.sum(), 3))
    return TetMesh(x, mesh.cells, mesh.part, {1: "bone"}).with_midside_nodes()


def body(mesh: TetMesh, degree: int = 4) -> ElasticBody:
    points = {2: 4, 4: 14}[degree]
    return ElasticBody(mesh, np.full((len(mesh.cells), points), E), np.full(len(mesh.cells), NU), degree)


def bent(x: FloatArray) -> FloatArray:
    """Quadratic displacement: strain linear, so it can be averaged without error inside."""
    return np.stack([x[:, 0] * x[:, 2], 0 * x[:, 0], -(x[:, 0] ** 2) / 2], axis=1) * 1e-3


def wavy(x: FloatArray) -> FloatArray:
    return 1e-3 * np.stack(
        [np.sin(1.5 * x[:, 0] + x[:, 1]), np.cos(x[:, 2] - x[:, 0]), x[:, 0] * x[:, 1]], axis=1
    )


def wavy_strain(x: FloatArray) -> FloatArray:
    a, b = np.cos(1.5 * x[..., 0] + x[..., 1]), np.sin(x[..., 2] - x[..., 0])
    zero = np.zeros_like(a)
    slope = np.stack([1.5 * a, a, zero, b, zero, -b, x[..., 1], x[..., 0], zero], axis=-1).reshape(
        *a.shape, 3, 3
    )
    return 1e-3 * (slope + slope.swapaxes(-1, -2)) / 2


def test_a_linear_strain_has_its_energy_and_no_error() -> None:
    mesh = distorted(3)
    found = body(mesh).quality(bent(mesh.points_mm))
    (part,) = found.parts
    strain = volume_strain(mesh, bent(mesh.points_mm), 4)
    exact = float((energy_density(strain.strain, E, NU) * strain.measure).sum())
    assert part.stored_mJ == pytest.approx(exact, rel=1e-12)
    assert part.error_mJ < 1e-20 * part.stored_mJ
    assert part.name == "bone"


@pytest.mark.parametrize("cells", [4, 8])
def test_the_estimate_is_near_the_true_error(cells: int) -> None:
    mesh = distorted(cells)
    (part,) = body(mesh).quality(wavy(mesh.points_mm)).parts
    points, weights = tet_rule(4)
    x = np.einsum("qa,mai->mqi", shape(points), mesh.points_mm[mesh.cells])
    volume = weights * np.linalg.det(jacobian(mesh.points_mm[mesh.cells], points))
    cellwise = volume_strain(mesh, wavy(mesh.points_mm), 4).strain.reshape(*x.shape, 3)
    true = float((energy_density(cellwise - wavy_strain(x), E, NU) * volume).sum())
    assert 0.5 < np.sqrt(part.error_mJ / true) < 1.5  # effectivity; measured 0.9 to 1.1


def test_the_estimate_falls_with_the_square_of_the_size() -> None:
    coarse, fine = (body(m).quality(wavy(m.points_mm)).parts[0] for m in (distorted(4), distorted(8)))
    eta = [relative_error(p.stored_mJ, p.error_mJ) for p in (coarse, fine)]
    assert np.log2(eta[0] / eta[1]) == pytest.approx(2.0, abs=0.35)


def test_parts_are_not_averaged_over_their_border() -> None:
    """Two materials in series under tension: strain jumps at the border by right, and nothing is in error."""
    mesh = box((1.0, 1.0, 2.0), (2, 2, 4))
    upper = mesh.points_mm[mesh.corners].mean(axis=1)[:, 2] > 1.0
    mesh = TetMesh(
        mesh.points_mm, mesh.cells, np.where(upper, 2, 1), {1: "bone", 2: "gap"}
    ).with_midside_nodes()
    z = mesh.points_mm[:, 2]
    u = np.zeros_like(mesh.points_mm)
    u[:, 2] = np.where(z > 1.0, 1e-3 + 1e-2 * (z - 1), 1e-3 * z)
    modulus = np.where(upper, 100.0, 1000.0)[:, None] * np.ones(4)
    found = ElasticBody(mesh, modulus, np.zeros(len(mesh.cells))).quality(u)
    assert [p.name for p in found.parts] == ["bone", "gap"]
    assert all(p.error_mJ < 1e-12 * p.stored_mJ for p in found.parts)
    assert [p.stored_mJ for p in found.parts] == pytest.approx([0.5 * 1000 * 1e-6, 0.5 * 100 * 1e-4])
    one = TetMesh(mesh.points_mm, mesh.cells, np.ones(len(mesh.cells)), {1: "bone"})
    (mixed,) = ElasticBody(one, modulus, np.zeros(len(mesh.cells))).quality(u).parts
    assert mixed.error_mJ < 1e-12 * mixed.stored_mJ  # two moduli in one part are two materials


def test_a_modulus_of_every_cell_is_one_field_in_which_strain_is_averaged() -> None:
    """Parallel to the load strain is uniform whatever the moduli are; stress is not."""
    mesh = distorted(3)
    u = np.zeros_like(mesh.points_mm)
    u[:, 2] = 1e-3 * mesh.points_mm[:, 2]
    modulus = np.linspace(500.0, 5000.0, len(mesh.cells))[:, None] * np.ones(4)
    (part,) = ElasticBody(mesh, modulus, np.zeros(len(mesh.cells))).quality(u).parts
    assert part.error_mJ < 1e-12 * part.stored_mJ
    (bent_part,) = ElasticBody(mesh, modulus, np.zeros(len(mesh.cells))).quality(wavy(mesh.points_mm)).parts
    assert relative_error(bent_part.stored_mJ, bent_part.error_mJ) > 0.01


def test_curved_cells_give_the_same_energy_as_the_general_formula() -> None:
    mesh = distorted(2)
    x = mesh.points_mm.copy()
    x[:, 0] += 0.05 * np.sin(2 * x[:, 1])  # mid-side nodes leave the middles
    curved = TetMesh(x, mesh.cells, mesh.part, {1: "screw"})
    (part,) = body(curved, 2).quality(wavy(x)).parts
    strain = volume_strain(curved, wavy(x), 2)
    exact = float((energy_density(strain.strain, E, NU) * strain.measure).sum())
    assert part.stored_mJ == pytest.approx(exact, rel=1e-12)
    assert 0 < relative_error(part.stored_mJ, part.error_mJ) < 1
