"""The accuracy that issue 5 asks of an artery's measure: cases, rotations, noise, bounds.

Used by tests/anatomy/artery/test_artery_accuracy.py and tests/benchmarks/bench_artery.py.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from scipy.spatial.transform import Rotation

from artery_samples import clean, compared, measured, noisy
from stenosed_artery.parameters import LARGE, ArteryParameters, quick

NOISE_HU = (20.0, 40.0)
SOFT_POINTS, CALCIUM_POINTS, RADIUS, SECONDS = 3.0, 7.0, 0.03, 5.0
CASES = {
    "6 mm, 30 %": quick(LARGE, stenosis=0.3, calcium_mm=0.0),
    "6 mm, 50 %": quick(LARGE, stenosis=0.5, calcium_mm=0.0),
    "6 mm, 70 %": quick(LARGE, stenosis=0.7, calcium_mm=0.0),
    "8 mm, 50 %, short": quick(LARGE, diameter_mm=8.0, stenosis=0.5, lesion_half_mm=6.0, calcium_mm=0.0),
    "6 mm, 50 %, calcium": quick(LARGE, stenosis=0.5),
    "6 mm, 70 %, calcium": quick(LARGE, stenosis=0.7),
    "6 mm, 50 %, half ring": quick(LARGE, stenosis=0.5, calcium_deg=90.0),
    "6 mm, 70 %, half ring": quick(LARGE, stenosis=0.7, calcium_deg=90.0),
    "3 mm, 50 %": quick(LARGE, diameter_mm=3.0, stenosis=0.5, lesion_half_mm=6.0, calcium_mm=0.0),
    "3 mm, 70 %": quick(LARGE, diameter_mm=3.0, stenosis=0.7, lesion_half_mm=6.0, calcium_mm=0.0),
    "3 mm, 50 %, calcium": quick(LARGE, diameter_mm=3.0, stenosis=0.5, lesion_half_mm=6.0, calcium_mm=0.9),
    "3 mm, 70 %, calcium": quick(LARGE, diameter_mm=3.0, stenosis=0.7, lesion_half_mm=6.0, calcium_mm=0.9),
}


def rotations(count: int) -> list[tuple[float, float, float]]:
    """Turns about x, y, z in degrees: the scanner's axes first, then random ones (fixed seed)."""
    turns = Rotation.random(max(0, count - 1), random_state=np.random.default_rng(5)).as_euler(
        "xyz", degrees=True
    )
    return [(0.0, 0.0, 0.0), *(tuple(round(float(v), 2) for v in t) for t in turns)][:count]  # type: ignore[misc]


def run(
    parameters: ArteryParameters,
    turns: Sequence[tuple[float, float, float]],
    noises: Sequence[float] = NOISE_HU,
) -> dict[str, float]:
    """Worst and mean errors of one artery over all turns and noises, and the mean processor time."""
    rows, seconds = [], []
    for n, turn in enumerate(turns):
        made = clean(replace(parameters, rotation_deg=turn))
        for noise in noises:
            volume = noisy(made, noise, seed=n)
            start = time.process_time()
            anatomy = measured(volume, made)
            seconds.append(time.process_time() - start)
            rows.append(compared(made, anatomy))
    stenosis = np.array([r.stenosis for r in rows])
    return {
        "stenosis_mean": float(stenosis.mean()),
        "stenosis_worst": float(stenosis[np.abs(stenosis).argmax()]),
        "reference_worst": float(max(abs(r.reference) for r in rows)),
        "radius_mean": float(np.mean([r.radius for r in rows])),
        "radius_worst": float(max(r.radius for r in rows)),
        "radius_95_worst": float(max(r.radius_95 for r in rows)),
        "healthy_worst": float(max(r.healthy for r in rows)),
        "centre_mean_mm": float(np.mean([r.centre_mm for r in rows])),
        "centre_max_mm": float(max(r.centre_max_mm for r in rows)),
        "doubt_share": float(np.mean([r.doubt for r in rows])),
        "seconds": float(np.mean(seconds)),
    }


def failures(parameters: ArteryParameters, found: dict[str, float], fwhm_mm: float = 0.9) -> list[str]:
    """Bounds of issue 5 that are missed."""
    out = []
    throat = parameters.diameter_mm * (1 - parameters.stenosis)
    calcified = parameters.calcium_mm > 0
    if throat < 1.4 * fwhm_mm or (calcified and parameters.diameter_mm <= 3.0):
        if found["doubt_share"] < 1.0:
            out.append("a doubtful throat was not marked")
    elif parameters.diameter_mm >= 6.0:
        if abs(found["stenosis_worst"]) > (CALCIUM_POINTS if calcified else SOFT_POINTS):
            out.append("stenosis")
        if found["radius_worst"] > RADIUS:
            out.append("radius")
    if found["seconds"] > SECONDS:
        out.append("time")
    return out
