"""How far surfaces lie in bone under a load: what a model without contact leaves out, or contact lets pass.

A nail in its reamed canal and a plate next to the bone are held by their screws. Without contact they may
move into bone that would stop them; so may, in every model, the two fracture faces.
"""

from __future__ import annotations

from dataclasses import dataclass

from surgitwin.mechanics.bone_contact import ContactRows, contact_rows, overlap_mm, point_pairs
from surgitwin.mechanics.problem import ContactSurface, LoadSolution
from surgitwin.procedures.base import Solved
from surgitwin.procedures.fracture_fixation.motion import CortexMotion


@dataclass(frozen=True, eq=False)
class Meeting:
    """One free surface with the averaged gaps at its vertices."""

    surface: ContactSurface
    rows: ContactRows

    def overlap_mm(self, load: LoadSolution) -> float:
        """Largest averaged depth of the surface in bone under a load; 0 when it stays clear."""
        metal = load.implant_displacement_mm[self.surface.implant]
        return overlap_mm(self.rows, load.bone_displacement_mm, metal)


def meetings(run: Solved) -> list[Meeting]:
    """The free surfaces of a run; its loads share them."""
    bone, implants = run.solution.bone_mesh, run.solution.implant_meshes
    return [Meeting(s, contact_rows(point_pairs(s, implants[s.implant], bone))) for s in run.surfaces]


def gap_overlap_mm(motions: list[CortexMotion], gap_mm: float) -> float:
    """How far the fracture faces pass through each other; 0 while the gap stays open."""
    return max(0.0, *(m.closure_mm - gap_mm for m in motions))
