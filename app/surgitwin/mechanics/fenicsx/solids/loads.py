"""External loads as vectors: dead ones assembled once, follower pressure at every iteration."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.sparse as sp
import ufl
from dolfinx import fem

from surgitwin.core.arrays import FloatArray
from surgitwin.core.errors import InputError
from surgitwin.mechanics.fenicsx.runtime import compile_form
from surgitwin.mechanics.fenicsx.solids.body import Assembly
from surgitwin.mechanics.fenicsx.solids.bulk import Bulk, _csr
from surgitwin.mechanics.model.loads import (
    BodyForce,
    Gravity,
    Load,
    Pressure,
    RemoteForce,
    Temperature,
    Traction,
)

SURFACE_DEGREE = 6
"""Quadrature degree on surfaces: exact for quadratic facets with a quadratic Jacobian."""


@dataclass(frozen=True, eq=False)
class DeadLoad:
    """A load whose nodal forces (size,) do not depend on the displacement."""

    name: str
    force: FloatArray


class FollowerLoad:
    """Pressure on the deformed surface: forces and their derivative at the parts' present values."""

    def __init__(self, name: str, assembly: Assembly, k: int, load: Pressure) -> None:
        self.name, self._assembly, self._k = name, assembly, k
        bulk = assembly.bulks[k]
        v, ds = ufl.TestFunction(bulk.space.V), surface_measure(bulk, load.on)
        pressure = fem.Constant(bulk.space.domain, float(load.pressure_MPa))
        kin = bulk.kinematics
        F = kin.deformation(bulk.u)
        n = kin.vector3(ufl.FacetNormal(bulk.space.domain))
        t = -pressure * ufl.cofac(F) * n
        work = ufl.inner(t, kin.vector3(v)) * kin.weight * ds
        self._vector = compile_form(work)
        self._matrix = compile_form(ufl.derivative(work, bulk.u, ufl.TrialFunction(bulk.space.V)))

    def force(self) -> FloatArray:
        """(size,) nodal forces, N."""
        return self._assembly.part_vector(self._k, fem.assemble_vector(self._vector).array)

    def tangent(self) -> sp.csr_matrix:
        """(size, size) derivative of the force."""
        a, k = self._assembly, self._k
        first = a.dimension * int(a.first_node[k])
        m = _csr(self._matrix).tocoo()
        return sp.csr_matrix((m.data, (m.row + first, m.col + first)), shape=(a.size, a.size))


def surface_measure(bulk: Bulk, on: str) -> Any:
    """Integral over the reference surface `on` of the part's mesh."""
    entities = bulk.space.integration_entities(on)
    measure = ufl.Measure(
        "ds",
        domain=bulk.space.domain,
        subdomain_data=[(1, entities)],
        metadata={"quadrature_degree": SURFACE_DEGREE},
    )
    return measure(1)


def make_load(load: Load, assembly: Assembly, large: bool) -> DeadLoad | FollowerLoad | None:
    """The forces of one load; None for a temperature (it is part of the strain) and a rigid remote force."""
    bulk = assembly.bulk(load.part, load.name)
    k = assembly.index[load.part]
    if isinstance(load, Temperature) or (isinstance(load, RemoteForce) and load.rigid):
        return None
    if isinstance(load, Pressure) and load.follower and large:
        return FollowerLoad(load.name, assembly, k, load)
    form = _BUILDERS[type(load)](load, bulk)
    return DeadLoad(load.name, assembly.part_vector(k, fem.assemble_vector(compile_form(form)).array))


def _traction(load: Traction, bulk: Bulk) -> Any:
    v, ds, w = ufl.TestFunction(bulk.space.V), surface_measure(bulk, load.on), bulk.kinematics.weight
    if (load.force_N is None) == (load.traction_MPa is None):
        raise InputError(
            "model.traction",
            f"Load {load.name!r} needs either force_N or traction_MPa.",
            hint="Give one of them.",
            where=load.name,
        )
    if load.traction_MPa is not None:
        t = np.asarray(load.traction_MPa, float)
    else:
        t = np.asarray(load.force_N, float) / _scalar(w * ds, bulk)
    return ufl.inner(_constant(bulk, t), v) * w * ds


