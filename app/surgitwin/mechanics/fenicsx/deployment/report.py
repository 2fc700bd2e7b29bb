"""A solved deployment as a result."""

from __future__ import annotations

from typing import Any

import numpy as np

from surgitwin.core.arrays import FloatArray
from surgitwin.mechanics.devices.lumped import NodeShares
from surgitwin.mechanics.devices.result import DeploymentResult
from surgitwin.mechanics.devices.stack import TO_RADII
from surgitwin.mechanics.devices.struts import strut_lines
from surgitwin.mechanics.devices.sweep import find_sections
from surgitwin.mechanics.devices.wall_stress import cell_stress
from surgitwin.mechanics.devices.wall_system import face_weights
from surgitwin.mechanics.fenicsx.deployment.coupled import Coupled, Evaluation
from surgitwin.mechanics.fenicsx.deployment.path import Solved


def report(system: Coupled, solved: Solved, warm: bool, seconds: float) -> DeploymentResult:
    """All fields of the result; sections are those of the last step."""
    task, e = system.task, solved.last
    radii = system.c @ TO_RADII
    place = system.placement
    points, offsets = strut_lines(task.device, place, radii)
    balloon = np.nan if task.balloon_diameter_mm is None else task.balloon_diameter_mm
    pressure, touched = contact_fields(system, e)
    stress, volume = cell_stress(system.wall, system.x)
    return DeploymentResult(
        "L1", place.origin_mm, place.e1, place.e2, place.axis, radii, e.rings.diameter_mm,
        np.full(system.stack.count, balloon), system.x - task.wall.points_mm, pressure,
        lumen_gaps(system), stress, points, offsets,
        _facts(system, solved, warm, seconds, volume, len(offsets) - 1), _warnings(system), touched,
    )  # fmt: skip


def contact_fields(system: Coupled, e: Evaluation) -> tuple[FloatArray, FloatArray]:
    """(n,) MPa, force over present area around each lumen node; (n,) share of that area that is touched."""
    area = face_weights(system.x, system.faces)[1]
    force = e.normal.reshape(area.shape)
    shares = NodeShares(system.faces, area, len(system.x))
    touched = shares.covered(force > system.task.contact.touch_MPa * area)
    return shares.mean(force), touched


def lumen_gaps(system: Coupled) -> FloatArray:
    """(n,) mm from lumen nodes to the device's surface, nan elsewhere and beyond its ends."""
    nodes = system.maker.lumen_nodes
    s = find_sections(system.placement, system.reach, system.x[nodes])
    radius = (s.B * system.c.ravel()[s.columns]).sum(1)
    out = np.full(len(system.x), np.nan)
    out[nodes[s.inside]] = (s.radius_mm - radius)[s.inside]
    return out


def virtual_work_error(system: Coupled, e: Evaluation) -> float:
    """Work of the wall's inner forces and of the contact on the wall's own displacement: relative
    difference.
    """
    u = system.x - system.task.wall.points_mm
    inner, outer = float((e.wall * u).sum()), -float((e.touch_wall * u).sum())
    return abs(inner - outer) / max(abs(outer), 1e-12)


def _facts(
    system: Coupled, solved: Solved, warm: bool, seconds: float, volume: float, lines: int
) -> dict[str, Any]:
    e, clock = solved.last, system.clock
    on_wall = float(e.normal.sum())
    by_rings = -float(e.rings.gradient.sum())
    inner = system.x.size
    residual = np.linalg.norm(e.gradient) / e.scale
    struts = sum(2 * r.crowns for r in system.task.device.rings)
    return {
        "links": lines - struts,
        "force_N": on_wall,
        "balance": abs(on_wall - by_rings) / max(on_wall, 1e-12),
        "residual": float(residual),
        "iterations": solved.iterations,
        "unknowns": inner + system.c.size,
        "wall_unknowns": inner,
        "wall_s": seconds,
        "assembly_s": clock.assembly_s,
        "factor_s": clock.solve_s,
        "patterns": clock.patterns,
        "factorisations": system.linear.factorisations,
        "linear_steps": system.linear.steps,
        "penetration_mm": max(0.0, -float(e.gap.min())),
        "volume_change": volume / system.wall.volume_mm3 - 1,
        "energy_Nmm": solved.stored,
        "work_Nmm": None if warm else solved.work,
        "energy_error": virtual_work_error(system, e),
        "least_J": e.least_J,
        "warm_start": warm,
        "converged": True,
        "log": [list(row) for row in clock.log],
    }


def _warnings(system: Coupled) -> tuple[str, ...]:
    out = []
    bent = [law for law in system.stack.laws if law.strain_too_high]
    if bent:
        worst = max(bent, key=lambda law: law.peak_strain)
        out.append(
            f"Struts are bent to {100 * worst.peak_strain:.1f} % strain on the way, more than the "
            f"{100 * worst.strain_limit:.1f} % that their metal bears."
        )
    return tuple(out)
