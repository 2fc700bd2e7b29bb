"""What a new case is about, as far as its image says; every preset changes it when it is run."""

from __future__ import annotations

from surgitwin.core.image import Volume
from surgitwin.planning.site import BONE, GENERAL

WITHOUT_FEMUR = frozenset(
    {
        "SKULL", "HEAD", "JAW", "NECK", "CSPINE", "TSPINE", "LSPINE", "SPINE", "CHEST", "CLAVICLE", "BREAST",
        "HEART", "SHOULDER", "ARM", "ELBOW", "HAND", "ANKLE", "FOOT",
    }
)  # fmt: skip
"""Body Part Examined (0018,0015) that shows no femur; defined terms of DICOM PS3.16, Annex L."""


def first_site(volume: Volume, body_part: str) -> str:
    """General anatomy for what is no CT (operations are planned on CT) and for parts without a femur."""
    named = body_part.strip().upper()
    return GENERAL if volume.modality != "CT" or named in WITHOUT_FEMUR else BONE
