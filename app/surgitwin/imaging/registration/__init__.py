"""Registration: two images of one patient in one frame, with an estimate of the error."""

from surgitwin.imaging.registration.apply import labels_onto, resample_onto, sitk_transform
from surgitwin.imaging.registration.landmarks import from_landmarks, landmark_errors, left_out_rms
from surgitwin.imaging.registration.register import register
from surgitwin.imaging.registration.types import (
    BEGINS,
    KINDS,
    Begin,
    ErrorEstimate,
    Kind,
    Pairs,
    Registration,
)

__all__ = [
    "BEGINS",
    "KINDS",
    "Begin",
    "ErrorEstimate",
    "Kind",
    "Pairs",
    "Registration",
    "from_landmarks",
    "labels_onto",
    "landmark_errors",
    "left_out_rms",
    "register",
    "resample_onto",
    "sitk_transform",
]
