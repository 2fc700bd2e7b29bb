"""Guccione's passive heart muscle: one exponential of the Green strain in fibre axes (1991)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import ufl

from surgitwin.mechanics.fenicsx.laws.base import BULK, Law, Operand, Parameter, bulk_parameter, stress_like
from surgitwin.mechanics.fenicsx.laws.invariants import guarded_exp, isochoric_c


def isochoric(F: Operand, p: Mapping[str, Operand], a: Sequence[Operand]) -> Operand:
    """C/2 (exp Q - 1) of the isochoric Green strain E.

    Q = bf Eff^2 + bt (the squares across the fibre) + 2 bfs (the fibre shears); written with tr(E^2) and
    |E f|^2, so that no second direction is needed.
    """
    E = (isochoric_c(F) - ufl.Identity(3)) / 2.0
    f = a[0]
    Ef = E * f
    along = ufl.dot(f, Ef)
    Q = (
        p["bt"] * ufl.inner(E, E)
        + (p["bf"] + p["bt"] - 2.0 * p["bfs"]) * along**2
        + 2.0 * (p["bfs"] - p["bt"]) * ufl.dot(Ef, Ef)
    )
    return p["C_MPa"] / 2.0 * (guarded_exp(Q) - 1.0)


LAW = Law(
    name="guccione",
    title="Guccione heart muscle",
    formula="W = C/2 (exp Q - 1), Q = bf Eff^2 + bt (Ess^2 + Enn^2 + 2 Esn^2) + 2 bfs (Efs^2 + Efn^2)",
    source="Guccione, McCulloch, Waldman 1991 (J Biomech Eng 113:42); cardiac benchmarks of Land 2015",
    verified=True,
    parameters=(
        stress_like("C", "scale of the stress", lower_open=True),
        Parameter("bf", "", "fibre exponent", 0.0, 1e3),
        Parameter("bt", "", "cross-fibre exponent", 0.0, 1e3),
        Parameter("bfs", "", "fibre shear exponent", 0.0, 1e3),
        BULK,
    ),
    fibres=1,
    energy_isochoric=isochoric,
    bulk=bulk_parameter,
)
