"""Layers of a tree of vessels: centrelines by branch or by diameter, the chosen branch, a section."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyvista as pv

from surgitwin.anatomy.tree import TreeBranch, VesselTree
from surgitwin.core.arrays import FloatArray
from surgitwin.scene.datasets import polydata, with_normals
from surgitwin.scene.fields import ColourScale, FieldStyle
from surgitwin.scene.model import Layer
from surgitwin.scene.vessel_layers import line_layer

FIELD = FieldStyle("diameter_mm", "Diameter", "mm", "viridis")
COLOURS = (
    (0.34, 0.71, 0.91), (0.90, 0.62, 0.0), (0.0, 0.62, 0.45), (0.80, 0.47, 0.65), (0.84, 0.37, 0.0),
    (0.95, 0.90, 0.45), (0.55, 0.60, 0.98), (0.70, 0.80, 0.75),
)  # fmt: skip
"""One after the other, after Okabe and Ito's set (display only)."""
CHOSEN = (1.0, 1.0, 1.0)
SECTION = (0.88, 0.32, 0.32)
LINE_SHARE, LIT_SHARE = 0.3, 0.5
"""Radius of a drawn line as a share of the median radius of the tree (display only)."""
SIDES = 8
SHOWN_PERCENTILES = (5, 100)
"""Ends of the scale: the inscribed balls of a closed end shrink to nothing (display only)."""


def colour_of(number: int) -> tuple[float, float, float]:
    """Colour of a branch by its id."""
    return COLOURS[number % len(COLOURS)]


def branch_layers(tree: VesselTree) -> tuple[Layer, ...]:
    """Centrelines, each branch in its colour."""
    radius = LINE_SHARE * _median_radius(tree)
    return tuple(
        Layer(f"branches {n}", _tubes([b for b in tree.branches if b.id % len(COLOURS) == n], radius), colour)
        for n, colour in enumerate(COLOURS)
        if any(b.id % len(COLOURS) == n for b in tree.branches)
    )


def diameter_layer(tree: VesselTree) -> tuple[Layer, ColourScale]:
    """Centrelines painted with the lumen's diameter, and the scale; for a tree with a scale in mm."""
    values = [diameters_of(b) for b in tree.branches]
    data = _tubes(tree.branches, LINE_SHARE * _median_radius(tree), values)
    low, high = (float(v) for v in np.percentile(np.concatenate(values), SHOWN_PERCENTILES))
    return Layer("branches", data, COLOURS[0], field=FIELD.name), ColourScale(
        FIELD, low, max(high, 1.001 * low)
    )


def diameters_of(branch: TreeBranch) -> FloatArray:
    """(n,) diameter at each point of the centreline: of the sections where they were measured, else of the
    inscribed balls.
    """
    out: FloatArray = 2 * np.asarray(branch.radius_mm)
    if branch.tube is None:
        return out
    s = arc_of(branch)
    at = branch.tube_start_mm + branch.tube.course.s_mm
    inside = (s >= at[0]) & (s <= at[-1])
    return np.where(inside, np.interp(s, at, branch.tube.diameter_mm), out)


def arc_of(branch: TreeBranch) -> FloatArray:
    """(n,) arc length of the centreline's points from the start of the branch."""
    step = np.linalg.norm(np.diff(branch.points_mm, axis=0), axis=1)
    out: FloatArray = np.concatenate([[0.0], np.cumsum(step)])
    return out


def chosen_layer(tree: VesselTree, number: int) -> Layer:
    """The chosen branch, thicker and bright."""
    radius = LIT_SHARE * _median_radius(tree)
    return Layer("chosen branch", _tubes([tree.branch(number)], radius), CHOSEN)


def section_layer(outline_mm: FloatArray, radius_mm: float) -> Layer:
    """The outline (k, 3) of the section that is looked at."""
    return line_layer("section", outline_mm, SECTION, closed=True, radius_mm=radius_mm)


def _median_radius(tree: VesselTree) -> float:
    return float(np.median(np.concatenate([b.radius_mm for b in tree.branches])))


def _tubes(
    branches: Sequence[TreeBranch], radius: float, values: Sequence[FloatArray] | None = None
) -> pv.PolyData:
    """All lines as tubes of one data set, with `values` on their points."""
    counts = [len(b.points_mm) for b in branches]
    starts = np.concatenate([[0], np.cumsum(counts)])
    cells = [np.concatenate([[n], a + np.arange(n)]) for n, a in zip(counts, starts[:-1], strict=True)]
    lines = pv.PolyData(np.concatenate([b.points_mm for b in branches]), lines=np.concatenate(cells))
    if values is not None:
        lines.point_data[FIELD.name] = np.concatenate(values)
    tube = lines.tube(radius=radius, n_sides=SIDES, capping=True).triangulate()
    made = polydata(np.asarray(tube.points), np.asarray(tube.faces).reshape(-1, 4)[:, 1:])
    if values is None:
        return with_normals(made)
    made.point_data[FIELD.name] = np.asarray(tube.point_data[FIELD.name])
    return made
