"""The table of a tree's branches: what is measured, how far it is uncertain, what must be known of it."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from surgitwin import NOTICE
from surgitwin.anatomy.artery.types import Lesion
from surgitwin.anatomy.tree import TreeBranch, VesselTree, why_unusable
from surgitwin.core.codec import whole
from surgitwin.core.resources import load_table
from surgitwin.planning.case import Case
from surgitwin.planning.segments.tree_names import Names, branch_title

NOT_USABLE, NOT_MEASURED = "the tree is not usable", "not measured"


@dataclass(frozen=True)
class Narrowest:
    """The worst narrowing of a branch that can be judged, else the worst of all. percent of the diameter,
    give or take `uncertainty` (percentage points); reference_mm: healthy diameter there; least_mm: diameter
    of the throat; at_mm: from the start of the branch. doubt: why it is not judged, "": then its per cent is
    no finding and is not shown.
    """

    percent: float
    uncertainty: float
    reference_mm: float
    least_mm: float
    at_mm: float
    doubt: str


@dataclass(frozen=True)
class BranchRow:
    """One branch. Lengths are None on an image without a scale. uncertainty_mm: of the diameters, None where
    they are those of balls inside the segment. unseen: why narrowings are not known at all, "". flags: what
    must be known, in words.
    """

    id: int
    name: str
    parent: int | None
    parent_name: str
    generation: int
    length_mm: float | None
    mean_mm: float | None
    least_mm: float | None
    uncertainty_mm: float | None
    tortuosity: float | None
    narrowest: Narrowest | None
    unseen: str
    flags: tuple[str, ...]


@cache
def settings() -> Mapping[str, float]:
    """How far walls are uncertain (resources/vessel_tree.toml)."""
    row = load_table("vessel_tree")["settings"]
    return {k: float(row[k]) for k in ("wall_error_voxels", "doubt_factor", "thin_voxels")}


def branch_rows(tree: VesselTree, names: Names, voxel_mm: float) -> tuple[BranchRow, ...]:
    """A row for each branch. voxel_mm: the largest edge of the image's voxels."""
    return tuple(_row(tree, b, names, voxel_mm) for b in tree.branches)


def voxel_of(case: Case) -> float:
    """The largest edge of the voxels of the case's image: what walls are uncertain by."""
    return float(case.volume.grid.spacing_mm.max())


def diameter_uncertainty(voxel_mm: float) -> float:
    """mm by which a diameter is uncertain: by the wall's error on phantoms, on both sides of the lumen."""
    return 2 * settings()["wall_error_voxels"] * voxel_mm


def diameter_words(voxel_mm: float) -> str:
    """What the ± of the diameters of a tree is."""
    error, share = diameter_uncertainty(voxel_mm), settings()["wall_error_voxels"]
    return f"Diameters ± {error:.1f} mm: {share:g} voxels at each wall, as on phantoms of straight vessels."


def percent_uncertainty(lesion: Lesion, voxel_mm: float) -> float:
    """Percentage points by which a narrowing of the diameter is uncertain.

    Throat and reference are each off by the wall's error on phantoms, on both sides of the lumen.
    """
    error = diameter_uncertainty(voxel_mm)
    error *= settings()["doubt_factor"] if lesion.doubt else 1.0
    share = lesion.min_diameter_mm / lesion.reference_mm
    return 100 * error / lesion.reference_mm * float(np.hypot(1.0, share))


