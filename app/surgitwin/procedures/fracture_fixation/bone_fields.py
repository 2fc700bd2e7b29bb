"""Risk factor and strain energy of the bone under a plan."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix

from surgitwin.core.arrays import FloatArray
from surgitwin.core.plan import Fracture
from surgitwin.core.solids import ImplantSolids
from surgitwin.mechanics.postprocess import COMPRESSION_LIMIT, TENSION_LIMIT, energy_density
from surgitwin.mechanics.problem import LoadSolution
from surgitwin.procedures.base import Solved
from surgitwin.procedures.fracture_fixation.sampler import (
    Sampler,
    patch_matrix,
    principal,
    surface_sampler,
    volume_sampler,
)
from surgitwin.procedures.fracture_fixation.site import Site
from surgitwin.procedures.fracture_fixation.table import setting

REGIONS = ("proximal", "fracture_zone", "distal")


@dataclass(frozen=True, eq=False)
class BonePoints:
    """Where the bone of a run is looked at: inside and on its surface (no marrow, no gap, outside
    implants), with the modulus and Poisson's ratio inside."""

    inside: Sampler
    modulus_MPa: FloatArray
    poisson: FloatArray


@dataclass(frozen=True, eq=False)
class SurfacePoints:
    """The bone's outer surface away from cut ends, and the matrix that averages over patches."""

    points: Sampler
    average: csr_matrix


def bone_points(run: Solved) -> BonePoints:
    """Integration points of the bone; a run's loads share them."""
    cells = np.flatnonzero(run.bone.tie_mask)
    found = volume_sampler(run.solution.bone_mesh, cells, run.bone.quadrature_degree)
    modulus = np.asarray(run.bone.modulus_MPa)[cells].ravel()
    keep = outside(run.solids, found.points_mm)
    kept = found.only(keep)
    return BonePoints(kept, modulus[keep], np.asarray(run.bone.poisson)[kept.cells])


def surface_points(site: Site, run: Solved) -> SurfacePoints | None:
    """The bone's surface for patch averages; None when nothing lies away from the cut ends."""
    found = surface_sampler(run.solution.bone_mesh, np.flatnonzero(run.bone.tie_mask))
    keep = outside(run.solids, found.points_mm)
    for cut in (site.anatomy.distal_cut, site.anatomy.proximal_cut):
        if cut is not None:
            keep &= np.abs(cut.distance(found.points_mm)) > setting("end_distance_mm")
    if not keep.any():
        return None
    kept = found.only(keep)
    return SurfacePoints(kept, patch_matrix(kept.points_mm, kept.measure, setting("patch_radius_mm")))


def risk_factor(strain: FloatArray) -> FloatArray:
    """(p,) risk factor of strains (p, 3, 3): the formula of `mechanics.postprocess.risk_factor`."""
    e = principal(strain)
    out: FloatArray = np.maximum(e[:, 0] / TENSION_LIMIT, -e[:, 2] / COMPRESSION_LIMIT).clip(min=0)
    return out


def risk_volume_mm3(points: BonePoints, load: LoadSolution) -> float:
    """Volume of bone whose risk factor is at least 1."""
    risk = risk_factor(points.inside.strain(load.bone_displacement_mm))
    return float(points.inside.measure[risk >= 1].sum())


def risk_patch_max(surface: SurfacePoints, load: LoadSolution) -> float:
    """Largest risk factor on the bone's outer surface, averaged over patches."""
    risk = risk_factor(surface.points.strain(load.bone_displacement_mm))
    return float((surface.average @ risk).max())


def region_energy(points: BonePoints, load: LoadSolution, fracture: Fracture) -> dict[str, float | None]:
    """Mean strain energy density (mJ/mm3) of every region; None where a region holds no bone.

    The gap's own slab is left out, in the intact bone too, so that the same bone is compared.
    """
    strain = points.inside.strain(load.bone_displacement_mm)
    energy = energy_density(strain, points.modulus_MPa, points.poisson) * points.inside.measure
    distance = fracture.plane.distance(points.inside.points_mm)
    half = fracture.gap_mm / 2
    zone = half + setting("fracture_zone_mm")
    masks = {
        "proximal": distance > zone,
        "fracture_zone": (np.abs(distance) > half) & (np.abs(distance) <= zone),
        "distal": distance < -zone,
    }
    out: dict[str, float | None] = {}
    for name in REGIONS:
        volume = float(points.inside.measure[masks[name]].sum())
        out[name] = float(energy[masks[name]].sum()) / volume if volume > 0 else None
    return out


def outside(solids: tuple[ImplantSolids, ...], points: FloatArray) -> npt.NDArray[np.bool_]:
    """(n,) which points lie outside every implant."""
    keep = np.ones(len(points), bool)
    for one in solids:
        keep &= one.distance(points) > 0
    return keep
