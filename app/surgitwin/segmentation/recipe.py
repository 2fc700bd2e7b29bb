"""Recipes: what a tissue preset does, step by step, from an image and a few clicks to labels.

A recipe is a function `run(volume, preset, points, progress) -> Segmented`. Its steps are named in the
preset's table row, each with the parameters that it reads, so that a window can show and change them.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy.typing as npt

from surgitwin.core.arrays import FloatArray
from surgitwin.core.errors import UsageError
from surgitwin.core.image import LabelMap, Volume
from surgitwin.core.progress import SILENT, Progress
from surgitwin.segmentation.presets import Preset, load_preset
from surgitwin.segmentation.thin import thin_words

Points = Mapping[str, FloatArray]
"""Clicks by name: (3,) or (n, 3) in LPS mm."""


@dataclass(frozen=True)
class Note:
    """Something that the user must know of the image or the result: `code` for programs, `text` for people.

    Codes among others: "contrast", "metal", "cut_off", "uncertain", "outside_validity", "thin", "close",
    "joined".
    """

    code: str
    text: str


@dataclass(frozen=True)
class StepDone:
    """One step as it ran. used: parameters by name. voxels: what it left, None where that says nothing."""

    title: str
    seconds: float
    used: Mapping[str, float]
    voxels: int | None = None


@dataclass(frozen=True, eq=False)
class Segmented:
    """Labels, what ran, what to know. extra: arrays and numbers of a recipe (planes, distances) by name."""

    labels: LabelMap
    steps: tuple[StepDone, ...] = ()
    notes: tuple[Note, ...] = ()
    extra: Mapping[str, npt.NDArray[Any] | float | str] | None = None


class Recipe(Protocol):
    """A preset's method."""

    def __call__(self, volume: Volume, preset: Preset, points: Points, progress: Progress) -> Segmented:
        """Segment `volume`. Raises InputError, UsageError, GeometryError with a next step."""


RECIPES: dict[str, str] = {
    "bone": "surgitwin.segmentation.bone:run",
    "vertebra": "surgitwin.segmentation.vertebra.recipe:run",
    "bones": "surgitwin.segmentation.bones:run",
    "cortical_trabecular": "surgitwin.segmentation.cortical:run",
    "skull": "surgitwin.segmentation.skull:run",
    "vessel_contrast": "surgitwin.segmentation.vessel_contrast:run",
    "calcium": "surgitwin.segmentation.calcium:run",
    "metal": "surgitwin.segmentation.metal:run",
    "soft_tissue_fat": "surgitwin.segmentation.soft_tissue:run",
    "mr_bone": "surgitwin.segmentation.mr_bone:run",
    "mr_vessel": "surgitwin.segmentation.mr_vessel:run",
}
"""Preset -> module:function. A preset without a row here cannot run."""


def run_preset(
    volume: Volume,
    name: str,
    *,
    parameters: Mapping[str, float] | None = None,
    points: Points | None = None,
    progress: Progress = SILENT,
) -> Segmented:
    """Segment by the preset called `name`; the one way in. Adds the note "thin" to what the recipe says.

    Raises UsageError ("segment.unknown_preset", "segment.unknown_parameter") and what the recipe raises.
    """
    preset = load_preset(name, dict(parameters or {}))
    if name not in RECIPES:
        raise UsageError(
            "segment.unknown_preset",
            f"There is no segmentation preset called {name!r}.",
            hint=f"Choose one of: {', '.join(RECIPES)}.",
            where="preset",
        )
    module, _, function = RECIPES[name].partition(":")
    recipe: Recipe = getattr(importlib.import_module(module), function)
    done = recipe(volume, preset, points or {}, progress)
    words = thin_words(done.labels)
    return replace(done, notes=(*done.notes, Note("thin", words))) if words else done
