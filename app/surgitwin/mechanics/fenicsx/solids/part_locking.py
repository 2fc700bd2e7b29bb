"""Locking indicators of a solved part (`mechanics.locking` with the engine's stress)."""

from __future__ import annotations

import basix
import numpy as np
import ufl
from dolfinx import fem

from surgitwin.mechanics.fenicsx.runtime import compile_expression
from surgitwin.mechanics.fenicsx.solids.bulk import Bulk
from surgitwin.mechanics.fenicsx.solids.elastic_constants import elastic_constants
from surgitwin.mechanics.fenicsx.solids.result import ModelResult
from surgitwin.mechanics.locking import Locking, StressSamples, locking


def part_locking(result: ModelResult, part: str = "") -> Locking:
    """Indicators of a part (the first when not named) at the result's state; InputError "model.no_part"."""
    assembly = result.system.assembly
    assembly.set(result.state.x)
    bulk = assembly.bulk(part, "locking") if part else assembly.bulks[0]
    space = bulk.space
    nu, modulus = (values[space.cell_order] for values in elastic_constants(space.part))
    mixed = space.part.formulation == "mixed"
    return locking(stress_samples(bulk), nu, modulus, degree=space.part.degree, mixed=mixed)


def model_locking(result: ModelResult) -> dict[str, Locking]:
    """The indicators of every part by its name."""
    return {part.name: part_locking(result, part.name) for part in result.model.parts}


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
