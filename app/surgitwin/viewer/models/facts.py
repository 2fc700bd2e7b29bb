"""What the window says of an automatic model; looked up in a worker, since it searches folders."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from surgitwin.segmentation.automatic.interface import models
from surgitwin.segmentation.automatic.place import environment


@dataclass(frozen=True)
class ModelFacts:
    """missing: why it cannot run, "" when it can. install: commands. terms: licence and room. loads: what a
    run would load, "" when nothing. segments: names that it can make.
    """

    name: str
    version: str
    modality: str
    missing: str
    install: str
    terms: str
    loads: str
    segments: tuple[str, ...]

    def why_not(self, modality: str) -> str:
        """Why it cannot be used on an image of a modality, "" when it can."""
        if self.missing:
            return f"It cannot run here: {self.missing}"
        if self.modality != modality:
            return f"It was made for {self.modality} images; this one is {modality}."
        return ""


def look_up() -> list[ModelFacts]:
    """All models that are known. PluginError "automatic.plugin", "automatic.bundle"."""
    out = []
    for one in models():
        loads = "" if one.has_weights() else one.download()
        out.append(
            ModelFacts(
                one.name, one.version(), one.modality, one.available() or "", one.install(), one.terms(),
                loads, tuple(s.name for s in one.segments()),
            )
        )  # fmt: skip
    return out


def free_GB() -> float:
    """Free space of the disk that models lie on, GB."""
    at: Path = environment()
    while not at.exists():
        at = at.parent
    return shutil.disk_usage(at).free / 1e9
