"""Every effect of the segment editor by its name; window, command line and docs read this.

An effect is a pure function `run(source, progress, **parameters) -> LabelPatch`; it changes nothing itself.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal, Protocol, cast

from surgitwin.core.errors import UsageError
from surgitwin.core.progress import SILENT, Progress
from surgitwin.segmentation.edit.mask import EditMask
from surgitwin.segmentation.edit.parameter import Parameter
from surgitwin.segmentation.edit.source import EditSource
from surgitwin.segmentation.patch import LabelPatch

Need = Literal["voxels", "image", "segment"]
"""voxels: of the chosen segment. image: the grey values. segment: another segment."""


class Run(Protocol):
    """An effect's function."""

    def __call__(self, source: EditSource, progress: Progress = SILENT, **values: Any) -> LabelPatch:
        """The change. Raises UsageError with the reason when there is none to make."""


@dataclass(frozen=True)
class EffectSpec:
    """name: in scripts. title: on the button. words: one or two sentences. step: name of the undo step,
    with {} for the segment. function: module:function. unchanged: why nothing changed, in words.
    mouse: the window has a tool for it that takes the mouse, in place of a panel. whole: it works on all
    segments together, whichever is chosen.
    """

    name: str
    title: str
    words: str
    step: str
    function: str
    parameters: tuple[Parameter, ...]
    needs: tuple[Need, ...] = ("voxels",)
    unchanged: str = "it is so already, or its neighbours are locked or hidden"
    mouse: bool = False
    whole: bool = False
    reference: str = ""

    def needs_scale(self, values: Mapping[str, Any]) -> bool:
        """Whether checked `values` hold a length, area or volume in mm that counts: then the image must have
        a scale."""
        mm = [p for p in self.parameters if p.kind == "number" and p.unit.startswith("mm")]
        return any(p.applies(values) and bool(values.get(p.name, p.default)) for p in mm)

    def parameter(self, name: str) -> Parameter:
        """One parameter. UsageError "edit.unknown_parameter"."""
        for one in self.parameters:
            if one.name == name:
                return one
        known = ", ".join(p.name for p in self.parameters) or "none"
        raise UsageError(
            "edit.unknown_parameter",
            f"The effect {self.name} has no setting called {name!r}.",
            hint=f"Its settings are: {known}.",
            where=name,
        )

    def checked(self, values: Mapping[str, Any], segments: Mapping[str, int] | None = None) -> dict[str, Any]:
        """All parameters: given ones checked (words of a command line or plain values), others by default.

        segments: name -> label. Raises UsageError "edit.unknown_parameter", "edit.parameter",
        InputError "edit.unknown_segment".
        """
        given = {name: self.parameter(name).checked(value, segments) for name, value in values.items()}
        return {p.name: given.get(p.name, p.default) for p in self.parameters}

    def run(self, source: EditSource, values: Mapping[str, Any], progress: Progress = SILENT) -> LabelPatch:
        """Check `values` and compute the change; it may be empty."""
        names = {s.name: n for n, s in source.states.items()}
        module, _, function = self.function.partition(":")
        run = cast(Run, getattr(importlib.import_module(module), function))
        return run(source, progress, **self.checked(values, names))

    def as_dict(self) -> dict[str, Any]:
        """Plain form."""
        return {
            "name": self.name, "title": self.title, "words": self.words, "needs": list(self.needs),
            "parameters": [p.as_dict() for p in self.parameters], "reference": self.reference,
        }  # fmt: skip


def effects() -> tuple[EffectSpec, ...]:
    """All effects in the order of the palette."""
    from surgitwin.segmentation.edit.effect_table import EFFECTS

    return EFFECTS


def effect(name: str) -> EffectSpec:
    """One effect. UsageError "edit.unknown_effect"."""
    for one in effects():
        if one.name == name:
            return one
    raise UsageError(
        "edit.unknown_effect",
        f"There is no effect called {name!r}.",
        hint=f"Choose one of: {', '.join(e.name for e in effects())}.",
        where="effect",
    )


def run_effect(
    name: str,
    source: EditSource,
    values: Mapping[str, Any] | None = None,
    *,
    mask: EditMask | None = None,
    progress: Progress = SILENT,
) -> LabelPatch:
    """The change of an effect inside `mask`; never empty.

    Raises UsageError: what `effect`, `EffectSpec.checked` and the effect's function raise; "edit.masked" when
    the mask lets nothing through; "edit.nothing" when nothing would change.
    """
    spec = effect(name)
    whole = spec.run(replace(source, mask=mask), values or {}, progress)
    if whole.empty:
        why = spec.unchanged
        if why.startswith("it ") and source.target in source.states:
            why = f"the {source.title} {why.removeprefix('it ')}"
        raise UsageError(
            "edit.nothing",
            f"Nothing to do, because {why}.",
            hint="Change a setting, or what is shown and unlocked.",
            where=name,
        )
    patch = whole if mask is None else mask.limited(whole, source.image)
    if not patch.parts and whole.parts:
        raise UsageError(
            "edit.masked",
            f"Nothing to do, because no voxel that {spec.title} would change lies in the mask.",
            hint="Widen the mask's range, or turn the mask off.",
            where="mask",
        )
    return patch
