"""MONAI bundles: folders with configs/metadata.json, run by `python -m monai.bundle run`.

Bundles are looked for in the folders of SURGITWIN_BUNDLES. A bundle must write one label map of its input to
its output_dir. Checked with MONAI 1.6.1 and a bundle of our own: see packaging/docs/automatic_models.md.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from surgitwin.core.errors import PluginError
from surgitwin.core.image import Volume
from surgitwin.core.progress import Progress
from surgitwin.segmentation.automatic.files import labels_of, read_numbers, write_image
from surgitwin.segmentation.automatic.interface import Choices, ModelLabels, Offered
from surgitwin.segmentation.automatic.place import OFFLINE, ROOM, install_words, python_with, version_beside
from surgitwin.segmentation.automatic.process import hash_of_files, run_program

VARIABLE = "SURGITWIN_BUNDLES"
_CODES = {"spleen": "78961009", "liver": "10200004", "pancreas": "15776009", "aorta": "15825003"}
_WEIGHTS = ("*.pt", "*.ts", "*.pth")
REQUIREMENTS = ("monai", "fire", "pytorch-ignite", "nibabel")
"""What `python -m monai.bundle run` of a usual inference configuration imports; MONAI alone installs
neither fire
nor ignite nor nibabel."""
_INSTALL = "monai[fire,ignite,nibabel]"


@dataclass(frozen=True)
class Bundle:
    """One bundle. classes: value in its label map -> name."""

    name: str
    modality: str
    folder: Path
    said_version: str
    classes: Mapping[int, str]

    def version(self) -> str:
        """Version of the bundle, and of MONAI where it is installed."""
        python = python_with("monai")
        monai = "" if python is None else version_beside("monai", python)
        return f"{self.said_version} (MONAI {monai})" if monai else self.said_version

    def segments(self) -> Sequence[Offered]:
        """Its classes, but for the background."""
        return tuple(Offered(n, _CODES.get(n, "")) for v, n in self.classes.items() if v)

    def available(self) -> str | None:
        """Why it cannot run."""
        python = python_with("monai")
        if python is None:
            return "the package MONAI is not installed."
        missing = [name for name in REQUIREMENTS[1:] if not version_beside(name, python)]
        return f"MONAI needs {', '.join(missing)} to run a bundle." if missing else None

    def install(self) -> str:
        """How to install MONAI."""
        return install_words(_INSTALL)

    def terms(self) -> str:
        """MONAI's package names its licence; a bundle has one of its own."""
        return f"Licence of MONAI: Apache 2.0; that of the bundle stands in its folder. {ROOM}"

    def has_weights(self) -> bool:
        """Whether the bundle holds weights."""
        return any(next(self.folder.rglob(p), None) for p in _WEIGHTS)

    def download(self) -> str:
        """What a run would load."""
        return "what the configuration of the bundle names, which says neither place nor size beforehand"

    def run(self, volume: Volume, choices: Choices, workdir: Path, progress: Progress) -> ModelLabels:
        """Run its inference; PluginError "automatic.failed", "automatic.time", "automatic.bad_result"."""
        data, out = workdir / "data", workdir / "out"
        data.mkdir()
        write_image(volume, data / "image.nii.gz")
        configs = self.folder / "configs"
        inference = next((p for p in configs.glob("inference.*")), configs / "inference.json")
        command = [
            python_with("monai") or "python", "-m", "monai.bundle", "run",
            "--meta_file", str(configs / "metadata.json"),
            "--config_file", str(inference), "--bundle_root", str(self.folder),
            "--dataset_dir", str(data), "--datalist", str([str(data / "image.nii.gz")]),
            "--output_dir", str(out),
        ]  # fmt: skip
        offline = None if choices.allow_download else OFFLINE
        run_program(command, workdir, choices.limits.seconds, progress.part(0.05, 0.9), offline)
        files = sorted(out.rglob("*.nii*"))
        if len(files) != 1:
            raise PluginError(
                "automatic.bad_result",
                f"The bundle {self.name} left {len(files)} label maps; one was expected.",
                hint="Check the output of its inference configuration; the case is unchanged.",
                where=str(out),
            )
        numbers = read_numbers(files[0], volume.grid)
        values = {name: v for v, name in self.classes.items()}
        wanted = [next(s for s in self.segments() if s.name == n) for n in choices.segments]
        labels = labels_of(volume.grid, wanted, [numbers == values[o.name] for o in wanted])
        return ModelLabels(labels, hash_of_files(self.folder, _WEIGHTS))


def bundles() -> list[Bundle]:
    """The bundles in the folders of SURGITWIN_BUNDLES; PluginError "automatic.bundle"."""
    places = [Path(p) for p in os.environ.get(VARIABLE, "").split(os.pathsep) if p]
    found = []
    for place in places:
        inside = sorted(place.glob("*/configs/metadata.json"))
        own = place / "configs" / "metadata.json"
        found += [_read(p) for p in ([own] if own.is_file() else inside)]
    return found


def _read(path: Path) -> Bundle:
    try:
        data: Any = json.loads(path.read_text(encoding="utf-8"))
        form = data["network_data_format"]
        classes = {int(k): str(v) for k, v in form["outputs"]["pred"]["channel_def"].items()}
        modality = str(form["inputs"]["image"].get("modality", "CT")).upper()
        version = str(data["version"])
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise PluginError(
            "automatic.bundle",
            f"{path} does not describe a bundle that labels images: {type(error).__name__} {error}.",
            hint=f"Mend it, or take its folder out of {VARIABLE}.",
            where=str(path),
        ) from None
    folder = path.parent.parent
    return Bundle(folder.name, modality, folder, version, classes)
