"""Orders of convergence with a manufactured solution.

A unit square in plane strain, held on its boundary, under the body force that belongs to a chosen sine
displacement. On triangles that are halved three times the error must fall with the order of the element:
linear, quadratic, and Taylor-Hood (quadratic displacement, linear pressure) for a nearly incompressible
material. There the displacement is a divergence-free field plus a small one that makes the pressure P cos(2
pi x) sin(pi y).
"""

from __future__ import annotations

import math

import numpy as np

from surgitwin.core.arrays import FloatArray
from surgitwin.mechanics.fenicsx.solids import solve_model
from surgitwin.mechanics.fenicsx.solids.result import PartResult
from surgitwin.mechanics.model.loads import BodyForce
from surgitwin.mechanics.model.material import elastic
from surgitwin.mechanics.model.model import Model
from surgitwin.mechanics.model.part import Part
from surgitwin.mechanics.model.shapes import grid
from surgitwin.mechanics.model.supports import Fixed
from surgitwin.verification.case import Case, Measured
from surgitwin.verification.norms import Field, gradient_error, l2_error

MESHES = (8, 16, 32)
E_MPA, NU, NEARLY = 1000.0, 0.3, 0.4999
PRESSURE_MPA = 10 * E_MPA
"""Large enough that the pressure's own error is seen beside what the shear stress adds to it."""
PI = np.pi


def shear(nu: float) -> float:
    """Shear modulus, MPa."""
    return E_MPA / 2 / (1 + nu)


def bulk(nu: float) -> float:
    """Bulk modulus, MPa."""
    return E_MPA / 3 / (1 - 2 * nu)


def sine_u(x: FloatArray) -> FloatArray:
    """(sin(pi x) sin(pi y), sin(2 pi x) sin(pi y)): (n, 2) at points (n, 2)."""
    (a, b), c = (PI * x).T, 2 * PI * x[:, 0]
    return np.column_stack([np.sin(a) * np.sin(b), np.sin(c) * np.sin(b)])


def sine_gradient(x: FloatArray) -> FloatArray:
    """(n, 2, 2) gradient of `sine_u`."""
    (a, b), c = (PI * x).T, 2 * PI * x[:, 0]
    u = [np.cos(a) * np.sin(b), np.sin(a) * np.cos(b)]
    v = [2 * np.cos(c) * np.sin(b), np.sin(c) * np.cos(b)]
    out: FloatArray = PI * np.stack([np.column_stack(u), np.column_stack(v)], axis=1)
    return out


def sine_force(x: FloatArray) -> FloatArray:
    """(n, 2) N/mm3: -mu laplace(u) - (lambda + mu) grad(div u) of `sine_u`."""
    mu, first = shear(NU), bulk(NU) - 2 / 3 * shear(NU)
    (a, b), c = (PI * x).T, 2 * PI * x[:, 0]
    laplace = -(PI**2) * np.column_stack([2 * np.sin(a) * np.sin(b), 5 * np.sin(c) * np.sin(b)])
    div_x = -np.sin(a) * np.sin(b) + 2 * np.cos(c) * np.cos(b)
    div_y = np.cos(a) * np.cos(b) - np.sin(c) * np.sin(b)
    out: FloatArray = -mu * laplace - (first + mu) * PI**2 * np.column_stack([div_x, div_y])
    return out


def swirl_u(x: FloatArray) -> FloatArray:
    """Curl of sin^2(pi x) sin^2(pi y), plus P (sin(2 pi x) sin(pi y) / (2 pi K), 0)."""
    a, b = (PI * x).T
    small = PRESSURE_MPA / (2 * PI * bulk(NEARLY)) * np.sin(2 * a) * np.sin(b)
    return np.column_stack(
        [PI * np.sin(a) ** 2 * np.sin(2 * b) + small, -PI * np.sin(2 * a) * np.sin(b) ** 2]
    )


def swirl_pressure(x: FloatArray) -> FloatArray:
    """(n, 1) MPa: K div u of `swirl_u`."""
    a, b = (PI * x).T
    out: FloatArray = PRESSURE_MPA * (np.cos(2 * a) * np.sin(b))[:, None]
    return out


def swirl_force(x: FloatArray) -> FloatArray:
    """(n, 2) N/mm3: -mu laplace(u) - (mu / (3 K) + 1) grad(p) of `swirl_u`."""
    mu, K = shear(NEARLY), bulk(NEARLY)
    a, b = (PI * x).T
    small = -5 * PI * PRESSURE_MPA / (2 * K) * np.sin(2 * a) * np.sin(b)
    laplace_x = 2 * PI**3 * np.sin(2 * b) * (1 - 4 * np.sin(a) ** 2) + small
    laplace_y = -2 * PI**3 * np.sin(2 * a) * (1 - 4 * np.sin(b) ** 2)
    slope = [-2 * np.sin(2 * a) * np.sin(b), np.cos(2 * a) * np.cos(b)]
    push: FloatArray = (mu / 3 / K + 1) * PI * PRESSURE_MPA * np.column_stack(slope)
    out: FloatArray = -mu * np.column_stack([laplace_x, laplace_y]) - push
    return out


def solve(cells: int, degree: int, nu: float, formulation: str, force: Field, sign: float) -> PartResult:
    """The square with so many cells a side; the force is given at the nodes of a mesh of the same order."""
    mesh = grid((cells, cells), None, "triangle", order=degree)
    square = Part("square", mesh, elastic(E_MPA, nu), "plane_strain", formulation=formulation, degree=degree)
    model = Model(
        "manufactured",
        (square,),
        supports=tuple(Fixed(f"side {side}", "square", side) for side in ("x0", "x1", "y0", "y1")),
        loads=(BodyForce("force", "square", sign * force(mesh.points_mm)),),
    )
    return solve_model(model).part()


def errors(cells: int, sign: float) -> dict[str, float]:
    """The six errors on one mesh."""
    out = {}
    for degree, names in ((1, ("2a", "2b")), (2, ("2c", "2d"))):
        part = solve(cells, degree, NU, "displacement", sine_force, sign)
        field = part.points_mm, part.cells, part.displacement_mm
        out[names[0]] = l2_error(*field, sine_u)
        out[names[1]] = gradient_error(*field, sine_gradient)
    part = solve(cells, 2, NEARLY, "mixed", swirl_force, sign)
    out["2e"] = l2_error(part.points_mm, part.cells, part.displacement_mm, swirl_u)
    found = part.recovery.pressure_at(part.points_mm)[:, None]
    out["2f"] = l2_error(part.points_mm, part.cells[:, :3], found, swirl_pressure)
    return out


def run(wrong: bool) -> dict[str, Measured]:
    """Observed orders between the two finest meshes; the studies hold the errors."""
    rows = [errors(cells, -1.0 if wrong else 1.0) for cells in MESHES]
    return {
        name: Measured(
            math.log2(rows[-2][name] / rows[-1][name]),
            tuple((1 / cells, row[name]) for cells, row in zip(MESHES, rows, strict=True)),
        )
        for name in rows[0]
    }


CASE = Case("2", "Orders of convergence", run, "the body force with the opposite sign", quick=True)
