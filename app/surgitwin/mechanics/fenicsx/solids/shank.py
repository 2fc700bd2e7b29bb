"""The shank of a bolt: what an initial axial stress does to the nodes, and its mean section force."""

from __future__ import annotations

from typing import Any

import numpy as np
import ufl
from dolfinx import fem

from surgitwin.core.arrays import FloatArray, IntArray
from surgitwin.core.errors import InputError
from surgitwin.mechanics.contact.bolt import Shank
from surgitwin.mechanics.fenicsx.runtime import compile_form
from surgitwin.mechanics.fenicsx.solids.body import Assembly
from surgitwin.mechanics.fenicsx.solids.bulk import Bulk, EnergyBulk
from surgitwin.mechanics.fenicsx.solids.initial_stress import InitialStress
from surgitwin.mechanics.fenicsx.solids.parameters import coefficient, regions
from surgitwin.mechanics.model.couplings import Bolt

DEGREE = 4


def make_shank(bolt: Bolt, assembly: Assembly, large: bool) -> Shank:
    """The shank of `bolt` for `contact.bolt.PreloadedBolt`.

    Raises InputError "model.no_set", "model.bolt" (law other than isotropic, large deformation, no axis).
    """
    bulk = assembly.bulk(bolt.part, bolt.name)
    cells = bulk.space.part.mesh.cell_sets.get(bolt.cells)
    if cells is None:
        raise InputError(
            "model.no_set",
            f"Part {bolt.part!r} has no cell set called {bolt.cells!r}.",
            hint=f"Its sets: {', '.join(bulk.space.part.mesh.cell_sets) or 'none'}.",
            where=bolt.name,
        )
    axis = _axis(bolt, bulk, large)
    assert isinstance(bulk, EnergyBulk)  # the isotropic law is stored energy
    measure = _measure(bulk, cells)
    domain, kin = bulk.space.domain, bulk.kinematics
    a = fem.Constant(domain, axis)
    v = ufl.TestFunction(bulk.space.V)
    x = bulk.space.points_mm[bulk.space.cells[cells]].reshape(-1, bulk.space.dimension)
    length = float(np.ptp(x @ axis[: bulk.space.dimension]))
    pull = ufl.dot(a, ufl.dot(kin.gradient(v), a)) * kin.weight * measure
    force = ufl.dot(a, ufl.dot(_stress(bulk, v), a)) * kin.weight * measure
    one = fem.Constant(domain, 1.0)
    volume = float(fem.assemble_scalar(compile_form(one * kin.weight * measure)).real)
    n, k = assembly.displacements, assembly.index[bolt.part]
    unit_load = assembly.part_vector(k, fem.assemble_vector(compile_form(pull)).array)[:n]
    section = assembly.part_vector(k, fem.assemble_vector(compile_form(force)).array)[:n] / length
    modulus = coefficient(bulk.space, regions(bulk.space)[0][0], "E_MPa", None)
    initial = InitialStress(bulk.space, bulk.u, cells, axis, modulus, measure)
    bulk.initial.append(initial)
    return Shank(unit_load, section, volume / length, initial.set)


def bulk_volume(bulk: Bulk) -> float:
    """Reference volume of a part, mm3 (thickness and 2 pi r included)."""
    dx = ufl.Measure("dx", domain=bulk.space.domain, metadata={"quadrature_degree": DEGREE})
    one = fem.Constant(bulk.space.domain, 1.0)
    return float(fem.assemble_scalar(compile_form(one * bulk.kinematics.weight * dx)).real)


def _axis(bolt: Bolt, bulk: Bulk, large: bool) -> FloatArray:
    axis = np.zeros(3)
    axis[: len(bolt.axis)] = bolt.axis
    length = float(np.linalg.norm(axis))
    laws = {m.law for m in bulk.space.part.materials.values()}
    wrong = ""
    if not length > 0:
        wrong = "has no axis"
    elif laws != {"isotropic"}:
        wrong = f"is in a part of {', '.join(sorted(laws))} material"
    elif large:
        wrong = "is in a model of large deformation"
    if wrong:
        raise InputError(
            "model.bolt",
            f"The bolt {bolt.name!r} {wrong}.",
            hint="Preload needs an axis, an isotropic elastic part and small deformation.",
            where=bolt.name,
        )
    return axis / length


def _measure(bulk: Bulk, cells: IntArray) -> Any:
    place = np.argsort(bulk.space.cell_order)
    local = np.sort(place[np.asarray(cells)]).astype(np.int32)
    dx = ufl.Measure(
        "dx",
        domain=bulk.space.domain,
        subdomain_data=[(1, local)],
        metadata={"quadrature_degree": DEGREE},
    )
    return dx(1)


def _stress(bulk: Bulk, v: Any) -> Any:
    """Stress of an isotropic part for the displacement (test function) v."""
    region = regions(bulk.space)[0][0]
    E, nu = (coefficient(bulk.space, region, name, None) for name in ("E_MPa", "nu"))
    strain = bulk.kinematics.strain(v, nu)
    shear = E / (2 * (1 + nu))
    return 2 * shear * strain + 2 * shear * nu / (1 - 2 * nu) * ufl.tr(strain) * ufl.Identity(3)