def _row(tree: VesselTree, branch: TreeBranch, names: Names, voxel_mm: float) -> BranchRow:
    metric, worst = tree.metric, None
    unseen = "" if branch.tube is not None else NOT_MEASURED
    unseen = f"not judged: {NOT_USABLE}" if metric and why_unusable(tree) else unseen
    if metric and branch.lesions:
        q = branch.lesions[0]
        worst = Narrowest(
            q.diameter_percent, percent_uncertainty(q, voxel_mm), q.reference_mm, q.min_diameter_mm,
            q.throat_mm, q.doubt,
        )  # fmt: skip
    return BranchRow(
        branch.id,
        branch_title(names, branch.id),
        branch.parent,
        "" if branch.parent is None else branch_title(names, branch.parent),
        branch.generation,
        branch.length_mm if metric else None,
        2 * branch.mean_radius_mm if metric else None,
        2 * branch.min_radius_mm if metric else None,
        diameter_uncertainty(voxel_mm) if metric and branch.tube is not None else None,
        branch.tortuosity if metric else None,
        None if unseen else worst,
        unseen,
        _flags(tree, branch, names, voxel_mm),
    )


def _flags(tree: VesselTree, branch: TreeBranch, names: Names, voxel_mm: float) -> tuple[str, ...]:
    out = []
    if tree.metric and branch.tube is None:
        out.append("no sections: balls inside the segment, half a voxel less")
    if 2 * float(np.median(branch.radius_mm)) < settings()["thin_voxels"] * voxel_mm:
        out.append("under 3 voxels across: widths uncertain")
    if next(j for j in tree.joints if j.id == branch.end).kind == "cut_off":
        out.append("cut off at the border of the image")
    for one in tree.contacts:
        if branch.id in one.branches:
            other = next((n for n in one.branches if n != branch.id), branch.id)
            words = "in a loop with" if one.kind == "loop" else "touches"
            out.append(f"{words} {branch_title(names, other)}")
    return tuple(dict.fromkeys(out))


def narrowest_words(row: BranchRow) -> str:
    """ "51 ± 5 % of 4.8 mm", "not judged: ..." with the reason, "none", or "not measured"."""
    q = row.narrowest
    if row.unseen:
        return row.unseen
    if q is None:
        return "none"
    if q.doubt:
        return f"not judged: {q.doubt}"
    return f"{q.percent:.0f} ± {q.uncertainty:.0f} % of {q.reference_mm:.1f} mm"


HEAD = (
    "branch", "name", "parent", "generation", "length_mm", "mean_diameter_mm", "least_diameter_mm",
    "diameter_uncertainty_mm", "tortuosity", "narrowing", "narrowing_percent",
    "narrowing_uncertainty_points", "narrowing_reference_mm", "narrowing_diameter_mm", "narrowing_at_mm",
    "flags", "tree", "notice",
)  # fmt: skip
"""Columns of the CSV."""


def row_data(row: BranchRow) -> dict[str, Any]:
    """A row as plain values under the names of the CSV's columns; None: not measured, or not judged."""
    q = row.narrowest
    found = row.unseen or ("none" if q is None else "found")
    numbers: list[float | None] = [None] * 5
    if q is not None and q.doubt:
        found = f"not judged: {q.doubt}"
        numbers[4] = q.at_mm
    elif q is not None:
        numbers = [q.percent, q.uncertainty, q.reference_mm, q.least_mm, q.at_mm]
    cells = (
        row.id, row.name, row.parent, row.generation, row.length_mm, row.mean_mm, row.least_mm,
        row.uncertainty_mm, row.tortuosity, found, *numbers, "; ".join(row.flags),
    )  # fmt: skip
    return dict(zip(HEAD, cells, strict=False))


def table_csv(rows: tuple[BranchRow, ...], fault: str = "") -> str:
    """The table as comma-separated values, the columns' names first; empty cells: not measured or judged.

    fault: why the tree cannot be used, "": it stands in every row, so that no row can be taken alone.
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(HEAD)
    tree = f"not usable: {fault}" if fault else "usable"
    for row in rows:
        cells = row_data(row).values()
        written = ["" if v is None else f"{v:.3f}" if isinstance(v, float) else v for v in cells]
        writer.writerow([*written, tree, NOTICE])
    return out.getvalue()


def write_csv(rows: tuple[BranchRow, ...], path: Path, fault: str = "") -> None:
    """Write the table to `path`; as `table_csv`."""
    with whole(path) as stream:
        stream.write(table_csv(rows, fault).encode())
