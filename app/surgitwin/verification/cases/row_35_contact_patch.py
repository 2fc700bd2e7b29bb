"""Two blocks with meshes that do not match, pressed together without friction: the pressure is uniform.

10 x 10 x 10 mm in two halves of 3 x 3 x 2 and 4 x 4 x 3 cells (quadratic tetrahedra), E 1000 MPa,
nu 0.3, planes of symmetry at x = 0 and y = 0; the top goes down by 0.1 mm, so the stress is 1 % of E
everywhere. The wrong input moves the top by a tenth more.
"""

from __future__ import annotations

from surgitwin.mechanics.fenicsx.solids.engine import solve_model
from surgitwin.mechanics.model.couplings import Contact, Side
from surgitwin.mechanics.model.material import elastic
from surgitwin.mechanics.model.model import Model
from surgitwin.mechanics.model.part import Part
from surgitwin.mechanics.model.shapes import box
from surgitwin.mechanics.model.supports import Fixed, Motion
from surgitwin.verification.case import Case, Measured

PRESS_MM = 0.1


def run(wrong: bool) -> dict[str, Measured]:
    """Pressures at the corners of the slave, and the reaction at the top."""
    low = Part("low", box((0, 0, 0), (10, 10, 5), (3, 3, 2), "tetrahedron"), elastic(1000.0, 0.3))
    top = Part("top", box((0, 0, 5), (10, 10, 10), (4, 4, 3), "tetrahedron"), elastic(1000.0, 0.3))
    press = PRESS_MM * 1.1 if wrong else PRESS_MM
    supports: list[Fixed | Motion] = [
        Fixed("ground", "low", "z0", "z"),
        Motion("press", "top", "z1", "z", (0, 0, -press)),
    ]
    for part in ("low", "top"):
        supports += [Fixed(f"{part} x", part, "x0", "x"), Fixed(f"{part} y", part, "y0", "y")]
    contact = Contact("interface", slave=Side("top", "z0"), master=Side("low", "z1"))
    result = solve_model(Model("contact patch", (low, top), tuple(supports), contacts=(contact,)))
    facts = result.coupling_facts("interface")
    _, pressure = result.contact_pressure("interface")
    return {
        "35a": Measured(facts["normal_force_N"] / facts["contact_area_mm2"]),
        "35b": Measured(float(pressure.min())),
        "35c": Measured(float(pressure.max())),
        "35d": Measured(float(result.reaction("press").force_N[2])),
    }


CASE = Case("35", "Contact patch test", run, "a tenth more pressing", quick=True)
