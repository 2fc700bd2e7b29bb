"""Options of `new` and `scan` for image files of other formats: the answers to what a file does not say."""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from surgitwin.cli.output import Output
from surgitwin.core.errors import UsageError

if TYPE_CHECKING:
    from surgitwin.imaging.formats.question import Answers, ImageQuestions

NAMES = (
    "frame", "spacing_unit", "voxel_mm", "scale_unknown", "values", "transform", "volume", "accept_size",
)  # fmt: skip


def image_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options; the command gets `answers`, a mapping of what was given."""

    @click.option("--frame", type=click.Choice(["lps", "ras"]), help="Axes of the image file's coordinates.")
    @click.option("--values", type=click.Choice(["hu", "mr", "other"]), help="What its numbers are.")
    @click.option("--spacing-unit", type=click.Choice(["mm", "cm", "m", "um"]), help="Unit of its lengths.")
    @click.option("--voxel-mm", metavar="A,B,C", help="Voxel size in mm along its i, j and k.")
    @click.option("--scale-unknown", is_flag=True, help="Nobody knows its size: nothing will be measured.")
    @click.option("--transform", type=click.Choice(["sform", "qform"]), help="NIfTI: which transform.")
    @click.option("--volume", type=int, help="Which of several volumes, from 0.")
    @click.option("--accept-size", is_flag=True, help="Its size is right although no person has it.")
    @functools.wraps(function)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        answers = {name: kwargs.pop(name) for name in NAMES}
        return function(*args, answers=answers, **kwargs)

    return wrapper


def given(answers: dict[str, Any]) -> bool:
    """Whether any answer was given."""
    return any(v is not None and v is not False for v in answers.values())


def to_answers(answers: dict[str, Any]) -> Answers:
    """The options as `Answers` (UsageError "image.answer")."""
    from surgitwin.imaging.formats.question import Answers

    return Answers(**{**answers, "voxel_mm": _numbers(answers["voxel_mm"])})


def _numbers(text: str | None) -> tuple[float, float, float] | None:
    """ "0.5,0.5,1" as three numbers; one number is for all three."""
    if text is None:
        return None
    try:
        found = [float(part) for part in text.split(",")]
    except ValueError:
        found = []
    if len(found) == 1:
        found *= 3
    if len(found) != 3:
        raise UsageError(
            "image.answer",
            f"--voxel-mm {text}: three numbers expected.",
            hint="For example --voxel-mm 0.5,0.5,1.0 (mm along the file's i, j and k).",
            where="--voxel-mm",
        )
    return found[0], found[1], found[2]


def one_source(
    dicom: Path | None, image: Path | None, answers: dict[str, Any], listed: str | None = None
) -> None:
    """UsageError "usage.image" unless exactly one source is named; answers are for an image file only."""
    if sum(x is not None for x in (dicom, image, listed)) != 1:
        raise UsageError(
            "usage.image",
            "A case is made from one source: --dicom, --image or --from-catalogue.",
            hint="Give --dicom FOLDER, --image FILE (NIfTI, NRRD, MetaImage, VTI) or --from-catalogue UID.",
            where="--dicom, --image, --from-catalogue",
        )
    if image is None and given(answers):
        raise UsageError(
            "usage.image",
            "Frame, unit and meaning of values are read from DICOM, never given.",
            hint="Leave out the options that answer for --image.",
            where="--dicom",
        )


def look_output(questions: ImageQuestions) -> Output:
    """What an image file says and leaves open, for `scan`."""
    spacing = " x ".join(f"{v:.4g}" for v in questions.spacing)
    unit = questions.unit or "in an unknown unit"
    lines = [
        f"{questions.format}: {' x '.join(map(str, questions.shape))} voxels (k x j x i), {spacing} {unit}",
        *(f"  {fact}" for fact in questions.facts),
        *(f"  [{q.code}] {q.text} Answer with {q.option}." for q in questions.open),
    ]
    return Output({"series": [], "image": questions.as_dict()}, "\n".join(lines))
