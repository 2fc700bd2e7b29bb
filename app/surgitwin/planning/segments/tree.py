"""The tree of vessels of a segment, kept in the case."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from surgitwin.anatomy.tree import VesselTree, measure_tree
from surgitwin.core import codec
from surgitwin.core.arrays import content_hash
from surgitwin.core.errors import InputError
from surgitwin.core.progress import SILENT, Progress
from surgitwin.planning.case import Case
from surgitwin.planning.segments.edit import find_segment
from surgitwin.planning.segments.tree_names import KEY, carried_names, names_of

__all__ = ["KEY", "MODEL", "segment_hash", "tree_case", "tree_current", "tree_names", "tree_of"]

MODEL = 5
"""Version of anatomy/tree; raise it when its numbers change."""

Points = Sequence[npt.ArrayLike]


def tree_case(
    case: Case,
    segment: str = "",
    *,
    root: npt.ArrayLike | None = None,
    ends: Points = (),
    without: Points = (),
    only_given: bool = False,
    prune: float = 1.0,
    least_radius_mm: float = 0.0,
    fwhm_mm: float | None = None,
    progress: Progress = SILENT,
) -> Case:
    """The case with the tree of `segment` (the only one for ""); clicks in LPS mm, as in `measure_tree`.

    On an image without a scale the tree holds its topology only. Raises UsageError "edit.no_segment";
    InputError "case.not_segmented" and those of `measure_tree`.
    """
    require_vessels(case)
    labels = case.labels
    one = find_segment(labels, segment)
    volume = case.volume
    tree = measure_tree(
        labels.array == one.label, labels.grid, volume, root_mm=root, ends_mm=ends, without_mm=without,
        only_given=only_given, prune=prune,
        least_radius_mm=least_radius_mm, fwhm_mm=fwhm_mm, metric=volume.scale_known, progress=progress,
    )  # fmt: skip
    settings: dict[str, Any] = {
        "root": None if root is None else _listed([root])[0],
        "ends": _listed(ends),
        "without": _listed(without),
        "only_given": only_given,
        "prune": prune,
        "least_radius_mm": least_radius_mm,
        "fwhm_mm": fwhm_mm,
    }
    row: dict[str, Any] = {
        "blob": case.folder.put(".npz", lambda p: codec.save(tree, p)),
        "input_hash": content_hash(case.state["image_hash"], segment_hash(case, one.name), settings, MODEL),
        "segment_hash": segment_hash(case, one.name),
        "label": one.label,
        "settings": settings,
    }
    names = names_of(case.state, one.name)
    if names:
        row["names"] = carried_names(tree_of(case, one.name), names, tree)
    return case.updated(
        f"tree of {one.name.replace('_', ' ')}", **{KEY: {**(case.state.get(KEY) or {}), one.name: row}}
    )


def require_vessels(case: Case) -> None:
    """InputError "case.not_segmented", with the presets for vessels of the case's modality."""
    if case.state.get("labels"):
        return
    mr = case.volume.modality == "MR"
    name = case.folder.path.name
    raise InputError(
        "case.not_segmented",
        f"{name} has no segmentation yet: a tree is found in a segment of vessels.",
        hint=f"Run `surgitwin segment {name} --preset {'mr_vessel' if mr else 'vessel_contrast'}`, or take a "
        f"segment from a file with `surgitwin segment {name} --from FILE`.",
        where=str(case.folder.path),
    )


def _listed(points: Points) -> list[list[float]]:
    return [[float(v) for v in np.asarray(p, float)] for p in points]


def segment_hash(case: Case, name: str) -> str:
    """Hash of the voxels of one segment."""
    labels = case.labels
    return content_hash(labels.array == labels.segment(name).label, labels.grid)


def tree_names(case: Case) -> tuple[str, ...]:
    """Segments of which the case holds a tree."""
    return tuple(case.state.get(KEY) or {})


def tree_of(case: Case, segment: str) -> VesselTree:
    """The tree of a segment as it was measured; InputError "tree.missing"."""
    row: Mapping[str, Any] | None = (case.state.get(KEY) or {}).get(segment)
    if row is None:
        raise InputError(
            "tree.missing",
            f"{case.name} holds no tree of the segment {segment!r}.",
            hint=f"Run `surgitwin tree {case.folder.path.name} --segment {segment or 'NAME'}` first.",
            where=str(case.folder.path),
        )
    blob = str(row["blob"])
    out: VesselTree = case.kept(f"tree {segment}", blob, lambda: _read(case, blob))
    return out


def _read(case: Case, blob: str) -> VesselTree:
    return codec.load(VesselTree, case.folder.blob(blob))


def tree_current(case: Case, segment: str) -> bool:
    """Whether the segment is as it was when its tree was measured."""
    row: Mapping[str, Any] = (case.state.get(KEY) or {}).get(segment) or {}
    known = {s.name for s in case.labels.segments}
    return bool(row) and segment in known and row["segment_hash"] == segment_hash(case, segment)
