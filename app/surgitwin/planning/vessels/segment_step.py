"""Segment and measure a vessel from two clicks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from surgitwin.anatomy.artery import artery_labels, measure_artery, propose_ends
from surgitwin.anatomy.root import measure_root, propose_seeds, root_labels
from surgitwin.core import codec
from surgitwin.core.arrays import FloatArray, content_hash
from surgitwin.core.errors import UsageError
from surgitwin.core.image import LabelMap
from surgitwin.core.progress import SILENT, Progress
from surgitwin.imaging.nrrd import write_labels
from surgitwin.planning.case import Case
from surgitwin.planning.segment_facts import count_rows
from surgitwin.planning.versions import VESSEL_MODELS
from surgitwin.planning.vessels.anatomy_store import KEY
from surgitwin.planning.vessels.site import ROOT, SITES
from surgitwin.segmentation.table import with_added


def segment_vessel(
    case: Case, preset: str, clicks: Mapping[str, FloatArray] | None = None, progress: Progress = SILENT
) -> Case:
    """Lumen, calcium and measures by `preset` ("aortic_root", "artery"); corrections by hand start anew.

    clicks: by the names of `SITES[preset].clicks`, LPS mm; None lets the program propose them (said in the
    state). Raises UsageError "segment.clicks"; InputError of the anatomy (no contrast, click outside ...).
    Nothing is kept when it fails.
    """
    names = SITES[preset].clicks
    volume = case.volume
    proposed = not clicks
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
        a, b = (np.asarray(clicks[name], float) for name in names)
    else:
        progress("Looking for the vessel", 0.0)
        a, b, _ = propose_seeds(volume) if preset == ROOT else propose_ends(volume)
    part = progress.part(0.05, 0.9)
    labels: LabelMap
    measured: Any
    if preset == ROOT:
        measured = measure_root(volume, a, b, part)
        labels = root_labels(volume, measured)
    else:
        measured = measure_artery(volume, a, b, part)
        labels = artery_labels(volume, measured)
    if case.state.get("labels"):
        labels = with_added(labels, case.labels)
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
