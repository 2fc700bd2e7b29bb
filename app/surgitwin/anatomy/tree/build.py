"""Branches with smooth centrelines, and joints with angles, from the raw skeleton and the tubes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from surgitwin.anatomy.artery.lesion import find_lesions
from surgitwin.anatomy.artery.reference import healthy_diameter
from surgitwin.anatomy.artery.types import Lesion
from surgitwin.anatomy.tree.joints import Line, between, line_through, meeting_point, turns
from surgitwin.anatomy.tree.lumen import Lumen
from surgitwin.anatomy.tree.skeleton import Edge, Skeleton
from surgitwin.anatomy.tree.tubes import smooth_line
from surgitwin.anatomy.tree.types import Joint, JointKind, TreeBranch
from surgitwin.core.arrays import FloatArray
from surgitwin.core.vessel import LumenTube

_STEP_VOXELS, _SMOOTH_VOXELS = 0.5, 2.0
_BORDER_VOXELS = 2.0  # an end this near to the border of the image is cut off by it
_LEAST_STATIONS = 12  # of a tube in which narrowings are looked for
_END_RADII = 4.0  # over which the radius next to an end is taken
_EXTEND = 2.5  # radii up to which the axis is carried on to the closed end of a vessel

Ends = Mapping[int, tuple[Line | None, Line | None]]


def end_radius(edge: Edge, at_end: bool) -> float:
    """Inscribed radius next to the start or end of an edge; the corner in which a way ends does not count."""
    s = edge.length_mm - edge.s_mm if at_end else edge.s_mm
    near = s <= _END_RADII * float(np.median(edge.depth_mm))
    return float(np.percentile(edge.depth_mm[near], 80))


def lines_of(edge: Edge, tube: LumenTube | None) -> tuple[Line | None, Line | None]:
    """Axes at the start and the end of a branch: of its tube, else of what lies outside its bifurcations."""
    if tube is not None:
        points, s = tube.course.points_mm, tube.course.s_mm
        first, last = (float(tube.diameter_mm[n] / 2) for n in (0, -1))
    else:
        keep = (edge.s_mm >= edge.before_mm) & (edge.s_mm <= edge.length_mm - edge.after_mm)
        if np.count_nonzero(keep) < 2:
            return None, None
        points, s = edge.points_mm[keep], edge.s_mm[keep]
        first = last = float(np.median(edge.depth_mm[keep]))
    return line_through(points, s, first, False), line_through(points, s, last, True)


def joint_points(
    skeleton: Skeleton, ends: Ends, lumen: Lumen, clicked: Sequence[int]
) -> dict[int, FloatArray]:
    """LPS of every joint: where the axes meet; at a free end where the axis leaves the segment.

    clicked: joints that a click placed: the axis ends level with them.
    """
    number = {id(e): n for n, e in enumerate(skeleton.edges)}
    out = {}
    for joint, raw in skeleton.joints.items():
        into, away = skeleton.all_incoming(joint), skeleton.outgoing(joint)
        lines = [ends[number[id(e)]][0] for e in away] + [ends[number[id(e)]][1] for e in into]
        known = [one for one in lines if one is not None]
        if len(lines) == 1:
            sign = 1.0 if into else -1.0
            line = known[0] if known else None
            radius = end_radius((into or away)[0], bool(into))
            out[joint] = raw if line is None else _tip(lumen, line, sign, raw, radius, joint in clicked)
        else:
            out[joint] = meeting_point(known, raw, skeleton.depth_mm[joint])
    return out


def _tip(lumen: Lumen, line: Line, sign: float, raw: FloatArray, radius: float, clicked: bool) -> FloatArray:
    """Where the axis of a branch reaches its end."""
    middle, direction = line[0], sign * line[1]
    level = float((raw - middle) @ direction)
    if clicked:
        return middle + level * direction
    step = 0.1 * lumen.voxel_mm
    reach = middle + np.arange(0.0, level + _EXTEND * radius, step)[:, None] * direction
    inside = lumen.inside(reach)
    if inside.all() or not inside[0]:
        return raw
    return np.asarray(reach[int((~inside).argmax())])


def branch_of(
    number: int, skeleton: Skeleton, joints: Mapping[int, FloatArray], tube: LumenTube | None, lumen: Lumen,
    fwhm_mm: float,
) -> TreeBranch:  # fmt: skip
    """A branch with its smooth centreline from joint to joint, and its narrowings."""
    edge = skeleton.edges[number]
    first, last = joints[edge.start], joints[edge.end]
    if tube is not None:
        inner = tube.course.points_mm
    else:
        keep = (edge.s_mm > edge.before_mm) & (edge.s_mm < edge.length_mm - edge.after_mm)
        inner = edge.points_mm[keep]
    step = _STEP_VOXELS * lumen.voxel_mm
    line = np.concatenate([first[None], inner, last[None]])
    line = smooth_line(line, step, 0.0 if tube is not None else _SMOOTH_VOXELS * lumen.voxel_mm)
    length = float(np.linalg.norm(np.diff(line, axis=0), axis=1).sum())
    chord = float(np.linalg.norm(last - first))
    depth = ndimage.map_coordinates(lumen.depth_mm, lumen.index(line).T, order=1, mode="nearest")
    parents = [n for n, e in enumerate(skeleton.edges) if e.end == edge.start]
    children = tuple(n for n, e in enumerate(skeleton.edges) if e.start == edge.end)
    branch = TreeBranch(
        id=number, start=edge.start, end=edge.end, parent=parents[0] if parents else None, children=children,
        generation=_generation(skeleton, edge), points_mm=line, radius_mm=depth, length_mm=length,
        tortuosity=length / max(chord, 1e-9) - 1,
    )  # fmt: skip
    return (
        branch if tube is None else _with_tube(branch, tube, float(np.linalg.norm(inner[0] - first)), fwhm_mm)
    )


def _generation(skeleton: Skeleton, edge: Edge) -> int:
    count, at = 0, skeleton.incoming(edge.start)
    while at is not None:
        count, at = count + 1, skeleton.incoming(at.start)
    return count


def _with_tube(branch: TreeBranch, tube: LumenTube, start_mm: float, fwhm_mm: float) -> TreeBranch:
    s, diameter = tube.course.s_mm, tube.diameter_mm
    if len(s) < _LEAST_STATIONS:
        return replace(branch, tube=tube, tube_start_mm=start_mm)
    reference, healthy = branch_reference(s, diameter)
    found = tuple(
        replace(
            q,
            doubt=_doubt(q, s, s[healthy], branch),
            start_mm=q.start_mm + start_mm,
            throat_mm=q.throat_mm + start_mm,
            end_mm=q.end_mm + start_mm,
        )
        for q in find_lesions(tube, reference, healthy, fwhm_mm)
    )
    return replace(branch, tube=tube, tube_start_mm=start_mm, reference_mm=reference, lesions=found)


def branch_reference(s_mm: FloatArray, diameter_mm: FloatArray) -> tuple[FloatArray, npt.NDArray[np.bool_]]:
    """Healthy diameter (n,) and which stations are healthy, as `healthy_diameter`; never beyond the least and
    the largest diameter of the healthy stations, to which a line past the last of them would run on.
    """
    reference, healthy = healthy_diameter(s_mm, diameter_mm)
    known = diameter_mm[healthy]
    return np.clip(reference, known.min(), known.max()) if known.size else reference, healthy


def _doubt(lesion: Lesion, s_mm: FloatArray, healthy_mm: FloatArray, branch: TreeBranch) -> str:
    """Its doubt, and whether nothing shows the vessel healthy on both sides of it (arc lengths of the tube).

    Towards a joint it must be wide again before what was measured ends; towards a free end or the image's
    border, where sections are cut and vessels end, the vessel must be healthy over a radius.
    """
    step, least = float(np.median(np.diff(s_mm))), 0.5 * lesion.reference_mm
    before = step * np.count_nonzero(healthy_mm < lesion.start_mm)
    behind = step * np.count_nonzero(healthy_mm > lesion.end_mm)
    ok = before > least if branch.parent is None else lesion.start_mm > s_mm[0]
    ok = ok and (lesion.end_mm < s_mm[-1] if branch.children else behind > least)
    sides = "" if ok else "no healthy vessel on both sides (a taper or an end)"
    return "; ".join(q for q in (lesion.doubt, sides) if q)


def joint_of(
    joint: int, skeleton: Skeleton, places: Mapping[int, FloatArray], ends: Ends, lumen: Lumen
) -> Joint:
    """A joint with its kind and angles."""
    number = {id(e): n for n, e in enumerate(skeleton.edges)}
    into = [number[id(e)] for e in skeleton.all_incoming(joint)]
    away = [number[id(e)] for e in skeleton.outgoing(joint)]
    kind: JointKind = "root" if not into else "join" if len(into) > 1 else "bifurcation"
    if len(into) == 1 and not away:
        kind = "cut_off" if _at_border(lumen, skeleton.joints[joint]) else "end"
    first, last = [ends[n][0] for n in away], [ends[n][1] for n in into]
    pairs = last if len(into) > 1 else first
    return Joint(
        joint, kind, places[joint], tuple(into), tuple(away),
        turns(last[0] if last else None, first), between(pairs) if len(pairs) > 1 else (),
    )  # fmt: skip


def _at_border(lumen: Lumen, point: FloatArray) -> bool:
    ijk = lumen.grid.lps_to_index(point)
    last = np.array(lumen.grid.shape[::-1]) - 1
    return bool(((ijk < _BORDER_VOXELS) | (ijk > last - _BORDER_VOXELS)).any())
