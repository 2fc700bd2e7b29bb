"""Registration of a pre- and a post-operative phantom with a known transform: error at the bone, against the
start that the scanner's coordinates alone give."""

from __future__ import annotations

import logging

import numpy as np
import pytest

from benchmarks.registration_phantoms import scanned_twice
from surgitwin.imaging.registration import register

pytestmark = pytest.mark.bench
log = logging.getLogger(__name__)
CASES = ((5.0, 10.0), (12.0, 20.0), (20.0, 30.0))
"""Degrees and mm of the known transform."""


@pytest.mark.parametrize(("degrees", "mm"), CASES)
def test_error_at_the_bone(degrees: float, mm: float) -> None:
    twice = scanned_twice("plate", degrees, mm)
    found = register(twice.fixed, twice.moving)
    points, there = twice.bone_mm(), twice.there_mm()
    errors = np.linalg.norm(found.points(there) - points, axis=1)
    start = np.linalg.norm(there - points, axis=1)
    figures = {"median_mm": float(np.median(errors)), "p95_mm": float(np.percentile(errors, 95)),
               "told_p95_mm": found.error.target_p95_mm, "before_mm": float(np.median(start)),
               "seconds": found.seconds}  # fmt: skip
    log.info("%g degrees, %g mm: %s", degrees, mm, figures)
    assert figures["p95_mm"] < 2.0  # a voxel within a slice
    assert figures["median_mm"] < 0.2 * figures["before_mm"]
