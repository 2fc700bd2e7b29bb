"""A pressed block slips when the push reaches mu N, and only stretches below it.

Plane strain, Poisson's ratio 0 so that pressing alone does not slide. (a) The base under a pressed block
is drawn away; the block's support takes up what friction passes on. (b) A block on a rigid plane carries a
uniform shear stress of 0.9 mu p (shear on its top and on both sides), then none: what displacement stays?
A soft spring at its side would hold it if it slipped. The wrong input has half the friction.
"""

from __future__ import annotations

from surgitwin.mechanics.fenicsx.solids.engine import solve_model
from surgitwin.mechanics.model.couplings import Contact, Foundation, RigidShape, Side
from surgitwin.mechanics.model.loads import Traction
from surgitwin.mechanics.model.material import elastic
from surgitwin.mechanics.model.model import Model
from surgitwin.mechanics.model.outputs import Output
from surgitwin.mechanics.model.part import Part
from surgitwin.mechanics.model.shapes import box
from surgitwin.mechanics.model.steps import Step, Stepping
from surgitwin.mechanics.model.supports import Fixed, Motion
from surgitwin.verification.case import Case, Measured

FRICTION, PRESSURE_MPA, WIDTH_MM, HEIGHT_MM = 0.3, 1.0, 10.0, 2.0
DRAW_MM, SPRING_N_PER_MM3 = 0.05, 10.0
SHEAR_MPA = 0.9 * FRICTION * PRESSURE_MPA


def block() -> Part:
    """10 x 2 mm on y = 0."""
    mesh = box((0, 0), (WIDTH_MM, HEIGHT_MM), (10, 3))
    return Part("block", mesh, elastic(1000.0, 0.0), "plane_strain")


def slipping_force(friction: float) -> float:
    """N per mm: what the block's support holds when the base has been drawn away under it."""
    base = Part("base", box((-2, -3), (14, 0), (11, 2)), elastic(1000.0, 0.0), "plane_strain")
    model = Model(
        "drawn base",
        (block(), base),
        (
            Fixed("held", "block", "y1", "x"),
            Fixed("floor", "base", "y0", "y"),
            Motion("draw", "base", "y0", "x", (DRAW_MM, 0.0)),
        ),
        loads=(Traction("press", "block", "y1", traction_MPa=(0.0, -PRESSURE_MPA)),),
        contacts=(Contact("foot", Side("block", "y0"), Side("base", "y1"), friction, sliding="finite"),),
        steps=(Step("press", {"press": 1.0}), Step("draw", {"draw": 1.0})),
        stepping=Stepping(first=0.25, largest=0.25),
    )
    return abs(float(solve_model(model).reaction("held").force_N[0]))


def displacement_left(friction: float) -> float:
    """Displacement of the block's top after the shear is gone, over that under the shear."""
    shear = SHEAR_MPA
    loads = (
        Traction("press", "block", "y1", traction_MPa=(0.0, -PRESSURE_MPA)),
        Traction("top", "block", "y1", traction_MPa=(shear, 0.0)),
        Traction("right", "block", "x1", traction_MPa=(0.0, shear)),
        Traction("left", "block", "x0", traction_MPa=(0.0, -shear)),
    )
    on, off = dict.fromkeys(("top", "right", "left"), 1.0), dict.fromkeys(("top", "right", "left"), 0.0)
    plane = RigidShape("plane", (0.0, 0.0), (0.0, 1.0))
    model = Model(
        "pushed block",
        (block(),),
        loads=loads,
        contacts=(Contact("foot", Side("block", "y0"), plane, friction),),
        foundations=(Foundation("spring", Side("block", "x1"), SPRING_N_PER_MM3, "normal"),),
        steps=(Step("press", {"press": 1.0}), Step("push", on), Step("release", off)),
        outputs=(Output("u", "mean_displacement", part="block", on="y1", component="x"),),
    )
    u = solve_model(model).curves["u"]
    return float(u[-1] / abs(u).max())


def run(wrong: bool) -> dict[str, Measured]:
    """Slipping force over mu N, and the displacement left below it."""
    friction = FRICTION / 2 if wrong else FRICTION
    return {
        "36a": Measured(slipping_force(friction) / (FRICTION * PRESSURE_MPA * WIDTH_MM)),
        "36b": Measured(displacement_left(friction)),
    }


CASE = Case("36", "Coulomb block", run, "half the friction", quick=True)
