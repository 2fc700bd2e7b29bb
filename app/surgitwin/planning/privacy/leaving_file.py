"""What is asked and said before the surface of a file is written again: consent, and faces."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from surgitwin.core.errors import UsageError
from surgitwin.core.mesh import SurfaceMesh
from surgitwin.exchange.consent import PURPOSES, require_consent
from surgitwin.planning.case import Case

HEAD_MM = (120.0, 350.0)
"""Numerical setting: a head, a child's too, is so large in all directions, with neck and table."""

NO_CASE = (
    "A file says nothing of consent, and no case was named to ask (--case): see that its patient agreed."
)
MAY_BE_FACE = (
    "This surface is as large as a head. When it is skin, the face can be recognised: write it from images "
    "whose face was cut out (`surgitwin new --deidentify --deface`)."
)


def file_consent(case: Path | None, purpose: str) -> tuple[str, ...]:
    """What must be said with files of a patient. case: the patient's, whose consent is asked.

    Raises UsageError "consent.outside_scope", also for another purpose than planning without a case.
    """
    if case is not None:
        return require_consent(Case.open(case).state, purpose)
    if purpose == "planning":
        return (NO_CASE,)
    raise UsageError(
        "consent.outside_scope",
        f"Nobody can say whether the patient agreed; the file is to be for {PURPOSES[purpose]}.",
        hint="Name the case of the patient, in which the consent is recorded, with --case.",
        where="--case",
    )


def before_file(mesh: SurfaceMesh, case: Path | None, purpose: str) -> tuple[str, ...]:
    """What must be said with a surface of a patient, of its face too. Raises as `file_consent`."""
    return (*file_consent(case, purpose), *may_be_face(mesh))


def may_be_face(mesh: SurfaceMesh) -> tuple[str, ...]:
    """`MAY_BE_FACE` when the surface is as large as a head."""
    size = np.ptp(mesh.points_mm, axis=0)
    low, high = HEAD_MM
    return (MAY_BE_FACE,) if ((size >= low) & (size <= high)).all() else ()
