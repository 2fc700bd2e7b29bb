"""Automatic models: one small interface to programs that label an image by themselves.

Such a program is never part of SurgiTwin. It is found when it is installed, runs in a process of its own, and
loads weights from the network only after consent.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import entry_points
from pathlib import Path
from typing import Protocol

from surgitwin.core.errors import PluginError, UsageError
from surgitwin.core.image import LabelMap, Volume
from surgitwin.core.progress import Progress

GROUP = "surgitwin.models"
"""Entry points that name a function without arguments that returns an `AutomaticModel`."""


@dataclass(frozen=True)
class Offered:
    """A segment that a model can make. code: SNOMED CT, "" where none is known. rgb: 0..1."""

    name: str
    code: str
    rgb: tuple[float, float, float] = (0.8, 0.6, 0.4)


@dataclass(frozen=True)
class Limits:
    """What a run may take. seconds: of wall time. memory_GB: that must be free before it starts."""

    seconds: float = 3600.0
    memory_GB: float = 8.0


@dataclass(frozen=True)
class Choices:
    """segments: names that are wanted. allow_download: the user agreed that weights are loaded from the
    network.
    """

    segments: tuple[str, ...]
    allow_download: bool = False
    limits: Limits = field(default_factory=Limits)
    options: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class ModelLabels:
    """What a model made. weights_hash: SHA-256 over its weight files, "" when it has none of its own."""

    labels: LabelMap
    weights_hash: str


class AutomaticModel(Protocol):
    """A program that labels images."""

    @property
    def name(self) -> str:
        """What it is called by."""

    @property
    def modality(self) -> str:
        """DICOM modality of its images."""

    def version(self) -> str:
        """Version of the program, "" when it is not installed."""

    def segments(self) -> Sequence[Offered]:
        """What it can make."""

    def available(self) -> str | None:
        """Why it cannot run on this machine; None when it can."""

    def install(self) -> str:
        """Commands that install it, a line each."""

    def terms(self) -> str:
        """Its licence and that of its weights, and how much room it takes, as far as these are known."""

    def has_weights(self) -> bool:
        """Whether a run needs nothing from the network."""

    def download(self) -> str:
        """What a run would load from where into which folder, and its size as far as it is known."""

    def run(self, volume: Volume, choices: Choices, workdir: Path, progress: Progress) -> ModelLabels:
        """Labels on the grid of the image. PluginError "automatic.failed", "automatic.time" and others."""


def models() -> tuple[AutomaticModel, ...]:
    """The models that SurgiTwin knows, and those of installed packages. PluginError "automatic.plugin"."""
    from surgitwin.segmentation.automatic.monai import bundles
    from surgitwin.segmentation.automatic.totalsegmentator import TotalSegmentator

    found: list[AutomaticModel] = [TotalSegmentator(), *bundles()]
    for point in entry_points(group=GROUP):
        try:
            found.append(point.load()())
        except Exception as error:
            raise PluginError(
                "automatic.plugin",
                f"The model {point.name} of {point.value} cannot be loaded: {error}.",
                hint="Update or remove that package.",
                where=point.value,
            ) from error
    return tuple(found)


def find_model(name: str) -> AutomaticModel:
    """The model called `name`; UsageError "automatic.unknown"."""
    known = models()
    for one in known:
        if one.name == name:
            return one
    raise UsageError(
        "automatic.unknown",
        f"There is no automatic model called {name!r}.",
        hint=f"Choose one of: {', '.join(m.name for m in known)}.",
        where="--model",
    )


def check_run(model: AutomaticModel, volume: Volume, choices: Choices) -> None:
    """Raise what keeps a model from running, before anything is started.

    PluginError "automatic.not_installed", "automatic.memory"; UsageError "automatic.modality",
    "automatic.segments", "automatic.no_weights".
    """
    reason = model.available()
    if reason is not None:
        raise PluginError(
            "automatic.not_installed",
            f"{model.name} cannot run here: {reason}",
            hint=f"Install it: {' && '.join(model.install().splitlines())} , or use a preset.",
            where=model.name,
        )
    _check_wish(model, volume, choices)
    if not model.has_weights() and not choices.allow_download:
        raise UsageError(
            "automatic.no_weights",
            f"The weights of {model.name} are not on this computer; it would load them from the network.",
            hint=f"Agree with --allow-download (the image stays here) to load {model.download()}.",
            where=model.name,
        )
    _check_memory(model, choices.limits)


def _check_wish(model: AutomaticModel, volume: Volume, choices: Choices) -> None:
    if volume.modality != model.modality:
        raise UsageError(
            "automatic.modality",
            f"{model.name} was made for {model.modality} images; this one is {volume.modality}.",
            hint="Choose a model for this kind of image: `surgitwin models`.",
            where="--model",
        )
    known = [s.name for s in model.segments()]
    wrong = [s for s in choices.segments if s not in known]
    if wrong or not choices.segments:
        raise UsageError(
            "automatic.segments",
            f"{model.name} makes no {', '.join(wrong)}." if wrong else "No segment was chosen.",
            hint=f"Choose among: {', '.join(known[:40])}{' and more' if len(known) > 40 else ''}.",
            where="--segments",
        )


def _check_memory(model: AutomaticModel, limits: Limits) -> None:
    import psutil

    free = psutil.virtual_memory().available / 1e9
    if free < limits.memory_GB:
        raise PluginError(
            "automatic.memory",
            f"{model.name} needs {limits.memory_GB:g} GB of free memory; {free:.1f} GB are free.",
            hint="Close other programs, or allow less with --memory-gb.",
            where=model.name,
        )
