"""What a scan found, as patients, studies and series in words for who chooses one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from surgitwin.imaging import Problem, Series
from surgitwin.imaging.dicom.series import RESAMPLE_CODES

SEXES = {"M": "male", "F": "female", "O": "other"}
MODALITIES = {"CT": "CT", "MR": "MRI", "CR": "X-ray", "DX": "X-ray", "US": "ultrasound", "PT": "PET"}

NEXT_STEPS = {
    "dicom.several_stacks": "Look at the preview of each stack and import the one that shows best "
    "what you plan on.",
    "dicom.not_hounsfield": "It can be looked at, but bone stiffness cannot be read from it: choose the "
    "original CT series if there is one.",
}
"""What to do about a problem here, where the hint of the scan speaks of the command line."""

TICK_RESAMPLE = "It can be imported resampled: see below, and tick the box if you agree."

NO_CT = "It can be segmented, measured, meshed and registered; operations are planned on CT only."

MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
    "November", "December",
)  # fmt: skip
"""Not the system's, whose language may be another one than that of the window."""


@dataclass(frozen=True, eq=False)
class SeriesRow:
    """One series. title, brief, facts: short lines. state: in a few words. advice: facts with next steps."""

    series: Series
    title: str
    brief: str
    facts: str
    state: str
    advice: tuple[str, ...]
    notes: tuple[str, ...]

    @property
    def usable(self) -> bool:
        """Whether it can be imported."""
        return self.series.status != "refused"


@dataclass(frozen=True, eq=False)
class StudyRow:
    """One study with its series, by their number."""

    title: str
    series: tuple[SeriesRow, ...]


@dataclass(frozen=True, eq=False)
class PatientRow:
    """One patient with the studies, newest first. title: the name. facts: ID, birth date, sex."""

    title: str
    facts: str
    studies: tuple[StudyRow, ...]


def import_tree(found: Iterable[Series]) -> tuple[PatientRow, ...]:
    """Patients by name, studies newest first, series by number.

    The names are for the screen only: they are in no case, log or file.
    """
    patients: dict[tuple[str, str], dict[str, list[Series]]] = {}
    for series in found:
        who = (series.patient_code, series.identity.name)
        patients.setdefault(who, {}).setdefault(series.study_uid, []).append(series)
    rows = [PatientRow(*_patient(studies), _studies(studies.values())) for studies in patients.values()]
    return tuple(sorted(rows, key=lambda p: p.title.lower()))


def suggested(tree: Iterable[PatientRow]) -> SeriesRow | None:
    """The series that most people want: a CT that can be used, with the thinnest and then the most slices."""
    rows = [r for p in tree for s in p.studies for r in s.series if r.usable]
    return min(rows, key=_rank, default=None)


def _rank(row: SeriesRow) -> tuple[bool, bool, float, int]:
    series = row.series
    thick = float(series.grid.spacing_mm[2]) if series.grid is not None else 1e9
    return (series.status != "ok", series.modality != "CT", round(thick, 2), -len(series.slices))


def _patient(studies: dict[str, list[Series]]) -> tuple[str, str]:
    first = next(iter(studies.values()))[0]
    who = first.identity
    parts = []
    if who.patient_id:
        parts.append(f"ID {who.patient_id}")
    if who.birth_date:
        parts.append(f"born {words_of_date(who.birth_date)}")
    if first.sex in SEXES:
        parts.append(SEXES[first.sex])
    return who.name or "Patient without a name", ", ".join(parts)


def _studies(studies: Iterable[list[Series]]) -> tuple[StudyRow, ...]:
    newest_first = sorted(studies, key=lambda s: s[0].study_date or s[0].date, reverse=True)
    return tuple(StudyRow(_study(s), tuple(series_row(x) for x in _by_number(s))) for s in newest_first)


def _plain(words: str) -> str:
    """A description without the marks that scanners write into it."""
    return " ".join(words.replace("^", " ").split())


def _by_number(series: Sequence[Series]) -> list[Series]:
    """The stacks of one series stay in the order of the scan, the best first."""
    return sorted(series, key=lambda s: (s.number is None, s.number or 0, s.base_uid))


