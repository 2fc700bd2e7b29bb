"""Whether the slices of a stack lie on a regular grid of human size; what is wrong with it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from surgitwin.imaging.dicom import geometry
from surgitwin.imaging.dicom.geometry import SliceGeometry
from surgitwin.imaging.dicom.header import Header
from surgitwin.imaging.dicom.offer import LARGEST_STEP_MM, ResampleOffer, holes
from surgitwin.imaging.dicom.series import Problem

FIELD_RANGE_MM = (5.0, 1000.0)
"""Field of view in the slice: the bore of a CT is at most 0.9 m; under 5 mm no bone is planned on."""

SPACING_RANGE_MM = (0.02, 50.0)
"""Pixel and slice spacing: from the finest high-resolution CT of a limb to far coarser than a scout."""

LENGTH_LIMIT_MM = 2500.0
"""Longest stack: a person and the table."""

RESAMPLE_HINT = "Import it resampled (`new --resample`), or export it without tilt and with even spacing."


def is_irregular(found: SliceGeometry) -> bool:
    """Whether the slices lie on no regular grid of boxes."""
    tolerance = geometry.POSITION_TOLERANCE_MM
    return bool(found.gaps) or found.off_axis_mm > tolerance or found.uneven_mm > tolerance


def check_stack(
    found: SliceGeometry, headers: Sequence[Header], offer: ResampleOffer | None = None
) -> list[Problem]:
    """Duplicate, missing, uneven or sheared slices; `offer` when resampling can mend the last two."""
    names = [h.name for h in headers]
    problems = []
    if found.duplicates:
        files = tuple(names[n] for pair in found.duplicates for n in pair)
        problems.append(
            Problem(
                "dicom.duplicate_slices",
                f"{len(found.duplicates)} slices lie where another one lies, with other pixels.",
                "Remove the ones that do not belong, or export one acquisition only.",
                tuple(dict.fromkeys(files)),
            )
        )
    if found.off_axis_mm > geometry.POSITION_TOLERANCE_MM:
        problems.append(
            Problem(
                "dicom.sheared",
                f"Slice positions move {found.off_axis_mm:.2f} mm off the slice normal "
                f"(gantry tilt {found.tilt_deg:.1f} degrees): the voxels are not boxes.",
                RESAMPLE_HINT
                if offer is not None
                else "Acquire or reconstruct without gantry tilt, or with one tilt and no slice missing.",
            )
        )
    return problems + _check_spacing(found, headers, offer)


def _check_spacing(
    found: SliceGeometry, headers: Sequence[Header], offer: ResampleOffer | None
) -> list[Problem]:
    """Missing slices, or spacing that is not even."""
    steps = np.diff(found.at_mm)
    if found.gaps and offer is None:
        around = tuple(headers[found.order[n + m]].name for n, _ in found.gaps for m in (0, 1))
        return [
            Problem(
                "dicom.missing_slices",
                f"{sum(count for _, count in found.gaps)} slices are missing "
                f"(spacing {found.step_mm:.3g} mm); the named files stand beside the gaps.",
                "Copy the series again from its source.",
                tuple(dict.fromkeys(around)),
            )
        ]
    if found.uneven_mm <= geometry.POSITION_TOLERANCE_MM and not found.gaps:
        return []
    fact = f"The slice spacing varies from {steps.min():.3g} to {steps.max():.3g} mm."
    if offer is not None:
        return [Problem("dicom.uneven_spacing", fact, RESAMPLE_HINT)]
    at = holes(steps, [headers[n].number("InstanceNumber") for n in found.order])
    files = tuple(dict.fromkeys(headers[found.order[n + m]].name for n in at for m in (0, 1)))
    limit = (
        f" Resampling is offered where the spacing changes steadily and is at most {LARGEST_STEP_MM:g} mm: "
        "across an odd wider step a slice may be missing, and nothing is made up there."
    )
    return [Problem("dicom.uneven_spacing", fact + limit, "Export a series with even spacing.", files)]


def check_units(header: Header, found: SliceGeometry) -> list[Problem]:
    """Sizes outside the human range: lengths in a wrong unit (metres, micrometres)."""
    spacing = np.array(header.numbers("PixelSpacing"))
    size = spacing * [header.number("Rows") or 0, header.number("Columns") or 0]
    length = float(np.ptp(found.at_mm))
    sizes = [*spacing, found.step_mm] if found.step_mm > 0 else list(spacing)
    wrong = not (FIELD_RANGE_MM[0] <= size.max() <= FIELD_RANGE_MM[1])
    wrong |= min(sizes) < SPACING_RANGE_MM[0] or max(sizes) > SPACING_RANGE_MM[1]
    if not (wrong or length > LENGTH_LIMIT_MM):
        return []
    return [
        Problem(
            "dicom.wrong_units",
            f"The image measures {size[1]:.4g} x {size[0]:.4g} x {length:.4g} mm with pixels of "
            f"{spacing[1]:.4g} mm and slices {found.step_mm:.4g} mm apart: not the size of a person.",
            "Ask the source for pixel spacing and positions in millimetres.",
            (header.name,),
        )
    ]
