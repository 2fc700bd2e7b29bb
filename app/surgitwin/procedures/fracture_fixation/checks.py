"""Checks of a plan without finite elements: distances on the precomputed grid, well under 0.2 s.

Every check gives its measured value; severity says whether it is a fault. Codes: implant.outside_bone,
plate.clearance, plate.standoff, screw.misses_bone, screw.unicortical, screw.protrusion, screw.length,
screw.gap_distance, screw.cut_distance, screw.side, implant.collision, nail.wall, nail.reaming.
"""

from __future__ import annotations

from itertools import combinations

import numpy as np

from surgitwin.core.arrays import FloatArray
from surgitwin.core.plan import Fracture, PlacedImplant, Plan
from surgitwin.core.solids import ArcRod, Cylinder, ImplantSolids
from surgitwin.implants import NailItem, PlateItem, build, item, screw
from surgitwin.procedures.base import Finding, Severity
from surgitwin.procedures.fracture_fixation.nail import reaming
from surgitwin.procedures.fracture_fixation.options import limit
from surgitwin.procedures.fracture_fixation.plate import face_points
from surgitwin.procedures.fracture_fixation.site import Site

LENGTH_STEP_MM = 0.01


def check_plan(site: Site, plan: Plan) -> list[Finding]:
    """Findings of all implants of a plan. Raises InputError as `implants.build` does."""
    built = [(placed, build(placed)) for placed in plan.implants]
    findings: list[Finding] = []
    for placed, solids in built:
        findings += _check_implant(site, plan, placed, solids)
    findings += _collisions([s for _, s in built])
    return findings


def _check_implant(site: Site, plan: Plan, placed: PlacedImplant, solids: ImplantSolids) -> list[Finding]:
    found = item(placed.catalogue_id)
    fixings = [s for s in solids.solids if isinstance(s, Cylinder) and s.role in ("screw", "bolt")]
    findings: list[Finding] = []
    if isinstance(found, PlateItem):
        findings += _plate(site, found, placed)
    if isinstance(found, NailItem):
        findings += _nail(site, found, placed, solids)
    catalogue_screw = screw(str(placed.parameters["screw" if isinstance(found, PlateItem) else "bolt"]))
    for fixing in fixings:
        findings += _fixing(site, plan.fracture, solids.name, fixing)
        if min(abs(fixing.length_mm - x) for x in catalogue_screw.lengths_mm) > LENGTH_STEP_MM:
            findings.append(
                _finding("screw.length", "error", solids.name, fixing.length_mm, "mm", fixing.name,
                         "is not made in this length")
            )  # fmt: skip
    if plan.fracture is not None:
        findings += _sides(plan.fracture, solids.name, fixings)
    held = [f for f in findings if f.code == "screw.misses_bone"]
    if fixings and len(held) == len(fixings):
        findings.append(
            _finding("implant.outside_bone", "error", solids.name, 0.0, "1", solids.name, "holds no bone")
        )
    return findings


def _plate(site: Site, plate: PlateItem, placed: PlacedImplant) -> list[Finding]:
    pose = np.asarray(placed.pose)
    distance = site.outline(face_points(plate) @ pose[:3, :3].T + pose[:3, 3])
    low = float(distance.min())
    allowed = limit("plate_clearance")
    z = [plate.hole_z_mm(int(n)) for n in placed.parameters["holes"]]
    feet = np.column_stack([np.zeros(len(z)), np.zeros(len(z)), z]) @ pose[:3, :3].T + pose[:3, 3]
    high = float(site.outline(feet).max()) if len(z) else float("nan")
    out = [
        _finding("plate.clearance", "error" if low < allowed - 1e-3 else "info", plate.id, low, "mm", "plate",
                 f"smallest distance to the bone (at least {allowed:g})"),
    ]  # fmt: skip
    if len(z):
        far = limit("plate_standoff_max")
        out.append(
            _finding("plate.standoff", "warning" if high > far else "info", plate.id, high, "mm", "plate",
                     f"largest distance to the bone at a screw (stability falls above {far:g})")
        )  # fmt: skip
    return out


def _fixing(site: Site, fracture: Fracture | None, implant: str, fixing: Cylinder) -> list[Finding]:
    entries, exits = site.outline.crossings(fixing.start_mm, fixing.direction, fixing.length_mm + 40)
    if not len(entries) or entries[0] > fixing.length_mm:
        return [
            _finding("screw.misses_bone", "error", implant, 0.0, "mm", fixing.name, "does not reach bone")
        ]
    out = [_past_cortex(implant, fixing, exits)]
    cut = float(site.anatomy.frame.from_lps([fixing.start_mm, fixing.end_mm])[:, 2].min())
    room = cut - fixing.radius_mm - site.distal_z_mm
    near = limit("cut_distance")
    severity: Severity = "error" if room < 0 else "warning" if room < near - 1e-6 else "info"
    out.append(
        _finding("screw.cut_distance", severity, implant, room, "mm", fixing.name,
                 f"distance to the distal cut (at least {near:g})")
    )  # fmt: skip
    if fracture is not None:
        out.append(_gap_distance(implant, fixing, fracture, float(entries[0]), exits))
    return out


