"""Risk factor and strain energy of the bone under a plan."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from surgitwin.core.arrays import FloatArray
from surgitwin.core.plan import Fracture
from surgitwin.core.solids import ImplantSolids
from surgitwin.mechanics.postprocess import (
    PointStrain,
    energy_density,
    patch_average,
    risk_factor,
    surface_strain,
    volume_strain,
)
from surgitwin.mechanics.problem import LoadSolution
from surgitwin.procedures.base import Solved
from surgitwin.procedures.fracture_fixation.site import Site
from surgitwin.procedures.fracture_fixation.table import setting

REGIONS = ("proximal", "fracture_zone", "distal")


@dataclass(frozen=True, eq=False)
class BoneState:
    """Fields of one load at the integration points of bone (no marrow, no gap, outside implants)."""

    strain: PointStrain
    risk: FloatArray
    energy_mJ_mm3: FloatArray


def bone_state(run: Solved, load: LoadSolution) -> BoneState:
    """Risk factor and energy density at the integration points of the bone."""
    cells = np.flatnonzero(run.bone.tie_mask)
    found = volume_strain(
        run.solution.bone_mesh, load.bone_displacement_mm, run.bone.quadrature_degree, cells
    )
    modulus = np.asarray(run.bone.modulus_MPa)[cells].ravel()
    keep = outside(run.solids, found.points_mm)
    kept = PointStrain(found.cells[keep], found.points_mm[keep], found.strain[keep], found.measure[keep])
    energy = energy_density(kept.strain, modulus[keep], np.asarray(run.bone.poisson)[kept.cells])
    return BoneState(kept, risk_factor(kept.strain), energy)


def risk_volume_mm3(state: BoneState) -> float:
    """Volume of bone whose risk factor is at least 1."""
    return float(state.strain.measure[state.risk >= 1].sum())


def risk_patch_max(site: Site, run: Solved, load: LoadSolution) -> float | None:
    """Largest risk factor on the bone's outer surface, averaged over patches; None without such a surface."""
    mesh = run.solution.bone_mesh
    found = surface_strain(mesh, load.bone_displacement_mm, np.flatnonzero(run.bone.tie_mask))
    keep = outside(run.solids, found.points_mm)
    cuts = [c for c in (site.anatomy.distal_cut, site.anatomy.proximal_cut) if c is not None]
    for cut in cuts:
        keep &= np.abs(cut.distance(found.points_mm)) > setting("end_distance_mm")
    if not keep.any():
        return None
    risk = risk_factor(found.strain[keep])
    average = patch_average(found.points_mm[keep], risk, found.measure[keep], setting("patch_radius_mm"))
    return float(np.nanmax(average))


def region_energy(state: BoneState, fracture: Fracture) -> dict[str, float | None]:
    """Mean strain energy density (mJ/mm3) of every region; None where a region holds no bone.

    The gap's own slab is left out, in the intact bone too, so that the same bone is compared.
    """
    distance = fracture.plane.distance(state.strain.points_mm)
    half = fracture.gap_mm / 2
    zone = half + setting("fracture_zone_mm")
    masks = {
        "proximal": distance > zone,
        "fracture_zone": (np.abs(distance) > half) & (np.abs(distance) <= zone),
        "distal": distance < -zone,
    }
    out: dict[str, float | None] = {}
    for name in REGIONS:
        weight = state.strain.measure[masks[name]]
        total = float(weight.sum())
        out[name] = float((weight * state.energy_mJ_mm3[masks[name]]).sum()) / total if total > 0 else None
    return out


def outside(solids: tuple[ImplantSolids, ...], points: FloatArray) -> npt.NDArray[np.bool_]:
    """(n,) which points lie outside every implant."""
    keep = np.ones(len(points), bool)
    for one in solids:
        keep &= one.distance(points) > 0
    return keep
