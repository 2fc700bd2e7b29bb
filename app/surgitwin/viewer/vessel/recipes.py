"""What the shared 3D view shows of a vessel case: lumen, calcium, landmarks, outlines, course."""

from __future__ import annotations

from collections.abc import Callable

from surgitwin.anatomy.root.types import RootAnatomy
from surgitwin.planning.case import Case
from surgitwin.planning.vessels.anatomy_store import KEY, vessel_anatomy, vessel_key
from surgitwin.scene.model import Layer
from surgitwin.scene.vessel_layers import (
    calcium_layer,
    course_layer,
    landmark_layers,
    outline_layers,
    tube_layers,
)

LUMEN_GLASS = 0.4
"""Opacity of the lumen, so that course, landmarks and device are seen in it (display only)."""
OUTLINES = ("annulus", "sinotubular_junction")
Recipe = tuple[str, Callable[[], tuple[Layer, ...]]]


def vessel_recipes(case: Case) -> dict[str, Recipe]:
    """Group -> key of what it is made from, and how to make it (in any thread)."""
    if not case.state.get(KEY):
        return {}
    key = vessel_key(case)
    return {
        "lumen": (f"lumen {key}", lambda: tuple(tube_layers(vessel_anatomy(case).tube, LUMEN_GLASS))),
        "calcium": (f"calcium {key}", lambda: _calcium(case)),
        "marks": (f"marks {key}", lambda: _marks(case)),
    }


def _calcium(case: Case) -> tuple[Layer, ...]:
    made = calcium_layer(vessel_anatomy(case).calcium)
    return () if made is None else (made,)


def _marks(case: Case) -> tuple[Layer, ...]:
    found = vessel_anatomy(case)
    if not isinstance(found, RootAnatomy):
        return (course_layer(found.tube.course),)
    places = (
        (name, mark.point_mm, mark.corrected_mm is not None)
        for name, mark in found.landmarks.items()
        if mark.point_mm is not None
    )
    shown = {name: found.outlines[name] for name in OUTLINES if name in found.outlines}
    return (*landmark_layers(places), *outline_layers(shown))
