"""What is read off a solution: flows, pressures, forces by residual, wall shear stress, points."""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.sparse.linalg as spla
import ufl
from dolfinx import fem, geometry

from surgitwin.core.arrays import FloatArray
from surgitwin.core.errors import InputError
from surgitwin.mechanics.fenicsx import runtime
from surgitwin.mechanics.fenicsx.flow.conditions import Conditions
from surgitwin.mechanics.fenicsx.flow.domain import scalar
from surgitwin.mechanics.fenicsx.flow.equations import Equations
from surgitwin.mechanics.flow.problem import Wall
from surgitwin.mechanics.flow.result import Snapshot, WallShear


class Measure:
    """Compiled once, evaluated at every kept instant."""

    def __init__(self, equations: Equations, conditions: Conditions) -> None:
        self.eq, self.conditions = equations, conditions
        eq = equations
        self.u, self.p = fem.Function(eq.V), fem.Function(eq.Q)
        self._area = {n: scalar(self._one(n)) for n in conditions.open}
        pressure = {n: eq.weight * self.p * eq.on(n) for n in conditions.open}
        self._pressure = {n: runtime.compile_form(form) for n, form in pressure.items()}
        walls = [n for n, b in eq.problem.boundaries.items() if isinstance(b, Wall)]
        self.walls = {n: WallProjection(eq, n, self.u) for n in walls}
        self._rims = {n: self._rim(n) for n in eq.problem.forces}
        self._cells = self._probe_cells()

    def _one(self, name: str) -> Any:
        return self.eq.weight * fem.Constant(self.eq.domain.mesh, 1.0) * self.eq.on(name)

    def flows(self) -> dict[str, float]:
        """Flow out of every open boundary of the present iterate."""
        w = self.eq.w.x.array
        return {n: float(b @ w) for n, b in self.conditions.normal.items()}

    def snapshot(self, time_s: float, residual: FloatArray) -> Snapshot:
        """Everything at one instant; residual: of all rows, from which the forces come."""
        eq = self.eq
        self.u.x.array[:] = eq.w.x.array[eq.v_dofs]
        self.p.x.array[:] = eq.w.x.array[eq.q_dofs]
        pressure = {n: fem.assemble_scalar(f) / self._area[n] for n, f in self._pressure.items()}
        return Snapshot(
            time_s,
            eq.domain.to_nodes(self.u),
            eq.domain.to_nodes(self.p),
            self.flows(),
            pressure,
            {n: self._force(n, residual) for n in eq.problem.forces},
            self._probes(),
            {n: w.evaluate() for n, w in self.walls.items()},
        )

    def _force(self, name: str, residual: FloatArray) -> FloatArray:
        """(d,) force of the fluid on a boundary: minus the reaction of its velocity rows (volume form).

        Rows on a rim shared with another held boundary also react for a strip of that one, whose traction is
        taken off.
        """
        parts = range(self.eq.domain.dim)
        whole = np.array([-residual[self.conditions.dofs_on(name, k)].sum() for k in parts])
        strips = [0.0 if form is None else fem.assemble_scalar(form) for form in self._rims[name]]
        out: FloatArray = whole + np.array(strips)
        return out

    def _rim(self, name: str) -> list[Any]:
        """Forms of the traction that neighbours bear on the strip where this boundary's functions live."""
        eq = self.eq
        mine = self.conditions.nodes_on(name)
        held = [n for n in eq.domain.facets if n != name and n not in self.conditions.outlets]
        touching = [n for n in held if len(np.intersect1d(mine, self.conditions.nodes_on(n)))]
        if not touching:
            return [None] * eq.domain.dim
        n = ufl.FacetNormal(eq.domain.mesh)
        traction = eq.viscosity(self.u) * (ufl.grad(self.u) + ufl.grad(self.u).T) * n - self.p * n
        forms = []
        for k in range(eq.domain.dim):
            strip = fem.Function(eq.V)
            strip.x.array[mine * eq.domain.dim + k] = 1.0
            form = eq.weight * ufl.inner(traction, strip) * eq.on(*touching)
            forms.append(runtime.compile_form(form))
        return forms

    def _probe_cells(self) -> Any:
        points = self.eq.problem.probes_m
        if not points.size:
            return None
        mesh, dim = self.eq.domain.mesh, self.eq.domain.dim
        x = np.zeros((len(points), 3))
        x[:, :dim] = points
        tree = geometry.bb_tree(mesh, dim, padding=1e-12 + 1e-9 * float(np.ptp(mesh.geometry.x)))
        found = geometry.compute_colliding_cells(mesh, geometry.compute_collisions_points(tree, x), x)
        cells = np.array([found.links(k)[0] if len(found.links(k)) else -1 for k in range(len(x))], np.int32)
        lost = np.flatnonzero(cells < 0)
        if len(lost):  # on a curved boundary a point of it may lie a rounding error outside
            every = np.arange(mesh.topology.index_map(dim).size_local, dtype=np.int32)
            middle = geometry.create_midpoint_tree(mesh, dim, every)
            cells[lost] = geometry.compute_closest_entity(tree, middle, mesh, x[lost])
            gap = geometry.compute_distance_gjk  # checked against the cell's own size below
            for k in lost:
                self._require_near(gap, int(cells[k]), x[k])
        return x, cells

    def _require_near(self, distance: Any, cell: int, point: FloatArray) -> None:
        mesh = self.eq.domain.mesh
        nodes = mesh.geometry.x[mesh.geometry.dofmaps[0][cell]]
        if np.linalg.norm(distance(point[None], nodes)) > 0.05 * float(np.ptp(nodes, axis=0).max()):
            raise InputError(
                "flow.probe",
                "A probe lies outside of the fluid.",
                hint="Move the probe into the mesh.",
                where=f"probes_m at {np.round(point, 6).tolist()} m",
            )

    def _probes(self) -> FloatArray:
        if self._cells is None:
            return np.zeros((0, self.eq.domain.dim + 1))
        x, cells = self._cells
        u = self.u.eval(x, cells).reshape(len(x), -1)
        p = self.p.eval(x, cells).reshape(len(x), -1)
        return np.hstack([u, p])


