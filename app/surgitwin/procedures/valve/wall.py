"""The mechanical task of a plan: root wall, open leaflets, calcium, valve."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy.ndimage import gaussian_filter1d

from surgitwin.anatomy.root.types import RootAnatomy
from surgitwin.core.arrays import content_hash
from surgitwin.core.plan import Plan
from surgitwin.core.vessel import LumenTube
from surgitwin.core.wall import WallMesh
from surgitwin.mechanics.devices.problem import ContactLaw, Deployment
from surgitwin.meshing.vessels.tube import tube_wall
from surgitwin.meshing.vessels.tube_calcium import with_nodules
from surgitwin.procedures.valve import walls
from surgitwin.procedures.valve.balloon import balloon_diameter_mm
from surgitwin.procedures.valve.options import family, section
from surgitwin.procedures.valve.place import annulus_s, item_of, rings
from surgitwin.procedures.vessel import NOMINAL

ROOT_WALL, WITH_LEAFLET = "root wall", "root wall with leaflet"
_WALLS_KEPT = 12
_kept: dict[str, WallMesh] = {}


def window(root: RootAnatomy, family_name: str) -> tuple[float, float]:
    """Arc lengths between which the wall is modelled: one for all plans of a family, within the tube.

    So every plan of a matrix has the same wall, and the solver may start from its neighbour.
    """
    at = annulus_s(root)
    top = max(v.frame.length_mm for v in family(family_name)) + walls.setting("beyond_frame_mm")
    s = root.tube.course.s_mm
    return max(float(s[0]), at - walls.setting("below_annulus_mm")), min(float(s[-1]), at + top)


def deployments(root: RootAnatomy, plan: Plan, *, size: float = 1.0) -> dict[str, Deployment]:
    """`NOMINAL`, then the two variants of the band; all on walls of the same numbering.

    size: factor on the element size. Raises GeometryError "device.beyond_vessel", "vessel.overlap".
    """
    rows = {NOMINAL: walls.NOMINAL_ROW, **walls.VARIANTS}
    return {name: _deployment(root, plan, name, table_row, size) for name, table_row in rows.items()}


def _deployment(root: RootAnatomy, plan: Plan, name: str, table_row: str, size: float) -> Deployment:
    item = item_of(plan)
    return Deployment(
        name=f"{plan.name}, {name}",
        wall=root_wall(root, item.family, table_row, size),
        materials={
            ROOT_WALL: walls.material(walls.WALL, table_row),
            WITH_LEAFLET: walls.with_leaflet(table_row),
        },
        calcium=walls.material(walls.CALCIUM, table_row),
        device=item.frame,
        placement=rings(root, plan),
        balloon_diameter_mm=balloon_diameter_mm(item),
        contact=ContactLaw(
            penalty_per_size=walls.setting("penalty_per_size"),
            smoothing_mm=walls.setting("smoothing_mm"),
            touch_MPa=float(section("conduction")["touch_MPa"]),
        ),
    )


def root_wall(root: RootAnatomy, family_name: str, table_row: str, size: float) -> WallMesh:
    """The wall of one family and table row; the last few are kept."""
    low, high = window(root, family_name)
    thick = walls.thickness_mm(walls.WALL, table_row)
    key = content_hash(
        root.tube.hash, root.calcium.points_mm, root.annulus, [family_name, low, high, thick, size]
    )
    if key not in _kept:
        while len(_kept) >= _WALLS_KEPT:
            _kept.pop(next(iter(_kept)))
        _kept[key] = _build(root, (low, high), thick, walls.unknowns(family_name) / size**2)
    return _kept[key]


def _build(root: RootAnatomy, ends: tuple[float, float], thick: float, unknowns: float) -> WallMesh:
    mesh = tube_wall(
        smoothed(with_nodules(root.tube.between(*ends), root.calcium)),
        thick,
        ((ROOT_WALL, 1.0),),
        calcium=root.calcium,
        nodules=False,  # they are in the smoothed lumen
        through=1,
        unknowns=round(unknowns),
    )
    return _mark_leaflets(root, mesh)


def smoothed(tube: LumenTube) -> LumenTube:
    """The tube with waves shorter than some millimetres taken out, so that no mesh sees more than another."""
    width = walls.setting("lumen_smoothing_mm")
    r, s = tube.radius_mm, tube.course.s_mm
    along = gaussian_filter1d(r, width / float(np.diff(s).mean()), axis=0, mode="nearest")
    around = width * r.shape[1] / (2 * np.pi * float(r.mean()))
    return LumenTube(tube.course, gaussian_filter1d(along, around, axis=1, mode="wrap"), tube.calcified)


def _mark_leaflets(root: RootAnatomy, mesh: WallMesh) -> WallMesh:
    """Cells from the annulus to the leaflet's height get the layer of wall with leaflet."""
    height = float(np.mean(list(section("coronary")["leaflet_height_mm"].values())))
    level = root.annulus.distance(mesh.points_mm[mesh.cells[:, :4]].mean(axis=1))
    layer = np.where((level > 0) & (level < height), 1, 0)
    return replace(mesh, layer=layer, layers=(ROOT_WALL, WITH_LEAFLET))
