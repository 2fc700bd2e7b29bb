"""Locking indicators of a solved part (`mechanics.locking` with the engine's stress)."""

from __future__ import annotations

import basix
import numpy as np
import ufl
from dolfinx import fem

from surgitwin.core.arrays import FloatArray
from surgitwin.core.errors import InputError
from surgitwin.mechanics.fenicsx.runtime import compile_expression
from surgitwin.mechanics.fenicsx.solids.bulk import Bulk
from surgitwin.mechanics.fenicsx.solids.result import ModelResult
from surgitwin.mechanics.locking import Locking, StressSamples, locking


def part_locking(
    result: ModelResult, poisson: FloatArray | float, modulus_MPa: FloatArray | float, part: str = ""
) -> Locking:
    """Indicators of a part (the first when not named) at the result's state.

    poisson, modulus_MPa: numbers, or (m,) one a cell in the part's own order; for hyperelastic laws those of
    small strain. Raises InputError "model.no_part", "model.parameter_size".
    """
    assembly = result.system.assembly
    assembly.set(result.state.x)
    bulk = assembly.bulk(part, "locking") if part else assembly.bulks[0]
    order = bulk.space.cell_order
    values = []
    for name, given in (("poisson", poisson), ("modulus_MPa", modulus_MPa)):
        array = np.atleast_1d(np.asarray(given, float))
        if array.shape not in ((1,), (len(order),)):
            raise InputError(
                "model.parameter_size",
                f"{name} has {len(array)} values, part {bulk.space.part.name!r} {len(order)} cells.",
                hint="Give a number, or one value for each cell of the part's mesh.",
                where=bulk.space.part.name,
            )
        values.append(array if len(array) == 1 else array[order])
    p = bulk.space.part
    return locking(stress_samples(bulk), *values, degree=p.degree, mixed=p.formulation == "mixed")


def stress_samples(bulk: Bulk) -> StressSamples:
    """Cauchy stress at points that see all of its variation in a cell: constant in linear triangles and
    tetrahedra, of higher degree in quadrilaterals and hexahedra.
    """
    space = bulk.space
    kind, degree = basix.CellType[space.part.mesh.cell], space.part.degree
    simplex = space.part.mesh.cell in ("triangle", "tetrahedron")
    points, weights = basix.make_quadrature(kind, 2 * (degree - 1) if simplex else 2 * degree)
    cells = np.arange(len(space.cell_order), dtype=np.int32)
    q = len(weights)
    stress = compile_expression(bulk.cauchy(), points).eval(space.domain, cells).reshape(-1, q, 3, 3)
    density = abs(ufl.JacobianDeterminant(space.domain)) * bulk.kinematics.weight
    size = compile_expression(density, points).eval(space.domain, cells).reshape(-1, q)
    linear = basix.create_element(basix.ElementFamily.P, kind, 1)
    shape = linear.tabulate(0, points)[0, :, :, 0]
    corners = fem.functionspace(space.domain, ("Lagrange", 1)).dofmap.list
    return StressSamples(np.asarray(corners), shape, stress, size * weights)
