"""Young's modulus of the bone from the CT, at every integration point.

method "point" (default): HU by trilinear sampling at each point, converted there. method
"element_average": Bonemat V3 (Taddei 2007, Med Eng Phys 29:973): converted at points of degree 4,
then averaged over the cell by volume.

Partial volume: at the outer surface a trilinear value mixes bone with soft tissue. Points that touch
voxels outside "femur" are sampled from bone voxels alone, and take the nearest voxel of the bone
peeled by one voxel when that one is higher. The canal (label "femur_canal") gets the modulus of
marrow, the part "gap" that of its healing stage.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
from scipy import ndimage
from scipy.spatial import cKDTree

from surgitwin.core.arrays import FloatArray
from surgitwin.core.errors import InputError
from surgitwin.core.image import ImageGrid, LabelMap, Volume
from surgitwin.core.mesh import TetMesh
from surgitwin.core.resources import load_table
from surgitwin.imaging import sample
from surgitwin.mechanics.density_laws import Calibration, DensityLaw, densities
from surgitwin.mechanics.materials import Tissue, tissue
from surgitwin.mechanics.quadrature import tet_rule
from surgitwin.mechanics.tet10 import barycentric

Method = Literal["point", "element_average"]
AVERAGE_DEGREE = 4
"""Quadrature degree of the element average (14 points; Bonemat's reference setting is 4 steps per edge)."""
LEAST_WEIGHT = 0.01
"""Below this weight on bone voxels a value from them would be rounding noise: the nearest voxel counts."""
FULL_WEIGHT = 0.999
"""A point whose trilinear weight on bone voxels is above this touches bone only."""


@dataclass(frozen=True, eq=False)
class BoneModulus:
    """modulus (m, q) MPa; poisson (m,); tie_mask (m,): mineral bone that can hold a thread; report:
    law, calibration, fractions of points below and above the law's range, at floor and cap, in the
    canal, corrected at the surface, and `warnings` in plain words."""

    modulus: FloatArray
    poisson: FloatArray
    tie_mask: npt.NDArray[np.bool_]
    report: dict[str, Any]


def bone_modulus(
    mesh: TetMesh,
    volume: Volume,
    labels: LabelMap,
    calibration: Calibration,
    law: DensityLaw,
    *,
    gap: Tissue | None = None,
    degree: int = 2,
    method: Method = "point",
) -> BoneModulus:
    """Stiffness of `mesh` (straight cells, LPS mm) from `volume` (HU) and the femur's `labels`.

    The labels "femur" (mineral bone) and "femur_canal" must lie on the volume's grid. gap: tissue of
    the part "gap", needed when the mesh has one. ValueError otherwise. Raises InputError "material.not_ct"
    for another image than a CT in HU: its values are no densities.
    """
    require_ct(volume)
    if labels.grid.shape != volume.grid.shape:
        raise ValueError("labels and volume must share one grid")
    points = cell_points(mesh, AVERAGE_DEGREE if method == "element_average" else degree)
    shape = points.shape[:2]
    hu, corrected = _bone_hu(volume, labels, points.reshape(-1, 3))
    canal = _nearest(labels.mask("femur_canal"), labels.grid, points.reshape(-1, 3)).reshape(shape)
    modulus, report = _convert(hu.reshape(shape), canal, calibration, law)
    report["surface_corrected"] = float(corrected.mean())
    if method == "element_average":
        weights = tet_rule(AVERAGE_DEGREE)[1]
        mean = modulus @ (weights / weights.sum())
        modulus = np.repeat(mean[:, None], len(tet_rule(degree)[1]), axis=1)
        canal = np.repeat(canal.mean(axis=1)[:, None] > 0.5, modulus.shape[1], axis=1)
    poisson = np.full(len(modulus), float(load_table("materials/tissue")["bone"]["poisson"]))
    poisson[canal.mean(axis=1) > 0.5] = tissue("marrow").poisson
    tie = canal.mean(axis=1) <= 0.5
    in_gap = np.isin(mesh.part, [k for k, name in mesh.names.items() if name == "gap"])
    if in_gap.any():
        if gap is None:
            raise ValueError("the mesh has a part 'gap': give its tissue")
        modulus[in_gap], poisson[in_gap], tie[in_gap] = gap.modulus_MPa, gap.poisson, False
        report["gap"] = gap.name
    report |= {"method": method, "degree": degree, "median_MPa": float(np.median(modulus[tie]))}
    return BoneModulus(modulus, poisson, tie, report)


def require_ct(volume: Volume) -> None:
    """Raise InputError "material.not_ct" unless values of `volume` are HU of a CT."""
    if volume.modality != "CT" or volume.unit != "HU":
        raise InputError(
            "material.not_ct",
            f"Stiffness follows from the density that a CT shows; this image is {volume.modality}.",
            hint="Segments of an MR image get named constants (`mechanics.segment_constants`); or register a "
            "CT of the same bone.",
            where="modality",
        )


def cell_points(mesh: TetMesh, degree: int) -> FloatArray:
    """(m, q, 3) LPS mm: integration points of the straight cells."""
    shape = barycentric(tet_rule(degree)[0])
    out: FloatArray = np.einsum("qa,mai->mqi", shape, mesh.points_mm[mesh.corners])
    return out


def _convert(
    hu: FloatArray, canal: npt.NDArray[np.bool_], calibration: Calibration, law: DensityLaw
) -> tuple[FloatArray, dict[str, Any]]:
    limits = load_table("materials/tissue")["bone"]
    floor, cap = float(limits["floor_MPa"]), float(limits["cap_MPa"])
    density = densities(hu, calibration)[law.density]
    raw = law.modulus(density)
    bone = ~canal
    count = max(int(bone.sum()), 1)
    below, above = density < law.range[0], density > law.range[1]
    report: dict[str, Any] = {
        "law": law.name, "law_source": law.source, "law_verified": law.verified,
        "calibration": calibration.name, "calibrated": calibration.calibrated,
        "calibration_source": calibration.source, "calibration_verified": calibration.verified,
        "density": law.density, "range": list(law.range), "floor_MPa": floor, "cap_MPa": cap,
        "below_range": float((below & bone).sum() / count),
        "above_range": float((above & bone).sum() / count),
        "at_floor": float(((raw < floor) & bone).sum() / count),
        "at_cap": float(((raw > cap) & bone).sum() / count),
        "canal": float(canal.mean()),
        "marrow_MPa": tissue("marrow").modulus_MPa,
    }  # fmt: skip
    report["warnings"] = _warnings(report)
    modulus = np.clip(raw, floor, cap)
    modulus[canal] = tissue("marrow").modulus_MPa
    return modulus, report


def _warnings(report: dict[str, Any]) -> list[str]:
    out = []
    if not report["calibrated"]:
        out.append("Stiffness is uncalibrated: only relative statements hold, with a band of E x 0.8 to 1.2.")
    for key, words in (("below_range", "below"), ("above_range", "above")):
        if report[key] > 0:
            out.append(
                f"{100 * report[key]:.1f} % of the bone's points are {words} the densities that the law "
                f"{report['law']} was measured for."
            )
    if report["at_cap"] > 0:
        out.append(
            f"{100 * report['at_cap']:.1f} % of the bone's points are capped at {report['cap_MPa']:.0f} MPa."
        )
    return out


def _bone_hu(
    volume: Volume, labels: LabelMap, points: FloatArray
) -> tuple[FloatArray, npt.NDArray[np.bool_]]:
    """HU (p,) at the points with soft tissue kept out, and which points (p,) were corrected."""
    inside = labels.mask("femur", "femur_canal")
    low, high = _box(inside)
    box = tuple(slice(a, b) for a, b in zip(low, high, strict=True))
    grid = ImageGrid(
        inside[box].shape, volume.grid.index_to_lps(low[::-1]), volume.grid.spacing_mm, volume.grid.direction
    )
    mask, array = inside[box], np.asarray(volume.array[box], np.float32)
    weight = sample(Volume(mask.astype(np.float32), grid), points, "nearest")
    hu = sample(Volume(array, grid), points, "nearest")
    touched = weight < FULL_WEIGHT
    own = sample(Volume(array * mask, grid), points[touched], "nearest")
    own = np.divide(
        own, weight[touched], out=np.full(len(own), -np.inf), where=weight[touched] > LEAST_WEIGHT
    )
    peeled = ndimage.binary_erosion(mask) & labels.mask("femur")[box]
    donors = peeled if peeled.any() else mask
    index = np.argwhere(donors)
    at = cKDTree(grid.index_to_lps(index[:, ::-1])).query(points[touched])[1]
    hu[touched] = np.maximum(own, array[tuple(index[at].T)])
    return hu, touched


def _nearest(mask: npt.NDArray[np.bool_], grid: ImageGrid, points: FloatArray) -> npt.NDArray[np.bool_]:
    index = np.rint(grid.lps_to_index(points)[:, ::-1]).astype(int)
    index = np.clip(index, 0, np.array(mask.shape) - 1)
    out: npt.NDArray[np.bool_] = mask[tuple(index.T)]
    return out


def _box(mask: npt.NDArray[np.bool_]) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
    """Bounds of the mask with two voxels around it, clipped to the image."""
    spans = []
    for axis in range(3):
        hit = np.flatnonzero(mask.any(axis=tuple(a for a in range(3) if a != axis)))
        if not len(hit):
            raise ValueError("the labels hold no femur")
        spans.append((hit[0], hit[-1] + 1))
    span = np.array(spans)
    return np.maximum(span[:, 0] - 2, 0), np.minimum(span[:, 1] + 2, mask.shape)
