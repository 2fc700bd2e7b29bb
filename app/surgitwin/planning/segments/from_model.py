"""Segments of an automatic model as locked segments of a case; what is there stays as it is."""

from __future__ import annotations

import tempfile
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from surgitwin.core.arrays import content_hash
from surgitwin.core.errors import PluginError
from surgitwin.core.image import LabelMap
from surgitwin.core.progress import SILENT, Progress
from surgitwin.imaging.formats.nrrd import write_labels
from surgitwin.planning.case import Case
from surgitwin.planning.segments.facts import count_rows
from surgitwin.planning.segments.joined import joined
from surgitwin.planning.segments.looks import KEY, with_look
from surgitwin.planning.site import GENERAL, site_of
from surgitwin.segmentation.automatic.interface import AutomaticModel, Choices, check_run, find_model


def segment_by_model(case: Case, name: str, choices: Choices, progress: Progress = SILENT) -> Case:
    """The case with the segments that model `name` makes, locked, in the background of those that are there.

    A segment whose name is in use gets a number. Name, version and hash of the weights of the model are kept
    in the state. Nothing is kept when it fails. Raises the errors of `find_model`, `check_run` and the model;
    InputError "image.no_scale"; PluginError "automatic.empty".
    """
    model, volume = find_model(name), case.volume
    volume.require_scale()
    check_run(model, volume, choices)
    with tempfile.TemporaryDirectory(prefix="surgitwin-model-") as work:
        made = model.run(volume, choices, Path(work), progress.part(0, 0.9))
    there = bool(case.state.get("labels"))
    fresh = _named_apart(made.labels, case.labels if there else None)
    if not fresh.array.any():
        raise PluginError(
            "automatic.empty",
            f"{name} found none of {', '.join(choices.segments)} in this image.",
            hint="Check that the image shows it; the case is unchanged.",
            where=name,
        )
    labels = joined(case.labels, fresh) if there else fresh
    run = _facts(model, choices, made.weights_hash, fresh)
    kept: dict[str, Any] = dict(case.state.get("labels") or {})
    names = [s.name for s in fresh.segments]
    if there:
        step = {**kept, "added": [*kept.get("added", ()), run]}
        changes: dict[str, Any] = {}
    else:
        step = {**run, "added": [], "made": names}
        changes = {"site": GENERAL, "vessel": None, "anatomy": None, "mesh": None}
    step |= {
        "blob": case.folder.put(".nrrd", lambda p: write_labels(labels, p)),
        "hash": labels.hash,
        "segments": count_rows(labels, volume),
        "segments_of": labels.hash,
        "input_hash": content_hash(case.state["image_hash"], run, step["added"]),
    }
    if there and site_of(case) != GENERAL:
        step["bone_hash"] = kept.get("bone_hash") or kept["hash"]
    looks = {**(case.state.get(KEY) or {})}
    for one in names:
        looks = with_look({KEY: looks}, one, locked=True)
    return case.updated(f"segments by {name}", labels=step, **{KEY: looks}, **changes)


def _named_apart(labels: LabelMap, base: LabelMap | None) -> LabelMap:
    """The labels with names that the case does not use yet."""
    used = {s.name for s in base.segments} if base is not None else set()
    out = []
    for one in labels.segments:
        name, n = one.name, 2
        while name in used:
            name, n = f"{one.name} {n}", n + 1
        used.add(name)
        out.append(replace(one, name=name))
    return LabelMap(labels.array, labels.grid, tuple(out))


def _facts(model: AutomaticModel, choices: Choices, weights: str, made: LabelMap) -> dict[str, Any]:
    known = {o.name: o for o in model.segments()}
    pairs = zip(choices.segments, made.segments, strict=True)
    return {
        "preset": f"model {model.name}",
        "parameters": {},
        "model": {
            "name": model.name,
            "version": model.version(),
            "weights_sha256": weights,
            "segments": [{**asdict(known[asked]), "called": s.name} for asked, s in pairs],
        },
        "notes": [
            {
                "code": "automatic",
                "text": f"Made by {model.name} {model.version()}, not by a person: check every border. "
                "The segments are locked; unlock them to edit.",
            }
        ],
    }
