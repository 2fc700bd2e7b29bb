"""What a finished computation should make its user doubt: theory left, contacts that never closed."""

from __future__ import annotations

import basix
import numpy as np
import ufl

from surgitwin.core.arrays import FloatArray
from surgitwin.mechanics.contact.mortar import MortarContact
from surgitwin.mechanics.fenicsx.runtime import compile_expression
from surgitwin.mechanics.fenicsx.solids.bulk import Bulk
from surgitwin.mechanics.fenicsx.solids.system import Factors, System

SMALL = 0.1
"""Largest displacement gradient for which small strain is not questioned: what it leaves out is about half
of it, 5 % of the strain (E = sym H + H^T H / 2)."""


def doubts(system: System, x: FloatArray, factors: Factors) -> list[str]:
    """Warnings in words, at the end state x (the parts hold it already)."""
    out = [words for bulk in system.assembly.bulks if (words := _theory_left(bulk))]
    u = x[: system.assembly.displacements]
    for i in system.interactions:
        if isinstance(i, MortarContact) and i.facts(u, factors.get(i.name, 0.0))["contact_area_mm2"] == 0:
            out.append(f"Contact {i.name!r} is open at the end: it carries no force.")
    return out


def _theory_left(bulk: Bulk) -> str:
    if getattr(bulk, "large", False):
        return ""
    space = bulk.space
    points, _ = basix.make_quadrature(basix.CellType[space.part.mesh.cell], 2)
    H = bulk.kinematics.gradient(bulk.u)
    size = compile_expression(ufl.sqrt(ufl.inner(H, H)), points)
    cells = np.arange(len(space.cell_order), dtype=np.int32)
    largest = float(size.eval(space.domain, cells).max(initial=0.0))
    if largest <= SMALL:
        return ""
    return (
        f"Part {space.part.name!r}: displacement gradients reach {largest:.2g}, so small-strain theory "
        f"leaves out about {50 * largest:.0f} % of the strain there: check loads and units, or set "
        "large = true."
    )
