"""Several tissues of a label map as one mesh of tetrahedra that share their nodes at the interfaces."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from surgitwin.core.errors import InputError
from surgitwin.core.image import LabelMap
from surgitwin.core.mesh import TetMesh
from surgitwin.core.progress import SILENT, Progress
from surgitwin.meshing.quality import first_good
from surgitwin.meshing.sizing import SizeField, wanted_size
from surgitwin.meshing.tissue_fields import TissueFields, tissue_fields
from surgitwin.meshing.tissue_lattice import cut_lattice
from surgitwin.meshing.tissue_optimise import remesh_tissues
from surgitwin.meshing.tissue_report import Contact, TissuePart, contacts, tissue_parts
from surgitwin.meshing.tissue_snap import curved_tissues, snapped

TISSUE_MESHER = "tissues-stuffing-mmg3d"

HAUSDORFF = 0.08
"""Numerical setting: how far Mmg may leave the interfaces, in element sizes; nodes are put back on them
afterwards.
"""


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
    progress("Filling the tissues with tetrahedra", 0.2)
    pieces = cut_lattice(fields, size_mm)
    progress("Improving the tetrahedra", 0.4)
    wanted = wanted_size(pieces.points, size_mm, refine)
    pieces = snapped(remesh_tissues(pieces, wanted, HAUSDORFF * size_mm), fields)
    names = dict(enumerate(fields.names, 1))
    mesh = TetMesh(pieces.points, pieces.tets, pieces.part, names)
    progress("Bending edges onto the interfaces", 0.8)
    return curved_tissues(mesh, fields) if order == 2 else mesh


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
