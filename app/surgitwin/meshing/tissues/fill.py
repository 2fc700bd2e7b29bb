"""Several tissues of a label map as one mesh of tetrahedra that share their nodes at the interfaces."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from surgitwin.core.arrays import FloatArray
from surgitwin.core.errors import InputError
from surgitwin.core.image import LabelMap
from surgitwin.core.mesh import TetMesh
from surgitwin.core.progress import SILENT, Progress
from surgitwin.meshing.estimate import COSTS, LATTICE_CELLS, duration, rough
from surgitwin.meshing.optimise import Pieces
from surgitwin.meshing.quality import first_good
from surgitwin.meshing.sizing import SizeField, wanted_size
from surgitwin.meshing.tissues.fields import TissueFields, tissue_fields
from surgitwin.meshing.tissues.lattice import cut_lattice
from surgitwin.meshing.tissues.optimise import remesh_tissues
from surgitwin.meshing.tissues.polish import polished
from surgitwin.meshing.tissues.report import Contact, TissuePart, contacts, tissue_parts
from surgitwin.meshing.tissues.snap import curved_tissues, snapped
from surgitwin.meshing.tissues.thickness import (
    CELLS_PER_CUBE,
    COMMON,
    ThicknessSize,
    lost_tissue,
    require_cells,
    thickness_size,
)

TISSUE_MESHER = "tissues-stuffing-mmg3d"

HAUSDORFF = 0.08
"""Numerical setting: how far Mmg may leave the interfaces, in element sizes; nodes are put back on them
afterwards.
"""

POLISHED = 0.1
"""Numerical setting: how far a border node may move to mend the worst elements, in element sizes."""

SAMPLES = 50_000
"""Numerical setting: places of the tissues' border at which local sizes are asked for."""

FINER = 0.75
"""Numerical setting: factor of the lattice's step when it lost part of a tissue."""


@dataclass(frozen=True, eq=False)
class TissueMesh:
    """mesh: part k is the k-th tissue (from 1), faces between tissues are shared. parts, contacts: the
    report.
    """

    mesh: TetMesh
    parts: tuple[TissuePart, ...]
    contacts: tuple[Contact, ...]
    size_mm: float

    def as_dict(self) -> dict[str, Any]:
        """The report without the mesh."""
        return {
            "mesher": TISSUE_MESHER,
            "size_mm": self.size_mm,
            "order": self.mesh.order,
            "n_nodes": len(self.mesh.points_mm),
            "n_cells": len(self.mesh.cells),
            "parts": [p.as_dict() for p in self.parts],
            "contacts": [vars(c) for c in self.contacts],
        }


def mesh_tissues(
    labels: LabelMap,
    tissues: Sequence[str],
    size_mm: float,
    *,
    order: int = 2,
    refine: Sequence[SizeField] = (),
    progress: Progress = SILENT,
    smooth_mm: float | None = None,
) -> TissueMesh:
    """Tetrahedra of the named segments, one part each, conforming at their interfaces.

    size_mm: wanted edge length. order: 2 for ten-node cells whose edges follow the interfaces, 1 for straight
    four-node cells. refine: further sizes; the least at a place counts. smooth_mm: see `tissue_fields`.
    Raises InputError ("mesh.unknown_tissue", "mesh.no_tissue", "mesh.tissue_size"), GeometryError
    ("mesh.empty_tissue", "mesh.tissue_small", "mesh.remesh", "mesh.quality").
    """
    _check(size_mm, order)
    progress("Measuring distances to the tissues' borders", 0.0)
    fields = tissue_fields(labels, tissues, size_mm, smooth_mm)

    def make(factor: float) -> TetMesh:
        return _make(fields, factor * size_mm, order, refine, progress)

    mesh = first_good(make, "the tissues")
    progress("Comparing the mesh with the labels", 0.9)
    out = TissueMesh(mesh, tissue_parts(mesh, fields), contacts(mesh), size_mm)
    progress("Tissue mesh done", 1.0)
    return out


def _make(
    fields: TissueFields, size_mm: float, order: int, refine: Sequence[SizeField], progress: Progress
) -> TetMesh:
    layers = thickness_size(fields, size_mm)

    def wanted(points: FloatArray) -> FloatArray:
        return wanted_size(points, size_mm, [layers, *refine])

    progress("Filling the tissues with tetrahedra", 0.2)
    pieces = _filled(fields, _step(fields, layers, refine, size_mm), size_mm, progress)
    seconds = len(pieces.tets) * COSTS["tissues"][2] / 1e6  # small tissues make it more than was expected
    progress(f"Improving {rough(len(pieces.tets))} tetrahedra, up to {duration(seconds)}", 0.4)
    pieces = remesh_tissues(pieces, wanted(pieces.points), HAUSDORFF * size_mm)
    pieces = polished(snapped(pieces, fields), POLISHED * size_mm)
    mesh = TetMesh(pieces.points, pieces.tets, pieces.part, dict(enumerate(fields.names, 1)))
    progress("Bending edges onto the interfaces", 0.8)
    return curved_tissues(mesh, fields) if order == 2 else mesh


def _step(fields: TissueFields, layers: ThicknessSize, refine: Sequence[SizeField], size_mm: float) -> float:
    """Step of the lattice: of the thinnest layers, and of the finest local sizes within `LATTICE_CELLS`."""
    step = layers.lattice_step()
    if not refine:
        return step
    border = np.argwhere(np.abs(fields.raw[..., 1:]).min(axis=-1) < float(fields.grid.spacing_mm[0]))
    points = fields.grid.index_to_lps(border[:: max(1, len(border) // SAMPLES), ::-1].astype(float))
    finest = float(np.percentile(wanted_size(points, size_mm, refine), COMMON))
    room = float(np.cbrt(CELLS_PER_CUBE * fields.volume_mm3[1:].sum() / LATTICE_CELLS))
    return min(step, max(finest, room))


def _filled(fields: TissueFields, step_mm: float, size_mm: float, progress: Progress) -> Pieces:
    """The lattice, finer when it is too coarse for a tissue. Raises GeometryError "mesh.tissue_cells"."""
    while True:
        require_cells(fields, step_mm, size_mm)
        pieces = cut_lattice(fields, step_mm)
        lost = lost_tissue(pieces, fields)
        if lost is None:
            return pieces
        step_mm *= FINER
        progress(f"Smaller elements for {lost}", 0.2)


def _check(size_mm: float, order: int) -> None:
    if not (np.isfinite(size_mm) and size_mm > 0):
        raise InputError(
            "mesh.tissue_size",
            f"An element size of {size_mm:g} mm is not possible.",
            hint="Give a positive size in mm, for example 2.",
            where="size_mm",
        )
    if order not in (1, 2):
        raise ValueError(f"order must be 1 or 2, not {order}")
