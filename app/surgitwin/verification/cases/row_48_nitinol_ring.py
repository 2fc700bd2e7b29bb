"""Nitinol ring crushed and let go: the fibre's loop, the first stiffness, and less force on the way back.

The fibre is the one that struts are made of, pulled in 1000 equal steps. The ring's first stiffness is that
of the parabola through three diameters down to 0.2 mm below its set one, where all of it is austenite. The
wrong input is a bar whose plateaus lie 65 MPa lower (10 C colder), and struts 5 % wider.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from surgitwin.core.arrays import FloatArray
from surgitwin.mechanics.devices.fibres import NitinolFibre, load_fibre
from surgitwin.mechanics.devices.ring_law import ring_law
from surgitwin.verification.case import Case, Measured
from surgitwin.verification.vessel_cases import CRUSHED

LARGEST, STEPS = 0.064, 1000
COLDER_MPa = 65.2


def loop(fibre: NitinolFibre) -> tuple[FloatArray, FloatArray]:
    """Stress at equal steps of strain, up and down; both with rising strain."""
    strain = np.linspace(0, LARGEST, STEPS + 1)
    xi: FloatArray = np.zeros(1)
    way = []
    for e in np.concatenate([strain, strain[::-1]]):
        stress, _, xi = fibre.update(np.array([e]), xi)
        way.append(float(stress[0]))
    return np.array(way[: STEPS + 1]), np.array(way[STEPS + 1 :])[::-1]


def run(wrong: bool) -> dict[str, Measured]:
    """Loop of the fibre and law of the ring."""
    fibre = load_fibre("Nitinol")
    assert isinstance(fibre, NitinolFibre)
    ring = replace(CRUSHED, strut_width_mm=0.2625) if wrong else CRUSHED
    law = ring_law(ring, "Nitinol", "self_expanding", None, 6.0)
    if wrong:
        fibre = replace(
            fibre,
            load=(fibre.load[0] - COLDER_MPa, fibre.load[1]),
            unload=(fibre.unload[0] - COLDER_MPa, fibre.unload[1] - COLDER_MPa),
        )
    up, down = loop(fibre)
    strain = np.linspace(0, LARGEST, STEPS + 1)
    near = [float(np.interp(d, law.diameter_mm, law.loading_N)) for d in (13.8, 13.9, 14.0)]
    between = (law.diameter_mm > 8) & (law.diameter_mm < 12)
    back = law.tension_N[between] / law.loading_N[between]
    return {
        "48a": Measured(float(np.interp(0.02, strain, up))),
        "48b": Measured(float(np.interp(0.02, strain, down))),
        "48c": Measured(float(np.sum((up - down)[1:] + (up - down)[:-1]) / 2 * (strain[1] - strain[0]))),
        "48d": Measured((3 * near[2] - 4 * near[1] + near[0]) / 0.2),
        "48e": Measured(float((1 / back if wrong else back).max())),
    }


CASE = Case(
    "48", "Crush loop of a Nitinol ring", run,
    "plateaus 65 MPa lower, struts 5 % wider, loading over release", quick=True,
)  # fmt: skip
