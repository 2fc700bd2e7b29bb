"""From what a file says and what a person answered to a grid in LPS mm, or to the questions left."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from surgitwin.core.arrays import FloatArray
from surgitwin.core.errors import InputError, UsageError
from surgitwin.core.image import ImageGrid
from surgitwin.imaging.dicom.geometry import ORIENTATION_TOLERANCE
from surgitwin.imaging.formats.file_image import FileImage, sheared
from surgitwin.imaging.formats.open_questions import (
    frame_question,
    size_question,
    transform_question,
    unit_question,
    values_question,
    volume_question,
)
from surgitwin.imaging.formats.question import MM_PER_UNIT, Answers, Question

RAS_TO_LPS = np.diag([-1.0, -1.0, 1.0, 1.0])
"""RAS and LPS differ by a half turn about the axis to the head."""


@dataclass(frozen=True, eq=False)
class Settled:
    """grid: None while frame, unit or transform are open. scale_known: False only when a person said so.

    notes: what a person must know of the import. open: questions left.
    """

    grid: ImageGrid | None
    scale_known: bool
    open: tuple[Question, ...]
    notes: tuple[str, ...]

    def require_grid(self) -> ImageGrid:
        """The grid; ValueError while questions on it are open."""
        if self.grid is None:
            raise ValueError("questions on the grid are open")
        return self.grid


def settle(image: FileImage, answers: Answers) -> Settled:
    """Judge `image` by what was answered.

    Raises InputError "image.sheared", UsageError "image.contradiction", "image.answer".
    """
    _check_answers(image, answers)
    asked = (transform_question, frame_question, unit_question)
    questions = [q for q in (ask(image, answers) for ask in asked) if q]
    notes: list[str] = []
    grid = None
    if not questions:
        grid = _grid(image, answers, notes)
        questions += size_question(grid, answers, scale_known(image, answers), notes)
    questions += [q for q in (ask(image, answers) for ask in (values_question, volume_question)) if q]
    return Settled(grid, scale_known(image, answers), tuple(questions), tuple(notes))


def scale_known(image: FileImage, answers: Answers) -> bool:
    """Whether lengths of the result are mm."""
    if answers.voxel_mm is not None:
        return True
    return not answers.scale_unknown and (image.known is None or image.known.scale_known)


def _check_answers(image: FileImage, answers: Answers) -> None:
    """Raise UsageError for answers that contradict the file or each other."""
    said = [
        ("--frame", image.frame, answers.frame, "its coordinates are"),
        ("--spacing-unit", image.unit, answers.spacing_unit, "its lengths are in"),
    ]
    for option, own, given, words in said:
        if own is not None and given is not None and own != given:
            raise _contradiction(image, f"{words} {own}, not {given}", option)
    lengths = (answers.spacing_unit, answers.voxel_mm, answers.scale_unknown or None)
    if sum(v is not None for v in lengths) > 1:
        raise _contradiction(
            image, "only one of unit, voxel size and unknown scale can hold", "--voxel-mm, --scale-unknown"
        )
    if answers.values is not None and image.known is not None:
        own_values = {"HU": "hu"}.get(image.known.unit, "mr" if image.known.modality == "MR" else "other")
        if own_values != answers.values:
            raise _contradiction(image, f"its values are {own_values}, not {answers.values}", "--values")
    if answers.voxel_mm is not None and not (
        np.isfinite(answers.voxel_mm).all() and min(answers.voxel_mm) > 0
    ):
        raise _answer("A voxel size needs three numbers over 0.", "--voxel-mm")
    if answers.volume is not None and not 0 <= answers.volume < image.count:
        raise _answer(f"It holds {image.count} volumes, counted from 0.", "--volume")


def _contradiction(image: FileImage, fact: str, option: str) -> UsageError:
    return UsageError(
        "image.contradiction",
        f"{image.path.name}: {fact}.",
        hint=f"Leave {option} out, or mend the file in the program that made it.",
        where=option,
    )


def _answer(fact: str, option: str) -> UsageError:
    return UsageError("image.answer", fact, hint=f"Give another {option}.", where=option)


def _grid(image: FileImage, answers: Answers, notes: list[str]) -> ImageGrid:
    affine = image.transforms[answers.transform] if answers.transform and image.transforms else image.affine
    size = np.linalg.norm(affine[:3, :3], axis=0)
    singular = not np.isfinite(affine).all() or size.min() <= 0
    if singular or sheared(affine, 2 * ORIENTATION_TOLERANCE):
        raise InputError(
            "image.sheared",
            f"{image.path.name}: its axes are not perpendicular, so its voxels are not boxes.",
            hint="Resample the image to a regular grid in the program that made it"
            + (", or choose the other transform." if image.transforms else "."),
            where=str(image.path),
        )
    if answers.voxel_mm is not None:
        notes.append(f"Voxel size given by hand; the file's own was {_words(size)} {image.unit or 'units'}.")
        affine = _rescaled(affine, np.array(answers.voxel_mm) / size)
    elif image.unit or answers.spacing_unit:
        factor = MM_PER_UNIT[image.unit or answers.spacing_unit or "mm"]
        affine = _rescaled(affine, np.full(3, factor))
    if (image.frame or answers.frame) == "ras":
        affine = RAS_TO_LPS @ affine
    spacing = np.linalg.norm(affine[:3, :3], axis=0)
    return ImageGrid(image.shape, affine[:3, 3], spacing, affine[:3, :3] / spacing)


def _rescaled(affine: FloatArray, factors: FloatArray) -> FloatArray:
    """The affine with each axis longer by its factor; the frame's zero stays at the same voxel index."""
    if np.all(factors == 1):
        return affine
    zero = np.linalg.solve(affine[:3, :3], -affine[:3, 3])
    out = np.eye(4)
    out[:3, :3] = affine[:3, :3] * factors
    out[:3, 3] = -out[:3, :3] @ zero
    return out


def _words(size: FloatArray) -> str:
    return " x ".join(f"{v:.4g}" for v in size)
