"""Arteries with known truth for tests of any package, and how far a measure lies from it.

from artery_samples import clean, noisy, compared
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from scipy.spatial import cKDTree

from stenosed_artery.parameters import ArteryParameters
from stenosed_artery.phantom import Phantom, build_phantom
from surgitwin.anatomy.artery import ArteryAnatomy, measure_artery
from surgitwin.core.image import Volume


@lru_cache(maxsize=8)
def clean(parameters: ArteryParameters) -> Phantom:
    """The artery without noise; shared and read-only."""
    return build_phantom(replace(parameters, noise_HU=0.0))


def noisy(made: Phantom, noise_HU: float, seed: int = 1) -> Volume:
    """Its image with white noise added."""
    noise = np.random.default_rng(seed).standard_normal(made.grid.shape, np.float32) * np.float32(noise_HU)
    return Volume(np.rint(made.volume.array + noise).astype(np.int16), made.grid)


def measured(volume: Volume, made: Phantom) -> ArteryAnatomy:
    """The artery between the sample's own clicks."""
    clicks = made.truth["clicks"]
    return measure_artery(volume, clicks["start"], clicks["end"])


@dataclass(frozen=True)
class Errors:
    """Errors against the truth. stenosis: points of % diameter of the worst narrowing (its whole value where
    none was found). reference: share of the true reference diameter. radius, radius_95: mean and 95th
    percentile of |radius - true| / true over all stations; healthy: the same mean outside the lesion.
    centre_mm: mean distance from the true centre line; centre_max_mm: its largest.
    """

    stenosis: float
    reference: float
    radius: float
    radius_95: float
    healthy: float
    centre_mm: float
    centre_max_mm: float
    doubt: bool


def compared(made: Phantom, anatomy: ArteryAnatomy) -> Errors:
    """Errors of one measured artery; 1 mm at both ends is left out (the way begins at a click there)."""
    truth = made.truth
    s = np.arange(truth["s_mm"][0], truth["s_mm"][-1], 0.02)
    line = np.stack(
        [np.interp(s, truth["s_mm"], np.array(truth["centreline_mm"])[:, c]) for c in range(3)], 1
    )
    away, row = cKDTree(line).query(anatomy.tube.course.points_mm)
    true = np.interp(s[row], truth["s_mm"], truth["radius_mm"])
    miss = np.abs(anatomy.tube.diameter_mm / 2 / true - 1)[4:-4]
    outside = (np.abs(s[row]) > truth["lesion"]["end_mm"])[4:-4]
    worst = anatomy.lesions[0] if anatomy.lesions else None
    found = worst.diameter_percent if worst else 0.0
    reference = worst.reference_mm if worst else float(np.interp(0, s[row], anatomy.reference_mm))
    return Errors(
        stenosis=found - truth["lesion"]["diameter_percent"],
        reference=reference / truth["lesion"]["reference_mm"] - 1,
        radius=float(miss.mean()),
        radius_95=float(np.percentile(miss, 95)),
        healthy=float(miss[outside].mean()),
        centre_mm=float(away[4:-4].mean()),
        centre_max_mm=float(away[4:-4].max()),
        doubt=bool(worst and worst.doubt),
    )
