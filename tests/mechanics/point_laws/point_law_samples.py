"""Laws as the tests use them, and random states that lie off the kinks."""

from __future__ import annotations

import numpy as np

from surgitwin.core.arrays import FloatArray
from surgitwin.mechanics.point_laws.base import PointLaw
from surgitwin.mechanics.point_laws.bone import Bone
from surgitwin.mechanics.point_laws.j2 import J2
from surgitwin.mechanics.point_laws.nitinol import Nitinol
from surgitwin.mechanics.point_laws.tables import bone_parameters, metal

STEEL = {"E_MPa": 200e3, "nu": 0.3, "yield_MPa": 250.0}
CURVE = np.array([[0.0, 250.0], [0.01, 300.0], [0.03, 420.0], [0.2, 500.0]])


def laws() -> dict[str, PointLaw]:
    """Every law with and without its options."""
    nitinol = metal("Nitinol").parameters
    voce = {"hardening_MPa": 1500.0, "voce_MPa": 120.0, "voce_rate": 25.0}
    return {
        "j2_perfect": J2(STEEL),
        "j2_voce_kinematic": J2(STEEL | voce | {"kinematic_MPa": 900.0}),
        "j2_curve": J2({"E_MPa": 200e3, "nu": 0.3}, CURVE),
        "nitinol": Nitinol(nitinol),
        "nitinol_memory": Nitinol(nitinol, memory=True),
        "nitinol_isochoric": Nitinol(nitinol | {"dilatancy": 0.0}),
        "bone": Bone(bone_parameters(17000.0, 0.3)),
        "bone_damage": Bone(bone_parameters(17000.0, 0.3, damage=True)),
        "bone_cone": Bone(bone_parameters(1000.0, 0.3) | {"zeta0": 0.49, "post_yield_ratio": 0.0}),
    }


def random_states(law: PointLaw, n: int, seed: int = 7) -> tuple[FloatArray, FloatArray]:
    """A second strain (n, 6) and the states (n, s) after a first one: elastic, yielding and unloading."""
    rng = np.random.default_rng(seed)
    first = rng.normal(size=(n, 6)) * rng.uniform(0.0, 0.03, (n, 1))
    _, _, state = law.update(first, law.start(n))
    second = first + rng.normal(size=(n, 6)) * rng.uniform(1e-4, 0.02, (n, 1))
    return second, state
