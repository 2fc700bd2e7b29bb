"""A tree of vessels as plain values: JSON, tables, lines for VTK."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from surgitwin import NOTICE
from surgitwin.anatomy.tree import NEXT_STEP, TreeBranch, VesselTree, why_unusable
from surgitwin.anatomy.tree.sections import sections_of
from surgitwin.anatomy.tree.types import Joint
from surgitwin.core.codec import whole
from surgitwin.core.errors import UsageError
from surgitwin.core.places import require_folder
from surgitwin.planning.segments.tree_names import Names, branch_title
from surgitwin.planning.segments.tree_table import branch_rows, row_data, write_csv

NO_SCALE = "The image has no scale in mm: only the topology is given."


def tree_data(tree: VesselTree, *, lines: bool = False, names: Names | None = None) -> dict[str, Any]:
    """The tree as plain values, mm and degrees. lines: with centrelines and sections. names: of branches.

    Without a scale every length is null and `reason` says why. A narrowing that is not "judged" is no
    finding.
    """
    return {
        **verdict(tree),
        "frame": "LPS",
        "metric": tree.metric,
        "reason": None if tree.metric else NO_SCALE,
        "source": tree.source if tree.metric else None,
        "fwhm_mm": tree.fwhm_mm if tree.metric else None,
        "loops": tree.loops,
        "joints": [_joint(tree, j) for j in tree.joints],
        "branches": [_branch(tree, b, lines, names or {}) for b in tree.branches],
        "contacts": [
            {
                "kind": c.kind,
                "branches": list(c.branches),
                "point_mm": list(c.point_mm) if tree.metric else None,
            }
            for c in tree.contacts
        ],
        "notices": [{"code": n.code, "text": n.message} for n in tree.notices],
    }


def verdict(tree: VesselTree) -> dict[str, Any]:
    """Whether the tree can be used, why not, and what to do then."""
    fault = why_unusable(tree)
    return {
        "usable": not fault,
        "not_usable_because": fault or None,
        "next_step": NEXT_STEP if fault else None,
    }


def tree_summary(tree: VesselTree, names: Names, voxel_mm: float) -> dict[str, Any]:
    """What is said of a tree on one page: verdict, counts, a row for each branch as in the CSV, notices."""
    ends = sum(j.kind in ("end", "cut_off") for j in tree.joints)
    rows = branch_rows(tree, names, voxel_mm)
    sure = [r.id for r in rows if r.narrowest is not None and not r.narrowest.doubt]
    return {
        **verdict(tree),
        "metric": tree.metric,
        "reason": None if tree.metric else NO_SCALE,
        "source": tree.source if tree.metric else None,
        "fwhm_mm": tree.fwhm_mm if tree.metric else None,
        "bifurcations": sum(j.kind == "bifurcation" for j in tree.joints),
        "ends": ends,
        "loops": tree.loops,
        "narrowed_branches": sure,
        "branches": [row_data(r) | {"name": names.get(r.id, ""), "flags": list(r.flags)} for r in rows],
        "notices": [{"code": n.code, "text": n.message} for n in tree.notices],
    }


def _joint(tree: VesselTree, joint: Joint) -> dict[str, Any]:
    return {
        "id": joint.id,
        "kind": joint.kind,
        "point_mm": joint.point_mm.tolist() if tree.metric else None,
        "incoming": list(joint.incoming),
        "outgoing": list(joint.outgoing),
        "turn_deg": list(joint.turn_deg) if tree.metric else None,
        "between_deg": list(joint.between_deg) if tree.metric else None,
    }


def _branch(tree: VesselTree, branch: TreeBranch, lines: bool, names: Names) -> dict[str, Any]:
    usable = not why_unusable(tree)
    out: dict[str, Any] = {
        "id": branch.id,
        "name": names.get(branch.id, ""),
        "parent": branch.parent,
        "children": list(branch.children),
        "generation": branch.generation,
        "start": branch.start,
        "end": branch.end,
    }
    metric = {
        "length_mm": branch.length_mm,
        "tortuosity": branch.tortuosity,
        "mean_radius_mm": branch.mean_radius_mm,
        "min_radius_mm": branch.min_radius_mm,
        "sections_measured": branch.tube is not None,
        "lesions": [asdict(q) | {"judged": usable and not q.doubt} for q in branch.lesions],
    }
    out |= metric if tree.metric else dict.fromkeys(metric)
    if lines and tree.metric:
        out["points_mm"] = np.round(branch.points_mm, 3).tolist()
        out["sections"] = _sections(branch)
    return out


def _sections(branch: TreeBranch) -> list[dict[str, Any]]:
    if branch.tube is None:
        return []
    found = sections_of(branch.tube, branch.tube_start_mm)
    keys = ("s_mm", "area_mm2", "perimeter_mm", "min_diameter_mm", "max_diameter_mm")
    rows = zip(*(getattr(found, k).tolist() for k in keys), strict=True)
    return [{k: round(v, 3) for k, v in zip(keys, row, strict=True)} for row in rows]


def write_tree(tree: VesselTree, path: Path, names: Names | None = None, voxel_mm: float = 0.0) -> None:
    """Write a tree as .json (with centrelines and sections), .csv (table of its branches; voxel_mm as in
    `branch_rows`) or .vtp (polylines, LPS mm).

    Raises UsageError "tree.format"; InputError "image.no_scale" is for the caller: a .vtp has lengths.
    """
    require_format(path)
    if path.suffix.lower() == ".json":
        text = json.dumps(
            {"notice": NOTICE, **tree_data(tree, lines=True, names=names)}, indent=1, allow_nan=False
        )
        with whole(path) as stream:
            stream.write(text.encode())
    elif path.suffix.lower() == ".csv":
        write_csv(branch_rows(tree, names or {}, voxel_mm), path, why_unusable(tree))
    else:
        _write_lines(tree, path, names or {})


def require_format(path: Path) -> None:
    """Raises UsageError "tree.format" for a suffix that `write_tree` does not write, StorageError
    "storage.no_folder"."""
    if path.suffix.lower() not in (".json", ".csv", ".vtp"):
        raise UsageError(
            "tree.format",
            f"{path.name}: a tree is written as .json, .csv or .vtp.",
            hint="Give --out tree.json, tree.csv or tree.vtp.",
            where="--out",
        )
    require_folder(path)


def _write_lines(tree: VesselTree, path: Path, names: Names) -> None:
    """One polyline a branch; arrays of branches (parent -1: none) and of points (inscribed radius)."""
    import pyvista as pv

    counts = [len(b.points_mm) for b in tree.branches]
    starts = np.concatenate([[0], np.cumsum(counts)])
    cells = [np.concatenate([[n], s + np.arange(n)]) for n, s in zip(counts, starts[:-1], strict=True)]
    poly = pv.PolyData(np.concatenate([b.points_mm for b in tree.branches]), lines=np.concatenate(cells))
    poly.point_data["inscribed_radius_mm"] = np.concatenate([b.radius_mm for b in tree.branches])
    poly.cell_data["branch"] = np.array([b.id for b in tree.branches])
    poly.cell_data["name"] = [branch_title(names, b.id) for b in tree.branches]
    poly.cell_data["parent"] = np.array([-1 if b.parent is None else b.parent for b in tree.branches])
    poly.cell_data["generation"] = np.array([b.generation for b in tree.branches])
    poly.cell_data["length_mm"] = np.array([b.length_mm for b in tree.branches])
    poly.cell_data["mean_radius_mm"] = np.array([b.mean_radius_mm for b in tree.branches])
    poly.save(path)
