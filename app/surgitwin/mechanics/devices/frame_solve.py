"""Equilibrium of a frame by itself: Newton's method with steps that are cut back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
import numpy.typing as npt
from scipy import sparse
from scipy.sparse.linalg import splu

from surgitwin.core.arrays import FloatArray
from surgitwin.core.errors import SolverError
from surgitwin.mechanics.devices.frame_body import BeamBody, BeamForces, BeamState

ITERATIONS = 30
HALVINGS = 6
LARGEST_TURN = 1.0
"""Radians that a node may turn in one iteration (numerical settings). Steps are halved only where the metal
has a memory: the linear prediction of the resultants needs whole steps to be quick."""
RTOL, ROUNDING = 1e-7, 1e-12
"""Imbalance over the forces that act, and over the stretch stiffness EA of a strut where next to none act."""


class NodeTerm(Protocol):
    """Something that acts on each node by itself."""

    def act(self, points_mm: FloatArray, first: bool = False) -> tuple[FloatArray, FloatArray]:
        """Forces (n, 3) that the nodes must hold against it, and their slopes (n, 3, 3).

        first: in the first iteration of a step.
        """


@dataclass(frozen=True, eq=False)
class Balance:
    """force (6 n,): out of balance; stiffness its slope; scale: size of the forces that act; inner: of the
    beams.
    """

    force: FloatArray
    stiffness: sparse.csr_matrix
    scale: float
    inner: BeamForces


def balance(
    body: BeamBody,
    state: BeamState,
    load: FloatArray | None = None,
    terms: Sequence[NodeTerm] = (),
    predicted: FloatArray | None = None,
) -> Balance:
    """What is out of balance at `state`; load (6 n,): forces and moments that stay as they are."""
    inner = body.forces(state, predicted)
    force, stiffness = inner.force.copy(), inner.stiffness
    scale = float(np.linalg.norm(load)) if load is not None else 0.0
    if load is not None:
        force -= load
    if terms:
        acts = [term.act(state.points_mm, predicted is None) for term in terms]
        force.reshape(-1, 6)[:, :3] += np.sum([a[0] for a in acts], axis=0)
        scale = max([scale, *(float(np.linalg.norm(a[0])) for a in acts)])
        stiffness = stiffness + node_blocks(np.sum([a[1] for a in acts], axis=0))
    return Balance(force, stiffness, scale, inner)


def node_blocks(blocks: FloatArray) -> sparse.csr_matrix:
    """(6 n, 6 n) with the blocks (n, 3, 3) on the displacements."""
    n = len(blocks)
    at = 6 * np.arange(n)[:, None, None]
    rows = np.broadcast_to(at + np.arange(3)[:, None], blocks.shape).ravel()
    columns = np.broadcast_to(at + np.arange(3), blocks.shape).ravel()
    return sparse.csr_matrix((blocks.ravel(), (rows, columns)), shape=(6 * n, 6 * n))


def relax(
    body: BeamBody,
    state: BeamState,
    *,
    load: FloatArray | None = None,
    terms: Sequence[NodeTerm] = (),
    fixed: npt.NDArray[np.int64] | None = None,
) -> tuple[BeamState, int]:
    """The state in balance, with its history taken over, and the number of iterations.

    fixed: unknowns that stay. Raises SolverError "frame.diverged".
    """
    free = np.setdiff1d(np.arange(body.n_unknowns), fixed if fixed is not None else [])
    here = balance(body, state, load, terms)
    rounding = _rounding_N(body, state)
    for count in range(ITERATIONS):
        size = float(np.linalg.norm(here.force[free]))
        if count and size <= max(RTOL * here.scale, rounding):
            return replace(state, history=here.inner.history), count
        step = np.zeros(body.n_unknowns)
        step[free] = -solve_symmetric(here.stiffness[free][:, free], here.force[free])
        step *= min(1.0, LARGEST_TURN / max(float(np.abs(step.reshape(-1, 6)[:, 3:]).max()), 1e-30))
        for halving in range(HALVINGS if body.fibre.bends_plastically else 1):
            part = step * 0.5**halving
            new = state.moved(part)
            there = balance(body, new, load, terms, body.lead_to(here.inner, part))
            if better(part, here.force, there.force, free):
                break
        if not np.isfinite(there.force).all():
            raise diverged("forces are not finite")
        state, here = new, there
    raise diverged(f"after {ITERATIONS} iterations {size:.3g} N are out of balance")


def _rounding_N(body: BeamBody, state: BeamState) -> float:
    """Imbalance that rounding leaves: of strains, and of places far from the origin over short beams."""
    area = max(s.width_mm * s.thickness_mm for s in body.mesh.sections)
    reach = float(np.abs(state.points_mm).max()) / float(body.mesh.length_mm.min())
    share = max(ROUNDING, float(np.finfo(float).eps) * reach * len(state.points_mm) ** 0.5)
    return float(share * body.fibre.E_MPa * area)


def better(
    step: FloatArray, before: FloatArray, after: FloatArray, free: npt.NDArray[np.int64] | slice
) -> bool:
    """Whether a step lowered the imbalance, or the work of the imbalance along it."""
    return bool(
        abs(float(step @ after)) < 0.9 * abs(float(step @ before))
        or np.linalg.norm(after[free]) < np.linalg.norm(before[free])
    )


def solve_symmetric(matrix: sparse.spmatrix, right: FloatArray) -> FloatArray:
    """Direct solution; SolverError "frame.diverged" when the matrix is singular."""
    try:
        factors = splu(
            sparse.csc_matrix(matrix), permc_spec="MMD_AT_PLUS_A", diag_pivot_thresh=0.01,
            options={"SymmetricMode": True},
        )  # fmt: skip
    except RuntimeError as error:
        raise diverged(f"the stiffness is singular ({error})") from error
    return np.asarray(factors.solve(right))


def diverged(fact: str) -> SolverError:
    """The error of a frame without a balance."""
    return SolverError(
        "frame.diverged",
        f"The frame found no balance: {fact}.",
        hint="Take smaller steps of diameter, or check struts and diameters of the device.",
        where="device frame",
    )
