"""A hip stem potted as in ISO 7206-4, against a beam calculated by hand.

A round stem of 14 mm stands in the pot; its head's centre is 80 mm above the potting level and 30 mm beside
the stem. The stem is inclined by 10 degrees of adduction and 9 degrees of flexion, so that 2300 N from
above have an axial and two lateral components. The largest axial stress one diameter above the pot is
compared with N/A + M/W: a rule, there is no exact value, and fatigue over 5 million cycles is not computed.
"""

from __future__ import annotations

import math
from functools import partial

import numpy as np

from surgitwin.core.arrays import FloatArray
from surgitwin.mechanics.fenicsx.solids import solve_model
from surgitwin.mechanics.model.loads import RemoteForce
from surgitwin.mechanics.model.material import elastic
from surgitwin.mechanics.model.model import Model
from surgitwin.mechanics.model.part import Part
from surgitwin.mechanics.model.shapes import solid_cylinder
from surgitwin.mechanics.model.supports import Fixed
from surgitwin.verification.case import Case, Measured
from surgitwin.verification.study import study

RADIUS_MM, NECK_MM = 7.0, 60.0
HEAD_MM = np.array([30.0, 0.0, 80.0])
FORCE_N, ADDUCTION_DEG, FLEXION_DEG = 2300.0, 10.0, 9.0
SECTION_MM = 2 * RADIUS_MM
"""Height of the section that is compared, above the disturbance by the rigid pot."""


def force(adduction_deg: float, flexion_deg: float) -> FloatArray:
    """(3,) N: the load from above in the frame of the inclined stem."""
    a, f = math.radians(adduction_deg), math.radians(flexion_deg)
    return -FORCE_N * np.array([-math.sin(a) * math.cos(f), math.sin(f), math.cos(a) * math.cos(f)])


def by_hand(load: FloatArray) -> tuple[float, float]:
    """Axial stress (MPa) where it is largest, and its angle around the stem, from N/A and M/W."""
    moment = np.cross(HEAD_MM - (0.0, 0.0, SECTION_MM), load)
    area, modulus = math.pi * RADIUS_MM**2, math.pi * RADIUS_MM**3 / 4
    bending = math.hypot(moment[0], moment[1]) / modulus
    # sigma_zz = (Mx y - My x) / I is largest in compression against (-My, Mx).
    angle = math.atan2(-moment[0], moment[1])
    return load[2] / area - bending, angle


def measure(cells: int, adduction_deg: float) -> tuple[float, dict[str, float]]:
    """The solid's axial stress at the place where the beam has its largest, over the beam's."""
    stem = Part("stem", solid_cylinder(RADIUS_MM, NECK_MM, (cells, 6 * cells)), elastic(114e3, 0.33))
    load = force(adduction_deg, FLEXION_DEG)
    model = Model(
        "hip stem",
        (stem,),
        supports=(Fixed("pot", "stem", "z0"),),
        loads=(RemoteForce("head", "stem", "z1", HEAD_MM.tolist(), tuple(load.tolist()), rigid=True),),
    )
    expected, angle = by_hand(force(ADDUCTION_DEG, FLEXION_DEG))
    place = (RADIUS_MM * math.cos(angle), RADIUS_MM * math.sin(angle), SECTION_MM)
    return RADIUS_MM / cells, {"20": solve_model(model).part().stress_at(place)[0, 2, 2] / expected}


def run(wrong: bool) -> dict[str, Measured]:
    """Two meshes."""
    return study((2, 3), partial(measure, adduction_deg=-ADDUCTION_DEG if wrong else ADDUCTION_DEG))


CASE = Case("20", "Hip stem, ISO 7206-4 set-up", run, "abduction for adduction")
