"""A frame that came to rest in its wall, as a result."""

from __future__ import annotations

from typing import Any

import numpy as np

from surgitwin.core.arrays import FloatArray
from surgitwin.mechanics.devices.frame_metal import J2
from surgitwin.mechanics.devices.result import DeploymentResult
from surgitwin.mechanics.devices.wall_stress import cell_stress
from surgitwin.mechanics.fenicsx.frame.path import Way
from surgitwin.mechanics.fenicsx.frame.shape import RingShape, diameters, polar, ring_shape
from surgitwin.mechanics.fenicsx.frame.system import Evaluation, FrameInWall
from surgitwin.mechanics.fenicsx.frame.touch import Pairs

WARNINGS = (
    "L2: layers of the wall are isotropic; fibres (HGO), plastic calcium and prestress are not modelled.",
    "L2: the balloon is a tube that expands by displacement; its pressure and folds are not modelled.",
)

APART_MM = 0.1
"""A strut further off the lumen is told apart from the wall (setting of this program)."""


def report(system: FrameInWall, way: Way, length_mm: float, seconds: float) -> DeploymentResult:
    """All fields of the result; length_mm: of the crimped frame."""
    assert way.last is not None
    e, pairs = way.last
    frame, points = system.frame, system.beams.points_mm
    shape = ring_shape(frame, system.course, points)
    origin, axis, e1, e2 = system.course.course.frames_at(shape.s_mm)
    balloon = np.full(len(shape.s_mm), np.nan)
    if way.inflated is not None:
        balloon = diameters(way.inflated)
    stress, volume = cell_stress(system.wall, system.x)
    n = frame.strut_offsets[frame.n_struts]
    facts = _facts(system, way, shape, length_mm) | {
        "wall_s": seconds, "volume_change": volume / system.wall.volume_mm3 - 1,
    }  # fmt: skip
    return DeploymentResult(
        "L2", origin, e1, e2, axis, shape.radius_mm, diameters(shape), balloon,
        system.x - system.task.wall.points_mm, _pressure(system, e, pairs), _gaps(system, shape), stress,
        points[frame.strut_nodes[:n]], frame.strut_offsets[: frame.n_struts + 1], facts, WARNINGS,
    )  # fmt: skip


def _pressure(system: FrameInWall, e: Evaluation, pairs: Pairs) -> FloatArray:
    """(n,) MPa: force over present area of the faces around each lumen node."""
    faces = system.lumen.faces
    force = np.bincount(pairs.face, e.touch.normal, len(faces))
    a, b, c = (system.x[faces[:, k]] for k in range(3))
    area = np.linalg.norm(np.cross(b - a, c - a), axis=1) / 2
    n = len(system.x)
    total = np.bincount(faces.ravel(), np.repeat(force, 6), n)
    around = np.bincount(faces.ravel(), np.repeat(area, 6), n)
    return np.divide(total, around, out=np.zeros(n), where=around > 0)


def _gaps(system: FrameInWall, shape: RingShape) -> FloatArray:
    """(n,) mm from lumen nodes to the swept outer surface, nan elsewhere and beyond the device's ends."""
    nodes = np.unique(system.lumen.faces)
    s, angle, r = polar(system.course, system.x[nodes])
    own, _, _ = polar(system.course, system.beams.points_mm)
    inside = (s >= own.min()) & (s <= own.max())
    out = np.full(len(system.x), np.nan)
    out[nodes[inside]] = (r - shape.at(s, angle))[inside]
    return out


def _facts(system: FrameInWall, way: Way, shape: RingShape, length_mm: float) -> dict[str, Any]:
    assert way.last is not None
    e, pairs = way.last
    counts = system.counts
    on_wall = float(e.touch.normal.sum())
    inner = e.beams.force.reshape(-1, 6)[pairs.node, :3]
    by_frame = float(np.einsum("ki,ki->", inner, pairs.normal))
    history = system.beams.history
    plastic = system.body.fibre.kind == J2
    out: dict[str, Any] = {
        "force_N": on_wall,
        "balance": abs(by_frame - on_wall) / max(on_wall, 1e-12),
        "residual": float(np.linalg.norm(e.force)) / e.scale,
        "search_error": system.search_error,
        "iterations": counts.iterations,
        "searches": counts.searches,
        "steps": counts.steps,
        "cuts": counts.cuts,
        "factor_s": counts.solve_s,
        "unknowns": system.n_unknowns,
        "wall_unknowns": 3 * system.n_wall,
        "axial_force_N": axial_force_N(system, e, pairs),
        "penetration_mm": float(max(0.0, -float(np.min(e.touch.gap, initial=0.0)))),
        "friction_work_Nmm": counts.friction_Nmm,
        "friction": system.lumen.friction,
        "length_mm": _length(system),
        "foreshortening_percent": 100 * (1 - _length(system) / length_mm),
        "peak_plastic_strain": float(history[..., 2].max()) if plastic else None,
        "peak_martensite": None if plastic else float(history[..., 0].max()),
        "struts_apart_percent": _apart(system, pairs, e.touch.gap),
        "energy_error": None,
        "converged": True,
    }
    if way.inflated is not None:
        wide = diameters(way.inflated)
        ends, middle = (wide[0] + wide[-1]) / 2, wide[len(wide) // 2]
        out["dogboning_percent"] = float(100 * (ends - middle) / middle)
        out["recoil_percent"] = float(100 * (1 - (diameters(shape) / wide).mean()))
    return out


def axial_force_N(system: FrameInWall, e: Evaluation, pairs: Pairs) -> float:
    """Largest force along the course that the wall passes to the frame on one side of a section, N."""
    s, _, axis = system.course.nearest(system.beams.points_mm[pairs.node])
    on_frame = e.touch.normal[:, None] * pairs.normal - e.touch.friction
    along = np.einsum("ki,ki->k", on_frame, axis)[np.argsort(s)]
    return float(np.abs(np.cumsum(along)).max(initial=0.0))


def _length(system: FrameInWall) -> float:
    s, _, _ = polar(system.course, system.beams.points_mm)
    return float(np.ptp(s))


def _apart(system: FrameInWall, pairs: Pairs, gap: FloatArray) -> float:
    """Percent of the struts' length that stands more than APART_MM off the wall."""
    length = system.frame.tributary_mm
    near = float(length[pairs.node][gap <= APART_MM].sum())
    return max(0.0, 100 * (1 - near / float(length.sum())))
