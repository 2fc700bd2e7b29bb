"""Named views of a case: where the slices stand, how they look, and the camera; kept as plain JSON.

State key "saved_views": a list of rows as `SavedView.as_dict` makes them.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from surgitwin.core.errors import InputError

KEY = "saved_views"
Triple = tuple[float, float, float]


@dataclass(frozen=True)
class SavedPlane:
    """One slice: magnification, shift in mm, slab in mm and "max", "mean" or "min"."""

    zoom: float
    shift_mm: tuple[float, float]
    slab_mm: float
    slab_mode: str


@dataclass(frozen=True)
class SavedCamera:
    """The 3D camera, LPS mm; half_height_mm: half of the picture's height in a parallel projection."""

    position_mm: Triple
    focus_mm: Triple
    up: Triple
    half_height_mm: float
    perspective: bool


@dataclass(frozen=True)
class SavedView:
    """axes: "scanner", "bone" or "implant". layout: of the four views. segments: name -> shown."""

    name: str
    crosshair_mm: Triple
    axes: str
    window: tuple[float, float]
    layout: str
    planes: Mapping[str, SavedPlane]
    camera: SavedCamera
    segments: Mapping[str, bool]
    crosshair_shown: bool = True

    def as_dict(self) -> dict[str, Any]:
        """The row of the case's state."""
        row = asdict(self)
        row["crosshair_mm"], row["window"] = list(self.crosshair_mm), list(self.window)
        row["planes"] = {k: asdict(v) | {"shift_mm": list(v.shift_mm)} for k, v in self.planes.items()}
        camera = asdict(self.camera)
        row["camera"] = {k: list(v) if isinstance(v, tuple) else v for k, v in camera.items()}
        row["segments"] = dict(self.segments)
        return row


def from_state(state: Mapping[str, Any]) -> tuple[SavedView, ...]:
    """The saved views of a case's state; InputError "measure.damaged" when a row cannot be read."""
    out = []
    for n, row in enumerate(state.get(KEY) or ()):
        try:
            out.append(_view(row))
        except (KeyError, TypeError, ValueError) as error:
            raise InputError(
                "measure.damaged",
                f"Saved view {n + 1} of the case cannot be read: {error}.",
                hint="Restore the case from a copy, or remove the row from its case.json.",
                where=f"{KEY}[{n}]",
            ) from error
    return tuple(out)


def to_state(views: Iterable[SavedView]) -> dict[str, Any]:
    """What `Session.edit(state=...)` takes."""
    return {KEY: [v.as_dict() for v in views]}


def free_name(views: Sequence[SavedView], wish: str = "View") -> str:
    """`wish` with the lowest number that no view has."""
    names = {v.name for v in views}
    return next(f"{wish} {n}" for n in range(1, len(views) + 2) if f"{wish} {n}" not in names)


def put(views: Sequence[SavedView], view: SavedView) -> tuple[SavedView, ...]:
    """With `view` in place of the one of its name, else at the end."""
    if any(v.name == view.name for v in views):
        return tuple(view if v.name == view.name else v for v in views)
    return (*views, view)


def renamed(views: Sequence[SavedView], old: str, new: str) -> tuple[SavedView, ...]:
    """With another name; InputError "view.name" when it is empty or taken."""
    new = new.strip()
    if not new or (new != old and any(v.name == new for v in views)):
        raise InputError(
            "view.name",
            f"A view cannot be called {new!r}: {'another one is' if new else 'it needs a name'}.",
            hint="Choose another name.",
        )
    return tuple(replace(v, name=new) if v.name == old else v for v in views)


def _view(row: Mapping[str, Any]) -> SavedView:
    planes = {
        name: SavedPlane(
            _number(p["zoom"]), (_number(p["shift_mm"][0]), _number(p["shift_mm"][1])), _number(p["slab_mm"]),
            _one_of(p["slab_mode"], ("max", "mean", "min")),
        )
        for name, p in row["planes"].items()
    }  # fmt: skip
    c = row["camera"]
    camera = SavedCamera(
        _triple(c["position_mm"]), _triple(c["focus_mm"]), _triple(c["up"]), _number(c["half_height_mm"]),
        bool(c["perspective"]),
    )  # fmt: skip
    return SavedView(
        str(row["name"]), _triple(row["crosshair_mm"]), _one_of(row["axes"], ("scanner", "bone", "implant")),
        (_number(row["window"][0]), _number(row["window"][1])), str(row["layout"]), planes, camera,
        {str(k): bool(v) for k, v in row["segments"].items()}, bool(row["crosshair_shown"]),
    )  # fmt: skip


def _number(value: Any) -> float:
    out = float(value)
    if not math.isfinite(out):
        raise ValueError("numbers must be finite")
    return out


def _triple(values: Any) -> Triple:
    x, y, z = values
    return _number(x), _number(y), _number(z)


def _one_of(value: Any, allowed: tuple[str, ...]) -> str:
    if value not in allowed:
        raise ValueError(f"{value!r} is none of {', '.join(allowed)}")
    return str(value)
