"""The cut of a plan in the hand: its grips, and the plan that a motion of them gives."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from surgitwin.anatomy.types import FemurAnatomy
from surgitwin.core.plan import Plan
from surgitwin.planning.plans.bone_axes import plane_numbers
from surgitwin.planning.plans.edit import gap_rule, with_plane
from surgitwin.scene.cut_handles import Cut

BEYOND_MM = 6.0
"""The ends of the cut are held so far outside the bone (display setting)."""
NO_STATION_MM = 25.0
"""Radius where the bone has no measured section (display setting)."""


@dataclass(frozen=True, eq=False)
class HeldCut:
    """The fracture of a plan as it was taken."""

    plan: Plan
    anatomy: FemurAnatomy

    @property
    def cut(self) -> Cut:
        """Its grips. ValueError when the plan has no fracture."""
        fracture = self.plan.fracture
        if fracture is None:
            raise ValueError("the plan has no fracture")
        rule = gap_rule(self.plan)
        limits = (float(rule.minimum or 0.0), float(rule.maximum if rule.maximum is not None else 60.0))
        up = self.anatomy.frame.axes[:, 2]
        return Cut(fracture.plane, fracture.gap_mm, self._radius_mm(), up, limits)

    def _radius_mm(self) -> float:
        assert self.plan.fracture is not None
        z = float(self.anatomy.frame.from_lps(self.plan.fracture.plane.point_mm)[2])
        stations = self.anatomy.stations
        near = min(stations, key=lambda s: abs(s.z_mm - z)).outer_radius_mm if stations else NO_STATION_MM
        return float(near) + BEYOND_MM

    def with_cut(self, cut: Cut) -> Plan:
        """The plan with the cut where it was dragged to."""
        moved = with_plane(self.plan, self.anatomy, cut.plane)
        assert moved.fracture is not None
        return replace(moved, fracture=replace(moved.fracture, gap_mm=round(cut.gap_mm, 2)))

    def step_name(self, new: Cut) -> str:
        """Name of the undo step: what changed, and by how much."""
        old = self.cut
        way = float(np.linalg.norm(new.plane.point_mm - old.plane.point_mm))
        angle = tilted_deg(old, new)
        if abs(new.gap_mm - old.gap_mm) > 0.005:
            return f"Set the gap to {new.gap_mm:.1f} mm"
        return f"Tilt the cut {angle:.1f} degrees" if angle > 0.005 else f"Move the cut {way:.1f} mm"

    def words(self, new: Cut) -> str:
        """Where the cut is, for the status line."""
        n = plane_numbers(self.anatomy, new.plane)
        return (
            f"Cut {n.below_mm:.1f} mm below the lesser trochanter, tilted {n.tilt_front_deg:+.1f} degrees in "
            f"the front view and {n.tilt_side_deg:+.1f} in the side view, gap {new.gap_mm:.1f} mm"
        )


def tilted_deg(old: Cut, new: Cut) -> float:
    """Angle between two cuts in degrees."""
    sine = float(np.linalg.norm(np.cross(old.plane.normal, new.plane.normal)))
    return float(np.degrees(np.arctan2(sine, abs(float(old.plane.normal @ new.plane.normal)))))


def same(old: Cut, new: Cut) -> bool:
    """Whether nothing was dragged."""
    way = float(np.linalg.norm(new.plane.point_mm - old.plane.point_mm))
    return way < 0.005 and tilted_deg(old, new) < 0.005 and abs(new.gap_mm - old.gap_mm) < 0.005
