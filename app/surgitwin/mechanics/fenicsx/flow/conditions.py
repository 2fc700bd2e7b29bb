"""Boundary values of velocity and the state of the outlets at each time."""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.sparse as sp
import scipy.sparse.linalg as spla
import ufl
from dolfinx import fem

from surgitwin.core.arrays import FloatArray, IntArray
from surgitwin.core.errors import InputError
from surgitwin.mechanics.fenicsx import runtime
from surgitwin.mechanics.fenicsx.flow.equations import Equations
from surgitwin.mechanics.flow.problem import (
    OUTLETS,
    FlowInlet,
    Pulsatile,
    Symmetry,
    VelocityInlet,
    Wall,
)
from surgitwin.mechanics.flow.waveform import Amount, amount_at

BALANCED = 1e-8
"""Numerical setting: net flow of a domain without outlet, as a part of the largest flow that could pass."""


class Conditions:
    """Fixed unknowns `fixed` (of the mixed space) and their values; `normal[name]`: b with Q = b.w, out."""

    def __init__(self, equations: Equations) -> None:
        self.eq = equations
        boundaries = equations.problem.boundaries
        self.open = [n for n, b in boundaries.items() if not isinstance(b, Wall | Symmetry)]
        self.outlets = [n for n, b in boundaries.items() if isinstance(b, OUTLETS)]
        self.normal = {name: self._normal_vector(name) for name in self.open}
        self.patterns: list[tuple[Amount, FloatArray]] = []
        held = self._zero_unknowns()
        taken = held.copy()
        for name, boundary in boundaries.items():
            if isinstance(boundary, FlowInlet | VelocityInlet):
                dofs = self.dofs_on(name)
                pattern = self._pattern(name, boundary)
                pattern[taken] = 0.0
                taken[dofs] = True
                if isinstance(boundary, FlowInlet):
                    pattern /= -(self.normal[name] @ pattern)
                    self.patterns.append((boundary.flow_m3_s, pattern))
                else:
                    self.patterns.append((boundary.factor, pattern))
        self.closed = not self.outlets
        if self.closed:
            taken[equations.q_dofs[0]] = True
            self._require_balance()
        self.fixed: IntArray = np.flatnonzero(taken).astype(np.int32)
        self.bc = fem.dirichletbc(fem.Function(equations.W), self.fixed)

    def values(self, time_s: float) -> FloatArray:
        """(n,) boundary values at a time; only the `fixed` entries count."""
        out = np.zeros(self.eq.unknowns)
        for amount, pattern in self.patterns:
            out += amount_at(amount, time_s) * pattern
        return out

    def dofs_on(self, name: str, component: int | None = None) -> IntArray:
        """Velocity unknowns of the mixed space on a boundary, all components or one."""
        eq, node = self.eq, self.nodes_on(name)
        parts = range(eq.domain.dim) if component is None else (component,)
        blocks = np.concatenate([node * eq.domain.dim + k for k in parts])
        out: IntArray = eq.v_dofs[blocks]
        return out

    def nodes_on(self, name: str) -> IntArray:
        """Velocity nodes (of V) on a boundary."""
        eq = self.eq
        out: IntArray = fem.locate_dofs_topological(eq.V, eq.domain.dim - 1, eq.domain.facets[name])
        return out

    def _zero_unknowns(self) -> Any:
        held = np.zeros(self.eq.unknowns, bool)
        for name, boundary in self.eq.problem.boundaries.items():
            if isinstance(boundary, Wall):
                held[self.dofs_on(name)] = True
            elif isinstance(boundary, Symmetry):
                held[self.dofs_on(name, self._flat_direction(name))] = True
        return held

    def _flat_direction(self, name: str) -> int:
        mesh = self.eq.problem.mesh
        span = np.ptp(mesh.points_m[np.unique(mesh.boundaries[name])], axis=0)
        return int(span.argmin())

    def _normal_vector(self, name: str) -> FloatArray:
        eq = self.eq
        v, _ = ufl.TestFunctions(eq.W)
        n = ufl.FacetNormal(eq.domain.mesh)
        form = runtime.compile_form(eq.weight * ufl.inner(v, n) * eq.on(name))
        return np.array(fem.assemble_vector(form).array)

    def _pattern(self, name: str, boundary: FlowInlet | VelocityInlet) -> FloatArray:
        eq, out = self.eq, np.zeros(self.eq.unknowns)
        if isinstance(boundary, VelocityInlet):
            given = fem.Function(eq.V)
            given.interpolate(eq.domain.from_nodes(boundary.velocity_m_s))
            whole = np.zeros_like(out)
            whole[eq.v_dofs] = given.x.array
            dofs = self.dofs_on(name)
            out[dofs] = whole[dofs]
            return out
        nodes, profile = developed_profile(eq, name)
        inward = self._inward(name)
        for k in range(eq.domain.dim):
            out[eq.v_dofs[nodes * eq.domain.dim + k]] = profile * inward[k]
        return out

    def _inward(self, name: str) -> FloatArray:
        """Unit vector into the fluid, the mean over the cap."""
        eq, b = self.eq, self.normal[name]
        total = np.array([b[eq.v_dofs[k :: eq.domain.dim]].sum() for k in range(eq.domain.dim)])
        out: FloatArray = -total / np.linalg.norm(total)
        return out

    def _require_balance(self) -> None:
        """What flows in must flow out at every time that is solved, against the largest flow of the run."""
        stepping = self.eq.problem.stepping
        times = [0.0]
        if isinstance(stepping, Pulsatile):
            times += [k * stepping.dt_s for k in range(1, stepping.steps + 1)]
        outward = sum(self.normal.values(), np.zeros(self.eq.unknowns))
        through = sum(float(np.abs(b).sum()) for b in self.normal.values())
        net, size = np.zeros(len(times)), np.zeros(len(times))
        for amount, pattern in self.patterns:
            level = np.array([amount_at(amount, t) for t in times])
            net += level * float(outward @ pattern)
            size = np.maximum(size, np.abs(level) * float(np.abs(pattern).max()))
        worst = int(np.abs(net).argmax())
        if abs(net[worst]) > BALANCED * through * float(size.max()):
            raise InputError(
                "flow.no_outlet",
                f"No boundary is an outlet, but at {times[worst]:.4g} s {net[worst]:.4g} more flows out.",
                hint="Make one boundary a pressure, resistance or Windkessel outlet.",
                where="boundaries",
            )


