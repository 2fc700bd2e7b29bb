"""Whether the slices of a series make one volume in Hounsfield units; every reason against it is listed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Sequence

import numpy as np

from surgitwin.imaging.dicom import geometry
from surgitwin.imaging.dicom.claims import LARGEST_EDGE
from surgitwin.imaging.dicom.decoding import decoder_for
from surgitwin.imaging.dicom.header import Header
from surgitwin.imaging.dicom.pixel_values import RESCALE_LIMIT
from surgitwin.imaging.dicom.series import Problem

SLOPE_LIMIT = 100.0
"""Rescale slope of a CT: 16 stored bits at 100 HU would reach 6.5 million HU; metal ends near 30,000."""

MONOCHROME = ("MONOCHROME1", "MONOCHROME2")

PROJECTIONS = ("XA", "RF", "CR", "DX", "MG")
"""Modalities whose frames are shadows unless functional groups place them."""


def check_files(headers: Sequence[Header], modality: str) -> list[Problem]:
    """Problems of single files: kind of image, missing tags, pixels, decoder, rescale."""
    tests: tuple[tuple[str, str, str, Callable[[Header], bool]], ...] = (
        (
            "dicom.not_an_image", "There are DICOM objects without pixels.",
            "Choose the image series itself.", lambda h: h.pixels == "none",
        ),
        (
            "dicom.not_an_image", "The pixels are labels of a segmentation, not an image.",
            "Choose the image series that the segmentation was drawn on.",
            lambda h: h.text("Modality") == "SEG" and h.pixels != "none",
        ),
        (
            "dicom.truncated", "Files end before their pixels do.",
            "Copy the named files again from their source.", lambda h: h.pixels == "short",
        ),
        (
            "dicom.colour", "Images are in colour, not in one grey value per pixel.",
            "Choose the original grey series, not a screen copy.", _is_colour,
        ),
        (
            "dicom.projection", "These are X-ray projections over time: shadows without a place in the body.",
            "Choose the volume that was reconstructed from the rotation (3D angiography, or CT slices).",
            lambda h: _is_whole(h) and h.text("Modality") in PROJECTIONS,
        ),
        (
            "dicom.multiframe",
            "Several frames are stored in one file that does not give each one its place in the body, or not "
            "of all of them.",
            "Export as enhanced CT or MR with functional groups, or with one file per slice.",
            lambda h: _is_whole(h) and h.text("Modality") not in PROJECTIONS,
        ),
        (
            "dicom.too_large",
            f"Images say that they have more than {LARGEST_EDGE} rows or columns.",
            "Export the series as the scanner made it.", _is_too_large,
        ),
        (
            "dicom.high_bit",
            "The bits of a number lie higher than the standard asks for (HighBit is not BitsStored - 1), so "
            "the values could be wrong by a factor.",
            "Export the series again, from the scanner or another archive.", _is_shifted,
        ),
        (
            "dicom.no_geometry",
            "Position, orientation or pixel spacing is missing or impossible.",
            "Export the original series: screen copies and scanned films carry no geometry.",
            lambda h: h.pixels != "none" and not has_geometry(h),
        ),
    )  # fmt: skip
    found = [_problem(code, text, hint, [h for h in headers if bad(h)]) for code, text, hint, bad in tests]
    found += _check_decoders(headers)
    if modality == "CT":
        found.append(_check_rescale(headers))
        found.append(_check_hounsfield(headers))
    else:
        found.append(_check_other_rescale(headers))
    return [p for p in found if p is not None]


def _problem(code: str, text: str, hint: str, headers: Sequence[Header]) -> Problem | None:
    return Problem(code, text, hint, tuple(dict.fromkeys(h.name for h in headers))) if headers else None


def _is_whole(header: Header) -> bool:
    """A file of several frames that were not told apart."""
    return header.frame is None and (header.number("NumberOfFrames") or 1) > 1


def _is_colour(header: Header) -> bool:
    kind = header.text("PhotometricInterpretation")
    return (header.number("SamplesPerPixel") or 1) > 1 or (kind != "" and kind not in MONOCHROME)


def _is_too_large(header: Header) -> bool:
    return max(header.number("Rows") or 0, header.number("Columns") or 0) > LARGEST_EDGE


def _is_shifted(header: Header) -> bool:
    """PS3.5 8.1.1 asks for HighBit = BitsStored - 1; a lower one is a slip of writers that moves nothing."""
    high, stored = header.whole("HighBit"), header.whole("BitsStored")
    return high is not None and stored is not None and high >= stored > 0


def has_geometry(header: Header) -> bool:
    """Whether position, orientation, pixel spacing and size are there and possible."""
    position, spacing = header.numbers("ImagePositionPatient"), header.numbers("PixelSpacing")
    orientation = header.numbers("ImageOrientationPatient")
    if len(position) != 3 or len(orientation) != 6 or len(spacing) != 2:
        return False
    values = np.abs([*position, *orientation, *spacing])
    if not (values <= geometry.FARTHEST_MM).all() or min(spacing) <= 0:
        return False
    sized = (header.whole("Rows") or 0) > 0 and (header.whole("Columns") or 0) > 0
    return sized and geometry.is_orthonormal(np.array(orientation))


def _check_decoders(headers: Sequence[Header]) -> list[Problem | None]:
    unknown: dict[str, list[Header]] = {}
    for header in headers:
        if header.pixels != "none" and decoder_for(header.syntax) is None:
            unknown.setdefault(header.syntax.name, []).append(header)
    return [
        _problem(
            "dicom.no_decoder",
            f"The pixels are stored as {name} and no decoder for it is installed.",
            "Export uncompressed or as JPEG Lossless, or install pylibjpeg with its decoders.",
            group,
        )
        for name, group in unknown.items()
    ]


def _check_rescale(headers: Sequence[Header]) -> Problem | None:
    def bad(header: Header) -> bool:
        slope, intercept = header.number("RescaleSlope"), header.number("RescaleIntercept")
        if slope is None or intercept is None or not np.isfinite([slope, intercept]).all():
            return True
        return slope == 0 or abs(slope) > SLOPE_LIMIT or abs(intercept) > RESCALE_LIMIT

    return _problem(
        "dicom.no_rescale",
        "RescaleSlope or RescaleIntercept is missing or impossible, so the values are not Hounsfield units.",
        "Export the original CT series.",
        [h for h in headers if bad(h)],
    )


def _check_other_rescale(headers: Sequence[Header]) -> Problem | None:
    """Of images that need no rescale: one that is there is followed, so it has to be possible."""

    def bad(header: Header) -> bool:
        values = [header.number(n) for n in ("RescaleSlope", "RescaleIntercept")]
        given = [v for v in values if v is not None]
        return values[0] == 0 or not all(abs(v) <= RESCALE_LIMIT for v in given)

    return _problem(
        "dicom.no_rescale",
        "RescaleSlope or RescaleIntercept is impossible, so the values mean nothing.",
        "Export the original series.",
        [h for h in headers if bad(h)],
    )


def _check_hounsfield(headers: Sequence[Header]) -> Problem | None:
    kinds = {h.text("RescaleType") for h in headers} - {"", "HU"}
    return _problem(
        "dicom.not_hounsfield",
        f"The values are given as {', '.join(sorted(kinds))}, not as Hounsfield units.",
        "Choose it by its UID to look at it; stiffness needs a series in HU.",
        [h for h in headers if h.text("RescaleType") in kinds],
    )


def check_same(headers: Sequence[Header]) -> list[Problem]:
    """Slices that differ from the others in kind, shape, orientation or pixel spacing."""
    found: list[Problem] = []
    keys: tuple[tuple[str, str, Callable[[Header], Hashable]], ...] = (
        ("dicom.mixed_modality", "modality", lambda h: h.text("Modality")),
        ("dicom.mixed_type", "image type", lambda h: h.image_type[:2]),
        ("dicom.mixed_size", "image size", lambda h: (h.number("Rows"), h.number("Columns"))),
    )
    for code, what, key in keys:
        common = Counter(key(h) for h in headers).most_common(1)[0][0]
        found += _mixed(code, what, [h for h in headers if key(h) != common])
    for code, what, tag, tolerance in (
        (
            "dicom.mixed_orientation", "orientation", "ImageOrientationPatient",
            geometry.ORIENTATION_TOLERANCE,
        ),
        (
            "dicom.mixed_pixel_spacing", "pixel spacing", "PixelSpacing",
            geometry.PIXEL_SPACING_TOLERANCE,
        ),
    ):  # fmt: skip
        values = np.array([h.numbers(tag) for h in headers])
        scale = 1.0 if tag == "ImageOrientationPatient" else float(np.median(values))
        off = np.abs(values - np.median(values, axis=0)).max(axis=1) > tolerance * scale
        if off.any() and np.count_nonzero(off) == len(headers):
            off = np.abs(values - values[0]).max(axis=1) > tolerance * scale
        found += _mixed(code, what, [h for h, o in zip(headers, off, strict=True) if o])
    return found


def _mixed(code: str, what: str, headers: Sequence[Header]) -> list[Problem]:
    problem = _problem(
        code,
        f"{len(headers)} slices differ from the others in {what}.",
        "Put the named files in a folder of their own, or export the series alone.",
        headers,
    )
    return [problem] if problem else []
