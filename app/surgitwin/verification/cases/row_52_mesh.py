"""One stent on three meshes: what a plan is judged by must not depend on the mesh.

Every value is computed as the program reports it: smallest lumen area, area in contact and mean contact
pressure by the metrics of stents, contact pressure index by that of valves, on its region of the table laid
below the throat. The wrong input is a wall of half the stiffness on the middle mesh, with the stent 2 mm
aside and a region of 10 mm.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from surgitwin.core.frame import Frame
from surgitwin.core.resources import load_table
from surgitwin.mechanics.devices.place import place_rings
from surgitwin.mechanics.fenicsx.deployment import solve_deployment
from surgitwin.procedures.stent.lumen import sections
from surgitwin.procedures.stent.stress import contact_area_mm2, mean_contact_MPa
from surgitwin.procedures.valve.conduction import Region, region_contact
from surgitwin.procedures.valve.unrolled import Unrolled
from surgitwin.verification.case import Case, Measured
from surgitwin.verification.vessel_cases import NARROWED_START_MM, narrowed_artery, straight

UNKNOWNS = (6000, 12000, 24000)
THROAT_MM, ASIDE_MM, WRONG_DEPTH = 14.0, 2.0, 2 / 3
VALUES = ("52a", "52b", "52c", "52d")


def values(unknowns: int, wrong: bool) -> tuple[float, float, float, float]:
    """Smallest lumen area mm2, contact area mm2, mean contact pressure MPa, contact pressure index %."""
    task = narrowed_artery(unknowns, 0.5 if wrong else 1.0)
    start = NARROWED_START_MM
    if wrong:
        start += ASIDE_MM
        task = replace(task, placement=place_rings(straight(28.0), task.device, start))
    result, _ = solve_deployment(task)
    stented = sections(task.wall, result).between(start, start + task.device.length_mm)
    pressure = mean_contact_MPa(task.wall, result)
    assert pressure is not None
    known = load_table("valve")["conduction"]
    depth = known["depth_mm"] * (WRONG_DEPTH if wrong else 1.0)
    region = Region(0.0, known["width_mm"], -depth, 0.0)
    throat = Frame(np.array([0.0, 0.0, THROAT_MM]), np.eye(3))
    index = region_contact(Unrolled.of(throat, task.wall, result), region, THROAT_MM - start).index_percent
    return float(stented.area_mm2.min()), contact_area_mm2(task.wall, result), pressure, index


def run(wrong: bool) -> dict[str, Measured]:
    """Finest over middle mesh, and the way there."""
    found = [values(n, wrong and n == UNKNOWNS[1]) for n in UNKNOWNS]
    out = {}
    for i, key in enumerate(VALUES):
        studied = tuple((float(n), f[i]) for n, f in zip(UNKNOWNS, found, strict=True))
        out[key] = Measured(found[2][i] / found[1][i], studied)
    return out


CASE = Case(
    "52",
    "A deployment on finer meshes",
    run,
    "half the stiffness, a stent 2 mm aside and a region of 10 mm on the middle mesh",
)