def _pressure(load: Pressure, bulk: Bulk) -> Any:
    v, ds, w = ufl.TestFunction(bulk.space.V), surface_measure(bulk, load.on), bulk.kinematics.weight
    pressure = fem.Constant(bulk.space.domain, float(load.pressure_MPa))
    return -pressure * ufl.inner(ufl.FacetNormal(bulk.space.domain), v) * w * ds


def _body(load: BodyForce, bulk: Bulk) -> Any:
    values = np.asarray(load.force_N_per_mm3, float)
    v = ufl.TestFunction(bulk.space.V)
    if values.ndim == 1:
        b: Any = _constant(bulk, values)
    else:
        domain = bulk.space.domain
        S = fem.functionspace(domain, ("Lagrange", bulk.space.part.mesh.order, (bulk.space.dimension,)))
        b = fem.Function(S)
        geometry = np.asarray(domain.geometry.input_global_indices)[domain.geometry.dofmaps[0]]
        b.x.array.reshape(-1, bulk.space.dimension)[S.dofmap.list] = values[geometry]
    return ufl.inner(b, v) * bulk.kinematics.weight * _cells(bulk)


def _gravity(load: Gravity, bulk: Bulk) -> Any:
    force = load.density_t_per_mm3 * np.asarray(load.acceleration_mm_per_s2, float)
    return _body(BodyForce(load.name, load.part, force), bulk)


def _remote(load: RemoteForce, bulk: Bulk) -> Any:
    """Tractions a + b x (X - c) with the resultant and moment about the point that are wanted."""
    ds, w, d = surface_measure(bulk, load.on), bulk.kinematics.weight, bulk.space.dimension
    x, n = bulk.kinematics.x, bulk.space.dimension
    area = _scalar(w * ds, bulk)
    first = np.array([_scalar(x[i] * w * ds, bulk) for i in range(n)])
    second = np.array([[_scalar(x[i] * x[j] * w * ds, bulk) for j in range(n)] for i in range(n)])
    centre = first / area
    spread = second - area * np.outer(centre, centre)
    inertia = np.trace(spread) * np.eye(d) - spread
    arm = np.asarray(load.point_mm, float)[:d] - centre
    force = np.asarray(load.force_N, float)[:d]
    v = ufl.TestFunction(bulk.space.V)
    if d == 3:
        moment = np.asarray(load.moment_Nmm, float) + np.cross(arm, force)
        b = _constant(bulk, np.linalg.solve(inertia, moment))
        t = _constant(bulk, force / area) + ufl.cross(b, x - _constant(bulk, centre))
    else:
        moment = float(np.asarray(load.moment_Nmm, float)[-1]) + arm[0] * force[1] - arm[1] * force[0]
        b = fem.Constant(bulk.space.domain, moment / float(np.trace(spread)))
        c = _constant(bulk, centre)
        t = _constant(bulk, force / area) + b * ufl.as_vector([c[1] - x[1], x[0] - c[0]])
    return ufl.inner(t, v) * w * ds


_BUILDERS: dict[type, Callable[[Any, Bulk], Any]] = {
    Traction: _traction,
    Pressure: _pressure,
    BodyForce: _body,
    Gravity: _gravity,
    RemoteForce: _remote,
}


def _constant(bulk: Bulk, values: FloatArray) -> Any:
    return fem.Constant(bulk.space.domain, np.asarray(values, float))


def _cells(bulk: Bulk) -> Any:
    return ufl.Measure(
        "dx", domain=bulk.space.domain, metadata={"quadrature_degree": bulk.space.part.quadrature_degree}
    )


def _scalar(form: Any, bulk: Bulk) -> float:
    return float(fem.assemble_scalar(compile_form(_with_one(form, bulk))).real)


def _with_one(form: Any, bulk: Bulk) -> Any:
    """The form times a Constant 1: a plain area has no coefficient that names its mesh."""
    return fem.Constant(bulk.space.domain, 1.0) * form
