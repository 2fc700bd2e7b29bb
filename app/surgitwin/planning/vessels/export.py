"""Lumen, wall, result and device of a vessel case for other programs."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from surgitwin.core.errors import InputError
from surgitwin.core.mesh import SurfaceMesh, TetMesh
from surgitwin.meshing.files.vtu import write_lines, write_ply, write_stl, write_vtp, write_vtu
from surgitwin.planning.case import Case
from surgitwin.planning.meshes.tissues import tissue_mesh_current
from surgitwin.planning.output.mesh_files import Writers, plain_writers, stale_mesh, tissue_writers
from surgitwin.planning.vessels.anatomy_store import vessel_anatomy
from surgitwin.planning.vessels.results import Deployed, deployed, result_state

UNITS = {
    "displacement": "mm",
    "contact_pressure": "MPa",
    "gap": "mm",
    "stress_p1": "MPa",
    "calcium": "1",
}


def writers(case: Case, plan: str | None, level: str | None) -> Writers:
    """What can be written, by suffix. plan: needed for mesh, result and device."""
    return {
        "surface": {
            ".stl": lambda p: write_stl(p, lumen_surface(case)),
            ".ply": lambda p: write_ply(p, lumen_surface(case)),
            ".vtp": lambda p: write_vtp(p, lumen_surface(case)),
        },
        "mesh": {
            ".vtu": lambda p: _wall(found(case, plan, level), p),
            **plain_writers(lambda: _mesh(found(case, plan, level))),
        },
        "tissues": tissue_writers(case),
        "result": {".vtu": lambda p: _result(case, found(case, plan, level), p)},
        "device": {".vtp": lambda p: _device(found(case, plan, level), p)},
    }


def words(case: Case, what: str, plan: str | None, level: str | None) -> tuple[str, tuple[str, ...]]:
    """What was written in words, and what must be known of it."""
    if what in ("labels", "image"):
        return what, ()
    if what == "tissues":
        return "mesh of the segments", stale_mesh(tissue_mesh_current(case))
    if what == "surface":
        return "inner surface of the vessel as segmented, open at both ends", ()
    one = found(case, plan, level)
    old = result_state(case, one.plan.name, one.level) != "current"
    title = {"mesh": "undeformed wall", "result": "deformed wall", "device": "deployed struts"}[what]
    return f"{title} of {one.plan.name}, {one.level}", ("The result is out of date.",) if old else ()


def found(case: Case, plan: str | None, level: str | None) -> Deployed:
    """The result of a plan; InputError "result.missing" naming what there is."""
    names = [n for n in case.plans() if deployed(case, n) is not None]
    out = deployed(case, plan, level) if plan in case.plans() and plan is not None else None
    if out is None:
        asked = "no plan was named" if plan is None else f"{plan} has none{f' at {level}' if level else ''}"
        raise InputError(
            "result.missing",
            f"There is no result to write: {asked}.",
            hint=f"Deployed plans (--plan): {', '.join(names) or 'none; run `surgitwin solve` first'}.",
            where="--plan",
        )
    return out


def lumen_surface(case: Case) -> SurfaceMesh:
    """The inner wall as triangles, normals outwards, open at both ends."""
    tube = vessel_anatomy(case).tube
    n, m = tube.radius_mm.shape
    row, column = np.meshgrid(np.arange(n - 1), np.arange(m), indexing="ij")
    a, b = row * m + column, row * m + (column + 1) % m
    triangles = np.stack([a, b, b + m, a, b + m, a + m], axis=-1).reshape(-1, 3)
    return SurfaceMesh(tube.wall_mm.reshape(-1, 3), triangles)


def _mesh(one: Deployed) -> TetMesh:
    wall = one.task.wall
    return TetMesh(wall.points_mm, wall.cells, wall.layer.astype(np.int32), dict(enumerate(wall.layers)))


def _wall(one: Deployed, path: Path) -> None:
    write_vtu(path, _mesh(one), cell_data={"calcium": one.task.wall.calcium}, units=UNITS)


def _result(case: Case, one: Deployed, path: Path) -> None:
    result = one.result
    about = {
        "plan": one.plan.name,
        "level": one.level,
        "state": result_state(case, one.plan.name, one.level),
        "note": "wall free of stress at the image's shape; contact pressure averaged around a node",
    }
    write_vtu(
        path,
        _mesh(one),
        point_data={
            "displacement": result.displacement_mm,
            "contact_pressure": result.pressure_MPa,
            "gap": result.gap_mm,
        },
        cell_data={"stress_p1": result.stress_MPa, "calcium": one.task.wall.calcium},
        field_data=about,
        units=UNITS,
    )


def _device(one: Deployed, path: Path) -> None:
    write_lines(path, one.result.struts_mm, {"plan": one.plan.name, "level": one.level})