def developed_profile(eq: Equations, name: str) -> tuple[IntArray, FloatArray]:
    """Solution of -lap phi = 1 on a cap with phi = 0 where it meets a wall: (nodes of V, values).

    Degree of the velocity; a circle gives the parabola. Raises InputError "flow.problem" without a rim.
    """
    space = fem.functionspace(eq.domain.mesh, ("Lagrange", eq.degree))
    phi, q = ufl.TrialFunction(space), ufl.TestFunction(space)
    n, ds = ufl.FacetNormal(eq.domain.mesh), eq.on(name)

    def along(f: Any) -> Any:
        return ufl.grad(f) - n * ufl.inner(n, ufl.grad(f))

    a = runtime.compile_form(eq.weight * ufl.inner(along(phi), along(q)) * ds)
    right = fem.assemble_vector(runtime.compile_form(eq.weight * q * ds)).array
    matrix: sp.csr_matrix = fem.assemble_matrix(a).to_scipy().tocsr()
    fdim = eq.domain.dim - 1
    nodes = fem.locate_dofs_topological(space, fdim, eq.domain.facets[name])
    walls = [n for n, b in eq.problem.boundaries.items() if isinstance(b, Wall)]
    rim = [fem.locate_dofs_topological(space, fdim, eq.domain.facets[w]) for w in walls]
    free = np.setdiff1d(nodes, np.concatenate(rim)) if rim else nodes
    if len(free) == len(nodes) or not len(free):
        raise InputError(
            "flow.problem",
            f"The inlet {name!r} has {'no node inside' if not len(free) else 'no rim on a wall'}.",
            hint="Let the cap end at a wall, with at least one node inside, or give its velocity.",
            where=f"boundaries.{name}",
        )
    values = np.zeros(len(right))
    values[free] = spla.spsolve(matrix[free][:, free].tocsc(), right[free])
    other = np.zeros(len(right), np.int64)  # the mixed space's velocity numbers its nodes in its own way
    other[space.dofmap.list] = eq.V.dofmap.list
    return other[nodes], values[nodes]
