"""The difference of two results against fields that are known everywhere."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from surgitwin.core.mesh import TetMesh
from surgitwin.core.solids import Cylinder, ImplantSolids
from surgitwin.planning.comparing.difference_field import difference
from surgitwin.scene.datasets import MeshResult
from surgitwin.scene.difference import RATIO, difference_name, difference_scale
from surgitwin.scene.model import PlanResult

SIZE_MM = (20.0, 20.0, 60.0)


def bar(n: tuple[int, int, int], gap: tuple[float, float] | None = None, order: int = 2) -> TetMesh:
    """A bar of n boxes, each of six tetrahedra; cells with their centre in `gap` (z, mm) are the fracture."""
    counts = tuple(k + 1 for k in n)
    grid = np.stack(np.meshgrid(*(np.arange(k) for k in counts), indexing="ij"), -1).reshape(-1, 3)
    ids = np.arange(len(grid)).reshape(counts)
    cells = []
    for i, j, k in itertools.product(*(range(m) for m in n)):
        c = ids[i : i + 2, j : j + 2, k : k + 2]
        for path in itertools.permutations(range(3)):
            at, tet = [0, 0, 0], [c[0, 0, 0]]
            for axis in path:
                at[axis] = 1
                tet.append(c[tuple(at)])
            cells.append(tet)
    x, tets = grid * (np.array(SIZE_MM) / n), np.array(cells)
    wrong = np.linalg.det(x[tets][:, 1:] - x[tets][:, :1]) < 0
    tets[wrong] = tets[wrong][:, [0, 2, 1, 3]]
    z = x[tets].mean(axis=1)[:, 2]
    part = np.where((z > gap[0]) & (z < gap[1]), 2, 1) if gap else np.ones(len(tets), int)
    mesh = TetMesh(x, tets, part, {1: "bone", 2: "gap"})
    return mesh.with_midside_nodes() if order == 2 else mesh


def solved(mesh: TetMesh, factor: float) -> PlanResult:
    """Quadratic fields, which quadratic cells hold exactly."""
    x = mesh.points_mm
    u = factor * np.stack([0 * x[:, 0], 0 * x[:, 0], 1 + x[:, 2] ** 2 / 100], axis=1)
    fields = {"risk_factor": factor * (x[:, 0] * x[:, 2] / 100), "sed": factor * (1 + x[:, 1] ** 2)}
    return PlanResult(MeshResult(mesh, u, fields))


def bone_nodes(mesh: TetMesh) -> np.ndarray:
    return np.unique(mesh.cells[mesh.part == 1])


def test_known_fields_on_different_meshes_give_their_exact_difference() -> None:
    first, second = solved(bar((3, 2, 7)), 3.0), solved(bar((2, 3, 5)), 1.0)
    found = difference(first, second)
    x = first.bone.mesh.points_mm
    values = found.result.bone.fields
    np.testing.assert_allclose(values[difference_name("risk_factor")], 2 * x[:, 0] * x[:, 2] / 100, atol=1e-9)
    np.testing.assert_allclose(
        values[difference_name("displacement")], 2 * (1 + x[:, 2] ** 2 / 100), rtol=1e-9
    )
    np.testing.assert_allclose(values[RATIO], 3.0, rtol=1e-9)
    assert (found.at_fracture, found.outside, found.in_metal, found.words) == (0, 0, 0, "")


def test_the_same_mesh_and_linear_cells_give_the_same() -> None:
    mesh = bar((2, 2, 4), order=1)
    found = difference(solved(mesh, 3.0), solved(mesh, 1.0)).result.bone.fields
    x = mesh.points_mm
    np.testing.assert_allclose(found[difference_name("risk_factor")], 2 * x[:, 0] * x[:, 2] / 100, atol=1e-12)


def test_the_fracture_of_either_is_left_out_and_said() -> None:
    first, second = solved(bar((2, 2, 12), (10, 20)), 2.0), solved(bar((2, 2, 6), (30, 40)), 1.0)
    found = difference(first, second)
    z = first.bone.mesh.points_mm[:, 2]
    value = found.result.bone.fields[difference_name("risk_factor")]
    assert np.isnan(value[(z > 10.01) & (z < 19.99)]).all(), "its own gap"
    assert np.isnan(value[(z > 31) & (z < 39)]).all(), "the other's gap"
    kept = bone_nodes(first.bone.mesh)
    kept = kept[(z[kept] < 30) | (z[kept] > 40)]
    assert np.isfinite(value[kept]).all()
    assert found.at_fracture > 0.1
    assert found.outside == 0
    assert "fracture" in found.words


def test_beyond_the_other_bone_and_inside_metal_nothing_is_invented() -> None:
    mesh = bar((2, 2, 6))
    shifted = TetMesh(mesh.points_mm + np.array([0, 0, 10.0]), mesh.cells, mesh.part, mesh.names)
    pin = Cylinder("screw", "screw", np.array([10, -5, 30.0]), np.array([10, 25, 30.0]), 4.0)
    metal = ImplantSolids("pin", (pin,), "316L", 193000, 0.3, 690, 300, "test", False)
    found = difference(solved(mesh, 2.0), solved(shifted, 1.0), (metal,))
    z = mesh.points_mm[:, 2]
    value = found.result.bone.fields[difference_name("risk_factor")]
    assert np.isnan(value[z < 9]).all()
    inside = metal.distance(mesh.points_mm) < 0
    assert inside.any()
    assert np.isnan(value[inside]).all()
    assert np.isfinite(value[(z >= 10) & ~inside]).all()
    assert found.outside > 0.05
    assert found.in_metal > 0
    assert "outside the other" in found.words


def test_a_node_just_outside_takes_the_value_at_the_border() -> None:
    mesh = bar((2, 2, 6))
    grown = TetMesh(mesh.points_mm * (1.01, 1.0, 1.0), mesh.cells, mesh.part, mesh.names)
    value = difference(solved(grown, 1.0), solved(mesh, 1.0)).result.bone.fields[
        difference_name("risk_factor")
    ]
    assert np.isfinite(value).all()


@pytest.mark.parametrize("sign", [1, -1])
def test_scales_are_centred_and_one_for_all(sign: int) -> None:
    scale = difference_scale(
        difference_name("risk_factor"), [sign * np.linspace(-1, 3, 400), np.array([np.nan])]
    )
    assert scale.low == -scale.high
    assert scale.high == pytest.approx(3, rel=0.03)
    ratio = difference_scale(RATIO, [np.array([0.25, 1.0, 2.0])])
    assert ratio.low * ratio.high == pytest.approx(1)
    assert ratio.style.log
    with pytest.raises(ValueError, match="no finite value"):
        difference_scale(RATIO, [np.array([np.nan])])
