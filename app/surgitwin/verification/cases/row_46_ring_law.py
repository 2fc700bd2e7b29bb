"""Ring of zig-zag struts: stiffness at rest, moment of a section, and resistance to becoming oval.

The tension of the ring's law between diameters 0.02 mm to both sides of rest; the first-loading curve of a
strut, read where the end is curved ten times the yield curvature; the energy of a small wave of two lobes on
32 B-spline values. The wrong input is a strut 5 % wider.
"""

from __future__ import annotations

import numpy as np

from surgitwin.core.device import ZigzagRing
from surgitwin.mechanics.devices.fibres import PlasticFibre, load_fibre
from surgitwin.mechanics.devices.ring_law import ring_law
from surgitwin.mechanics.devices.stack import ANGLES, BENDING
from surgitwin.mechanics.devices.strut import Strut, plastic_curve
from surgitwin.verification.case import Case, Measured


def run(wrong: bool) -> dict[str, Measured]:
    """Stiffness, moment and oval mode."""
    width = 0.105 if wrong else 0.1
    thickness = 0.1
    ring = ZigzagRing(0.0, 6, 1.7, width, thickness, 4.0)
    law = ring_law(ring, "CoCr-L605", "balloon_expandable", 6.0)
    low, high = (float(np.interp(d, law.diameter_mm, law.loading_N)) for d in (3.98, 4.02))
    metal = load_fibre("CoCr-L605")
    assert isinstance(metal, PlasticFibre)
    yields = metal.yield_MPa / metal.E_MPa
    studied = []
    for fibres in (10, 20, 40):
        curve = plastic_curve(Strut(1.7, width, thickness), metal, fibres)
        studied.append((float(fibres), float(np.interp(10 * yields, curve.strain, curve.moment_Nmm))))
    angle = 2 * np.pi * np.arange(ANGLES) / ANGLES
    wave = np.cos((3 if wrong else 2) * angle)
    oval = float(wave @ BENDING @ wave) / (9 * np.pi)
    return {
        "46a": Measured((high - low) / 0.04),
        "46b": Measured(studied[-1][1], tuple(studied)),
        "46c": Measured(oval),
    }


CASE = Case(
    "46", "Ring of zig-zag struts", run, "a strut 5 % wider; a wave of three lobes instead of two", quick=True
)
