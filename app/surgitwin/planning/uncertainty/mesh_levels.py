"""Meshes of one structure at sizes in a given ratio: what a mesher makes of an edge length is measured.

Twice the edge length does not give cells twice as large: thin solids, curved faces and the gap hold them back
(a plate asked for at 1.4 times the size came out at 1.06). So every body is meshed again, with another edge
length, until its cells have the size that was wanted.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Callable
from dataclasses import dataclass

from surgitwin.core.arrays import FloatArray
from surgitwin.core.errors import GeometryError
from surgitwin.core.mesh import TetMesh
from surgitwin.core.plan import Fracture
from surgitwin.core.progress import SILENT, Progress
from surgitwin.core.solids import ImplantSolids
from surgitwin.mechanics.problem import Implant, Patch
from surgitwin.meshing import bone as bone_meshing
from surgitwin.meshing import gate
from surgitwin.meshing.fracture import mesh_fractured, size_at_gap
from surgitwin.meshing.implant import DEFAULT_SIZES_MM, mesh_implant
from surgitwin.planning.case import Case
from surgitwin.planning.solving.build import fracture_mesh

CLOSE = 0.03
"""Numerical setting: a mesh whose cells are this close to the wanted size (as a fraction) is taken."""
TRIES = 5
"""Numerical setting: so many meshes are made of a body at most; the closest is taken."""
LEAST_SLOPE, MOST_SLOPE = 0.35, 1.5
"""Numerical setting: how much cells are believed to grow with the edge length, by logarithms."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False)
class Level:
    """Bone and implants of one size. sizes_mm: body -> cube root of the mean volume of its cells."""

    bone: TetMesh
    implants: tuple[Implant, ...]

    @property
    def sizes_mm(self) -> dict[str, float]:
        """Of every body, the bone under "bone"."""
        return {"bone": cell_size(self.bone), **{i.name: cell_size(i.mesh) for i in self.implants}}


def _own_bone(case: Case, fracture: Fracture | None) -> TetMesh:
    """What `solve` takes; read from the case where it is kept."""
    return case.bone_mesh if fracture is None else fracture_mesh(case, fracture)[1]


def cell_size(mesh: TetMesh) -> float:
    """mm: cube root of the mean volume of the cells (Celik 2008, eq. 1)."""
    volumes: FloatArray = mesh.cell_volumes()
    return float((volumes.sum() / len(volumes)) ** (1 / 3))


def mesh_level(
    case: Case,
    fracture: Fracture | None,
    solids: tuple[ImplantSolids, ...],
    ratio: float,
    base: Level | None,
    progress: Progress = SILENT,
) -> Level:
    """Bone and implants with cells `ratio` times as large as those of `base` (None: the case's own sizes).

    Raises GeometryError where a body cannot be meshed at that size.
    """
    bodies: list[Callable[[float], TetMesh]] = [lambda f: bone_at(case, fracture, f)]
    threads: dict[int, Patch] = {}

    def implant(one: ImplantSolids) -> Callable[[float], TetMesh]:
        def make(factor: float) -> TetMesh:
            mesh, thread = implant_at(one, factor)
            threads[id(mesh)] = thread
            return mesh

        return make

    bodies += [implant(one) for one in solids]
    made = []
    before = [] if base is None else [base.bone, *(i.mesh for i in base.implants)]
    for k, body in enumerate(bodies):
        progress("Meshing the bone" if k == 0 else f"Meshing {solids[k - 1].name}", k / len(bodies))
        if base is not None:
            made.append(sized(body, ratio, before[k]))
        else:
            made.append(_own_bone(case, fracture) if k == 0 else body(1.0))
    implants = tuple(
        Implant(one.name, mesh, one.modulus_MPa, one.poisson, threads[id(mesh)])
        for one, mesh in zip(solids, made[1:], strict=True)
    )
    return Level(made[0], implants)


def sized(make: Callable[[float], TetMesh], ratio: float, base: TetMesh) -> TetMesh:
    """The mesh of `make` (factor of the edge length -> mesh) whose cells are `ratio` times those of `base`.

    Regula falsi on logarithms; of `TRIES` meshes the closest. Raises what `make` raises when no size can be
    meshed.
    """
    start, wanted = cell_size(base), math.log(ratio)
    tried: list[tuple[float, float]] = [(0.0, 0.0)]
    best: tuple[float, TetMesh] | None = None
    failure: GeometryError | None = None
    x = wanted
    for _ in range(TRIES):
        try:
            mesh = make(math.exp(x))
        except GeometryError as error:  # a little off, the next may do
            failure, x = error, 0.93 * x
            continue
        y = math.log(cell_size(mesh) / start)
        tried.append((x, y))
        if best is None or abs(y - wanted) < best[0]:
            best = (abs(y - wanted), mesh)
        if best[0] <= CLOSE:
            break
        x = _next(tried, wanted)
    if best is None:
        assert failure is not None  # else there is a mesh
        raise failure
    log.info("cells %.3f times as large as wanted", math.exp(best[0]))
    return best[1]


def _next(tried: list[tuple[float, float]], wanted: float) -> float:
    """The next logarithm of the factor: along the line through the two tries that lie closest."""
    (x0, y0), (x1, y1) = sorted(tried, key=lambda t: abs(t[1] - wanted))[:2]
    slope = (y1 - y0) / (x1 - x0) if x1 != x0 else 1.0
    slope = min(max(slope, LEAST_SLOPE), MOST_SLOPE)
    return x0 + (wanted - y0) / slope


def bone_at(case: Case, fracture: Fracture | None, factor: float) -> TetMesh:
    """The bone with all its sizes times `factor`; gated."""
    surface, anatomy = case.closed_surface, case.anatomy
    size = float(case.state["mesh"]["size_mm"])
    # How far a chord may leave a curved surface goes with the square of its length.
    chord = bone_meshing.HAUSDORFF_MM * factor**2
    if fracture is None:
        mesh = bone_meshing.mesh_bone(surface, anatomy, size * factor, hausdorff_mm=chord)
    else:
        at_gap = factor * size_at_gap(size, fracture.gap_mm)
        mesh = mesh_fractured(
            surface, anatomy, fracture, size * factor, hausdorff_mm=chord, gap_size_mm=at_gap
        )
    gate(mesh)
    return mesh


def implant_at(one: ImplantSolids, factor: float) -> tuple[TetMesh, Patch]:
    """An implant with all its sizes times `factor`, those at curved faces too, and its thread; gated."""
    sizes = {role: factor * x for role, x in DEFAULT_SIZES_MM.items()}
    made = mesh_implant(one, sizes, coarsening=factor)
    gate(made.mesh, one.name)
    return made.mesh, Patch("thread", made.thread)
