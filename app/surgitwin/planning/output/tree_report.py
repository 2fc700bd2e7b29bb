"""Trees of vessels in a report: pictures, table, notes."""

from __future__ import annotations

import numpy as np

from surgitwin.anatomy.tree import NEXT_STEP, VesselTree, why_unusable
from surgitwin.planning.case import Case
from surgitwin.planning.segments.tree import KEY, tree_current, tree_names, tree_of
from surgitwin.planning.segments.tree_names import names_of
from surgitwin.planning.segments.tree_rows import NO_SCALE
from surgitwin.planning.segments.tree_table import BranchRow, branch_rows, narrowest_words, voxel_of
from surgitwin.report.data import Fact, ReportPicture
from surgitwin.report.document import (
    Block,
    Cell,
    DataTable,
    Heading,
    Items,
    Pictures,
    Text,
)
from surgitwin.scene.fields import ColourScale
from surgitwin.scene.label_surface import LabelSurface
from surgitwin.scene.model import Layer
from surgitwin.scene.page import png
from surgitwin.scene.tree_layers import branch_layers, diameter_layer
from surgitwin.scene.vessel_picture import vessel_picture

SIZE = (560, 640)
WALL, WALL_OPACITY = (0.88, 0.32, 0.32), 0.2
"""Of the segment in which the centrelines are drawn (display only)."""
HEAD = ("Branch", "From", "Length [mm]", "Mean Ø [mm]", "Least Ø [mm]", "Tortuosity", "Narrowest place")
SHARES = (20.0, 16.0, 10.0, 10.0, 10.0, 10.0, 24.0)
SIDES = (("from the front", (0.0, -1.0, 0.0)), ("from the left", (1.0, 0.0, 0.0)))
TREE_LIMITS = (
    "The tree is as good as its segment: what is no vessel in the segment is a branch here.",
    "Accuracy is known on phantoms only: no real tree with a reference was at hand.",
    "Inside bifurcations no sections are measured; a narrowing there is not seen.",
    "Tortuosity is length over the distance of the ends, minus 1.",
    "± of diameters and narrowings: by the error of the wall on phantoms of straight vessels.",
    "A narrowing is not judged where no healthy vessel is seen on both sides, another branch touches it, the "
    "vessel is under 3 voxels across, the throat is finer than the image or beside calcium in a thin vessel, "
    "or segment and image disagree: it can be there or not.",
)


def tree_blocks(case: Case) -> list[Block]:
    """The section of a report on all trees of the case; empty without any."""
    return [block for segment in tree_names(case) for block in _tree(case, segment)]


def _tree(case: Case, segment: str) -> list[Block]:
    tree, names = tree_of(case, segment), names_of(case.state, segment)
    rows = branch_rows(tree, names, voxel_of(case))
    out: list[Block] = [Heading(f"Vessels of {segment.replace('_', ' ')}")]
    fault = why_unusable(tree)
    if fault:
        out.append(Text(f"NOT USABLE: {fault}. Next step: {NEXT_STEP}", "alert"))
    if not tree_current(case, segment):
        out.append(Text("OUT OF DATE: the segment was changed since the tree was measured.", "alert"))
    if not tree.metric:
        out.append(Text(NO_SCALE, "alert"))
    out += [
        Text(_summary(tree)),
        Pictures(tuple(_pictures(case, tree, segment)), 2),
        DataTable(HEAD, tuple(_cells(r) for r in rows), SHARES),
    ]
    notes = tuple(n.message for n in tree.notices)
    return out + ([Heading("Notes", 2), Items(notes)] if notes else [])


def _summary(tree: VesselTree) -> str:
    forks = sum(j.kind == "bifurcation" for j in tree.joints)
    on = "the image" if tree.source == "image" else "the smoothed segment"
    measured = f" Sections were measured on {on}." if tree.metric else ""
    return f"{len(tree.branches)} branches, {forks} bifurcations, {tree.loops} loops.{measured}"


def _cells(row: BranchRow) -> tuple[Cell, ...]:
    plus = "" if row.uncertainty_mm is None else f" ± {row.uncertainty_mm:.1f}"
    numbers = (
        (row.length_mm, 1, ""), (row.mean_mm, 1, plus), (row.least_mm, 1, plus), (row.tortuosity, 2, ""),
    )  # fmt: skip
    return (
        Cell(row.name, "; ".join(row.flags)),
        Cell(row.parent_name or "–"),
        *(Cell("–" if v is None else f"{v:.{n}f}{more}") for v, n, more in numbers),
        _narrowest(row),
    )


def _narrowest(row: BranchRow) -> Cell:
    q = row.narrowest
    if q is None:
        return Cell(narrowest_words(row))
    size = "" if q.doubt else f"Ø {q.least_mm:.1f} mm "
    below = f"{size}at {q.at_mm:.1f} mm from its start"
    return Cell(narrowest_words(row), below)


def _pictures(case: Case, tree: VesselTree, segment: str) -> list[ReportPicture]:
    """From two sides: centrelines, in the segment's surface where it is still the one they were found in."""
    layers: tuple[Layer, ...] = branch_layers(tree)
    scale: ColourScale | None = None
    if tree.metric:
        layer, scale = diameter_layer(tree)
        layers = (layer,)
    what = "Centrelines (the segment was changed since: not drawn)"
    if tree_current(case, segment):
        layers, what = (*layers, _wall(case, segment)), "Centrelines in the segment"
    out = []
    for words, towards in SIDES:
        title = f"{what}, {words}"
        image = vessel_picture(
            layers, (title,), axis=np.array([0.0, 0.0, 1.0]), towards=towards, scale=scale, size=SIZE
        )
        out.append(ReportPicture(title, png(image), f"{title}: vessels of {segment}"))
    return out


def _wall(case: Case, segment: str) -> Layer:
    """The surface of the segment as glass."""
    labels = case.labels
    one = labels.segment(segment)
    surface = LabelSurface(labels.grid, one.label)
    surface.build(labels.array)
    return Layer("segment", surface.data(), WALL, WALL_OPACITY)


def tree_hashes(case: Case) -> tuple[Fact, ...]:
    """What identifies each tree."""
    trees = case.state[KEY]
    return tuple(
        Fact(f"Tree hash, {n.replace('_', ' ')}", str(trees[n]["input_hash"])) for n in tree_names(case)
    )
