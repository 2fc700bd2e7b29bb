"""One stent on three meshes: what a plan is judged by must not depend on the mesh.

Throat: area of the deformed lumen in the plane of the narrowest place, from a closed cubic through its
nodes. Contact: area of the lumen's points that carry force, on the undeformed lumen. The wrong input is a
wall of half the stiffness on the middle mesh.
"""

from __future__ import annotations

import numpy as np
from scipy.interpolate import CubicSpline

from surgitwin.core.progress import SILENT
from surgitwin.mechanics.fenicsx.deployment.coupled import Coupled
from surgitwin.mechanics.fenicsx.deployment.path import deploy
from surgitwin.mechanics.fenicsx.deployment.solve import device_stack
from surgitwin.verification.case import Case, Measured
from surgitwin.verification.vessel_cases import narrowed_artery

UNKNOWNS = (6000, 12000, 24000)
THROAT_MM = 14.0


def values(unknowns: int, stiffness: float = 1.0) -> tuple[float, float, float]:
    """Area of the throat, area in contact, mean pressure there."""
    task = narrowed_artery(unknowns, stiffness)
    system = Coupled(task, device_stack(task))
    e = deploy(system, SILENT, warm=False).last
    s = task.wall.lumen_s_mm
    nearest = np.nanmin(np.abs(s - THROAT_MM))
    ring = np.flatnonzero(np.abs(np.abs(s - THROAT_MM) - nearest) < 1e-6)
    areas = []
    for station in np.unique(s[ring].round(6)):
        nodes = ring[np.abs(s[ring] - station) < 1e-5]
        nodes = nodes[np.argsort(task.wall.lumen_angle[nodes])]
        points = system.x[np.append(nodes, nodes[0])][:, :2]
        turn = np.append(task.wall.lumen_angle[nodes], 2 * np.pi)
        x, y = CubicSpline(turn, points, bc_type="periodic")(np.linspace(0, 2 * np.pi, 721)).T
        areas.append(0.5 * float(np.sum(x[:-1] * y[1:] - x[1:] * y[:-1])))
    touching = float(system.area.ravel()[e.normal > 0].sum())
    force = float(e.normal.sum())
    system.close()
    return float(np.mean(areas)), touching, force / touching


def run(wrong: bool) -> dict[str, Measured]:
    """Finest over middle mesh, and the way there."""
    found = [values(n, 0.5 if wrong and n == UNKNOWNS[1] else 1.0) for n in UNKNOWNS]
    out = {}
    for i, key in enumerate(("52a", "52b", "52c")):
        studied = tuple((float(n), f[i]) for n, f in zip(UNKNOWNS, found, strict=True))
        out[key] = Measured(found[2][i] / found[1][i], studied)
    return out


CASE = Case("52", "A deployment on finer meshes", run, "a wall of half the stiffness on the middle mesh")
