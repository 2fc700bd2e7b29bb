"""TotalSegmentator (Wasserthal et al. 2023), through its own command when that is on PATH.

The command writes one NIfTI mask for each segment of --roi_subset. Only the segments below are offered: those
whose SNOMED CT code is known to us (DICOM PS3.16). Not run against the real program here: see
packaging/docs/automatic_models.md.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from surgitwin.core.errors import PluginError
from surgitwin.core.image import Volume
from surgitwin.core.progress import Progress
from surgitwin.segmentation.automatic import Choices, ModelLabels, Offered
from surgitwin.segmentation.automatic_files import labels_of, read_numbers, write_image
from surgitwin.segmentation.automatic_process import hash_of_files, run_program

COMMAND = "TotalSegmentator"
WEIGHTS_VARIABLES = ("TOTALSEG_WEIGHTS_PATH", "TOTALSEG_HOME_DIR")
_WEIGHTS = ("*.pth", "*.json")

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
        try:
            return version("TotalSegmentator")
        except PackageNotFoundError:
            return "unknown" if shutil.which(COMMAND) else ""

    def segments(self) -> Sequence[Offered]:
        """What is offered."""
        return SEGMENTS

    def available(self) -> str | None:
        """Why it cannot run."""
        return None if shutil.which(COMMAND) else f"there is no command {COMMAND} on PATH."

    def weights_folder(self) -> Path:
        """Where it keeps its weights: what its variables say, else its folder in the home folder."""
        path, home = (os.environ.get(name) for name in WEIGHTS_VARIABLES)
        if path:
            return Path(path)
        return Path(home or Path.home() / ".totalsegmentator") / "nnunet" / "results"

    def has_weights(self) -> bool:
        """Whether a file of weights lies there."""
        folder = self.weights_folder()
        return folder.is_dir() and next(folder.rglob("*.pth"), None) is not None

    def run(self, volume: Volume, choices: Choices, workdir: Path, progress: Progress) -> ModelLabels:
        """Run the command; PluginError "automatic.failed", "automatic.time", "automatic.bad_result"."""
        program = shutil.which(COMMAND) or COMMAND
        write_image(volume, workdir / "image.nii.gz")
        out = workdir / "segments"
        command = [program, "-i", str(workdir / "image.nii.gz"), "-o", str(out), "--roi_subset"]
        run_program([*command, *choices.segments], workdir, choices.limits.seconds, progress.part(0.05, 0.9))
        wanted = [next(s for s in SEGMENTS if s.name == name) for name in choices.segments]
        masks = [read_numbers(_mask_file(out, one.name), volume.grid) for one in wanted]
        return ModelLabels(
            labels_of(volume.grid, wanted, masks), hash_of_files(self.weights_folder(), _WEIGHTS)
        )


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
