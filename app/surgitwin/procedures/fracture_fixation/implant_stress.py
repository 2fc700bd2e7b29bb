"""Stress on the surface of an implant, part by part."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix

from surgitwin.core.arrays import FloatArray
from surgitwin.core.mesh import TetMesh
from surgitwin.core.solids import Box, ImplantSolids, Role
from surgitwin.mechanics.postprocess import percentile, stress, surface_strain, von_mises
from surgitwin.procedures.fracture_fixation.sampler import patch_matrix
from surgitwin.procedures.fracture_fixation.site import Site
from surgitwin.procedures.fracture_fixation.table import setting

PERCENT = 99.0
Averages = dict[int, csr_matrix]
"""Averaging matrix over patches of the surface, by part."""


@dataclass(frozen=True)
class SurfaceStress:
    """p99_MPa: 99th percentile by area of the patch-averaged von Mises stress of one part (role).

    singular: whether the surface above it comes within one patch radius of a bonded edge.
    """

    role: str
    p99_MPa: float
    singular: bool


def surface_stress(
    site: Site,
    solids: ImplantSolids,
    mesh: TetMesh,
    displacement: FloatArray,
    averages: Averages | None = None,
) -> list[SurfaceStress]:
    """Surface stress of every part of an implant mesh whose parts are named after their roles.

    averages: patch averages by part, filled here; give the same one for all loads of a mesh.
    """
    known = {} if averages is None else averages
    out = []
    for part, role in sorted(mesh.names.items()):
        cells = np.flatnonzero(np.asarray(mesh.part) == part)
        if not len(cells):
            continue
        found = surface_strain(mesh, displacement, cells)
        raw = von_mises(stress(found.strain, solids.modulus_MPa, solids.poisson))
        radius = patch_radius_mm(solids, role)
        if part not in known:
            known[part] = patch_matrix(found.points_mm, found.measure, radius)
        average = known[part] @ raw
        p99 = percentile(average, found.measure, PERCENT)
        top = found.points_mm[average >= p99]
        out.append(SurfaceStress(role, p99, bool(bonded_edge(site, solids, role, top, radius).any())))
    return out


def patch_radius_mm(solids: ImplantSolids, role: str) -> float:
    """min(3 mm, D/4): D is the diameter of a screw, bolt or nail, or the thickness of a plate."""
    sizes = [
        2 * float(np.min(s.half_mm)) if isinstance(s, Box) else 2 * s.radius_mm
        for s in solids.solids
        if s.role == role
    ]
    return min(setting("stress_patch_max_mm"), min(sizes) / 4)


def bonded_edge(
    site: Site, solids: ImplantSolids, role: str, points: FloatArray, reach_mm: float
) -> npt.NDArray[np.bool_]:
    """(n,) which surface points of `role` lie within `reach_mm` of an edge of a bond.

    Bonds end where two fused parts meet, and where a thread enters or leaves the bone's outline.
    """
    others: tuple[Role, ...] = tuple(s.role for s in solids.solids if s.role not in (role, "hole"))
    near = solids.distance(points, others) <= reach_mm if others else np.zeros(len(points), bool)
    if role in solids.thread_roles:
        near |= np.abs(site.outline(points)) <= reach_mm
    return np.asarray(near)
