"""A second image of the patient in a case: registered, kept beside the first, and shown on its grid."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.ndimage import distance_transform_edt

from surgitwin.core.arrays import FloatArray
from surgitwin.core.errors import InputError, UsageError
from surgitwin.core.image import LabelMap, Volume
from surgitwin.core.progress import SILENT, Progress
from surgitwin.imaging.formats.nrrd import read_volume, write_volume
from surgitwin.imaging.patient_code import keyed
from surgitwin.imaging.registration import Begin, Kind, Pairs, Registration, register, resample_onto
from surgitwin.planning.case import Case, now
from surgitwin.planning.privacy.identity import DEIDENTIFIED
from surgitwin.planning.privacy.state import clean_second

ROUND_MM = 10.0
"""Numerical setting: so far round a segment images are compared: a border shows by what lies beside it."""
PATIENT = "patient_code"


def register_image(
    case: Case,
    moving: Volume,
    kind: Kind = "rigid",
    *,
    mask: Sequence[str] = (),
    pairs: Pairs | None = None,
    start: FloatArray | None = None,
    begin: Begin = "auto",
    same_patient: bool = False,
    progress: Progress = SILENT,
) -> Case:
    """The case with `moving` registered onto its image; the original is kept as it was read, in a case
    without identity without what its headers say of the patient.

    mask: names of segments; they and 10 mm round them are compared. pairs, start, begin: as of `register`,
    where the search begins. same_patient: the images are of one person although their codes differ.

    Raises the errors of `imaging.registration.register`, InputError "register.other_patient",
    UsageError "register.mask".
    """
    fixed = case.volume
    codes = _codes(case, moving)
    if len(codes) > 1 and not same_patient:
        raise InputError(
            "register.other_patient",
            f"The second image carries the patient code {codes[1]}, the case {codes[0]}.",
            hint="Check that both are of one person; then say so (--same-patient, or the box in the panel). "
            "A case made on another installation has another code for the same ID.",
            where="patient_code",
        )
    where = _mask(case, tuple(mask)) if mask else None
    done = register(
        fixed, moving, kind, pairs=pairs, start=start, begin=begin, mask=where,
        progress=progress.part(0.0, 0.95),
    )  # fmt: skip
    progress("Keeping the second image", 0.96)
    moving = clean_second(moving, case.state)
    blob = case.folder.put(".nrrd", lambda p: write_volume(moving, p))
    entry = _entry(case, moving, done, blob, tuple(mask), pairs)
    if len(codes) > 1 and not case.state.get(DEIDENTIFIED):
        entry["warnings"].append(f"The patient codes differ: {codes[0]} and {codes[1]}.")
    known = list(case.state.get("registrations") or [])
    return case.updated(f"register a second image ({moving.modality})", registrations=[*known, entry])


def registration_of(case: Case, number: int | None = None) -> Mapping[str, Any]:
    """Entry of a registration, counted from 1 (None: the last). InputError "register.unknown"."""
    known: Sequence[Mapping[str, Any]] = case.state.get("registrations") or []
    at = len(known) if number is None else number
    if not 1 <= at <= len(known):
        raise InputError(
            "register.unknown",
            f"{case.name} has {len(known)} registrations; there is no number {at}.",
            hint="Register an image with `surgitwin register CASE --moving IMAGE`.",
            where="registration",
        )
    return known[at - 1]


def second_image(case: Case, entry: Mapping[str, Any]) -> Volume:
    """The second image as it was read, on its own grid."""
    out: Volume = case.kept("second", entry["blob"], lambda: read_volume(case.folder.blob(entry["blob"])))
    return out


def on_first_grid(case: Case, entry: Mapping[str, Any]) -> Volume:
    """The second image at the voxels of the first (NaN where it has none), for looking at."""
    return resample_onto(second_image(case, entry), case.volume.grid, matrix_of(entry))


def matrix_of(entry: Mapping[str, Any]) -> FloatArray:
    """4x4 that takes LPS points of the second image to the first."""
    return np.array(entry["matrix"], float)


def _codes(case: Case, moving: Volume) -> tuple[str, ...]:
    """The two patient codes when both are known and differ."""
    one = keyed(str((case.state.get("patient") or {}).get(PATIENT) or ""))
    other = keyed(str(moving.meta.get(PATIENT) or ""))
    return (one, other) if one and other and one != other else (one,)


def _mask(case: Case, names: tuple[str, ...]) -> npt.NDArray[np.bool_]:
    labels: LabelMap = case.labels
    known = [s.name for s in labels.segments]
    unknown = [n for n in names if n not in known]
    if unknown:
        raise UsageError(
            "register.mask",
            f"There is no segment {', '.join(unknown)}.",
            hint=f"Segments of this case: {', '.join(known) or 'none'}.",
            where="mask",
        )
    inside = labels.mask(*names)
    if not inside.any():
        return inside  # said by `register`
    away = distance_transform_edt(~inside, sampling=labels.grid.spacing_mm[::-1])
    return np.asarray(away < ROUND_MM)


def _entry(
    case: Case, moving: Volume, done: Registration, blob: str, mask: tuple[str, ...], pairs: Pairs | None
) -> dict[str, Any]:
    return {
        "when": now(), "blob": blob, "moving_hash": moving.hash, "fixed_hash": case.volume.hash,
        "modality": moving.modality, "description": str(moving.meta.get("description") or ""),
        "kind": done.kind, "matrix": done.matrix.tolist(), "metric": done.metric,
        "before": done.before, "after": done.after, "overlap": done.overlap,
        "error": asdict(done.error), "warnings": list(done.warnings), "mask": list(mask),
        "pairs": None if pairs is None else {"fixed_mm": pairs.fixed_mm.tolist(),
                                             "moving_mm": pairs.moving_mm.tolist()},
        "settings": dict(done.settings), "seconds": done.seconds,
    }  # fmt: skip


def read_pairs(path: Path) -> Pairs:
    """Landmark pairs: a line each, six numbers x, y, z of the first image and x, y, z of the second, LPS mm.

    Commas or spaces; lines that begin with # are left out. InputError "register.landmark_file".
    """
    try:
        lines = [x.split("#")[0].replace(",", " ").split() for x in path.read_text("utf-8").splitlines()]
        rows = np.array([[float(v) for v in x] for x in lines if x])
        return Pairs(rows[:, :3], rows[:, 3:])
    except (OSError, ValueError, IndexError) as error:
        raise InputError(
            "register.landmark_file",
            f"{path.name} is no file of landmark pairs.",
            hint="A line each: six numbers, x y z in the first image and x y z in the second, LPS mm.",
            where=str(path),
        ) from error
