"""One DICOM series as plain values: what it shows, where it lies, and whether it can be used."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from surgitwin.core.errors import InputError
from surgitwin.core.image import ImageGrid
from surgitwin.imaging.dicom.frames import Frame
from surgitwin.imaging.dicom.offer import ResampleOffer

Status = Literal["ok", "choice", "refused"]

FILES_NAMED = 5
"""So many files are named in a message; `Problem.files` holds all."""

CHOICE_CODES = frozenset(("dicom.several_stacks", "dicom.not_hounsfield", "dicom.missing_files"))
"""Problems that leave a usable image once a person has chosen it; every other one refuses the series."""

RESAMPLE_CODES = frozenset(("dicom.sheared", "dicom.uneven_spacing"))
"""Problems that resampling mends, where the series carries an offer of it."""


def status_of(problems: Sequence[Problem], offer: ResampleOffer | None = None) -> Status:
    """Refused for any hard problem, a choice when only soft ones are left."""
    soft = CHOICE_CODES | RESAMPLE_CODES if offer is not None else CHOICE_CODES
    if any(p.code not in soft for p in problems):
        return "refused"
    return "choice" if problems else "ok"


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong: code, fact, next step and the files concerned."""

    code: str
    message: str
    hint: str
    files: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """Plain form."""
        return {
            "code": self.code,
            "message": self.message,
            "hint": self.hint,
            "files": list(self.files),
        }

    def sentence(self) -> str:
        """Fact, files and next step in one line."""
        names = [name.replace("\\", "/").rpartition("/")[2] for name in self.files]
        more = f" and {len(names) - FILES_NAMED} more" if len(names) > FILES_NAMED else ""
        listed = f" Files: {', '.join(names[:FILES_NAMED])}{more}." if names else ""
        return f"{self.message}{listed} {self.hint}"


@dataclass(frozen=True)
class Identity:
    """Who the header says the patient is: shown while choosing a series; never in a case, a log or a report.

    The catalogue of the user's own computer keeps it, so that studies are found by it, until it is told to
    forget them. birth_date: YYYYMMDD.
    """

    name: str = field(default="", repr=False)
    patient_id: str = field(default="", repr=False)
    birth_date: str = field(default="", repr=False)


@dataclass(frozen=True, eq=False)
class Series:
    """A series of parallel slices.

    uid: the series' UID, with "#" and the name of the stack when the series holds several (`stack` says it in
    words). grid: None when the geometry is unknown; of a stack that needs resampling the uneven or sheared
    one. slices: the frames in the order of the grid (or as found when refused). resample: what can be done
    about a sheared or unevenly spaced stack; until it is asked for, `load_series` raises the problem.
    tilt_deg: angle between slice normal and the step from slice to slice. gaps: (after slice, missing
    count, from mm, to mm). problems: why it is refused or needs a choice. notes: plain words that do not
    hinder use. patient_code: a hash, never a name or an ID. date: YYYYMMDD. window_center, window_width:
    the first pair of the header, in `unit`; None when absent. cardiac_phase_percent: nominal share of the
    RR interval. identity: not part of `as_dict`.
    """

    uid: str
    modality: str
    description: str
    grid: ImageGrid | None
    slices: tuple[Frame, ...]
    tilt_deg: float | None
    gaps: tuple[dict[str, float], ...]
    status: Status
    problems: tuple[Problem, ...]
    notes: tuple[str, ...] = ()
    body_weight_kg: float | None = None
    patient_code: str = ""
    sex: str = ""
    age: str = ""
    study_uid: str = ""
    date: str = ""
    kvp: float | None = None
    kernel: str = ""
    contrast: str = ""
    cardiac_phase_percent: float | None = None
    laterality: str = ""
    body_part: str = ""
    window_center: float | None = None
    window_width: float | None = None
    unit: str = "HU"
    study_description: str = ""
    study_date: str = ""
    number: int | None = None
    identity: Identity = Identity()
    stack: str = ""
    resample: ResampleOffer | None = None

    @property
    def base_uid(self) -> str:
        """SeriesInstanceUID without the name of a stack in it."""
        return self.uid.partition("#")[0]

    @property
    def code(self) -> str:
        """Code of the first problem; empty when there is none."""
        return self.problems[0].code if self.problems else ""

    @property
    def message(self) -> str:
        """Every problem in one line; empty when there is none."""
        return " ".join(p.message for p in self.problems)

    @property
    def hint(self) -> str:
        """Every problem with its next step, then the notes."""
        return " ".join([p.sentence() for p in self.problems] + list(self.notes))

    @property
    def files(self) -> tuple[str, ...]:
        """Names of the slices' files, each once."""
        return tuple(dict.fromkeys(s.source.name for s in self.slices))

    def as_dict(self) -> dict[str, Any]:
        """Fields of ``scan`` in contracts.md, and what else the header told (plain JSON values).

        shape and spacing_mm are [k, j, i]; direction is row-major with columns i, j, k; mm, degrees, LPS.
        """
        grid = self.grid
        return {
            "uid": self.uid,
            "modality": self.modality,
            "description": self.description,
            "shape": None if grid is None else list(grid.shape),
            "spacing_mm": None if grid is None else [float(s) for s in grid.spacing_mm[::-1]],
            "direction": None if grid is None else [float(d) for d in grid.direction.ravel()],
            "origin_lps_mm": None if grid is None else [float(x) for x in grid.origin_mm],
            "reason": None if grid is not None else self.code,
            "tilt_deg": self.tilt_deg,
            "gaps": list(self.gaps),
            "status": self.status,
            "code": self.code,
            "message": self.message,
            "hint": self.hint,
            "files": list(self.files),
            "problems": [p.as_dict() for p in self.problems],
            "notes": list(self.notes),
            "body_weight_kg": self.body_weight_kg,
            "patient": self.patient_code,
            "study_uid": self.study_uid,
            "date": self.date,
            "kvp": self.kvp,
            "kernel": self.kernel,
            "contrast": self.contrast,
            "cardiac_phase_percent": self.cardiac_phase_percent,
            "laterality": self.laterality,
            "body_part": self.body_part,
            "unit": self.unit,
            "slices": len(self.slices),
            "stack": self.stack,
            "resample": None if self.resample is None else self.resample.as_dict(),
        }

    def require_usable(self, resample: bool = False) -> ImageGrid:
        """The grid of the volume; raises InputError with the series' first code when it is refused, and with
        that of the sheared or uneven stack unless `resample` says that it may be resampled."""
        if resample and self.resample is not None and self.status != "refused":
            return self.resample.grid
        if self.status == "refused" or self.grid is None or self.resample is not None:
            first = next((p for p in self.problems if p.code in RESAMPLE_CODES), self.problems[0])
            first = self.problems[0] if self.status == "refused" else first
            raise InputError(
                first.code,
                self.message,
                hint=first.hint,
                where=", ".join(first.files[:FILES_NAMED]) or self.uid,
            )
        return self.grid
