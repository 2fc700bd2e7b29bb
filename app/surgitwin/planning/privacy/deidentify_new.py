"""A new case without identity: what the headers say is cleaned before anything is written."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from surgitwin.core.errors import InputError
from surgitwin.core.image import Volume
from surgitwin.exchange.deidentify import Key, Options
from surgitwin.exchange.deidentify.face_region import face_region
from surgitwin.exchange.deidentify.facts import Patient
from surgitwin.exchange.deidentify.first_header import Known, known_of
from surgitwin.exchange.deidentify.pseudonyms import Pseudonyms
from surgitwin.exchange.deidentify.report import FACES
from surgitwin.imaging import Series
from surgitwin.imaging.dicom.loading import AIR_HU
from surgitwin.imaging.patient_code import installation_secret, keyed
from surgitwin.planning.privacy.identity import DEIDENTIFIED, check_name
from surgitwin.planning.privacy.search import originals_of, require_absent
from surgitwin.planning.privacy.state import clean_state, clean_volume


@dataclass(frozen=True)
class Anonymous:
    """How a new case is made nobody's. key: as in `exchange.deidentify`; None: codes and UIDs come from the
    secret of this installation, so that cases of one patient stay together here and nowhere else."""

    options: Options = field(default_factory=Options)
    key: Path | None = None


@dataclass(frozen=True, eq=False)
class Cleaned:
    """state, volume: to write. finish: to be called with the folder of the written case; it searches it."""

    state: dict[str, Any]
    volume: Volume
    finish: Callable[[Path], None]


def cleaned(
    path: Path, state: dict[str, Any], volume: Volume, how: Anonymous, series: Series | None
) -> Cleaned:
    """State and image of a new case at `path` without identity; series: where they are from, None for an
    image file. Raises UsageError "deidentify.case_name", InputError "deidentify.no_face"."""
    known = known_of(series, how.options)
    check_name(path, known.who, known.dates)
    key = None if how.key is None else Key.open(how.key)
    names = Pseudonyms(installation_secret() if key is None else key.secret)
    old = str(state["patient"].get("patient_code") or "")
    code = (names.patient(known.patient) if key is not None else keyed(old)) if old else ""
    days = names.shift_days(known.patient or old or volume.hash)
    patient = Patient(how.options, names, code, days, known.who)
    if how.options.deface and (known.head or series is None):
        volume = without_face(volume)
    originals = originals_of(volume.meta) | originals_of(state["series"]) | known.words
    originals -= {code}
    made, _ = clean_state(state, patient)
    made[DEIDENTIFIED]["warnings"] = _warnings(known, how.options, file=series is None)
    image, _ = clean_volume(volume, patient)

    def finish(folder: Path) -> None:
        require_absent(folder, originals)
        if key is not None:
            known.keep(key, code, names)
            key.write()

    return Cleaned(made, image, finish)


def without_face(volume: Volume) -> Volume:
    """The image with its face set to air. InputError "deidentify.no_face" when none is found."""
    face = face_region(volume)
    if face is None or not face.any():
        raise InputError(
            "deidentify.no_face",
            "No face could be found to cut out, so the case was not made.",
            hint="Leave --deface out, and keep the case to people who may know the patient.",
            where="--deface",
        )
    array = np.array(volume.array)
    array[face] = AIR_HU if volume.unit == "HU" else array.min()
    return replace(volume, array=array)


def _warnings(known: Known, options: Options, *, file: bool) -> list[str]:
    if options.deface and (known.head or file):
        return ["The face was cut out; look at the result, for this is not a guarantee."]
    if known.head:
        return [FACES[:1].upper() + FACES[1:]]
    if not known.part_known:
        return ["The image does not say which part of the body it shows: if it is a head, it shows a face."]
    return []