def _study(series: Sequence[Series]) -> str:
    first = series[0]
    when = words_of_date(first.study_date or first.date) or "no date"
    count = f"{len(series)} series"
    return ", ".join(part for part in (_plain(first.study_description) or "Study", when, count) if part)


def series_row(series: Series) -> SeriesRow:
    """One series in words."""
    number = "" if series.number is None else f"{series.number}  "
    kind = MODALITIES.get(series.modality, series.modality or "image")
    title = f"{number}{_plain(series.description) or f'{kind} without a description'}"
    title += f": {series.stack}" if series.stack else ""
    advice = tuple(advice_on(p, resample=series.resample is not None) for p in series.problems)
    if series.status != "refused" and series.modality != "CT":
        advice = (*advice, f"This is {kind}, not CT. {NO_CT}")
    facts = facts_of(series)
    brief = f"{facts[0]}, {facts[1]}"
    if series.grid is not None:
        brief += f" of {_distance(series)}"
    return SeriesRow(series, title, brief, ", ".join(facts), _state(series), advice, series.notes)


def facts_of(series: Series) -> tuple[str, ...]:
    """Kind, slices, spacing, size, part of the body; the most important first."""
    kind = MODALITIES.get(series.modality, series.modality or "image")
    count = len(series.slices)
    parts = [kind, f"{count} slice{'s' if count != 1 else ''}"]
    grid = series.grid
    if grid is not None:
        i, j, k = (float(v) for v in grid.spacing_mm)
        plane = f"{i:.2f} mm" if abs(i - j) < 0.005 else f"{i:.2f} × {j:.2f} mm"
        length = k * grid.shape[0] / 10
        parts += [f"{_distance(series)} apart", f"pixel {plane}", f"{length:.0f} cm long"]
    if series.body_part:
        parts.append(series.body_part.lower())
    return tuple(parts)


def _distance(series: Series) -> str:
    """From slice to slice, "1.08 to 7.00 mm" where that changes; only for a series with geometry."""
    low, high = (float(series.grid.spacing_mm[2]),) * 2 if series.grid is not None else (0.0, 0.0)
    if series.resample is not None:
        low, high = series.resample.distances_mm
    return f"{low:.2f} mm" if high - low < 0.005 else f"{low:.2f} to {high:.2f} mm"


def _state(series: Series) -> str:
    if series.status == "refused":
        return "Cannot be used"
    if series.modality != "CT":
        return "Can be looked at"
    if series.resample is not None:
        return "Can be used resampled"
    return "Needs your choice" if series.status == "choice" else "Can be used"


def advice_on(problem: Problem, *, resample: bool = False) -> str:
    """A problem with its next step, in words for the window; resample: it is offered for the series."""
    names = [name.replace("\\", "/").rpartition("/")[2] for name in problem.files]
    listed = ""
    if names:
        more = f" and {len(names) - 3} more" if len(names) > 3 else ""
        listed = f" (files: {', '.join(names[:3])}{more})"
    step = NEXT_STEPS.get(problem.code, problem.hint)
    if resample and problem.code in RESAMPLE_CODES:
        step = TICK_RESAMPLE
    fact = problem.message.rstrip(".")
    return f"{fact}{listed}. {step}"


def words_of_date(value: str) -> str:
    """ "20260102" as "2 January 2026"; what is no date comes back as it is."""
    try:
        day = date(int(value[:4]), int(value[4:6]), int(value[6:8]))
    except ValueError:
        return value
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"


def left_aside(counts: dict[str, int]) -> str:
    """What was not used of a scan, in one sentence; "" when everything was."""
    words = {
        "not_dicom": "{} file{} with no DICOM image",
        "no_image": "{} DICOM object{} without an image",
        "empty_file": "{} empty file{}",
        "unreadable": "{} damaged file{}",
    }
    said = [w.format(n, "s" if n != 1 else "") for key, w in words.items() if (n := counts.get(key, 0))]
    return f"Left aside: {', '.join(said)}." if said else ""
