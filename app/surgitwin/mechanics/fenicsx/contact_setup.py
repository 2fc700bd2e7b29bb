"""Free surfaces of a problem in one-sided contact: their rows on the unknowns, and what they carry."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.sparse as sp

from surgitwin.core.arrays import FloatArray
from surgitwin.mechanics.bone_contact import ContactRows, PointPairs, contact_rows, point_pairs
from surgitwin.mechanics.fenicsx.contact_solve import ContactAnswer, ContactSolver
from surgitwin.mechanics.fenicsx.system import Equations
from surgitwin.mechanics.problem import ContactSurface, Problem, SurfaceContact


def one_sided(problem: Problem) -> bool:
    """Whether a problem has surfaces in one-sided contact: loads are then not proportional."""
    return problem.contact.model == "contact" and bool(problem.surfaces)


def glued(problem: Problem) -> tuple[ContactSurface, ...]:
    """The surfaces that a problem bonds."""
    return problem.surfaces if problem.contact.model == "glued" else ()


@dataclass(frozen=True, eq=False)
class _Placed:
    """One surface: its rows on node unknowns, vertices and penalty over a bone of 1 MPa."""

    surface: ContactSurface
    rows: ContactRows
    pairs: PointPairs


class ContactProblem:
    """The surfaces of a problem on its equations, ready to solve loads."""

    def __init__(self, problem: Problem, model: Any, equations: Equations) -> None:
        """model: the `CoupledModel` of the problem."""
        self._problem = problem
        bone = model.bone.body.tets
        self._placed = []
        for s in problem.surfaces:
            pairs = point_pairs(s, model.bodies[s.implant].tets, bone)
            self._placed.append(_Placed(s, contact_rows(pairs), pairs))
        stacks: tuple[list[sp.csr_matrix], ...] = ([], [], [])
        for one in self._placed:
            to = _columns(model, one.surface.implant)
            for out, rows in zip(stacks, (one.rows.normal, *one.rows.tangent), strict=True):
                turned: Any = equations.restrict((rows @ to).T.tocsr())
                out.append(turned.T.tocsr())
        normal, first, second = stacks
        rows = ContactRows(
            np.concatenate([p.rows.area_mm2 for p in self._placed]),
            np.concatenate([p.rows.gap_mm for p in self._placed]),
            sp.vstack(normal).tocsr(),
            (sp.vstack(first).tocsr(), sp.vstack(second).tocsr()),
        )
        modulus = model.bone.modulus(problem.modulus_factor).mean(axis=1)
        stiff = modulus / model.bone.locator.size_mm
        penalty = np.concatenate([_mean(p.pairs, stiff) for p in self._placed]) * problem.contact.factor
        self.solver = ContactSolver(equations.system, rows, penalty, problem.contact, problem.settings)

    def contacts(self, answer: ContactAnswer) -> tuple[SurfaceContact, ...]:
        """What every surface carries in an answer."""
        out, start = [], 0
        for one in self._placed:
            at = slice(start, start + len(one.rows.gap_mm))
            start = at.stop
            out.append(
                SurfaceContact(
                    one.surface.name,
                    one.pairs.vertices,
                    one.rows.area_mm2,
                    answer.pressure[at],
                    np.hypot(*answer.traction[:, at]),
                    answer.closing[at] - one.rows.gap_mm,
                    np.hypot(*answer.slip[:, at]),
                )
            )
        return tuple(out)


def _columns(model: Any, implant: int) -> sp.csr_matrix:
    """(3 (bone nodes + implant nodes), 3 unknown nodes) 0 or 1: nodes of one pair of meshes as unknowns of
    the whole; clamped nodes are left out."""
    bone, bodies = model.bone.body, model.bodies
    starts = np.cumsum([bone.owned(2), *(b.owned(2) for b in bodies)])
    nodes = np.concatenate([bone.nodes[2], len(bone.tets.points_mm) + bodies[implant].nodes[2]])
    unknowns = np.concatenate([np.arange(starts[0]), starts[implant] + np.arange(bodies[implant].owned(2))])
    free = np.concatenate([model.bone.free(2), np.ones(bodies[implant].owned(2))])
    size = (len(bone.tets.points_mm) + len(bodies[implant].tets.points_mm), int(starts[-1]))
    one = sp.csr_matrix((free, (nodes, unknowns)), shape=size)
    return sp.kron(one, sp.eye(3), format="csr")


def _mean(pairs: PointPairs, per_cell: FloatArray) -> FloatArray:
    """(v,) mean over the vertices' patches of a value of the bone's cells."""
    weight = sp.diags(pairs.weight_mm2) @ pairs.hat
    total = np.asarray(weight.sum(axis=0)).ravel()
    out: FloatArray = (weight.T @ per_cell[pairs.cell]) / total
    return out
