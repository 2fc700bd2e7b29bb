"""Checks of a plan without finite elements: distances on the precomputed grid, well under 0.2 s.

Every check gives its measured value in a full sentence; severity says whether it is a fault. Codes:
fracture.outside, fracture.gap, implant.outside_bone, plate.clearance, plate.standoff, screw.misses_bone,
screw.unicortical, screw.protrusion, screw.length, screw.gap_distance, screw.cut_distance, screw.side,
implant.collision, nail.wall, nail.reaming, nail.short, keep_out.distance, joint.distance.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from surgitwin.core.errors import GeometryError
from surgitwin.core.plan import Fracture, PlacedImplant, Plan
from surgitwin.core.solids import ArcRod, ImplantSolids
from surgitwin.implants import NailItem, PlateItem, build, item, screw
from surgitwin.procedures.base import Context, Finding, Severity
from surgitwin.procedures.fracture_fixation.cut import checked, upright
from surgitwin.procedures.fracture_fixation.nail import reaming
from surgitwin.procedures.fracture_fixation.neighbours import check_neighbours
from surgitwin.procedures.fracture_fixation.options import limit, option
from surgitwin.procedures.fracture_fixation.plate import face_points
from surgitwin.procedures.fracture_fixation.screw_checks import (
    check_collisions,
    check_screw,
    check_sides,
    finding,
    fixings_of,
)
from surgitwin.procedures.fracture_fixation.site import Site


def check_plan(site: Site, plan: Plan, context: Context | None = None) -> list[Finding]:
    """Findings of the fracture and of all implants of a plan, wherever it comes from.

    context: what lies around the bone; without it keep-out structures and joints are not looked at.

    Raises InputError as `implants.build` does, UsageError for a bad value among the plan's options.
    """
    plan = upright(site, plan)
    built = [(placed, build(placed)) for placed in plan.implants]
    out = [] if plan.fracture is None else _fracture(site, plan.fracture)
    for placed, solids in built:
        found = _implant(site, plan, placed, solids)
        if len(built) > 1:
            found = [replace(f, message=f"{solids.name}: {f.message}") for f in found]
        out += found
    made = [s for _, s in built]
    return out + check_collisions(made) + ([] if context is None else check_neighbours(context, site, made))


def _fracture(site: Site, fracture: Fracture) -> list[Finding]:
    out, centre = [], fracture.plane.point_mm
    try:
        checked(site, fracture)
    except GeometryError as error:
        depth = float(site.outline(centre))
        out.append(finding(error.code, "error", "", depth, "mm", f"{error.message} {error.hint}", centre))
    least = option("gap_mm").minimum
    if least is not None and fracture.gap_mm < least:
        text = (
            f"The fracture gap of {fracture.gap_mm:g} mm is narrower than what can be meshed ({least:g} mm)."
        )
        out.append(
            finding("fracture.gap", "warning", "", fracture.gap_mm, "mm", text, fracture.plane.point_mm)
        )
    return out


def _implant(site: Site, plan: Plan, placed: PlacedImplant, solids: ImplantSolids) -> list[Finding]:
    found = item(placed.catalogue_id)
    findings: list[Finding] = []
    if isinstance(found, PlateItem):
        findings += _plate(site, found, placed)
    if isinstance(found, NailItem):
        findings += [_wall(site, found, solids), *_reaming(site, plan, found, placed), *_short(site, found)]
    made = screw(str(placed.parameters["screw" if isinstance(found, PlateItem) else "bolt"])).lengths_mm
    fixings = fixings_of(solids)
    for fixing in fixings:
        findings += check_screw(site, plan.fracture, solids.name, fixing, made)
    if plan.fracture is not None:
        findings += check_sides(site, plan.fracture, solids.name, fixings)
    if fixings and sum(f.code == "screw.misses_bone" for f in findings) == len(fixings):
        text = f"No screw of {solids.name} reaches bone."
        findings.append(finding("implant.outside_bone", "error", solids.name, 0.0, "1", text))
    return findings


def _plate(site: Site, plate: PlateItem, placed: PlacedImplant) -> list[Finding]:
    pose = np.asarray(placed.pose)
    face = face_points(plate) @ pose[:3, :3].T + pose[:3, 3]
    room = site.outline(face)
    low = float(room.min())
    allowed = limit("plate_clearance")
    severity: Severity = "error" if low < allowed - 1e-3 else "info"
    text = f"The plate comes within {low:.1f} mm of the bone (at least {allowed:g} mm)."
    if low < 0:
        text = f"The plate cuts {-low:.1f} mm into the bone."
    out = [finding("plate.clearance", severity, plate.id, low, "mm", text, face[int(room.argmin())])]
    holes = [int(n) for n in placed.parameters["holes"]]
    if holes:
        feet = np.array([[0.0, 0.0, plate.hole_z_mm(n)] for n in holes]) @ pose[:3, :3].T + pose[:3, 3]
        away = site.outline(feet)
        high, number = float(away.max()), holes[int(away.argmax())]
        far = limit("plate_standoff_max")
        text = (
            f"The plate stands {high:.1f} mm off the bone at screw {number} "
            f"(stability falls above {far:g} mm)."
        )
        severity = "warning" if high > far else "info"
        out.append(finding("plate.standoff", severity, plate.id, high, "mm", text, feet[int(away.argmax())]))
    return out


def _wall(site: Site, nail: NailItem, solids: ImplantSolids) -> Finding:
    """Bone left between the nail and the outer surface of the shaft."""
    rod = next(s for s in solids.solids if isinstance(s, ArcRod))
    centres = rod.centreline(np.arange(0.0, nail.length_mm, 3.0))
    z = site.anatomy.frame.from_lps(centres)[:, 2]
    centres = centres[(z > site.distal_z_mm) & (z < site.trochanter_z_mm)]
    if not len(centres):
        return finding("nail.wall", "error", nail.id, 0.0, "mm", "The nail does not reach the shaft.")
    depth = site.outline(centres)
    wall, at = float(-(depth + rod.radius_mm).max()), centres[int(depth.argmax())]
    wanted = limit("nail_wall")
    if wall < 0:
        text = f"The nail stands {-wall:.1f} mm out of the shaft."
        return finding("nail.wall", "error", nail.id, wall, "mm", text, at)
    text = f"The nail leaves {wall:.1f} mm of bone outside it in the shaft (at least {wanted:g} mm)."
    return finding("nail.wall", "warning" if wall < wanted else "info", nail.id, wall, "mm", text, at)


def _short(site: Site, nail: NailItem) -> list[Finding]:
    """A nail in a femur whose distal end is not in the image (its condyles gave no torsion)."""
    if not site.anatomy.torsion_estimated:
        return []
    text = (
        f"The nail is as short as the image allows ({nail.diameter_mm:g} x {nail.length_mm:g} mm). "
        "A real antegrade nail would span the whole femur."
    )
    return [finding("nail.short", "warning", nail.id, nail.length_mm, "mm", text)]


def _reaming(site: Site, plan: Plan, nail: NailItem, placed: PlacedImplant) -> list[Finding]:
    """Cortex that reaming takes, against the limit of the plan's own options."""
    cut = reaming(site, nail, np.asarray(placed.pose))
    if cut is None:
        return []
    rule = option("ream_limit_mm")
    allowed = float(rule.parse(plan.options.get(rule.name, rule.default)))
    severity: Severity = "info"
    text = f"The nail has {-cut.depth_mm:.1f} mm of room in the canal."
    if cut.depth_mm >= 0:
        text = f"Reaming for the nail takes {cut.depth_mm:.1f} mm of the canal wall (at most {allowed:g} mm)."
    if cut.depth_mm > allowed:
        severity = "warning"
    if cut.cortex_left_mm < 0:
        severity = "error"
        text = f"Reaming for the nail goes {-cut.cortex_left_mm:.1f} mm beyond the cortex."
    return [finding("nail.reaming", severity, nail.id, cut.depth_mm, "mm", text)]
