"""Law parameters as UFL coefficients: one compiled form serves every value."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import basix.ufl
import numpy as np
from dolfinx import fem, mesh

from surgitwin.core.arrays import FloatArray, IntArray
from surgitwin.core.errors import InputError
from surgitwin.mechanics.fenicsx.solids.space import PartSpace
from surgitwin.mechanics.model.material import Material


@dataclass(frozen=True, eq=False)
class Region:
    """Cells of one law: `tag` of the cell integrals (0: all cells), its materials with their cells
    (numbers in the part's own order).
    """

    law: str
    tag: int
    members: tuple[tuple[Material, IntArray], ...]


def regions(space: PartSpace) -> tuple[list[Region], Any]:
    """The part's regions by law, and the cell tags for the measure (None when there is one law).

    Raises InputError "model.cells_without_material", "model.no_set".
    """
    part, mesh_ = space.part, space.part.mesh
    count = len(mesh_.cells)
    owner = np.zeros(count, np.int32)
    members: dict[str, list[tuple[Material, IntArray]]] = {}
    for name, material in part.materials.items():
        if name and name not in mesh_.cell_sets:
            raise InputError(
                "model.no_set",
                f"Part {part.name!r} has no cell set called {name!r}.",
                hint=f"Its sets: {', '.join(mesh_.cell_sets) or 'none'}.",
                where=f"{part.name}.material.{name}",
            )
        cells = mesh_.cell_sets[name] if name else np.arange(count)
        members.setdefault(material.law, []).append((material, cells))
        owner[cells] += 1
    if (owner != 1).any():
        raise InputError(
            "model.cells_without_material",
            f"{int((owner != 1).sum())} cells of part {part.name!r} have no material or more than one.",
            hint="Name materials for cell sets that cover every cell once.",
            where=f"{part.name}.material",
        )
    if len(members) == 1:
        law, rows = next(iter(members.items()))
        return [Region(law, 0, tuple(rows))], None
    out, tag = [], np.zeros(count, np.int32)
    for k, (law, rows) in enumerate(members.items(), 1):
        out.append(Region(law, k, tuple(rows)))
        for _, cells in rows:
            tag[cells] = k
    local = np.arange(count, dtype=np.int32)
    return out, mesh.meshtags(space.domain, space.dimension, local, tag[space.cell_order])


def coefficient(space: PartSpace, region: Region, name: str, default: float | None) -> Any:
    """UFL coefficient of parameter `name`: a Constant, or a Function by cell or by quadrature point."""
    rows: list[tuple[Any, IntArray]] = [(m.parameters.get(name, default), c) for m, c in region.members]
    if len(rows) == 1 and np.ndim(rows[0][0]) == 0:
        return fem.Constant(space.domain, float(rows[0][0]))
    points = max(np.ndim(value) for value, _ in rows) == 2
    width = max(np.shape(value)[1] if np.ndim(value) == 2 else 1 for value, _ in rows)
    values = np.ones((len(space.part.mesh.cells), width))
    for value, cells in rows:
        array = np.asarray(value, float)
        if array.ndim and len(array) != len(space.part.mesh.cells):
            raise InputError(
                "model.parameter_size",
                f"Parameter {name!r} of part {space.part.name!r} has {len(array)} values, the mesh "
                f"{len(space.part.mesh.cells)} cells.",
                hint="Give one value for each cell of the part's mesh.",
                where=f"{space.part.name}.material.{name}",
            )
        chosen = array[cells] if array.ndim else array
        values[cells] = (
            chosen if array.ndim == 2 else np.broadcast_to(np.reshape(chosen, (-1, 1)), (len(cells), 1))
        )
    return _function(space, values[space.cell_order], points)


def _function(space: PartSpace, values: FloatArray, points: bool) -> Any:
    kind = space.part.mesh.cell
    if points:
        element = basix.ufl.quadrature_element(kind, degree=space.part.quadrature_degree)
        S = fem.functionspace(space.domain, element)
    else:
        S = fem.functionspace(space.domain, ("DG", 0))
    f = fem.Function(S)
    f.x.array[S.dofmap.list] = values
    return f


def fibres(space: PartSpace, region: Region, count: int) -> Sequence[Any]:
    """`count` unit vector Functions (3 components, one value per cell)."""
    S = fem.functionspace(space.domain, ("DG", 0, (3,)))
    out = []
    for k in range(count):
        f = fem.Function(S)
        values = np.zeros((len(space.centres), 3))
        place = np.argsort(space.cell_order)
        for material, cells in region.members:
            fibre = material.fibres[k]
            local = place[cells]
            given = fibre.direction
            if given is not None and np.ndim(given) == 2:
                array = np.pad(np.asarray(given, float), ((0, 0), (0, 3 - np.shape(given)[1])))
                values[local] = array[cells] / np.linalg.norm(array[cells], axis=1)[:, None]
            else:
                values[local] = fibre.at(space.centres[local])
        f.x.array[:] = values.ravel()
        out.append(f)
    return out
