"""Assembly of linear elasticity with Young's modulus at quadrature points, on both levels."""

from __future__ import annotations

from typing import Any

import basix.ufl
import dolfinx.fem.petsc
import numpy as np
import scipy.sparse as sp
import ufl
from dolfinx import fem

from surgitwin.core.arrays import FloatArray, IntArray
from surgitwin.mechanics.fenicsx.body import Body
from surgitwin.mechanics.fenicsx.runtime import compile_form


def form(body: Body, degree: int, modulus: FloatArray, poisson: FloatArray, quadrature: int) -> Any:
    """Compiled bilinear form int sigma(u) : eps(v) dx on the space of the given degree.

    modulus: (m, q) MPa and poisson: (m,) in the cell order of `body.tets`.
    """
    E = modulus[body.cells]
    nu = poisson[body.cells][:, None]
    element = basix.ufl.quadrature_element("tetrahedron", degree=quadrature)
    points = fem.functionspace(body.domain, element)
    lame, shear = fem.Function(points), fem.Function(points)
    lame.x.array[points.dofmap.list] = E * nu / ((1 + nu) * (1 - 2 * nu))
    shear.x.array[points.dofmap.list] = E / (2 * (1 + nu))
    u, v = ufl.TrialFunction(body.space[degree]), ufl.TestFunction(body.space[degree])
    eu, ev = ufl.sym(ufl.grad(u)), ufl.sym(ufl.grad(v))
    density = 2 * shear * ufl.inner(eu, ev) + lame * ufl.tr(eu) * ufl.tr(ev)
    return compile_form(density * ufl.dx(metadata={"quadrature_degree": quadrature}))


def clamp(body: Body, degree: int, nodes: IntArray) -> list[Any]:
    """Dirichlet condition u = 0 on the given mesh nodes."""
    dofs = body.dofs_of_nodes(nodes, degree)
    return [fem.dirichletbc(np.zeros(3), dofs, body.space[degree])]


def block_matrix(a: Any, conditions: list[Any]) -> sp.bsr_matrix:
    """Serial 3x3-block matrix; constrained rows and columns are those of the identity."""
    matrix = fem.assemble_matrix(a, bcs=conditions)
    matrix.scatter_reverse()
    return matrix.to_scipy().tobsr((3, 3))


def distributed_matrix(a: Any, conditions: list[Any]) -> Any:
    """Distributed PETSc BAIJ matrix; constrained rows and columns are those of the identity."""
    matrix = dolfinx.fem.petsc.create_matrix(a, kind="baij")
    dolfinx.fem.petsc.assemble_matrix(matrix, a, bcs=conditions)
    matrix.assemble()
    return matrix
