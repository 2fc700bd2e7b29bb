"""What an image file leaves open, and what a person answers. No default answers an open question."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from surgitwin.core.errors import InputError

Frame = Literal["lps", "ras"]
Values = Literal["hu", "mr", "other"]
Unit = Literal["mm", "cm", "m", "um"]
Transform = Literal["sform", "qform"]

MM_PER_UNIT: Mapping[str, float] = {"mm": 1.0, "cm": 10.0, "m": 1000.0, "um": 0.001}
"""Length units that a file or a person may name."""

FRAME_CHOICES = (
    ("lps", "LPS: to the left, back and head (DICOM, ITK)"),
    ("ras", "RAS: to the right, front and head (NIfTI, scanner)"),
)
UNIT_CHOICES = (("mm", "Millimetres"), ("cm", "Centimetres"), ("m", "Metres"), ("um", "Micrometres"))
VALUE_CHOICES = (("hu", "CT in Hounsfield units"), ("mr", "MR"), ("other", "Anything else"))


@dataclass(frozen=True)
class Answers:
    """What a person said of a file; None or False is "not said".

    frame: axes of the file's coordinates. spacing_unit: unit of its lengths. voxel_mm: voxel size along the
    file's i, j and k, in place of its own. scale_unknown: nobody knows the size; nothing will be measured.
    values: what the numbers are. transform: which of two NIfTI transforms. volume: which of several, from 0.
    accept_size: the size is right although no person has it (an animal, a specimen).
    """

    frame: Frame | None = None
    spacing_unit: Unit | None = None
    voxel_mm: tuple[float, float, float] | None = None
    scale_unknown: bool = False
    values: Values | None = None
    transform: Transform | None = None
    volume: int | None = None
    accept_size: bool = False

    def said(self) -> dict[str, Any]:
        """What was answered, as plain values for the case's record."""
        return {k: v for k, v in asdict(self).items() if v is not None and v is not False}


@dataclass(frozen=True)
class Question:
    """One thing that the file does not say. id: the field of `Answers` ("unit": any answer on lengths).

    choices: (value, words). option: how the command line answers.
    """

    id: str
    code: str
    text: str
    option: str
    choices: tuple[tuple[str, str], ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """Plain form."""
        return {**asdict(self), "choices": [{"value": v, "words": w} for v, w in self.choices]}


@dataclass(frozen=True)
class ImageQuestions:
    """What a file says and what it leaves open.

    shape and spacing are [k, j, i]; spacing is in the file's unit (None when unknown). count: volumes in it.
    """

    path: Path
    format: str
    shape: tuple[int, int, int]
    spacing: tuple[float, float, float]
    unit: str | None
    frame: Frame | None
    count: int
    facts: tuple[str, ...]
    open: tuple[Question, ...]

    def as_dict(self) -> dict[str, Any]:
        """Plain form for --json."""
        return {
            "file": str(self.path),
            "format": self.format,
            "shape": list(self.shape),
            "spacing": list(self.spacing),
            "unit": self.unit,
            "frame": self.frame,
            "volumes": self.count,
            "facts": list(self.facts),
            "questions": [q.as_dict() for q in self.open],
        }

    def require_answered(self) -> None:
        """Raise InputError with the first question's code, all open questions and the options that answer."""
        if self.open:
            raise InputError(
                self.open[0].code,
                f"{self.path.name}: {' '.join(q.text for q in self.open)}",
                hint=" ".join(f"Answer with {q.option}." for q in self.open),
                where=str(self.path),
            )
