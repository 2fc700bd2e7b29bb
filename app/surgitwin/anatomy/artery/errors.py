"""What can be wrong with an image or the two points, as errors with the next step."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from surgitwin.core.errors import InputError


def _place(point: npt.ArrayLike) -> str:
    x, y, z = np.asarray(point, float)
    return f"{x:.1f}, {y:.1f}, {z:.1f} mm (LPS)"


def no_contrast(found: float) -> InputError:
    """The image shows no contrast medium."""
    return InputError(
        "artery.no_contrast",
        f"No vessel with contrast medium was found; the brightest place looked at has {found:.0f} HU.",
        hint="Use the arterial phase of a CT angiogram (lumen over 250 HU).",
    )


def outside_lumen(name: str, point: npt.ArrayLike, found: float) -> InputError:
    """A click does not lie in a bright lumen."""
    return InputError(
        "artery.click_outside",
        f"The {name} point lies at {found:.0f} HU, not in a lumen with contrast medium.",
        hint="Click into the bright lumen, clear of calcium and bone.",
        where=_place(point),
    )


def outside_image(name: str, point: npt.ArrayLike) -> InputError:
    """A click does not lie in the image."""
    return InputError(
        "artery.click_outside_image",
        f"The {name} point lies outside the image.",
        hint="Choose a point inside the image.",
        where=_place(point),
    )


def too_close(distance_mm: float) -> InputError:
    """Both clicks are at one place."""
    return InputError(
        "artery.clicks_close",
        f"The two points are {distance_mm:.1f} mm apart; a stretch of vessel of 10 mm or more is needed.",
        hint="Click before and behind the narrowing, in healthy parts of the vessel.",
    )


def clicks_apart(gap_mm: float, point: npt.ArrayLike) -> InputError:
    """No lumen joins the clicks."""
    return InputError(
        "artery.clicks_apart",
        f"No open lumen joins the two points: {gap_mm:.1f} mm of the way are not lumen.",
        hint="Click both points in the same vessel. An occlusion cannot be measured.",
        where=_place(point),
    )


def open_lumen(point: npt.ArrayLike, share: float) -> InputError:
    """The lumen has no wall that the image shows."""
    return InputError(
        "artery.open_lumen",
        f"The lumen has no edge on {100 * share:.0f} % of its rays.",
        hint="Choose a stretch of vessel that does not open into a chamber and lies inside the image.",
        where=_place(point),
    )


def no_proposal() -> InputError:
    """No vessel to propose points in."""
    return InputError(
        "artery.no_proposal",
        "No enhanced vessel was found to propose points in.",
        hint="Click the start and the end of the stretch to be measured. The lumen must be over 250 HU.",
    )
