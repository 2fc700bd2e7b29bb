"""One implant held by hand: its handles, and the plan that a motion of the hand gives.

With "snap to bone" a plate stays on the bone's surface and a nail in its canal, as the procedure lays them;
without it the implant goes where the hand puts it. Screws are aimed and measured again either way, in lengths
that the catalogue has.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.spatial.transform import Rotation

from surgitwin.core.arrays import FloatArray
from surgitwin.core.frame import Frame
from surgitwin.core.plan import PlacedImplant, Plan
from surgitwin.core.solids import ImplantSolids
from surgitwin.implants import NailItem, build, item
from surgitwin.planning.plans.edit import implant_of, with_pose
from surgitwin.procedures.base import BoneProcedure, Context, Finding
from surgitwin.procedures.registry import bone_procedure
from surgitwin.scene.drags import Motion
from surgitwin.scene.handles import Gizmo, Handle

SLIDE = Handle("slide", "slide", 2, "Slide along the bone")
TURN = Handle("turn", "ring", 2, "Turn about the bone")
MIDDLE = Handle("drag", "free", 2, "Drag")
FREE_HANDLES = (
    SLIDE,
    Handle("away", "arrow", 0, "Move away from the bone"),
    Handle("across", "arrow", 1, "Move across"),
    Handle("tilt across", "ring", 0, "Tilt"),
    Handle("tilt away", "ring", 1, "Tilt"),
    MIDDLE,
)
HELD = (SLIDE, MIDDLE)


@dataclass(frozen=True, eq=False)
class HeldImplant:
    """Implant `index` of a plan in the hand. Everything is computed from the plan as it was taken."""

    context: Context
    plan: Plan
    index: int

    @property
    def placed(self) -> PlacedImplant:
        """The implant as it was taken."""
        return implant_of(self.plan, self.index)

    @property
    def procedure(self) -> BoneProcedure:
        """The procedure of the plan."""
        return bone_procedure(self.plan.procedure)

    @property
    def word(self) -> str:
        """What the implant is called in a sentence: "plate", "nail", with a number when there are two."""
        kinds = [_kind(p) for p in self.plan.implants]
        kind = kinds[self.index]
        same = [n for n, k in enumerate(kinds) if k == kind]
        return kind if len(same) == 1 else f"{kind} {same.index(self.index) + 1}"

    @cached_property
    def gizmos(self) -> tuple[Gizmo, Gizmo, Gizmo]:
        """Handles on the bone, handles in free air, and the ring of the turn about its own axis.

        Axes: z proximally along the slide, x away from the bone as the implant's own x, y across.
        """
        held = self.procedure.handles(self.context, self.plan, self.index)
        axes = _axes(held.slide, self.placed.pose[:3, 0])
        foot = held.pivot_mm + ((held.origin_mm - held.pivot_mm) @ held.turn) * held.turn
        ring = Gizmo(foot, _axes(held.turn, self.placed.pose[:3, 0]), (TURN,))
        return Gizmo(held.origin_mm, axes, HELD), Gizmo(held.origin_mm, axes, FREE_HANDLES), ring

    def shown(self, snap: bool) -> tuple[Gizmo, ...]:
        """The gizmos to draw."""
        on_bone, free, ring = self.gizmos
        return (on_bone if snap else free, ring)

    def dragged(self, handle: str, motion: Motion, snap: bool) -> Plan:
        """The plan after a motion by a handle (name); screws have catalogue lengths.

        Raises GeometryError when the implant cannot follow the bone there (off its end).
        """
        if snap and handle == SLIDE.name:
            return self.procedure.slide(self.context, self.plan, self.index, float(motion.mm[2]))
        if snap and handle == TURN.name:
            return self.procedure.turn(self.context, self.plan, self.index, motion.degrees)
        moved = with_pose(self.plan, self.index, self.pose(motion))
        if snap:
            return self.procedure.snap(self.context, moved, self.index)
        return self.procedure.refit_screws(self.context, moved, self.index)

    def pose(self, motion: Motion) -> FloatArray:
        """The implant's pose (4x4) after a motion in free air."""
        out: FloatArray = motion.matrix @ self.placed.pose
        return out

    def matrix_to(self, plan: Plan) -> FloatArray:
        """Rigid 4x4 (LPS) from the implant as it was taken to where it is in `plan`."""
        out: FloatArray = implant_of(plan, self.index).pose @ np.linalg.inv(self.placed.pose)
        return out

    def moved(self, plan: Plan) -> tuple[float, float]:
        """Way of the implant's origin in mm and angle of its turn in degrees, up to `plan`."""
        return moved_by(self.placed, implant_of(plan, self.index))

    def findings(self, plan: Plan) -> list[Finding]:
        """Geometric checks of a plan."""
        return self.procedure.check(self.context, plan)

    def step_name(self, plan: Plan) -> str:
        """Name of the undo step that leads to `plan`: "Move the plate 3.0 mm, 2.0 degrees"."""
        way, angle = self.moved(plan)
        parts = [f"{way:.1f} mm"] if way >= 0.05 or angle < 0.05 else []
        parts += [f"{angle:.1f} degrees"] if angle >= 0.05 else []
        return f"{'Move' if way >= 0.05 else 'Turn'} the {self.word} {', '.join(parts)}"


def moved_by(old: PlacedImplant, new: PlacedImplant) -> tuple[float, float]:
    """Way of the implant's origin in mm and angle of its turn in degrees."""
    way = float(np.linalg.norm(new.pose[:3, 3] - old.pose[:3, 3]))
    turn = Rotation.from_matrix(new.pose[:3, :3] @ old.pose[:3, :3].T).magnitude()
    return way, float(np.degrees(turn))


def implant_at(solids: list[ImplantSolids], points_mm: FloatArray, reach_mm: float) -> int | None:
    """The implant that comes nearest to any of the points (n, 3), within reach_mm; None when none does."""
    best: tuple[float, int] | None = None
    for n, made in enumerate(solids):
        away = float(made.distance(points_mm).min())
        if away <= reach_mm and (best is None or away < best[0]):
            best = away, n
    return None if best is None else best[1]


def solids_of(plan: Plan) -> list[ImplantSolids]:
    """Solids of all implants of a plan."""
    return [build(placed) for placed in plan.implants]


def _kind(placed: PlacedImplant) -> str:
    return "nail" if isinstance(item(placed.catalogue_id), NailItem) else "plate"


def _axes(z: FloatArray, x: FloatArray) -> FloatArray:
    """Right-handed axes (columns) with z as given and x as near as it can be."""
    across = np.cross(z, x)
    across = across / np.linalg.norm(across)
    out = np.stack([np.cross(across, z), across, z], axis=1)
    return Frame(np.zeros(3), out).axes
