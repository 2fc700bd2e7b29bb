"""What the image of an artery shows that the user must know before trusting sizes."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from surgitwin.anatomy.artery import errors
from surgitwin.anatomy.artery import settings as st
from surgitwin.anatomy.artery.path import Way
from surgitwin.anatomy.artery.sampling import inside_image
from surgitwin.anatomy.artery.second_lumen import second_lumen
from surgitwin.anatomy.artery.tube import Measured
from surgitwin.anatomy.artery.types import Lesion
from surgitwin.core.image import Volume
from surgitwin.core.vessel import Notice

_OPEN_SHARE, _OPEN_MM = 0.45, 3.0
_RING_SHARE, _RING_MM = 0.85, 6.0
_DETOUR = 3.0
_TOUCH_MM = 1.0
_LEAST_HEALTHY = 0.2
_LARGEST_INTERVAL_MM = 1.0

Flags = npt.NDArray[np.bool_]


def check_closed(measured: Measured) -> None:
    """InputError "artery.open_lumen" where rays meet no edge on 3 mm of the way or more."""
    open_share = (~np.isfinite(measured.edges.radius_mm)).mean(1)
    for first, last in runs(open_share > _OPEN_SHARE):
        if (last - first + 1) * st.STEP_MM >= _OPEN_MM:
            middle = (first + last) // 2
            raise errors.open_lumen(
                measured.tube.course.points_mm[middle], float(open_share[first:last].mean())
            )


def runs(flags: Flags) -> list[tuple[int, int]]:
    """First and last index of every run of True."""
    parts, _ = ndimage.label(flags)
    return [(part[0].start, part[0].stop - 1) for part in ndimage.find_objects(parts)]


def indicative_reason(volume: Volume, measured: Measured) -> str:
    """Why sizes are only indicative, "" when they are not."""
    reasons = []
    interval = float(volume.grid.spacing_mm.max())
    if interval > _LARGEST_INTERVAL_MM + 1e-6:
        reasons.append(f"the image interval is {interval:.2f} mm (over {_LARGEST_INTERVAL_MM:g} mm)")
    if measured.sharpness == "kernel":
        reasons.append("the sharpness of the image was taken from the kernel's name")
    if measured.sharpness == "assumed":
        reasons.append("the sharpness of the image is assumed")
    return "; ".join(reasons)


def artery_notices(volume: Volume, way: Way, measured: Measured, healthy: Flags) -> list[Notice]:
    """Notices on image, way and lumen; those on lesions come from `lesion_notices`."""
    found = _brightness(measured)
    found += _shape(volume, way, measured)
    found += second_lumen(measured)
    found += _metal(measured)
    if healthy.mean() < _LEAST_HEALTHY:
        found.append(
            Notice(
                "artery.no_healthy_part",
                "Less than a fifth of the vessel looks healthy: the reference diameter is uncertain. "
                "Choose points farther apart.",
            )
        )
    return found


def lesion_notices(measured: Measured, lesions: tuple[Lesion, ...]) -> list[Notice]:
    """Notices on narrowings that reach the end of what was measured."""
    s = measured.tube.course.s_mm
    out = []
    for lesion in lesions:
        if lesion.start_mm <= s[0] + 0.5 or lesion.end_mm >= s[-1] - 0.5:
            out.append(
                _at(
                    measured,
                    int(np.searchsorted(s, lesion.throat_mm)),
                    "artery.lesion_cut",
                    "The narrowing reaches the end of the measured stretch. Choose points in healthy vessel.",
                )
            )
    return out


def _at(measured: Measured, row: int, code: str, message: str) -> Notice:
    row = min(row, len(measured.tube.course.s_mm) - 1)
    x, y, z = (float(v) for v in measured.tube.course.points_mm[row])
    return Notice(code, message, (x, y, z))


def _brightness(measured: Measured) -> list[Notice]:
    lumen = float(np.median(measured.edges.lumen_HU))
    if lumen >= st.DIAGNOSTIC_HU:
        return []
    text = (
        f"The lumen has {lumen:.0f} HU, under the diagnostic limit of {st.DIAGNOSTIC_HU:g} HU. "
        "Sizes are less certain."
    )
    return [Notice("artery.weak_contrast", text)]


def _shape(volume: Volume, way: Way, measured: Measured) -> list[Notice]:
    tube, out = measured.tube, []
    cut = ~inside_image(volume, tube.wall_mm).all(axis=1)
    if cut.any():
        text = "The vessel leaves the image here. Choose the point farther inside, or load more of the scan."
        out.append(_at(measured, int(np.flatnonzero(cut)[0]), "artery.leaves_image", text))
    straight = float(np.linalg.norm(tube.course.points_mm[-1] - tube.course.points_mm[0]))
    if tube.course.length_mm > _DETOUR * straight:
        text = (
            f"The way through the lumen is {tube.course.length_mm:.0f} mm for points {straight:.0f} mm "
            "apart: they may lie in different vessels. Check the course, or click again."
        )
        out.append(Notice("artery.detour", text))
    if way.bridged_mm > 1.0:
        text = (
            f"{way.bridged_mm:.1f} mm of the way pass calcium or weak contrast: the lumen may be closed "
            "there. Check the course."
        )
        out.append(Notice("artery.bridged", text))
    touching = _self_touching(measured)
    if touching is not None:
        text = "The vessel touches itself here, so no wall was measured between. Check the course."
        out.append(_at(measured, touching, "artery.self_touching", text))
    elif tube.overlaps:
        text = "The vessel bends tighter than its radius: sections overlap, diameters are uncertain there."
        out.append(Notice("artery.sharp_bend", text))
    return out


def _self_touching(measured: Measured) -> int | None:
    """A station whose lumen meets that of one far along the course, None when there is none."""
    tube = measured.tube
    points, radius, s = tube.course.points_mm[::4], tube.diameter_mm[::4] / 2, tube.course.s_mm[::4]
    apart = np.linalg.norm(points[:, None] - points[None], axis=-1)
    reach = radius[:, None] + radius[None]
    meet = (apart < reach + _TOUCH_MM) & (np.abs(s[:, None] - s[None]) > 3 * reach)
    return int(np.argwhere(meet)[0][0]) * 4 if meet.any() else None


def _metal(measured: Measured) -> list[Notice]:
    """Metal by its brightness, or a stent by a calcified ring all the way round over 6 mm."""
    edges, tube = measured.edges, measured.tube
    rho = st.RAY_STEP_MM * np.arange(edges.profiles.shape[2])
    near = rho < tube.radius_mm[..., None] + 2.0
    brightest = np.where(near, edges.profiles, -np.inf).max((1, 2))
    if brightest.max() > st.METAL_HU:
        text = (
            f"Metal beside the lumen ({brightest.max():.0f} HU): an earlier stent, clip or coil. "
            "Sizes are wrong there; the wall model holds no such device."
        )
        return [_at(measured, int(brightest.argmax()), "artery.metal", text)]
    if tube.calcified is None:
        return []
    for first, last in runs(tube.calcified.mean(1) > _RING_SHARE):
        if (last - first + 1) * st.STEP_MM >= _RING_MM:
            text = (
                f"A bright ring round the lumen over {(last - first + 1) * st.STEP_MM:.0f} mm: an earlier "
                "stent or calcium all the way round. Sizes are uncertain; the wall model holds no stent."
            )
            return [_at(measured, (first + last) // 2, "artery.ring", text)]
    return []
