"""The table of a tree's branches: what is measured, how far it is uncertain, what must be known of it."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from surgitwin import NOTICE
from surgitwin.anatomy.artery.types import Lesion
from surgitwin.anatomy.tree import TreeBranch, VesselTree
from surgitwin.core.codec import whole
from surgitwin.core.resources import load_table
from surgitwin.planning.case import Case
from surgitwin.planning.segments.tree_names import Names, branch_title


@dataclass(frozen=True)
class Narrowest:
    """The worst narrowing of a branch. percent of the diameter, give or take `uncertainty` (percentage
    points); reference_mm: healthy diameter there; least_mm: diameter of the throat; at_mm: from the start of
    the branch. doubt: why it cannot be given to a digit, "".
    """

    percent: float
    uncertainty: float
    reference_mm: float
    least_mm: float
    at_mm: float
    doubt: str


@dataclass(frozen=True)
class BranchRow:
    """One branch. Lengths are None on an image without a scale. flags: what must be known, in words."""

    id: int
    name: str
    parent: int | None
    parent_name: str
    generation: int
    length_mm: float | None
    mean_mm: float | None
    least_mm: float | None
    tortuosity: float | None
    narrowest: Narrowest | None
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


def percent_uncertainty(lesion: Lesion, voxel_mm: float) -> float:
    """Percentage points by which a narrowing of the diameter is uncertain.

    Throat and reference are each off by the wall's error on phantoms, on both sides of the lumen.
    """
    error = 2 * settings()["wall_error_voxels"] * voxel_mm
    error *= settings()["doubt_factor"] if lesion.doubt else 1.0
    share = lesion.min_diameter_mm / lesion.reference_mm
    return 100 * error / lesion.reference_mm * float(np.hypot(1.0, share))


def _row(tree: VesselTree, branch: TreeBranch, names: Names, voxel_mm: float) -> BranchRow:
    metric, worst = tree.metric, None
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
        branch.tortuosity if metric else None,
        worst,
        _flags(tree, branch, names, voxel_mm),
    )


def _flags(tree: VesselTree, branch: TreeBranch, names: Names, voxel_mm: float) -> tuple[str, ...]:
    out = []
    if tree.metric and branch.tube is None:
        out.append("no sections (short, or no edge): inscribed balls only, about half a voxel less")
    if 2 * float(np.median(branch.radius_mm)) < settings()["thin_voxels"] * voxel_mm:
        out.append("under three voxels across: widths uncertain")
    if branch.lesions and branch.lesions[0].doubt:
        out.append(f"narrowing in doubt: {branch.lesions[0].doubt}")
    if next(j for j in tree.joints if j.id == branch.end).kind == "cut_off":
        out.append("cut off at the border of the image")
    for one in tree.contacts:
        if branch.id in one.branches:
            other = next((n for n in one.branches if n != branch.id), branch.id)
            words = "in a loop with" if one.kind == "loop" else "touches"
            out.append(f"{words} {branch_title(names, other)}")
    return tuple(dict.fromkeys(out))


def narrowest_words(row: BranchRow) -> str:
    """ "51 ± 5 % of 4.8 mm", "none", or "-" where nothing was measured."""
    if row.length_mm is None:
        return "–"
    q = row.narrowest
    if q is None:
        return "none"
    return f"{'~' if q.doubt else ''}{q.percent:.0f} ± {q.uncertainty:.0f} % of {q.reference_mm:.1f} mm"


HEAD = (
    "branch", "name", "parent", "generation", "length_mm", "mean_diameter_mm", "least_diameter_mm",
    "tortuosity", "narrowing_percent", "narrowing_uncertainty_points", "narrowing_reference_mm",
    "narrowing_diameter_mm", "narrowing_at_mm", "flags",
)  # fmt: skip
"""Columns of the CSV."""


def table_csv(rows: tuple[BranchRow, ...]) -> str:
    """The table as comma-separated values with a first line that is a remark; empty cells: not measured."""
    out = io.StringIO()
    out.write(f"# {NOTICE}\n")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(HEAD)
    for r in rows:
        q = r.narrowest
        found = [None] * 5 if q is None else [q.percent, q.uncertainty, q.reference_mm, q.least_mm, q.at_mm]
        numbers = [r.length_mm, r.mean_mm, r.least_mm, r.tortuosity, *found]
        cells = ["" if v is None else f"{v:.3f}" for v in numbers]
        parent = "" if r.parent is None else r.parent
        writer.writerow([r.id, r.name, parent, r.generation, *cells, "; ".join(r.flags)])
    return out.getvalue()


def write_csv(rows: tuple[BranchRow, ...], path: Path) -> None:
    """Write the table to `path`."""
    with whole(path) as stream:
        stream.write(table_csv(rows).encode())
