"""The state of a frame on its way, written after each accepted step."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from surgitwin.core.errors import InputError
from surgitwin.mechanics.devices.frame_body import BeamState
from surgitwin.mechanics.fenicsx.frame.path import Stage, Way
from surgitwin.mechanics.fenicsx.frame.shape import RingShape
from surgitwin.mechanics.fenicsx.frame.system import Counts, FrameInWall
from surgitwin.mechanics.fenicsx.frame.touch import Anchors


def save(path: Path, system: FrameInWall, way: Way, length_mm: float) -> None:
    """Write to `path`, whole or not at all."""
    shapes: dict[str, Any] = {}
    for name in ("shape", "inflated"):
        shape: RingShape | None = getattr(way, name)
        if shape is not None:
            shapes |= {f"{name}_s": shape.s_mm, f"{name}_radius": shape.radius_mm}
    if way.touching is not None:
        shapes["touching"] = way.touching
    part = path.with_suffix(path.suffix + ".part")
    beams, anchors = system.beams, system.anchors
    with part.open("wb") as stream:
        np.savez(
            stream, task=np.array(system.task.hash), x=system.x, p=system.p, points=beams.points_mm,
            rotation=beams.rotation, history=beams.history, wall=anchors.wall, struts=anchors.struts,
            slip=anchors.slip, normal=anchors.normal_N, way=np.array([way.at, way.done, way.step]),
            length=np.array(length_mm), kinds=np.array([s.kind for s in way.stages]),
            spans=np.array([(s.start_mm, s.end_mm) for s in way.stages]),
            counts=np.array(list(asdict(system.counts).values())), **shapes,
        )  # fmt: skip
    part.replace(path)


def load(path: Path, system: FrameInWall, way: Way) -> float:
    """Put `system` and `way` where the file left them; the length of the crimped frame, mm.

    Raises InputError "frame.other_task" when the file belongs to another task.
    """
    with np.load(path) as data:
        if str(data["task"]) != system.task.hash:
            raise InputError(
                "frame.other_task",
                "The file to continue from belongs to another deployment.",
                hint="Delete it to start from the beginning.",
                where=str(path),
            )
        system.x, system.p = data["x"], data["p"]
        system.beams = BeamState(data["points"], data["rotation"], data["history"])
        system.anchors = Anchors(data["wall"], data["struts"], data["slip"], data["normal"])
        names = Counts.__dataclass_fields__
        for name, value in zip(names, data["counts"], strict=True):
            setattr(system.counts, name, type(getattr(system.counts, name))(value))
        way.stages = [
            Stage(str(kind), float(a), float(b))  # type: ignore[arg-type]
            for kind, (a, b) in zip(data["kinds"], data["spans"], strict=True)
        ]
        way.at, way.done, way.step = int(data["way"][0]), float(data["way"][1]), float(data["way"][2])
        way.touching = data.get("touching")
        for name in ("shape", "inflated"):
            if f"{name}_s" in data:
                setattr(way, name, RingShape(data[f"{name}_s"], data[f"{name}_radius"]))
        return float(data["length"])
