"""Metrics of a solved plan, by the registry ``resources/metrics.toml``."""

from __future__ import annotations

import math

import numpy as np

from surgitwin.core.metric import MetricValue
from surgitwin.core.plan import Fracture, Plan
from surgitwin.mechanics.problem import LoadSolution
from surgitwin.procedures.base import Context, Solved
from surgitwin.procedures.fracture_fixation.bone_fields import (
    REGIONS,
    BonePoints,
    SurfacePoints,
    bone_points,
    region_energy,
    risk_patch_max,
    risk_volume_mm3,
    surface_points,
)
from surgitwin.procedures.fracture_fixation.contact import Meeting, gap_overlap_mm, meetings
from surgitwin.procedures.fracture_fixation.implant_stress import Averages, surface_stress
from surgitwin.procedures.fracture_fixation.motion import (
    CortexMotion,
    GapFaces,
    axial_stiffness,
    cortex_motion,
    gap_faces,
    near_direction,
)
from surgitwin.procedures.fracture_fixation.site import Site
from surgitwin.procedures.fracture_fixation.table import AXIAL_CASE, metric_value, setting

NO_SECTOR = "the fracture face holds no bone in this sector"


def metrics(
    context: Context, plan: Plan | None, run: Solved, intact: Solved | None = None
) -> list[MetricValue]:
    """All metrics of a solved plan for every load case of `run`; plan None is the intact bone.

    intact: the intact bone under the same load cases, for `sed_ratio` (a missing load case gives a
    null with its reason). Raises InputError ("mesh.no_gap") and SolverError ("fracture.no_faces").
    """
    site = Site.of(context)
    fracture = plan.fracture if plan is not None else None
    faces = None
    if fracture is not None:
        solid = np.asarray(run.bone.tie_mask, bool)
        faces = gap_faces(run.solution.bone_mesh, fracture, solid)
    points, surface = bone_points(site, run), surface_points(site, run)
    before = bone_points(site, intact) if intact is not None and fracture is not None else None
    averages: list[Averages] = [{} for _ in run.solids]
    free = meetings(run)
    out: list[MetricValue] = []
    for load in run.solution.loads:
        healing = fracture.healing if fracture is not None else "none"
        if load.name == AXIAL_CASE:
            out.append(_stiffness(site, load, healing))
        if plan is not None and fracture is not None and faces is not None and plan.implants:
            out += _gap(site, plan, fracture, run, load, faces)
        out += _implants(site, run, load, healing, averages)
        out += _contact(run, load, healing, free)
        out += _risk(points, surface, load, healing)
        if fracture is not None:
            out += _energy(fracture, points, load, intact, before)
    return out


def _stiffness(site: Site, load: LoadSolution, healing: str) -> MetricValue:
    value = axial_stiffness(site, load)
    reason = None if value is not None else "the loaded point does not move along the force"
    return metric_value("axial_stiffness", "construct", load.name, healing, value, reason=reason)


def _gap(
    site: Site, plan: Plan, fracture: Fracture, run: Solved, load: LoadSolution, faces: GapFaces
) -> list[MetricValue]:
    towards = near_direction(site, plan, fracture)
    angle = math.radians(setting("sector_half_angle_deg"))
    near, far = (
        cortex_motion(run.solution.bone_mesh, load.bone_displacement_mm, faces, fracture, direction, angle)
        for direction in (towards, -towards)
    )

    def row(metric_id: str, value: float | None, reason: str = NO_SECTOR) -> MetricValue:
        why = None if value is not None else reason
        return metric_value(metric_id, "gap", load.name, fracture.healing, value, reason=why)

    both = [m for m in (near, far) if m is not None]
    whole = len(both) == 2
    return [
        row("ifm_axial_near", abs(near.closure_mm) if near else None),
        row("ifm_axial_far", abs(far.closure_mm) if far else None),
        row("ifm_shear", max(m.shear_mm for m in both) if whole else None),
        row("ifm_closure", sum(m.closure_mm for m in both) / 2 if whole else None),
        row("ifs", *interfragmentary_strain(both if whole else [], fracture.gap_mm)),
        row("contact_overlap", gap_overlap_mm(both, fracture.gap_mm) if whole else None),
    ]


def interfragmentary_strain(motions: list[CortexMotion], gap_mm: float) -> tuple[float | None, str]:
    """Largest relative displacement over the gap's width; None with its reason below 0.5 mm of gap."""
    if gap_mm < setting("smallest_gap_mm"):
        smallest = setting("smallest_gap_mm")
        return None, f"the gap of {gap_mm:g} mm is under {smallest:g} mm: strain has no meaning there"
    if not motions:
        return None, NO_SECTOR
    return max(m.total_mm for m in motions) / gap_mm, ""


def _implants(
    site: Site, run: Solved, load: LoadSolution, healing: str, averages: list[Averages]
) -> list[MetricValue]:
    out = []
    for solids, mesh, u, known in zip(
        run.solids, run.solution.implant_meshes, load.implant_displacement_mm, averages, strict=True
    ):
        for found in surface_stress(site, solids, mesh, u, known):
            part = f"{solids.name} {found.role}"
            out.append(
                metric_value(
                    "implant_stress_surface", part, load.name, healing, found.p99_MPa,
                    singular=found.singular, limit=solids.yield_MPa, limit_verified=solids.verified,
                )
            )  # fmt: skip
            out.append(
                metric_value(
                    "implant_endurance_use", part, load.name, healing,
                    found.p99_MPa / solids.endurance_MPa, singular=found.singular,
                )
            )  # fmt: skip
    return out


def _contact(run: Solved, load: LoadSolution, healing: str, free: list[Meeting]) -> list[MetricValue]:
    out = []
    for one in free:
        name = one.surface.name
        overlap = one.overlap_mm(load)
        out.append(metric_value("contact_overlap", name, load.name, healing, overlap))
        found = next((c for c in load.contact if c.name == name), None)
        if found is not None:
            for metric_id, value in (
                ("contact_force", found.force_N),
                ("contact_area", found.contact_area_mm2),
                ("contact_pressure", found.mean_pressure_MPa),
            ):
                out.append(metric_value(metric_id, name, load.name, healing, value))
    return out


def _risk(
    points: BonePoints, surface: SurfacePoints | None, load: LoadSolution, healing: str
) -> list[MetricValue]:
    volume = metric_value("bone_rf_volume", "bone", load.name, healing, risk_volume_mm3(points, load))
    name = "bone_rf_patch_max"
    if surface is None:
        reason = "no outer bone surface away from loads and cut ends"
        return [volume, metric_value(name, "bone", load.name, healing, None, reason=reason)]
    most = risk_patch_max(surface, load)
    return [
        volume,
        metric_value(name, "bone", load.name, healing, most.value, singular=most.singular),
    ]


def _energy(
    fracture: Fracture,
    points: BonePoints,
    load: LoadSolution,
    intact: Solved | None,
    before: BonePoints | None,
) -> list[MetricValue]:
    """Energy density of the regions over that of the intact bone under the load of the same name."""
    reference: dict[str, float | None] = dict.fromkeys(REGIONS)
    if intact is not None and before is not None:
        same = next((x for x in intact.solution.loads if x.name == load.name), None)
        if same is not None:
            reference = region_energy(before, same, fracture)
    after = region_energy(points, load, fracture)
    out = []
    for region in REGIONS:
        a, b = after[region], reference[region]
        ratio = a / b if a is not None and b else None
        reason = None if ratio is not None else "the intact bone or the region has no energy to compare"
        out.append(metric_value("sed_ratio", region, load.name, fracture.healing, ratio, reason=reason))
    return out
