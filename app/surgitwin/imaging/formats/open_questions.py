"""The questions that an image file can leave open, one function each."""

from __future__ import annotations

from surgitwin.core.image import ImageGrid
from surgitwin.imaging.formats.file_image import FileImage
from surgitwin.imaging.formats.question import FRAME_CHOICES, UNIT_CHOICES, VALUE_CHOICES, Answers, Question
from surgitwin.imaging.formats.size import size_fault


def values_question(image: FileImage, answers: Answers) -> Question | None:
    """What the numbers are."""
    if image.known is not None or answers.values is not None:
        return None
    return Question(
        "values",
        "image.values_unknown",
        "It does not say what its values are (Hounsfield units, MR or other).",
        "--values hu, mr or other",
        VALUE_CHOICES,
    )


def transform_question(image: FileImage, answers: Answers) -> Question | None:
    """Which of two transforms that disagree."""
    if not image.transforms or answers.transform is not None:
        return None
    return Question(
        "transform",
        "image.transforms_differ",
        "Its two transforms (sform and qform) place the image differently.",
        "--transform sform or qform",
        (("sform", "sform (used by most programs)"), ("qform", "qform (the scanner's, often)")),
    )


def frame_question(image: FileImage, answers: Answers) -> Question | None:
    """Which side of the body the axes point to."""
    if image.frame is not None or answers.frame is not None:
        return None
    return Question(
        "frame",
        "image.frame_unknown",
        "It does not say which side of the body its axes point to.",
        "--frame lps or ras",
        FRAME_CHOICES,
    )


def unit_question(image: FileImage, answers: Answers) -> Question | None:
    """The unit of lengths."""
    given = answers.spacing_unit is not None or answers.voxel_mm is not None or answers.scale_unknown
    own = image.unit is not None or (image.known is not None and not image.known.scale_known)
    if own or given:
        return None
    return Question(
        "unit",
        "image.unit_unknown",
        "It does not say in which unit its lengths are.",
        "--spacing-unit mm (or um, cm, m), --voxel-mm a,b,c or --scale-unknown",
        UNIT_CHOICES,
    )


def size_question(grid: ImageGrid, answers: Answers, known: bool, notes: list[str]) -> list[Question]:
    """The question on an implausible size; an accepted one is noted. known: whether lengths are mm."""
    if not known:
        return []
    fault = size_fault(grid)
    if not fault:
        return []
    if answers.accept_size:
        notes.append(f"{fault} Accepted when it was imported.")
        return []
    option = "--accept-size when that is right, or --voxel-mm a,b,c or --scale-unknown"
    return [Question("accept_size", "image.size_implausible", fault, option, (("yes", "The size is right"),))]


def volume_question(image: FileImage, answers: Answers) -> Question | None:
    """Which of several volumes."""
    if image.count == 1 or answers.volume is not None:
        return None
    choices = tuple((str(n), f"Volume {n + 1} of {image.count}") for n in range(image.count))
    text = f"It holds {image.count} volumes (phases, echoes or directions)."
    option = f"--volume N (0 to {image.count - 1})"
    return Question("volume", "image.several_volumes", text, option, choices)
