"""The matrix-free operator, its coarse level and the block iteration against assembled matrices."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

pytest.importorskip("dolfinx_solver")

from mpi4py import MPI

from mechanics.mechanics_cases import bone_of, rod_through_tube, tube
from surgitwin.mechanics.aggregation import Hierarchy, smooth
from surgitwin.mechanics.block_sparse import Blocks, in_threes
from surgitwin.mechanics.fenicsx.block_cg import Operators, block_cg
from surgitwin.mechanics.fenicsx.bone import BoneModel
from surgitwin.mechanics.fenicsx.coupled import CoupledModel


@pytest.fixture(scope="module")
def bone() -> BoneModel:
    """A tube whose modulus differs from point to point and whose Poisson's ratio differs by cell."""
    plain = bone_of(tube(cells=(2, 16, 10)))
    rng = np.random.default_rng(3)
    uneven = dataclasses.replace(
        plain,
        modulus_MPa=plain.modulus_MPa * rng.uniform(0.1, 1.0, plain.modulus_MPa.shape),
        poisson=rng.uniform(0.1, 0.4, len(plain.poisson)),
    )
    return BoneModel(uneven, MPI.COMM_SELF)


def free_vectors(bone: BoneModel, nodes: int, count: int) -> np.ndarray:
    x = np.random.default_rng(5).standard_normal((count, nodes, 3))
    x[:, bone.body.dofs_of_nodes(bone.fixed, 2)] = 0
    return x


def test_products_are_those_of_the_assembled_matrix(bone):
    K = bone.blocks(1.0)[2]
    fine = bone.fine_operator(bone.cell_data(1.0))
    x = free_vectors(bone, fine.nodes, 3)
    exact = (K @ x.reshape(3, -1).T).T.reshape(x.shape)
    assert np.abs(fine.apply(x) - exact).max() < 1e-13 * np.abs(exact).max()
    single = fine.apply(x.astype(np.float32))
    assert single.dtype == np.float32
    assert np.abs(single - exact).max() < 2e-6 * np.abs(exact).max()


def test_diagonal_blocks_and_linear_level_are_those_of_the_assembled_matrices(bone):
    data = bone.cell_data(1.0)
    K = bone.blocks(1.0)
    rows = np.repeat(np.arange(len(K[2].indptr) - 1), np.diff(K[2].indptr))
    exact = K[2].data[rows == K[2].indices]
    assert np.abs(bone.fine_operator(data).diagonal() - exact).max() < 1e-13 * np.abs(exact).max()
    difference = bone.linear_level(data, 1.0) - K[1]
    assert np.abs(difference.data).max() < 1e-13 * np.abs(K[1].data).max()


def test_implants_and_ties_are_added(bone):
    model = CoupledModel(bone, (rod_through_tube(),), 10.0)
    fine = bone.fine_operator(bone.cell_data(1.0), model.added(2, 1.0))
    K = model.levels(1.0)
    x = free_vectors(bone, fine.nodes, 2)
    exact = (K[2] @ x.reshape(2, -1).T).T.reshape(x.shape)
    assert np.abs(fine.apply(x) - exact).max() < 1e-12 * np.abs(exact).max()
    linear = model.with_implants(bone.linear_level(bone.cell_data(1.0), 1.0), 1.0)
    assert np.abs((linear - K[1]).data).max() < 1e-12 * np.abs(K[1].data).max()


@pytest.mark.parametrize("kind", [np.float32, np.float64])
def test_products_with_blocks(bone, kind):
    K = bone.blocks(1.0)[1]
    x = np.random.default_rng(1).standard_normal((2, K.shape[1])).astype(kind)
    exact = (K @ x.T).T
    error = np.abs(Blocks(K, kind).times(x) - exact).max() / np.abs(exact).max()
    assert error < (1e-5 if kind == np.float32 else 1e-13)


def test_blocks_cut_in_threes_keep_the_matrix():
    import scipy.sparse as sp

    rng = np.random.default_rng(2)
    pattern = (np.array([0, 2, 3]), np.array([0, 2, 1]))
    wide = sp.bsr_matrix((rng.standard_normal((3, 6, 6)), pattern[1], pattern[0]), shape=(12, 18))
    assert np.array_equal(in_threes(wide).toarray(), wide.toarray())
    tall = sp.bsr_matrix((rng.standard_normal((3, 3, 6)), pattern[1], pattern[0]), shape=(6, 18))
    assert np.array_equal(in_threes(tall).toarray(), tall.toarray())


def test_one_cycle_of_aggregation_is_symmetric_and_close_to_the_inverse():
    bone = BoneModel(bone_of(tube(length=120.0, cells=(3, 32, 24))), MPI.COMM_SELF)
    K = bone.linear_level(bone.cell_data(1.0), 1.0)
    hierarchy = Hierarchy(K, bone.points(1))
    assert len(hierarchy.levels) >= 2
    x = np.random.default_rng(4).standard_normal((2, K.shape[0]))
    free = np.repeat(bone.free(1), 3)
    x *= free
    image = hierarchy.cycle((K @ x.T).T.astype(np.float32)).astype(float)
    a, b = x[0] @ (K @ image[1]), x[1] @ (K @ image[0])
    assert a == pytest.approx(b, rel=1e-3, abs=1e-4 * abs(x[0] @ (K @ x[0])))
    # Bending of the whole is what a smoother alone leaves as it is.
    u = np.zeros((len(bone.points(1)), 3))
    z = bone.points(1)[:, 2]
    u[:, 0], u[:, 2] = z**2, -2 * bone.points(1)[:, 0] * z
    u = (u.ravel() * free)[None]
    load, top_level = (K @ u.T).T.astype(np.float32), hierarchy.levels[0]
    size = [
        np.sqrt(e[0] @ (K @ e[0]) / (u[0] @ (K @ u[0])))
        for e in (
            u - hierarchy.cycle(load),
            u - smooth(top_level.matrix, top_level.inverse, top_level.largest, load, None),
        )
    ]
    assert size[0] < 0.7
    assert size[1] > 0.85


def test_block_iteration_serves_dependent_and_uneven_loads():
    rng = np.random.default_rng(6)
    root = rng.standard_normal((90, 90))
    K = root @ root.T + np.diag(rng.uniform(1, 100, 90))
    jacobi = 1 / np.diag(K)
    operators = Operators(
        lambda x: (x.reshape(len(x), -1) @ K).reshape(x.shape),
        lambda r: (r.reshape(len(r), -1) * jacobi).reshape(r.shape),
        lambda x, y: x.reshape(len(x), -1) @ y.reshape(len(y), -1).T,
    )
    b = rng.standard_normal((4, 30, 3))
    b[3] = 1e-6 * (b[0] + b[1])  # in the span of the others, and small
    rtol = np.array([1e-10, 1e-4, 1e-10, 1e-10])
    done = block_cg(operators, b, rtol, 400)
    exact = np.linalg.solve(K, b.reshape(4, -1).T).T.reshape(b.shape)
    assert (done.residual <= rtol).all()
    assert done.residual[1] > 1e-10
    assert done.iterations[1] < done.iterations[0]
    for row in (0, 2, 3):
        assert np.linalg.norm(done.x[row] - exact[row]) < 1e-7 * np.linalg.norm(exact[row])
    again = block_cg(operators, b[:1], rtol[:1], 400, [exact[0]])
    assert again.iterations[0] == 0
