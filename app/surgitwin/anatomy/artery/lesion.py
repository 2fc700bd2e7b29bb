"""Narrowings of the lumen against its healthy diameter."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from surgitwin.anatomy.artery import settings as st
from surgitwin.anatomy.artery.types import Lesion
from surgitwin.core.arrays import FloatArray
from surgitwin.core.vessel import LumenTube, measure_section

_SIDE_MM = 10.0
"""Setting: the proximal and distal diameter are means over this length beside the lesion."""
_ROUNDING = 1.05
"""A reference within 5 % of the limit for calcified vessels falls under it: it is measured itself."""


def find_lesions(
    tube: LumenTube, reference_mm: FloatArray, healthy: npt.NDArray[np.bool_], fwhm_mm: float
) -> tuple[Lesion, ...]:
    """All narrowings of LESION_PERCENT or more, the worst first."""
    narrowing = 100 * (1 - tube.diameter_mm / reference_mm)
    parts, count = ndimage.label(narrowing > st.EDGE_PERCENT)
    found = []
    for n in range(1, count + 1):
        rows = np.flatnonzero(parts == n)
        if narrowing[rows].max() >= st.LESION_PERCENT:
            found.append(_lesion(tube, reference_mm, healthy, narrowing, rows, fwhm_mm))
    return tuple(sorted(found, key=lambda q: -q.diameter_percent))


def _lesion(
    tube: LumenTube,
    reference_mm: FloatArray,
    healthy: npt.NDArray[np.bool_],
    narrowing: FloatArray,
    rows: npt.NDArray[np.intp],
    fwhm_mm: float,
) -> Lesion:
    s, diameter = tube.course.s_mm, tube.diameter_mm
    throat = int(rows[np.argmin(diameter[rows] / reference_mm[rows])])
    start, end = _crossing(s, narrowing, rows[0], -1), _crossing(s, narrowing, rows[-1], 1)
    reference = float(reference_mm[throat])
    calcified = 0.0 if tube.calcified is None else float(tube.calcified[rows].mean())
    beside = (healthy & (s < start) & (s > start - _SIDE_MM), healthy & (s > end) & (s < end + _SIDE_MM))
    sides = [float(diameter[b].mean()) if b.any() else reference for b in beside]
    ratio = float(diameter[throat]) / reference
    return Lesion(
        start_mm=start,
        throat_mm=float(s[throat]),
        end_mm=end,
        min_diameter_mm=float(diameter[throat]),
        min_area_mm2=float(tube.area_mm2[throat]),
        proximal_mm=sides[0],
        distal_mm=sides[1],
        reference_mm=reference,
        diameter_percent=100 * (1 - ratio),
        area_percent=100 * (1 - ratio**2),
        eccentricity=measure_section(tube.wall_mm[throat]).eccentricity,
        calcified=calcified,
        doubt=doubt_of(float(diameter[throat]), reference, calcified, fwhm_mm),
    )


def doubt_of(throat_mm: float, reference_mm: float, calcified: float, fwhm_mm: float) -> str:
    """Why a narrowing cannot be given to a digit; "" when it can."""
    reasons = []
    if throat_mm < st.DOUBT_FWHM * fwhm_mm:
        reasons.append(
            f"the throat ({throat_mm:.1f} mm) is narrower than {st.DOUBT_FWHM:g} times the image's sharpness "
            f"({fwhm_mm:.2f} mm)"
        )
    if calcified > 0 and reference_mm <= st.DOUBT_CALCIFIED_MM * _ROUNDING:
        reasons.append(
            f"calcium beside a lumen of {st.DOUBT_CALCIFIED_MM:g} mm or less: likely narrower than measured"
        )
    return "; ".join(reasons)


def _crossing(s: FloatArray, narrowing: FloatArray, row: int, way: int) -> float:
    """Arc length where the narrowing passes EDGE_PERCENT between `row` and its neighbour."""
    other = row + way
    if not 0 <= other < len(s):
        return float(s[row])
    share = (narrowing[row] - st.EDGE_PERCENT) / max(narrowing[row] - narrowing[other], 1e-9)
    return float(s[row] + share * (s[other] - s[row]))
