"""What a plan achieves, measured from its fracture and implants (not what its options asked for)."""

from __future__ import annotations

from collections.abc import Sequence

from surgitwin.core.plan import Fracture, Plan
from surgitwin.core.solids import Cylinder, ImplantSolids
from surgitwin.implants import build
from surgitwin.mechanics.materials import callus
from surgitwin.planning.case import Case
from surgitwin.procedures.base import Finding
from surgitwin.report.data import Fact

CHECKED = {
    "plate.clearance": "Smallest distance from plate to bone",
    "plate.standoff": "Largest distance from plate to bone at a screw",
    "nail.wall": "Bone left outside the nail in the shaft",
    "nail.reaming": "Cortex taken by reaming",
}
"""Checks whose measured value is a fact of the plan."""


def plan_facts(case: Case, plan: Plan, checked: Sequence[Finding]) -> tuple[Fact, ...]:
    """Fracture, screws on its sides, working length, distances. checked: the plan's findings."""
    out: list[Fact] = []
    if plan.fracture is not None:
        out += _fracture(case, plan.fracture)
        for solids in map(build, plan.implants):
            out += _screws(plan.fracture, solids)
    for found in checked:
        if found.code in CHECKED and found.value >= 0:
            out.append(Fact(CHECKED[found.code], f"{found.value:.1f} {found.unit}"))
    return tuple(out)


def _fracture(case: Case, fracture: Fracture) -> list[Fact]:
    frame = case.anatomy.frame
    lesser = frame.from_lps(case.anatomy.landmarks["lesser_trochanter"].point_mm)[2]
    below = lesser - frame.from_lps(fracture.plane.point_mm)[2]
    return [
        Fact("Fracture, below the lesser trochanter", f"{below:.0f} mm"),
        Fact("Width of the gap", f"{fracture.gap_mm:g} mm"),
        Fact("Healing stage of the gap", callus(fracture.healing).title),
    ]


def _screws(fracture: Fracture, solids: ImplantSolids) -> list[Fact]:
    """How many screws lie on each side, and along the gap's normal the way between the innermost ones."""
    fixings = [s for s in solids.solids if isinstance(s, Cylinder) and s.role in ("screw", "bolt")]
    middle = [float(fracture.plane.distance((f.start_mm + f.end_mm) / 2)) for f in fixings]
    above, below = [d for d in middle if d > 0], [-d for d in middle if d <= 0]
    word = "Screws" if any(f.role == "screw" for f in fixings) else "Locking screws"
    out = [Fact(f"{word} proximal + distal of the gap", f"{len(above)} + {len(below)}")]
    if above and below:
        length = min(above) + min(below)
        out.append(Fact("Working length (between the innermost screws' axes)", f"{length:.0f} mm"))
    return out
