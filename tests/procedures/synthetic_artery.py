"""An artery with a known narrowing, and deployments with known answers."""

from dataclasses import replace

import numpy as np

from surgitwin.anatomy.artery.types import ArteryAnatomy, Branch, Lesion
from surgitwin.core.vessel import Calcium, Course, LumenTube
from surgitwin.mechanics.devices.result import DeploymentResult
from surgitwin.procedures.vessel import VesselContext


def course(length=60.0, bend_deg=0.0, step=0.5):
    """Straight along +z, or a circular arc of this angle in the plane x-z; e2 is +y."""
    s = np.linspace(0.0, length, round(length / step) + 1)
    turn = np.radians(bend_deg) * s / length
    if bend_deg:
        radius = length / np.radians(bend_deg)
        points = np.stack([radius * (1 - np.cos(turn)), 0 * s, radius * np.sin(turn)], axis=1)
    else:
        points = np.stack([0 * s, 0 * s, s], axis=1)
    tangent = np.stack([np.sin(turn), 0 * s, np.cos(turn)], axis=1)
    e1 = np.stack([np.cos(turn), 0 * s, -np.sin(turn)], axis=1)
    return Course(s, points, tangent, e1, np.cross(tangent, e1))


def artery(
    reference=6.0, stenosis=0.5, half=8.0, throat=30.0, length=60.0, bend_deg=0.0, branches=(), calcium=None,
    **changes,
):  # fmt: skip
    """Circular sections; the radius falls as a cosine to (1 - stenosis) of the reference at the throat."""
    line = course(length, bend_deg)
    s = line.s_mm
    off = np.clip(np.abs(s - throat) / half, 0, 1)
    diameter = reference * (1 - stenosis * (1 + np.cos(np.pi * off)) / 2)
    tube = LumenTube(line, np.repeat(diameter[:, None] / 2, 48, axis=1))
    least = reference * (1 - stenosis)
    lesion = Lesion(
        start_mm=throat - half, throat_mm=throat, end_mm=throat + half, min_diameter_mm=least,
        min_area_mm2=np.pi / 4 * least**2, proximal_mm=reference, distal_mm=reference, reference_mm=reference,
        diameter_percent=100 * stenosis, area_percent=100 * (1 - (1 - stenosis) ** 2), eccentricity=0.0,
        calcified=0.0, doubt=changes.pop("doubt", ""),
    )  # fmt: skip
    made = ArteryAnatomy(
        tube=tube, reference_mm=np.full(len(s), reference), lesions=(lesion,),
        branches=tuple(Branch(at, line.frames_at(np.array([at]))[0][0], np.array([0.0, 1, 0]), d)
                       for at, d in branches),
        calcium=calcium or Calcium(np.zeros((0, 3)), 0.064, 600.0), lumen_HU=400.0, noise_HU=20.0,
        fwhm_mm=0.9, indicative="",
    )  # fmt: skip
    return replace(made, **changes)


def context(anatomy=None, **kinds):
    return VesselContext(anatomy or artery(**kinds), {})


def opened(task, diameter_mm, *, stress=0.0, pressure=0.0, gap=0.0, level="L1", inflated=None):
    """A result whose lumen nodes lie on a circle of `diameter_mm` about the course where they were narrower
    than that; rings are circles of it. gap, pressure: of every lumen node. stress: of every cell.
    """
    wall, device = task.wall, task.device
    on = np.isfinite(wall.lumen_s_mm)
    move = np.zeros_like(wall.points_mm)
    place = task.placement
    centre = np.stack(
        [np.interp(wall.points_mm[on, 2], place.origin_mm[:, 2], place.origin_mm[:, c]) for c in range(2)], 1
    )
    across = wall.points_mm[on, :2] - centre
    radius = np.linalg.norm(across, axis=1)
    wanted = np.maximum(radius, diameter_mm / 2)
    move[on, :2] = across * (wanted / radius - 1)[:, None]
    n = len(device.rings)
    points, ends = _zigzags(task, diameter_mm)
    return DeploymentResult(
        level=level,
        ring_origin_mm=place.origin_mm,
        ring_e1=place.e1,
        ring_e2=place.e2,
        ring_axis=place.axis,
        ring_radius_mm=np.full((n, 24), diameter_mm / 2),
        ring_diameter_mm=np.full(n, diameter_mm),
        balloon_diameter_mm=np.full(n, np.nan if inflated is None else inflated),
        displacement_mm=move,
        pressure_MPa=np.where(on, pressure, 0.0),
        gap_mm=np.where(on, gap, np.nan),
        stress_MPa=np.full(len(wall.cells), stress),
        strut_points_mm=points,
        strut_offsets=ends,
    )


def _zigzags(task, diameter_mm):
    """Straight struts of two points, up and down around every ring."""
    points = []
    for k, ring in enumerate(task.device.rings):
        place = task.placement
        turn = np.pi * np.arange(2 * ring.crowns + 1) / ring.crowns
        height = 0.4 * ring.strut_length_mm * (-1.0) ** np.arange(len(turn))
        rays = np.cos(turn)[:, None] * place.e1[k] + np.sin(turn)[:, None] * place.e2[k]
        line = place.origin_mm[k] + diameter_mm / 2 * rays + height[:, None] * place.axis[k]
        points += [line[i : i + 2] for i in range(len(turn) - 1)]
    return np.concatenate(points), 2 * np.arange(len(points) + 1)
