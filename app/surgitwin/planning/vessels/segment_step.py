"""Segment and measure a vessel from two clicks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from surgitwin.core import codec
from surgitwin.core.arrays import FloatArray, content_hash
from surgitwin.core.errors import UsageError
from surgitwin.core.image import LabelMap, Volume
from surgitwin.core.progress import SILENT, Progress
from surgitwin.imaging.formats.nrrd import write_labels
from surgitwin.planning.case import Case
from surgitwin.planning.segments.facts import count_rows
from surgitwin.planning.segments.kept import with_hand_made
from surgitwin.planning.site import ROOT, SITES
from surgitwin.planning.versions import VESSEL_MODELS
from surgitwin.planning.vessels.anatomy_store import KEY
from surgitwin.planning.vessels.plans import require_own_plans

Points = tuple[FloatArray, FloatArray]


def segment_vessel(
    case: Case, preset: str, clicks: Mapping[str, FloatArray] | None = None, progress: Progress = SILENT
) -> Case:
    """Lumen, calcium and measures by `preset` ("aortic_root", "artery"); corrections by hand start anew.

    clicks: by the names of `SITES[preset].clicks`, LPS mm; None lets the program propose them (said in the
    state). Raises UsageError "segment.clicks"; InputError of the anatomy (no contrast, click outside ...).
    Nothing is kept when it fails.
    """
    require_own_plans(case, preset)
    names = SITES[preset].clicks
    volume = case.volume
    proposed = not clicks
    points = None
    if clicks:
        missing = sorted(set(names) ^ set(clicks))
        if missing:
            raise UsageError(
                "segment.clicks",
                f"The preset {preset} starts from two points, {' and '.join(names)}: "
                f"{', '.join(missing)} is missing or unknown.",
                hint=f"For example --set {names[0]}=12.5,-30,210 --set {names[1]}=10,-28,150 (LPS mm).",
                where=", ".join(missing),
            )
        points = (np.asarray(clicks[names[0]], float), np.asarray(clicks[names[1]], float))
    measured, labels, (a, b) = (_root if preset == ROOT else _artery)(volume, points, progress)
    labels = with_hand_made(case, labels)
    given = {name: np.asarray(p, float).tolist() for name, p in zip(names, (a, b), strict=True)}
    key = content_hash(case.state["image_hash"], preset, given, VESSEL_MODELS[f"anatomy.{preset}"])
    return case.updated(
        f"segment {preset}",
        site=preset,
        labels={
            "blob": case.folder.put(".nrrd", lambda p: write_labels(labels, p)),
            "hash": labels.hash,
            "preset": preset,
            "parameters": given,
            "segments": count_rows(labels, volume),
            "segments_of": labels.hash,
            "input_hash": key,
        },
        **{
            KEY: {
                "blob": case.folder.put(".npz", lambda p: codec.save(measured, p)),
                "input_hash": key,
                "clicks": given,
                "clicks_proposed": proposed,
                "corrections": {},
            }
        },
        anatomy=None,
        mesh=None,
    )


def _root(volume: Volume, points: Points | None, progress: Progress) -> tuple[Any, LabelMap, Points]:
    """The root with its labels, from two points or from proposed ones."""
    from surgitwin.anatomy.root import measure_root, propose_seeds, root_labels

    if points is None:
        progress("Looking for the aortic root", 0.0)
        points = propose_seeds(volume)[:2]
    root = measure_root(volume, *points, progress.part(0.05, 0.9))
    return root, root_labels(volume, root), points


def _artery(volume: Volume, points: Points | None, progress: Progress) -> tuple[Any, LabelMap, Points]:
    """The artery with its labels, from two points or from proposed ones."""
    from surgitwin.anatomy.artery import artery_labels, measure_artery, propose_ends

    if points is None:
        progress("Looking for the artery", 0.0)
        points = propose_ends(volume)[:2]
    artery = measure_artery(volume, *points, progress.part(0.05, 0.9))
    return artery, artery_labels(volume, artery), points


def parse_clicks(preset: str, pairs: Mapping[str, str]) -> dict[str, FloatArray]:
    """`name=x,y,z` settings of the command line as points, LPS mm; UsageError "segment.clicks"."""
    out: dict[str, FloatArray] = {}
    for name, text in pairs.items():
        try:
            point = np.array([float(v) for v in text.replace(";", ",").split(",")])
        except ValueError:
            point = np.zeros(0)
        if name not in SITES[preset].clicks or point.shape != (3,) or not np.isfinite(point).all():
            raise UsageError(
                "segment.clicks",
                f"--set {name}={text}: a point of the preset {preset} expected.",
                hint=f"Its points are {' and '.join(SITES[preset].clicks)}, as x,y,z in LPS mm.",
                where=name,
            )
        out[name] = point
    return out
