"""Risk factor and strain energy of the bone under a plan."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix
from scipy.spatial import cKDTree

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
    """Where the bone of a run is looked at (no marrow, no gap, outside implants), with modulus and
    Poisson's ratio. away (p,): not next to loads and cut ends (`away_from_ends`)."""

    inside: Sampler
    modulus_MPa: FloatArray
    poisson: FloatArray
    away: npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class SurfacePoints:
    """The bone's outer surface away from loads and cut ends, the matrix that averages over patches, and
    which points (p,) lie within a patch radius of a thread, where strain has no finite limit."""

    points: Sampler
    average: csr_matrix
    at_thread: npt.NDArray[np.bool_]


@dataclass(frozen=True)
class RiskMax:
    """Largest risk factor on the surface; singular: its place lies at a thread."""

    value: float
    singular: bool


def bone_points(site: Site, run: Solved) -> BonePoints:
    """Integration points of the bone; a run's loads share them."""
    cells = np.flatnonzero(run.bone.tie_mask)
    found = volume_sampler(run.solution.bone_mesh, cells, run.bone.quadrature_degree)
    modulus = np.asarray(run.bone.modulus_MPa)[cells].ravel()
    keep = outside(run.solids, found.points_mm)
    kept = found.only(keep)
    away = away_from_ends(site, run, kept.points_mm)
    return BonePoints(kept, modulus[keep], np.asarray(run.bone.poisson)[kept.cells], away)


def surface_points(site: Site, run: Solved) -> SurfacePoints | None:
    """The bone's surface for patch averages; None when nothing lies away from loads and cut ends."""
    found = surface_sampler(run.solution.bone_mesh, np.flatnonzero(run.bone.tie_mask))
    keep = outside(run.solids, found.points_mm)
    keep &= away_from_ends(site, run, found.points_mm)
    if not keep.any():
        return None
    kept, radius = found.only(keep), setting("patch_radius_mm")
    thread = np.zeros(len(kept.points_mm), bool)
    for one in run.solids:
        thread |= one.distance(kept.points_mm, one.thread_roles) <= radius
    return SurfacePoints(kept, patch_matrix(kept.points_mm, kept.measure, radius), thread)


def away_from_ends(site: Site, run: Solved, points_mm: FloatArray) -> npt.NDArray[np.bool_]:
    """(n,) which points lie farther than `end_distance_mm` from loaded patches, support and cut ends.

    How a load is spread there is a choice of the model, so strain next to it says nothing about the bone.
    """
    ends = _end_points(site, run)
    reach = setting("end_distance_mm")
    out = np.ones(len(points_mm), bool)
    near = ((points_mm > ends.min(axis=0) - reach) & (points_mm < ends.max(axis=0) + reach)).all(axis=1)
    out[near] = cKDTree(ends).query(points_mm[near], distance_upper_bound=reach)[0] > reach
    return out


def _end_points(site: Site, run: Solved) -> FloatArray:
    """(n, 3) corners and centres of the triangles of loaded patches, support and cut ends."""
    mesh = run.bone.mesh
    faces, _ = mesh.boundary_faces()
    chosen = [run.bone.support.triangles, *(p.triangles for p in run.loaded)]
    for cut in (site.anatomy.distal_cut, site.anatomy.proximal_cut):
        if cut is not None:
            off = np.abs(cut.distance(mesh.points_mm[faces])).max(axis=1)
            chosen.append(faces[off <= setting("cut_tolerance_mm")])
    x = mesh.points_mm[np.vstack(chosen)]
    return np.vstack([x.reshape(-1, 3), x.mean(axis=1)])


def risk_factor(strain: FloatArray) -> FloatArray:
    """(p,) risk factor of strains (p, 3, 3): the formula of `mechanics.postprocess.risk_factor`."""
    e = principal(strain)
    out: FloatArray = np.maximum(e[:, 0] / TENSION_LIMIT, -e[:, 2] / COMPRESSION_LIMIT).clip(min=0)
    return out


def risk_volume_mm3(points: BonePoints, load: LoadSolution) -> float:
    """Volume of bone away from loads and cut ends whose risk factor is at least 1."""
    risk = risk_factor(points.inside.strain(load.bone_displacement_mm))
    return float(points.inside.measure[(risk >= 1) & points.away].sum())


def risk_patch_max(surface: SurfacePoints, load: LoadSolution) -> RiskMax:
    """Largest risk factor on the bone's outer surface, averaged over patches."""
    risk = surface.average @ risk_factor(surface.points.strain(load.bone_displacement_mm))
    at = int(risk.argmax())
    return RiskMax(float(risk[at]), bool(surface.at_thread[at]))


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