class WallProjection:
    """L2 projection of the viscous shear traction of the fluid on a wall to linear functions on it."""

    def __init__(self, eq: Equations, name: str, u: Any) -> None:
        self.eq, self.facets = eq, eq.problem.mesh.boundaries[name]
        mesh, ds = eq.domain.mesh, eq.on(name)
        n = ufl.FacetNormal(mesh)
        full = 2 * eq.viscosity(u) * ufl.sym(ufl.grad(u)) * (-n)  # the wall feels the fluid's opposite normal
        shear = full - ufl.inner(full, n) * n
        space = fem.functionspace(mesh, ("Lagrange", 1, (eq.domain.dim,)))
        s = ufl.TestFunction(space)
        self._load = runtime.compile_form(eq.weight * ufl.inner(shear, s) * ds)
        self._size = runtime.compile_form(eq.weight * ufl.sqrt(ufl.inner(shear, shear)) * ds)
        self._area = scalar(eq.weight * fem.Constant(mesh, 1.0) * ds)
        flat = fem.functionspace(mesh, ("Lagrange", 1))
        p, q = ufl.TrialFunction(flat), ufl.TestFunction(flat)
        mass = fem.assemble_matrix(runtime.compile_form(eq.weight * p * q * ds)).to_scipy().tocsr()
        dofs = fem.locate_dofs_topological(flat, eq.domain.dim - 1, eq.domain.facets[name])
        self._solve = spla.splu(mass[dofs][:, dofs].tocsc()).solve
        self._rows = self._vector_nodes(space, flat)[dofs]
        self.nodes = self._mesh_nodes(flat)[dofs]

    def _vector_nodes(self, space: Any, flat: Any) -> Any:
        out = np.zeros(flat.dofmap.index_map.size_local, np.int64)
        out[flat.dofmap.list] = space.dofmap.list
        return out

    def _mesh_nodes(self, flat: Any) -> Any:
        domain, out = self.eq.domain, np.zeros(flat.dofmap.index_map.size_local, np.int64)
        out[flat.dofmap.list] = domain.corner_nodes()
        return out

    def evaluate(self) -> WallShear:
        """The present velocity's wall shear stress."""
        dim = self.eq.domain.dim
        load = fem.assemble_vector(self._load).array.reshape(-1, dim)[self._rows]
        traction = np.stack([self._solve(np.ascontiguousarray(load[:, k])) for k in range(dim)], axis=1)
        return WallShear(self.nodes, self.facets, traction, fem.assemble_scalar(self._size) / self._area)