def _past_cortex(implant: str, fixing: Cylinder, exits: FloatArray) -> Finding:
    past = fixing.length_mm - float(exits[0]) if len(exits) else -np.inf
    if past < 0:
        short = -past if np.isfinite(past) else 40.0
        return _finding("screw.unicortical", "warning", implant, short, "mm", fixing.name,
                        "ends inside the bone, short of the far surface by at least this")  # fmt: skip
    allowed = limit("screw_protrusion_max")
    return _finding("screw.protrusion", "warning" if past > allowed else "info", implant, past, "mm",
                    fixing.name, f"tip beyond the far surface (at most {allowed:g})")  # fmt: skip


def _gap_distance(
    implant: str, fixing: Cylinder, fracture: Fracture, entry: float, exits: FloatArray
) -> Finding:
    """Distance from the screw's part in bone to the nearer face of the gap; negative inside the gap."""
    end = min(float(exits[0]) if len(exits) else fixing.length_mm, fixing.length_mm)
    along = np.linspace(entry, end, 9)[:, None]
    distance = fracture.plane.distance(fixing.start_mm + along * fixing.direction)
    tilt = np.sqrt(max(1 - float(fixing.direction @ fracture.plane.normal) ** 2, 0.0))
    crosses = bool(distance.min() < 0 < distance.max())
    room = 0.0 if crosses else float(np.abs(distance).min())
    room -= fracture.gap_mm / 2 + fixing.radius_mm * tilt
    wanted = limit("screw_gap_distance")
    severity: Severity = "error" if room < 0 else "warning" if room < wanted else "info"
    return _finding("screw.gap_distance", severity, implant, room, "mm", fixing.name,
                    f"distance to the fracture gap (at least {wanted:g})")  # fmt: skip


def _sides(fracture: Fracture, implant: str, fixings: list[Cylinder]) -> list[Finding]:
    """Screws on the weaker side of the fracture: two hold a nail, three a plate."""
    middle = [float(fracture.plane.distance((f.start_mm + f.end_mm) / 2)) for f in fixings]
    count = min(sum(d > 0 for d in middle), sum(d < 0 for d in middle))
    plated = any(f.role == "screw" for f in fixings)
    wanted = int(limit("screws_per_side_min")) if plated else 2
    severity: Severity = "error" if count == 0 else "warning" if count < wanted else "info"
    return [_finding("screw.side", severity, implant, float(count), "1", "fixation",
                     f"screws on the weaker side of the fracture (at least {wanted})")]  # fmt: skip


def _nail(site: Site, nail: NailItem, placed: PlacedImplant, solids: ImplantSolids) -> list[Finding]:
    rod = next(s for s in solids.solids if isinstance(s, ArcRod))
    centres = rod.centreline(np.arange(0.0, nail.length_mm, 3.0))
    z = site.anatomy.frame.from_lps(centres)[:, 2]
    centres = centres[(z > site.distal_z_mm) & (z < site.trochanter_z_mm)]
    if not len(centres):
        return [_finding("nail.wall", "error", nail.id, 0.0, "mm", "nail", "does not reach the shaft")]
    wall = float(-(site.outline(centres) + rod.radius_mm).max())
    wanted = limit("nail_wall")
    depth = reaming(site, nail, np.asarray(placed.pose))
    return [
        _finding("nail.wall", "error" if wall < 0 else "warning" if wall < wanted else "info", nail.id, wall,
                 "mm", "nail", f"least bone left outside it in the shaft (at least {wanted:g})"),
        _finding("nail.reaming", "info", nail.id, depth, "mm", "nail",
                 "depth that it needs in the canal wall (negative: free)"),
    ]  # fmt: skip


def _collisions(built: list[ImplantSolids]) -> list[Finding]:
    """Screws against screws of one implant, and implants against each other."""
    out: list[Finding] = []
    for solids in built:
        fixings = [s for s in solids.solids if isinstance(s, Cylinder) and s.role in ("screw", "bolt")]
        for a, b in combinations(fixings, 2):
            room = float(b.distance(_axis(a)).min()) - a.radius_mm
            if room < 0:
                out.append(_finding("implant.collision", "error", solids.name, room, "mm", a.name,
                                    f"cuts into {b.name}"))  # fmt: skip
    for one, other in combinations(built, 2):
        points = np.vstack([_axis(s) for s in one.solids if isinstance(s, Cylinder) and s.role != "hole"])
        radius = max(s.radius_mm for s in one.solids if isinstance(s, Cylinder))
        room = float(other.distance(points).min()) - radius
        if room < 0:
            out.append(_finding("implant.collision", "error", one.name, room, "mm", one.name,
                                f"cuts into {other.name}"))  # fmt: skip
    return out


def _axis(cylinder: Cylinder) -> FloatArray:
    t = np.arange(0.0, cylinder.length_mm + 0.5, 0.5)[:, None]
    out: FloatArray = cylinder.start_mm + np.minimum(t, cylinder.length_mm) * cylinder.direction
    return out


def _finding(
    code: str, severity: Severity, implant: str, value: float, unit: str, what: str, text: str
) -> Finding:
    shown = f"{value:.1f} {unit}" if unit != "1" else f"{value:g}"
    return Finding(code, severity, f"{what}: {shown}, {text}", implant, round(float(value), 3), unit)
