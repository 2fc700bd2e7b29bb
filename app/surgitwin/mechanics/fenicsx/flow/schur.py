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
    """S^-1 = - M_p^-1 F_p L_p^-1 with mass M_p, Laplacian L_p (zero on outlets) and F_p that of the momentum.

    F_p is made with the viscosity and velocity of the last iterate. With +q div u below and -p div v above,
    the Schur complement is -C A^-1 B^T with B^T = -grad: positive; hence the sign +.
    """

    def __init__(self, equations: Equations, conditions: Conditions) -> None:
        self.eq = eq = equations
        p, q = ufl.TrialFunction(eq.Q), ufl.TestFunction(eq.Q)
        u, _ = ufl.split(eq.w)
        mu, w = eq.viscosity(u), eq.weight
        grads = ufl.inner(ufl.grad(p), ufl.grad(q))
        self._mass = runtime.compile_form(w * p * q * eq.dx)
        self._laplace = runtime.compile_form(w * grads * eq.dx)
        carried = eq.density * (eq.rate * p + eq.inertia * ufl.inner(u, ufl.grad(p))) * q
        self._momentum = runtime.compile_form(w * (carried + mu * grads) * eq.dx)
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
        _multigrid(ksp_u)
        ksp_p.setType("preonly")
        ksp_p.getPC().setType("python")
        ksp_p.getPC().setPythonContext(self)

    def update(self) -> None:
        """Assemble F_p with the present iterate (and L_p, M_p once)."""
        if not self._solvers:
            self._solvers = [
                self._inner(self._mass, [], "jacobi"),
                self._inner(self._laplace, [self._bc], "gamg"),
            ]
            self._fp = dolfinx.fem.petsc.create_matrix(self._momentum)
        self._fp.zeroEntries()
        dolfinx.fem.petsc.assemble_matrix(self._fp, self._momentum)
        self._fp.assemble()

    def _inner(self, form: Any, bcs: list[Any], kind: str) -> Any:
        matrix = dolfinx.fem.petsc.assemble_matrix(form, bcs=bcs)
        matrix.assemble()
        matrix.setOption(PETSc.Mat.Option.SPD, True)
        ksp = PETSc.KSP().create(PETSc.COMM_SELF)
        ksp.setOperators(matrix)
        ksp.setType("cg")
        ksp.setTolerances(rtol=1e-2 if kind == "gamg" else 1e-3, max_it=30)
        ksp.getPC().setType(kind)
        return ksp

    def apply(self, pc: Any, x: Any, y: Any) -> None:
        """Y = M_p^-1 F_p L_p^-1 x (called by PETSc)."""
        mass, laplace = self._solvers
        right, middle = x.duplicate(), x.duplicate()
        x.copy(right)
        right.array[self._zero] = 0.0
        laplace.solve(right, middle)
        self._fp.mult(middle, right)
        mass.solve(right, y)
        right.destroy()
        middle.destroy()


def _multigrid(ksp: Any) -> None:
    """One cycle of smoothed aggregation on the velocity block; numerical settings."""
    ksp.setType("preonly")
    pc = ksp.getPC()
    pc.setType("gamg")
