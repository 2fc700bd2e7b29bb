"""The weak form of the incompressible Navier-Stokes equations: Taylor-Hood or stabilised elements.

2D, axisymmetric (x axial, y radial) and 3D. Stress 2 mu D - p; on outlets the term with (grad u)^T is taken
back, so that mu du/dn - p n = -P n there and a developed profile leaves undisturbed.
"""

from __future__ import annotations

from typing import Any

import basix.ufl
import numpy as np
import ufl
from dolfinx import fem

from surgitwin.core.arrays import FloatArray, IntArray
from surgitwin.mechanics.fenicsx import runtime
from surgitwin.mechanics.fenicsx.flow.domain import Domain
from surgitwin.mechanics.flow.fluid import Carreau
from surgitwin.mechanics.flow.problem import OUTLETS, FlowProblem, Pulsatile, Steady

STABILISATION = 36.0
"""C_I of the stabilisation time for linear elements (Bazilevs 2007, VMS): a numerical setting."""


class Equations:
    """Spaces, parameters and compiled residual and tangent of one problem.

    Parameters are constants of the forms: `rate` (factor of u in du/dt, 1/s), `inertia` (0..1 on convection).
    `past` holds the old part of du/dt; `carrier` the convecting velocity (extrapolated, or last iterate).
    """

    def __init__(self, problem: FlowProblem, domain: Domain) -> None:
        self.problem, self.domain = problem, domain
        d, m = problem.discretisation, domain.mesh
        self.degree = d.degree
        low = d.degree - 1 if d.element == "taylor-hood" else d.degree
        v = basix.ufl.element("Lagrange", domain.cell_name, d.degree, shape=(domain.dim,))
        q = basix.ufl.element("Lagrange", domain.cell_name, low)
        self.W = fem.functionspace(m, basix.ufl.mixed_element([v, q]))
        self.V, self.v_dofs = self._collapsed(0)
        self.Q, self.q_dofs = self._collapsed(1)
        self.w = fem.Function(self.W)
        self.past, self.carrier = fem.Function(self.V), fem.Function(self.V)
        self.beta = fem.Function(fem.functionspace(m, ("Discontinuous Lagrange", 0)))
        self._set_constants()
        self._set_measures()
        self.residual, self.tangent = self._forms()

    @property
    def steady(self) -> bool:
        """Whether there is no time derivative."""
        return isinstance(self.problem.stepping, Steady)

    @property
    def extrapolated(self) -> bool:
        """Whether the convecting velocity is given, so that each step is linear for a Newtonian fluid."""
        stepping = self.problem.stepping
        return isinstance(stepping, Pulsatile) and stepping.convection == "extrapolated"

    @property
    def unknowns(self) -> int:
        """Length of the vector of unknowns."""
        return len(self.w.x.array)

    def velocity(self) -> FloatArray:
        """Copy of the velocity unknowns in the numbering of V."""
        out: FloatArray = self.w.x.array[self.v_dofs]
        return out

    def _collapsed(self, part: int) -> tuple[Any, IntArray]:
        space, dofs = self.W.sub(part).collapse()
        return space, np.asarray(dofs, np.int32).ravel()

    def _set_constants(self) -> None:
        m, fluid = self.domain.mesh, self.problem.fluid
        self.density = fem.Constant(m, float(fluid.density_kg_m3))
        self.rate, self.inertia = fem.Constant(m, 0.0), fem.Constant(m, 1.0)
        law = fluid.law
        values = [law.viscosity_Pas] if not isinstance(law, Carreau) else [
            law.zero_Pas, law.infinite_Pas, law.time_s, (law.exponent - 1) / 2
        ]  # fmt: skip
        self.law = [fem.Constant(m, float(value)) for value in values]
        self.c_i = fem.Constant(m, STABILISATION)

    def _set_measures(self) -> None:
        p, domain = self.problem, self.domain
        x = ufl.SpatialCoordinate(domain.mesh)
        self.radius = x[1]
        self.weight = 2 * np.pi * x[1] if p.axisymmetric else 1.0
        extra = int(p.axisymmetric) + (0 if p.mesh.cell.order == 1 or p.mesh.dim == 3 else 2)
        self.quadrature = {"quadrature_degree": max(3 * self.degree - 1, 3) + extra}
        outlets = {n: b for n, b in p.boundaries.items() if isinstance(b, OUTLETS)}
        self.dx = ufl.Measure("dx", domain.mesh, metadata=self.quadrature)
        self.ds_out = self.on(*outlets)
        for name, boundary in outlets.items():
            cells = domain.entities(name)[0][1].reshape(-1, 2)[:, 0]
            self.beta.x.array[self.beta.function_space.dofmap.list[cells, 0]] = boundary.backflow

    def on(self, *names: str) -> Any:
        """The facet measure of the named boundaries."""
        data = self.domain.entities(*names)
        return ufl.Measure("ds", self.domain.mesh, subdomain_data=data, metadata=self.quadrature)(1)

    def strain_rate(self, u: Any) -> Any:
        """D: (d, d), or (3, 3) with the hoop term when axisymmetric."""
        flat = ufl.sym(ufl.grad(u))
        if not self.problem.axisymmetric:
            return flat
        zero = ufl.as_ufl(0.0)
        rows = [
            [flat[0, 0], flat[0, 1], zero],
            [flat[1, 0], flat[1, 1], zero],
            [zero, zero, u[1] / self.radius],
        ]
        return ufl.as_tensor(rows)

    def divergence(self, u: Any) -> Any:
        """Divergence with the hoop term when axisymmetric."""
        return ufl.div(u) + u[1] / self.radius if self.problem.axisymmetric else ufl.div(u)

    def viscosity(self, u: Any) -> Any:
        """The law at a velocity field."""
        if len(self.law) == 1:
            return self.law[0]
        zero, infinite, time, power = self.law
        rate = self.strain_rate(u)
        return infinite + (zero - infinite) * (1 + 2 * time**2 * ufl.inner(rate, rate)) ** power

    def _forms(self) -> tuple[Any, Any]:
        u, p = ufl.split(self.w)
        v, q = ufl.TestFunctions(self.W)
        carrier = self.carrier if self.extrapolated else u
        mu, rho, n = self.viscosity(u), self.density, ufl.FacetNormal(self.domain.mesh)
        acceleration = self.rate * u + self.past + self.inertia * ufl.grad(u) * carrier
        flow = (
            rho * ufl.inner(acceleration, v)
            + 2 * mu * ufl.inner(self.strain_rate(u), self.strain_rate(v))
            - p * self.divergence(v)
            + q * self.divergence(u)
        )
        if self.problem.discretisation.element == "stabilised":
            flow += self._stabilisation(u, p, v, q, acceleration, carrier)
        inward = (abs(ufl.inner(carrier, n)) - ufl.inner(carrier, n)) / 2
        outlet = self.beta * rho * self.inertia * inward * ufl.inner(u, v) - mu * ufl.inner(
            ufl.grad(u).T * n, v
        )
        form = self.weight * flow * self.dx + self.weight * outlet * self.ds_out
        tangent = ufl.derivative(form, self.w, ufl.TrialFunction(self.W))
        return runtime.compile_form(form), runtime.compile_form(tangent)

    def _stabilisation(self, u: Any, p: Any, v: Any, q: Any, acceleration: Any, carrier: Any) -> Any:
        """SUPG, PSPG and LSIC; their time scale is that of the last iterate, fixed in the tangent."""
        inverse, rho = ufl.inv(ufl.Jacobian(self.domain.mesh)), self.density
        metric = (1.0 if self.problem.mesh.cell.simplex else 4.0) * inverse.T * inverse
        c, nu = self.carrier, self.viscosity(self.carrier) / rho
        speed = self.inertia**2 * ufl.inner(c, metric * c)
        tau = 1 / ufl.sqrt(4 * self.rate**2 + speed + self.c_i * nu**2 * ufl.inner(metric, metric))
        strong = rho * acceleration + ufl.grad(p)
        upwind = self.inertia * ufl.grad(v) * carrier + ufl.grad(q) / rho
        return tau * ufl.inner(strong, upwind) + rho / (tau * ufl.tr(metric)) * ufl.div(u) * ufl.div(v)
