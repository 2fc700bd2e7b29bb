"""One stack judged: its files, its geometry, and the `Series` that says so."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np

from surgitwin.core.image import ImageGrid
from surgitwin.imaging.dicom import checks, geometry, stack_checks
from surgitwin.imaging.dicom.frames import Frame
from surgitwin.imaging.dicom.header import Header
from surgitwin.imaging.dicom.offer import ResampleOffer, make_offer
from surgitwin.imaging.dicom.pixel_values import frame_of, is_inverted, window_of_header
from surgitwin.imaging.dicom.series import Problem, Series, status_of

INVERTED = "The grey scale is stored inverted (MONOCHROME1); it is turned: high values are bright."

NO_STACK = ("dicom.no_geometry", "dicom.not_an_image", "dicom.multiframe", "dicom.projection")
"""Problems with which nothing can be said about the slices' places."""


def judge(
    uid: str, images: Sequence[Header], notes: Sequence[str] = (), problems: Sequence[Problem] = ()
) -> Series:
    """The series of `images` (not empty, without localisers); `problems` were found before."""
    modality = Counter(h.text("Modality") for h in images).most_common(1)[0][0]
    found = [*problems, *checks.check_files(images, modality)]
    notes = [*notes, *_remarks(images)]
    if any(p.code in NO_STACK for p in found):
        return _series(uid, images, None, None, found, notes)
    found += checks.check_same(images)
    if len(images) < 2:
        found.append(
            Problem(
                "dicom.one_slice",
                "The series has one slice only.",
                "Choose the series with all slices.",
                (images[0].name,),
            )
        )
        return _series(uid, images, None, None, found, notes)
    if any(p.code.startswith("dicom.mixed") for p in found):
        return _series(uid, images, None, None, found, notes)
    positions = np.array([h.numbers("ImagePositionPatient") for h in images])
    orientation = np.median([h.numbers("ImageOrientationPatient") for h in images], axis=0)
    stack = geometry.analyse(positions, orientation)
    ordered = [images[n] for n in stack.order]
    grid = _grid(ordered, stack)
    offer = None
    if grid is not None and stack_checks.is_irregular(stack):
        numbers = [h.number("InstanceNumber") for h in ordered] if images[0].frame is None else []
        offer = make_offer(positions[stack.order], stack, grid, orientation, numbers)
    found += stack_checks.check_units(images[0], stack) + stack_checks.check_stack(stack, images, offer)
    return _series(uid, ordered, stack, offer, found, notes)


def _remarks(images: Sequence[Header]) -> list[str]:
    """What was mended silently elsewhere, said."""
    out = []
    damaged = sorted({name for h in images for name in h.damaged})
    if damaged:
        out.append(f"Header values that cannot be read count as absent: {', '.join(damaged)}.")
    return out


def _series(
    uid: str, ordered: Sequence[Header], found: geometry.SliceGeometry | None, offer: ResampleOffer | None,
    problems: Sequence[Problem], notes: Sequence[str],
) -> Series:  # fmt: skip
    first = ordered[0]
    weight = first.finite("PatientWeight")
    modality = first.text("Modality")
    centre, width = window_of_header(first)
    status = status_of(problems, offer)
    if status != "refused" and is_inverted(first):
        notes = [*notes, INVERTED]
    return Series(
        uid=uid,
        modality=modality,
        description=first.text("SeriesDescription"),
        grid=None if found is None else _grid(ordered, found),
        slices=_frames(ordered),
        tilt_deg=None if found is None else found.tilt_deg,
        gaps=() if found is None else _gaps(found),
        status=status,
        problems=tuple(problems),
        notes=tuple(notes),
        body_weight_kg=weight if weight and weight > 0 else None,
        patient_code=first.patient_code,
        sex=first.text("PatientSex"),
        age=first.text("PatientAge"),
        study_uid=first.text("StudyInstanceUID"),
        date=first.text("SeriesDate") or first.text("StudyDate"),
        kvp=first.finite("KVP"),
        kernel=first.text("ConvolutionKernel"),
        contrast=first.text("ContrastBolusAgent"),
        cardiac_phase_percent=first.finite("NominalPercentageOfCardiacPhase"),
        laterality=first.text("ImageLaterality") or first.text("Laterality"),
        body_part=first.text("BodyPartExamined"),
        window_center=centre,
        window_width=width,
        unit=_unit(first, modality),
        study_description=first.text("StudyDescription"),
        study_date=first.text("StudyDate"),
        number=first.whole("SeriesNumber"),
        identity=first.identity,
        resample=offer if status != "refused" else None,
    )


def _frames(headers: Sequence[Header]) -> tuple[Frame, ...]:
    return tuple(frame_of(h) for h in headers)


def _unit(first: Header, modality: str) -> str:
    """Hounsfield units of a CT unless it says otherwise; the unit of a PET; "1" for numbers without one."""
    if modality == "CT":
        return first.text("RescaleType") or "HU"
    return (first.text("Units") or "1") if modality == "PT" else "1"


def _gaps(found: geometry.SliceGeometry) -> tuple[dict[str, float], ...]:
    """Every gap as plain values: after which slice, how many lack, positions on both sides."""
    at = found.at_mm
    return tuple(
        {"after": n, "missing": m, "from_mm": float(at[n]), "to_mm": float(at[n + 1])} for n, m in found.gaps
    )


def _grid(ordered: Sequence[Header], found: geometry.SliceGeometry) -> ImageGrid | None:
    """Grid of the ordered slices; None when all lie at one place."""
    if found.step_mm == 0:
        return None
    first = ordered[0]
    orientation = np.median([h.numbers("ImageOrientationPatient") for h in ordered], axis=0)
    rows, columns = first.numbers("PixelSpacing")
    shape = (len(ordered), first.whole("Rows") or 0, first.whole("Columns") or 0)
    position = np.array(first.numbers("ImagePositionPatient"))
    return geometry.make_grid(shape, position, orientation, (rows, columns), found.step)
