"""Beams of a strut frame: exact slopes, rigid motion, closed forms of bending."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose

from surgitwin.core.arrays import FloatArray
from surgitwin.core.errors import SolverError
from surgitwin.mechanics.devices.frame_body import BeamBody, BeamMesh
from surgitwin.mechanics.devices.frame_metal import Fibre, elastic, fibre_of, yielding
from surgitwin.mechanics.devices.frame_rotation import matrices, no_turn, quaternions, turned
from surgitwin.mechanics.devices.frame_section import rectangle, torsion_constant
from surgitwin.mechanics.devices.frame_solve import relax
from surgitwin.mechanics.point_laws.tables import metal


def chain(
    points: FloatArray, fibre: Fibre, width: float = 1.0, thick: float = 1.0, fibres: int = 12
) -> BeamBody:
    """Beams from point to point, their third axis along z."""
    n = len(points) - 1
    ends = np.stack([np.arange(n), np.arange(1, n + 1)], axis=1)
    side = np.tile([0.0, 0.0, 1.0], (n, 1))
    mesh = BeamMesh(points, ends, side, np.zeros(n, int), (rectangle(width, thick, fibres),))
    return BeamBody(mesh, fibre)


def straight(n: int, length: float, fibre: Fibre, size: float, fibres: int = 12) -> BeamBody:
    x = np.linspace(0, length, n + 1)
    return chain(np.stack([x, 0 * x, 0 * x], axis=1), fibre, size, size, fibres)


pytestmark = pytest.mark.fe  # the kernels take some 20 s to compile when their cache is cold

KINK = np.array([[0.0, 0.0, 0.0], [1.0, 0.2, 0.0], [1.7, 0.9, 0.3]])


@pytest.mark.parametrize(
    "fibre", [elastic(200e3), yielding(200e3, 300.0, 5000.0), fibre_of(metal("Nitinol"))]
)
def test_the_stiffness_is_the_symmetric_part_of_the_slope(fibre: Fibre) -> None:
    body = chain(KINK, fibre, 0.3, 0.2)
    step = 0.3 * np.random.default_rng(0).normal(size=18)
    at, h = body.at_rest().moved(step), 1e-6
    slope = np.empty((18, 18))
    for i, d in enumerate(np.eye(18) * h):
        slope[:, i] = (body.forces(at.moved(d)).force - body.forces(at.moved(-d)).force) / (2 * h)
    found = body.forces(at).stiffness.toarray()
    assert_allclose(found, (slope + slope.T) / 2, atol=1e-6 * np.abs(slope).max())


def test_the_lead_predicts_the_resultants() -> None:
    body = chain(KINK, yielding(200e3, 300.0, 5000.0), 0.3, 0.2)
    at = body.at_rest().moved(0.1 * np.random.default_rng(1).normal(size=18))
    step = 1e-7 * np.random.default_rng(2).normal(size=18)
    here, there = body.forces(at), body.forces(at.moved(step))
    change = there.resultants - here.resultants
    assert_allclose(body.lead_to(here, step) - here.resultants, change, atol=1e-5 * np.abs(change).max())


def test_a_rigid_turn_changes_no_strain_and_turns_the_forces() -> None:
    body = chain(KINK, elastic(200e3), 0.3, 0.2)
    at = body.at_rest().moved(0.4 * np.random.default_rng(3).normal(size=18))
    spin = np.tile([0.5, -1.1, 0.8], (3, 1))
    turn = matrices(turned(no_turn(1), spin[:1]))[0]
    step = np.concatenate([at.points_mm @ turn.T - at.points_mm + [3.0, -2.0, 5.0], spin], axis=1)
    here, there = body.forces(at), body.forces(at.moved(step.ravel()))
    assert_allclose(there.strains, here.strains, atol=1e-12)
    expected = here.force.reshape(-1, 2, 3) @ turn.T
    assert_allclose(there.force.reshape(-1, 2, 3), expected, atol=1e-8 * np.abs(here.force).max())


def test_an_end_moment_rolls_a_cantilever_into_a_circle() -> None:
    n, length, size, E = 20, 10.0, 0.1, 1e5
    body = straight(n, length, elastic(E), size)
    state = body.at_rest()
    for share in np.arange(1, 9) / 8:
        load = np.zeros(body.n_unknowns)
        load[-1] = share * 2 * np.pi * E * size**4 / 12 / length
        state, _ = relax(body, state, load=load, fixed=np.arange(6))
    assert_allclose(state.points_mm[-1], 0.0, atol=1e-6 * length)


def test_bend_of_45_degrees_and_how_few_iterations_it_takes() -> None:
    turn = np.linspace(0, np.pi / 4, 9)
    body = chain(100 * np.stack([np.sin(turn), 1 - np.cos(turn), 0 * turn], axis=1), elastic(1e7, 0.0))
    load = np.zeros(body.n_unknowns)
    load[-4] = 600.0
    state, iterations = relax(body, body.at_rest(), load=load, fixed=np.arange(6))
    assert_allclose(state.points_mm[-1], (47.23, 15.79, 53.37), rtol=0.02)
    assert iterations <= 12


def test_a_bent_strut_springs_back_by_its_elastic_part() -> None:
    n, length, size, E, limit = 8, 1.0, 0.1, 200e3, 300.0
    h = 0.01
    body = straight(n, length, yielding(E, limit, h * E / (1 - h)), size, 24)
    curvature, moment = 2 * limit / E / size, limit * size**3 / 6
    load = np.zeros(body.n_unknowns)
    load[-1] = ((1 - h) * 1.375 + h * 2) * moment
    bent, _ = relax(body, body.at_rest(), load=load, fixed=np.arange(6))
    tip = np.arctan2(*(matrices(bent.rotation)[-1][[1, 0], [0, 0]]))
    assert tip == pytest.approx(2 * curvature * length, rel=0.02)
    free, _ = relax(body, bent, fixed=np.arange(6))
    left = np.arctan2(*(matrices(free.rotation)[-1][[1, 0], [0, 0]]))
    assert left == pytest.approx(tip - load[-1] * length * 12 / E / size**4, rel=1e-3)


def test_elastic_bending_by_an_end_force_is_exact_with_one_element() -> None:
    E, nu, size, length, force = 200e3, 0.3, 0.1, 1.0, 1e-4
    body = straight(1, length, elastic(E, nu), size)
    load = np.zeros(12)
    load[7] = force
    state, _ = relax(body, body.at_rest(), load=load, fixed=np.arange(6))
    exact = force * length**3 / 3 / (E * size**4 / 12) + force * length / (5 / 6 * E / 2.6 * size**2)
    assert state.points_mm[1, 1] == pytest.approx(exact, rel=1e-3)


def test_torsion_follows_the_torsion_constant() -> None:
    body = straight(3, 1.0, elastic(200e3), 0.1)
    load = np.zeros(body.n_unknowns)
    load[-3] = 1e-3
    state, _ = relax(body, body.at_rest(), load=load, fixed=np.arange(6))
    turn = matrices(state.rotation)[-1]
    assert np.arctan2(turn[2, 1], turn[1, 1]) == pytest.approx(
        1e-3 * 2.6 / 200e3 / torsion_constant(0.1, 0.1)
    )
    assert torsion_constant(0.1, 0.1) == pytest.approx(0.1406e-4, rel=5e-3)  # of a square, textbooks


def test_a_free_chain_without_a_hold_is_refused() -> None:
    body = straight(2, 1.0, elastic(200e3), 0.1)
    with pytest.raises(SolverError) as caught:
        relax(body, body.at_rest(), load=np.full(body.n_unknowns, 1.0))
    assert caught.value.code == "frame.diverged"


def test_quaternions_and_matrices_are_inverse() -> None:
    spin = np.array([[0.0, 0, 0], [3.0, 0, 0], [0, 3.1, 0], [0, 0.1, 3.05], [1.0, 2.0, -0.5]])
    q = turned(no_turn(5), spin)
    back = quaternions(matrices(q))
    assert_allclose(np.abs(np.einsum("ij,ij->i", q, back)), 1.0, atol=1e-12)
