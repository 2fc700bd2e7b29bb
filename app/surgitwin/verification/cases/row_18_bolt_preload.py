"""A bolt clamps a sleeve under a stiff head; then the head is pulled.

Axisymmetric: shank of 5 mm diameter bonded to the head, sleeve pressed by the head through contact, both
standing on a plane of symmetry. Poisson's ratio is zero and the head a thousand times as stiff as the soft
shank, so the stiffnesses are those of bars, 1 : 4. The bolt is tightened to 1000 N and stays locked while
500 N pull at the head. The torque is K F d with the force across the shank. The wrong input has a shank a
tenth thicker in the same sleeve.
"""

from __future__ import annotations

import math

from surgitwin.mechanics.contact.bolt import tightening_torque_Nmm
from surgitwin.mechanics.fenicsx.solids.engine import solve_model
from surgitwin.mechanics.model.couplings import Bolt, Contact, Side, Tie
from surgitwin.mechanics.model.loads import Traction
from surgitwin.mechanics.model.material import elastic
from surgitwin.mechanics.model.model import Model
from surgitwin.mechanics.model.part import Part
from surgitwin.mechanics.model.shapes import box
from surgitwin.mechanics.model.steps import Step
from surgitwin.mechanics.model.supports import Fixed
from surgitwin.verification.case import Case, Measured

DIAMETER_MM, LENGTH_MM, PRELOAD_N, PULL_N = 5.0, 20.0, 1000.0, 500.0
SHANK_MPA, SLEEVE_MPA, HEAD_MPA, HOLE_MM = 1000.0, 200.0, 1e6, 3.0
SLEEVE_MM = math.sqrt(HOLE_MM**2 + 4 * SHANK_MPA / SLEEVE_MPA * (DIAMETER_MM / 2) ** 2)
NUT_FACTOR = 0.2


def joint(diameter_mm: float) -> Model:
    """Shank, head and sleeve; first tightened, then pulled."""
    radius = diameter_mm / 2
    shank = box((0, 0), (radius, LENGTH_MM), (2, 8)).with_cells("shank", lambda x: x[:, 1] > 0)
    sleeve = box((HOLE_MM, 0), (SLEEVE_MM, LENGTH_MM), (5, 6))
    head = box((0, LENGTH_MM), (SLEEVE_MM, LENGTH_MM + 4), (9, 2))
    parts = (
        Part("shank", shank, elastic(SHANK_MPA, 0.0), "axisymmetric"),
        Part("sleeve", sleeve, elastic(SLEEVE_MPA, 0.0), "axisymmetric"),
        Part("head", head, elastic(HEAD_MPA, 0.0), "axisymmetric"),
    )
    supports = (
        Fixed("shank base", "shank", "y0", "y"),
        Fixed("sleeve base", "sleeve", "y0", "y"),
        Fixed("shank axis", "shank", "x0", "x"),
        Fixed("head axis", "head", "x0", "x"),
    )
    return Model(
        "joint",
        parts,
        supports,
        loads=(Traction("pull", "head", "y1", force_N=(0.0, PULL_N)),),
        ties=(Tie("bond", slave=Side("shank", "y1"), master=Side("head", "y0")),),
        contacts=(Contact("seat", slave=Side("sleeve", "y1"), master=Side("head", "y0")),),
        bolts=(Bolt("bolt", "shank", "shank", (0.0, 1.0, 0.0), PRELOAD_N),),
        steps=(Step("tighten", {"bond": 1.0, "seat": 1.0, "bolt": 1.0}), Step("pull", {"pull": 1.0})),
    )


def run(wrong: bool) -> dict[str, Measured]:
    """Share of the pull that the bolt takes, and the torque that tightens it."""
    diameter = 1.1 * DIAMETER_MM if wrong else DIAMETER_MM
    forces: list[float] = []
    solve_model(
        joint(diameter), accepted=lambda r: forces.append(r.coupling_facts("bolt")["section_force_N"])
    )
    return {
        "18a": Measured((forces[-1] - forces[0]) / PULL_N),
        "18b": Measured(tightening_torque_Nmm(NUT_FACTOR, forces[0], diameter)),
    }


CASE = Case("18", "Bolt preload", run, "a shank a tenth thicker", quick=True)
