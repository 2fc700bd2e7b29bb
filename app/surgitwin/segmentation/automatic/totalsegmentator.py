"""TotalSegmentator (Wasserthal et al. 2023), through its own command.

The command writes one NIfTI mask for each segment of --roi_subset. Only the segments below are offered: those
whose SNOMED CT code is known to us (DICOM PS3.16). Checked against version 2.18.0, run with weights of no
medical meaning: see packaging/docs/automatic_models.md.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Sequence
from pathlib import Path

from surgitwin.core.errors import PluginError
from surgitwin.core.image import Volume
from surgitwin.core.progress import Progress
from surgitwin.segmentation.automatic.files import labels_of, read_numbers, write_image
from surgitwin.segmentation.automatic.interface import Choices, ModelLabels, Offered
from surgitwin.segmentation.automatic.place import OFFLINE, ROOM, find_program, install_words, version_beside
from surgitwin.segmentation.automatic.process import hash_of_files, last_percent, run_program

COMMAND = "TotalSegmentator"
WEIGHTS, HOME = "TOTALSEG_WEIGHTS_PATH", "TOTALSEG_HOME_DIR"
NEEDED = (
    "Dataset291_TotalSegmentator_part1_organs_1559subj",
    "Dataset292_TotalSegmentator_part2_vertebrae_1532subj",
    "Dataset293_TotalSegmentator_part3_cardiac_1559subj",
    "Dataset294_TotalSegmentator_part4_muscles_1559subj",
    "Dataset295_TotalSegmentator_part5_ribs_1559subj",
    "Dataset298_TotalSegmentator_total_6mm_1559subj",
)
"""Folders of weights that the task "total" with --roi_subset loads from the network where one is missing,
however
few segments are wanted (TotalSegmentator 2.18.0, map_tasks_config.py and python_api.py)."""
_SILENT = {"totalseg_id": "none", "send_usage_stats": False, "prediction_counter": 0,
           "statistics_disclaimer_shown": True}  # fmt: skip
"""Its settings for our runs: unless told otherwise it reports every run to its authors (config.py)."""
_PART = re.compile(r"Predicting part (\d+) of (\d+)")

_BONE, _VESSEL, _ORGAN = (0.92, 0.86, 0.72), (0.80, 0.15, 0.15), (0.75, 0.50, 0.40)
SEGMENTS = (
    Offered("femur_left", "71341001", _BONE),
    Offered("femur_right", "71341001", _BONE),
    Offered("sacrum", "54735007", _BONE),
    Offered("sternum", "56873002", _BONE),
    Offered("skull", "89546000", _BONE),
    Offered("aorta", "15825003", _VESSEL),
    Offered("inferior_vena_cava", "64131007", _VESSEL),
    Offered("superior_vena_cava", "48345005", _VESSEL),
    Offered("heart", "80891009", _VESSEL),
    Offered("liver", "10200004", _ORGAN),
    Offered("spleen", "78961009", _ORGAN),
    Offered("pancreas", "15776009", _ORGAN),
    Offered("urinary_bladder", "89837001", _ORGAN),
    Offered("trachea", "44567001", _ORGAN),
    Offered("esophagus", "32849002", _ORGAN),
    Offered("stomach", "69695003", _ORGAN),
    Offered("kidney_left", "64033007", _ORGAN),
    Offered("kidney_right", "64033007", _ORGAN),
)
"""Names of the task "total" and codes of DICOM PS3.16 (anatomic region, organ); sides are in the name."""


class TotalSegmentator:
    """The task "total" on CT."""

    name = "totalsegmentator"
    modality = "CT"

    def version(self) -> str:
        """Version of the installed package; "unknown" where only the command is there; "" without."""
        program = find_program(COMMAND)
        return "" if program is None else version_beside(COMMAND, program) or "unknown"

    def segments(self) -> Sequence[Offered]:
        """What is offered."""
        return SEGMENTS

    def available(self) -> str | None:
        """Why it cannot run."""
        return None if find_program(COMMAND) else f"there is no command {COMMAND}."

    def install(self) -> str:
        """How to install it."""
        return install_words(COMMAND)

    def terms(self) -> str:
        """The package names its licence; that of the weights stands in its README."""
        return (
            'Licence: Apache 2.0; the weights of its task "total", used here, are "openly available for any '
            f'usage". Not a medical device. {ROOM} Its weights come on top; they are loaded from github.com '
            "when it first runs, only after you agreed, and their size is not told before."
        )

    def weights_folder(self) -> Path:
        """Where it keeps its weights: what its variables say, else its folder in the home folder."""
        path, home = (os.environ.get(name) for name in (WEIGHTS, HOME))
        if path:
            return Path(path)
        return Path(home or Path.home() / ".totalsegmentator") / "nnunet" / "results"

    def has_weights(self) -> bool:
        """Whether all six sets lie there: it loads what is missing without asking."""
        folder = self.weights_folder()
        return all(next((folder / name).rglob("*.pth"), None) is not None for name in NEEDED)

    def download(self) -> str:
        """What a run would load."""
        folder = self.weights_folder()
        missing = sum(not (folder / name).is_dir() for name in NEEDED)
        return (
            f"{missing or len(NEEDED)} of {len(NEEDED)} sets of weights from github.com (releases of "
            f"wasserth/TotalSegmentator) into {folder}. It does not say their size beforehand"
        )

    def run(self, volume: Volume, choices: Choices, workdir: Path, progress: Progress) -> ModelLabels:
        """Run the command; PluginError "automatic.failed", "automatic.time", "automatic.bad_result"."""
        program = find_program(COMMAND) or COMMAND
        write_image(volume, workdir / "image.nii.gz")
        out = workdir / "segments"
        command = [program, "-i", str(workdir / "image.nii.gz"), "-o", str(out), "--roi_subset"]
        run_program(
            [*command, *choices.segments], workdir, choices.limits.seconds, progress.part(0.05, 0.9),
            self._environment(workdir, choices.allow_download), share_of,
        )  # fmt: skip
        wanted = [next(s for s in SEGMENTS if s.name == name) for name in choices.segments]
        masks = [read_numbers(_mask_file(out, one.name), volume.grid) for one in wanted]
        patterns = [f"{name}/**/*{end}" for name in NEEDED for end in (".pth", ".json")]
        labels = labels_of(volume.grid, wanted, masks)
        return ModelLabels(labels, hash_of_files(self.weights_folder(), patterns))

    def _environment(self, workdir: Path, allow_download: bool) -> dict[str, str]:
        """Weights where they are, settings of our own that send nothing, no network without consent."""
        home = workdir / "home"
        home.mkdir(exist_ok=True)
        (home / "config.json").write_text(json.dumps(_SILENT), encoding="utf-8")
        own = {WEIGHTS: str(self.weights_folder()), HOME: str(home)}
        return own if allow_download else {**own, **OFFLINE}


def share_of(said: str) -> float | None:
    """How far it is, 0..1, by the part it predicts; None before the first."""
    parts = list(_PART.finditer(said))
    if not parts:
        return None
    done, total = int(parts[-1][1]) - 1, int(parts[-1][2])
    return (done + (last_percent(said[parts[-1].end() :]) or 0.0)) / total


def _mask_file(folder: Path, name: str) -> Path:
    found = next((p for end in (".nii.gz", ".nii") if (p := folder / f"{name}{end}").is_file()), None)
    if found is None:
        raise PluginError(
            "automatic.bad_result",
            f"{COMMAND} ended well but left no mask of {name}.",
            hint="Check that its version knows this segment; the case is unchanged.",
            where=str(folder),
        )
    return found
