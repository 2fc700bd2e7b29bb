"""The block preconditioner of large flows: pressure convection-diffusion for the Schur complement."""

from __future__ import annotations

from typing import Any

import dolfinx.fem.petsc
import numpy as np
import ufl
from dolfinx import fem
from petsc4py import PETSc

from surgitwin.core.arrays import IntArray
from surgitwin.mechanics.fenicsx import runtime
from surgitwin.mechanics.fenicsx.flow.conditions import Conditions
from surgitwin.mechanics.fenicsx.flow.equations import Equations


class PressureSchur:
    """S^-1 = M_1/mu^-1 + L_p^-1 (rho rate + C_p M_p^-1): viscous, inertial and convective part.

    M_1/mu: mass over viscosity; L_p: Laplacian, zero on outlets; C_p: convection by the last iterate, with
    the inflow through the other openings taken off. In this form creeping flow leaves the scaled mass alone,
    and a small time step the Laplacian (Cahouet & Chabat 1988).
    """

    def __init__(self, equations: Equations, conditions: Conditions) -> None:
        self.eq = eq = equations
        p, q = ufl.TrialFunction(eq.Q), ufl.TestFunction(eq.Q)
        u, _ = ufl.split(eq.w)
        w = eq.weight
        self._mass = runtime.compile_form(w * p * q * eq.dx)
        self._viscous = runtime.compile_form(w / eq.viscosity(u) * p * q * eq.dx)
        self._laplace = runtime.compile_form(w * ufl.inner(ufl.grad(p), ufl.grad(q)) * eq.dx)
        given = [n for n in conditions.open if n not in conditions.outlets]
        strength, n = w * eq.density * eq.inertia, ufl.FacetNormal(eq.domain.mesh)
        carried = strength * ufl.inner(u, ufl.grad(p)) * q * eq.dx
        self._convection = runtime.compile_form(carried - strength * ufl.inner(u, n) * p * q * eq.on(*given))
        fdim = eq.domain.dim - 1
        at = [fem.locate_dofs_topological(eq.Q, fdim, eq.domain.facets[n]) for n in conditions.outlets]
        nodes = np.unique(np.concatenate(at)) if at else np.zeros(1, np.int32)
        self._bc = fem.dirichletbc(fem.Function(eq.Q), nodes)
        self._zero: IntArray = nodes
        self._solvers: list[Any] = []

    def attach(self, ksp: Any, matrix: Any) -> None:
        """Set the preconditioner of a Krylov solver on the mixed matrix."""
        eq, pc = self.eq, ksp.getPC()
        ksp.setOperators(matrix)
        pc.setType("fieldsplit")
        split_u = PETSc.IS().createGeneral(eq.v_dofs, comm=PETSc.COMM_SELF)
        split_u.setBlockSize(eq.domain.dim)
        split_p = PETSc.IS().createGeneral(eq.q_dofs, comm=PETSc.COMM_SELF)
        pc.setFieldSplitIS(("u", split_u), ("p", split_p))
        pc.setFieldSplitType(PETSc.PC.CompositeType.SCHUR)
        pc.setFieldSplitSchurFactType(PETSc.PC.SchurFactType.UPPER)
        pc.setFieldSplitSchurPreType(PETSc.PC.SchurPreType.SELF)
        pc.setUp()
        ksp_u, ksp_p = pc.getFieldSplitSubKSP()
        _incomplete(ksp_u)
        ksp_p.setType("preonly")
        ksp_p.getPC().setType("python")
        ksp_p.getPC().setPythonContext(self)

    def update(self) -> None:
        """Assemble what the present iterate changes (viscous mass and convection)."""
        petsc = dolfinx.fem.petsc
        if not self._solvers:
            self._viscous_matrix = petsc.create_matrix(self._viscous)
            self._convection_matrix = petsc.create_matrix(self._convection)
        for matrix, form in (
            (self._viscous_matrix, self._viscous),
            (self._convection_matrix, self._convection),
        ):
            matrix.zeroEntries()
            petsc.assemble_matrix(matrix, form)
            matrix.assemble()
        if not self._solvers:
            mass = petsc.assemble_matrix(self._mass)
            laplace = petsc.assemble_matrix(self._laplace, bcs=[self._bc])
            pairs = ((mass, "jacobi"), (laplace, "gamg"), (self._viscous_matrix, "jacobi"))
            self._solvers = [_inner(*pair) for pair in pairs]

    def apply(self, pc: Any, x: Any, y: Any) -> None:
        """Y = S^-1 x (called by PETSc)."""
        mass, laplace, viscous = self._solvers
        right, level, part = x.duplicate(), x.duplicate(), x.duplicate()
        viscous.solve(x, y)
        mass.solve(x, part)
        self._convection_matrix.mult(part, right)
        right.axpy(float(self.eq.density.value) * float(self.eq.rate.value), x)
        right.array[self._zero] = 0.0
        laplace.solve(right, level)
        y.axpy(1.0, level)
        for vector in (right, level, part):
            vector.destroy()


def _inner(matrix: Any, kind: str) -> Any:
    """Conjugate gradients to 1 % (masses 0.1 %): numerical settings."""
    matrix.assemble()
    matrix.setOption(PETSc.Mat.Option.SPD, True)
    ksp = PETSc.KSP().create(PETSc.COMM_SELF)
    ksp.setOperators(matrix)
    ksp.setType("cg")
    ksp.setTolerances(rtol=1e-2 if kind == "gamg" else 1e-3, max_it=30)
    ksp.getPC().setType(kind)
    return ksp


def _incomplete(ksp: Any) -> None:
    """Incomplete factors with one level of fill on the velocity block: numerical setting.

    Tried on a pipe at Reynolds number 190 (14,000 unknowns): 19 to 35 iterations; with exact factors 11 to
    26, with smoothed aggregation above 150.
    """
    ksp.setType("preonly")
    pc = ksp.getPC()
    pc.setType("ilu")
    pc.setFactorLevels(1)
    pc.setFactorOrdering("rcm")
