"""A scene as plain layers, and the functions that make layers from domain values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyvista as pv

from surgitwin.anatomy.types import FemurAnatomy
from surgitwin.core.arrays import FloatArray
from surgitwin.core.frame import Frame, Plane, Side
from surgitwin.core.mesh import SurfaceMesh
from surgitwin.core.plan import Fracture
from surgitwin.core.solids import ImplantSolids
from surgitwin.scene import datasets
from surgitwin.scene.fields import ColourScale, common_scale

BONE = (0.93, 0.87, 0.75)
METAL = (0.55, 0.60, 0.68)
HOLE = (0.12, 0.13, 0.16)
GAP = (0.86, 0.33, 0.10)
MARK = (0.0, 0.45, 0.70)
CUT = (0.80, 0.47, 0.65)
"""Colours apart in lightness as well, after Okabe and Ito's set for colour-blind readers."""


@dataclass(frozen=True, eq=False)
class Layer:
    """One thing to draw. field: name of the array painted with the scene's colour scale."""

    name: str
    data: pv.PolyData
    colour: tuple[float, float, float]
    opacity: float = 1.0
    field: str = ""
    label: str = ""
    style: str = "surface"


@dataclass(frozen=True, eq=False)
class Scene:
    """Layers with what is needed to look at them: bone frame, side, colour scale, words in the picture.

    measured: False before the bone is measured; then `frame` is the body's and letters are R, L, A, P, S, I.
    """

    layers: tuple[Layer, ...]
    frame: Frame
    side: Side
    scale: ColourScale | None = None
    captions: tuple[str, ...] = ()
    measured: bool = True

    @property
    def points_mm(self) -> FloatArray:
        """(n, 3) LPS points of all layers, for cameras; never empty."""
        found = [np.asarray(x.data.points, float) for x in self.layers if x.data.n_points]
        return np.vstack(found) if found else np.asarray(self.frame.origin_mm)[None]


def surface_layer(
    name: str, mesh: SurfaceMesh, opacity: float = 1.0, colour: tuple[float, float, float] = BONE
) -> Layer:
    """A bone surface."""
    return Layer(name, datasets.surface_data(mesh), colour, opacity)


def solids_layers(implant: ImplantSolids) -> list[Layer]:
    """An implant from its parametric solids, with its holes as dark plugs."""
    layers = [Layer(implant.name, datasets.solids_data(implant), METAL)]
    holes = datasets.solids_data(implant, holes=True)
    if holes.n_points:
        layers.append(Layer(f"{implant.name} holes", holes, HOLE, opacity=0.35))
    return layers


def fracture_layer(fracture: Fracture, radius_mm: float = 25.0) -> Layer:
    """The fracture gap as a slab of its true width (a sheet when it is narrower than 0.2 mm)."""
    plane = fracture.plane
    height = max(fracture.gap_mm, 0.2)
    disc = pv.Cylinder(
        center=plane.point_mm.tolist(),
        direction=plane.normal.tolist(),
        radius=radius_mm,
        height=height,
        resolution=64,
    ).triangulate()
    word = "virtual fracture" if fracture.virtual else "fracture"
    return Layer(word, disc, GAP, 0.55, label=f"{word}, gap {fracture.gap_mm:g} mm")


def anatomy_layers(anatomy: FemurAnatomy) -> list[Layer]:
    """Shaft axis, cuts and landmarks; estimated ones say so in their label."""
    length = float(np.ptp([s.z_mm for s in anatomy.stations])) if anatomy.stations else 100.0
    low = min((s.z_mm for s in anatomy.stations), default=-length / 2)
    ends = anatomy.frame.to_lps([[0, 0, low], [0, 0, low + length]])
    layers = [Layer("shaft axis", pv.Line(ends[0], ends[1]).tube(radius=0.7), MARK)]
    for name, cut in (("distal cut", anatomy.distal_cut), ("proximal cut", anatomy.proximal_cut)):
        if cut is not None:
            layers.append(_cut_layer(name, cut))
    for name, mark in anatomy.landmarks.items():
        word = f"{name.replace('_', ' ')}{' (estimated)' if mark.estimated else ''}"
        ball = pv.Sphere(radius=2.5, center=mark.point_mm.tolist())
        layers.append(Layer(name, ball, GAP if mark.estimated else MARK, label=word))
    return layers


def _cut_layer(name: str, cut: Plane) -> Layer:
    sheet = pv.Disc(center=cut.point_mm.tolist(), inner=0, outer=30, normal=cut.normal.tolist(), c_res=48)
    return Layer(name, sheet.triangulate(), CUT, 0.35, label=name)


@dataclass(frozen=True, eq=False)
class PlanResult:
    """Bone (with its gap) and implants of one plan under one load."""

    bone: datasets.MeshResult
    implants: tuple[datasets.MeshResult, ...] = ()

    @property
    def meshes(self) -> tuple[datasets.MeshResult, ...]:
        """Bone first, then the implants."""
        return (self.bone, *self.implants)


def scale_over(results: Sequence[PlanResult], name: str) -> ColourScale:
    """One colour scale for field `name` over all results; ValueError when none has it."""
    values = [m.values(name) for r in results for m in painted_meshes(r, name)]
    return common_scale(name, [v for v in values if v is not None])


def has_field(result: PlanResult, name: str) -> bool:
    """Whether the result holds field `name` on the meshes where it has a meaning."""
    return any(m.values(name) is not None for m in painted_meshes(result, name))


def painted_meshes(result: PlanResult, name: str) -> tuple[datasets.MeshResult, ...]:
    """The meshes on which field `name` has a meaning."""
    if name == "stress_vm":
        return result.implants
    return result.meshes if name == "displacement" else (result.bone,)


def result_layers(
    result: PlanResult, name: str, factor: float = 0.0, clip: Plane | None = None, ghost: bool = True
) -> list[Layer]:
    """Layers that show field `name` with the displacement drawn `factor` times as large.

    Meshes on which the field has no meaning are drawn plain; bone turns to glass when metal is painted
    (`ghost`). clip: what lies on the side of its normal is removed from the bone.
    """
    painted = painted_meshes(result, name)
    layers = []
    for n, mesh in enumerate(result.meshes):
        is_bone, has = n == 0, mesh in painted and mesh.values(name) is not None
        parts = tuple(p for p in mesh.mesh.names.values() if p != "gap") if is_bone else ()
        if is_bone and clip is not None:
            data = datasets.clipped_result(mesh, name, factor, parts, clip)
        else:
            data = datasets.result_data(mesh, name, factor, parts)
        opacity = 1.0 if has or not is_bone or not ghost else 0.25
        layers.append(
            Layer(
                "bone" if is_bone else f"implant {n}",
                data,
                BONE if is_bone else METAL,
                opacity,
                name if has else "",
            )
        )
    return layers


def deformation_words(factor: float) -> str:
    """What a picture must say about its displacement factor."""
    if factor == 0:
        return "Shape not deformed"
    return "Deformation drawn to scale" if factor == 1 else f"Deformation drawn {factor:g} times as large"
