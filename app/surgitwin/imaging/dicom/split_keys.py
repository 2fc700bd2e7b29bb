"""By what the images of one series may be told apart, in words."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass

import numpy as np

from surgitwin.imaging.dicom import geometry
from surgitwin.imaging.dicom.checks import has_geometry
from surgitwin.imaging.dicom.header import Header

AXES = (("sagittal", 0), ("coronal", 1), ("axial", 2))
STRAIGHT = 0.999
"""Cosine to a body axis from which a plane is called by its plain name: 2.6 degrees (only words)."""


@dataclass(frozen=True)
class Key:
    """One way to tell images apart. name: in the UID of a stack. words: what differs. value: of an image;
    None
    when absent. told: the value in words (its first image is given)."""

    name: str
    words: str
    value: Callable[[Header], Hashable]
    told: Callable[[Header], str]


def _number(*names: str) -> Callable[[Header], Hashable]:
    """The first of the tags that has a number."""

    def value(header: Header) -> Hashable:
        return next((n for name in names if (n := header.number(name)) is not None), None)

    return value


def _tag(name: str, words: str, unit: str, *tags: str) -> Key:
    value = _number(*tags)

    def told(header: Header) -> str:
        found = value(header)
        return f"no {words}" if found is None else f"{words} {found:g}{unit}"

    return Key(name, words, value, told)


def _word(name: str, words: str, tag: str) -> Key:
    return Key(name, words, lambda h: h.text(tag) or None, lambda h: f"{words} {h.text(tag) or 'not given'}")


def _kind(header: Header) -> Hashable:
    colour = (header.number("SamplesPerPixel") or 1) > 1
    return (header.text("Modality"), header.image_type[:2], colour, has_geometry(header))


def _kind_words(header: Header) -> str:
    colour = ["in colour"] if (header.number("SamplesPerPixel") or 1) > 1 else []
    placed = [] if has_geometry(header) else ["without a place"]
    kind = " ".join(header.image_type[:2]).lower()
    return " ".join([header.text("Modality"), kind, *colour, *placed]).strip()


def plane_words(header: Header) -> str:
    """The plane of a slice: "axial", or "oblique, 23 degrees from axial"."""
    normal = np.abs(geometry.slice_normal(np.array(header.numbers("ImageOrientationPatient"))))
    name, axis = max(AXES, key=lambda a: normal[a[1]])
    share = min(float(normal[axis]), 1.0)
    if share >= STRAIGHT:
        return name
    return f"oblique, {np.degrees(np.arccos(share)):.0f} degrees from {name}"


def _spacing_words(header: Header) -> str:
    return " x ".join(f"{v:.4g}" for v in header.numbers("PixelSpacing")) + " mm pixels"


def _type_words(header: Header) -> str:
    return "image type " + (" ".join(header.image_type[2:]).lower() or "without detail")


def _direction(header: Header) -> Hashable:
    values = header.numbers("DiffusionGradientOrientation")
    return tuple(np.round(values, 3)) if values else None


def _direction_words(header: Header) -> str:
    values = header.numbers("DiffusionGradientOrientation")
    return "direction " + (" ".join(f"{v:.2f}" for v in values) or "none")


SIZE = Key(
    "size", "image size",
    lambda h: (h.number("Rows"), h.number("Columns")),
    lambda h: f"{h.number('Rows') or 0:.0f} x {h.number('Columns') or 0:.0f} pixels",
)  # fmt: skip
KIND = Key("kind", "kind of image", _kind, _kind_words)
EXACT: tuple[Key, ...] = (KIND, SIZE)
"""Images that differ in these cannot be one volume."""

PLANE = Key("plane", "orientation", lambda h: h.numbers("ImageOrientationPatient"), plane_words)
SPACING = Key("pixel", "pixel spacing", lambda h: h.numbers("PixelSpacing"), _spacing_words)
NEAR: tuple[tuple[Key, float, bool], ...] = (
    (PLANE, geometry.ORIENTATION_TOLERANCE, False),
    (SPACING, geometry.PIXEL_SPACING_TOLERANCE, True),
)
"""As EXACT, within (tolerance, whether it is relative)."""

WHERE_SLICES_COINCIDE: tuple[Key, ...] = (
    Key("type", "image type", lambda h: h.image_type[2:], _type_words),
    _tag("echo", "echo", "", "EchoNumbers"),
    _tag("te", "echo time", " ms", "EchoTime"),
    _tag("time", "time point", "", "TemporalPositionIdentifier", "TemporalPositionIndex"),
    _tag("cardiac", "heart phase", " %", "NominalPercentageOfCardiacPhase"),
    _tag("b", "b-value", " s/mm2", "DiffusionBValue"),
    Key(
        "direction", "diffusion direction", _direction,
        _direction_words,
    ),
    _tag("ti", "inversion time", " ms", "InversionTime"),
    _word("stack", "stack", "StackID"),
    _tag("acquisition", "acquisition", "", "AcquisitionNumber"),
    _word("kernel", "kernel", "ConvolutionKernel"),
    _word("sequence", "sequence", "SequenceName"),
)  # fmt: skip
"""Images may differ in these along one stack; they tell stacks apart where slices lie at one place. In
order.
"""

TRIGGER = "TriggerTime"
"""Differs from slice to slice; its rank at a place tells the phase of the heart."""


def near(headers: Sequence[Header], key: Key, tolerance: float, relative: bool) -> list[list[Header]]:
    """Groups whose values agree with the first of each within the tolerance; those without a value
    together.
    """
    firsts: list[np.ndarray[tuple[int, ...], np.dtype[np.float64]]] = []
    groups: list[list[Header]] = []
    for header in headers:
        value = np.array(key.value(header), float)
        for first, group in zip(firsts, groups, strict=True):
            scale = float(np.abs(first).max()) if relative and first.size else 1.0
            if value.shape == first.shape and (
                not value.size or np.abs(value - first).max() <= tolerance * scale
            ):
                group.append(header)
                break
        else:
            firsts.append(value)
            groups.append([header])
            if len(groups) > MOST_GROUPS:
                break
    return groups


MOST_GROUPS = 256
"""Numerical setting: a series that falls into more groups is no stack of anything."""
