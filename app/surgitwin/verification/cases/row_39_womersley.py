"""Oscillating flow in a rigid tube against Womersley's Bessel functions.

The pressure at the inlet of a short tube swings as a cosine; inlet and outlet are open, so that the
exact flow does not change along the tube. Axisymmetric Taylor-Hood elements, BDF2 from rest until the
flow is periodic; the last cycle's first harmonic is compared. The wrong input is a pressure of opposite
sign and 10 % too strong.
"""

from __future__ import annotations

import numpy as np

from surgitwin.mechanics.fenicsx.flow.solve import solve_flow
from surgitwin.mechanics.flow.fluid import Fluid, Newtonian
from surgitwin.mechanics.flow.problem import FlowProblem, PressureOutlet, Pulsatile, Symmetry, Wall
from surgitwin.mechanics.flow.shapes import pipe_section
from surgitwin.mechanics.flow.waveform import sinusoid
from surgitwin.verification.case import Case, Measured

RADIUS_M, LENGTH_M, GRADIENT_PA_M = 0.01, 0.01, 10.0
BLOOD = Fluid(1060.0, Newtonian(3.5e-3))
CYCLES = {1: 2, 3: 2, 5: 4, 10: 14}
"""Until the start has died out: it decays with exp(-5.78 nu t / R^2)."""
STEPS, CELLS = (25, 50, 100), 14
"""Of a cycle (the study refines them), and across the radius."""


def harmonics(
    alpha: float, gradient_Pa_m: float, cycles: int, steps: int
) -> tuple[complex, complex, complex]:
    """Centre and mean velocity over K / (rho omega) and wall shear over K R, as complex amplitudes.

    The scaling takes GRADIENT_PA_M; gradient_Pa_m is the one that acts.
    """
    rho, omega = BLOOD.density_kg_m3, omega_of(alpha)
    period = 2 * np.pi / omega
    problem = FlowProblem(
        f"Womersley {alpha}",
        pipe_section(RADIUS_M, LENGTH_M, CELLS, 1, wall_ratio=4.0),
        BLOOD,
        {
            "inlet": PressureOutlet(sinusoid(0.0, gradient_Pa_m * LENGTH_M, period), backflow=0.0),
            "outlet": PressureOutlet(0.0, backflow=0.0),
            "wall": Wall(),
            "axis": Symmetry(),
        },
        Pulsatile(period / steps, cycles * period, keep_from_s=(cycles - 1 + 0.5 / steps) * period),
        axisymmetric=True,
        probes_m=np.array([[LENGTH_M / 2, 0.0]]),
    )
    kept = solve_flow(problem).snapshots
    phase = np.exp(-1j * omega * np.array([s.time_s for s in kept]))

    def first(series: list[float]) -> complex:
        return complex(2 * np.mean(np.asarray(series) * phase))

    scale = GRADIENT_PA_M / (rho * omega)
    centre = first([float(s.probes[0, 0]) for s in kept]) / scale
    mean = first([s.outflow_m3_s["outlet"] for s in kept]) / (np.pi * RADIUS_M**2) / scale
    shear = first([float(s.wall["wall"].traction_Pa[:, 0].mean()) for s in kept]) / (GRADIENT_PA_M * RADIUS_M)
    return centre, mean, shear


def omega_of(alpha: float) -> float:
    """Angular frequency of a Womersley number."""
    return (alpha / RADIUS_M) ** 2 * BLOOD.law.reference_Pas / BLOOD.density_kg_m3


def run(wrong: bool) -> dict[str, Measured]:
    """Four Womersley numbers, three time steps each; the finest counts."""
    out: dict[str, Measured] = {}
    gradient = -1.1 * GRADIENT_PA_M if wrong else GRADIENT_PA_M
    for (alpha, cycles), letters in zip(CYCLES.items(), ("abcd", "efgh", "ijkl", "nopq"), strict=True):
        rows = []
        for steps in STEPS:
            centre, mean, shear = harmonics(alpha, gradient, cycles, steps)
            rows.append((abs(centre), float(np.degrees(np.angle(centre))), abs(mean), abs(shear)))
        for letter, series in zip(letters, zip(*rows, strict=True), strict=True):
            study = tuple(zip(map(float, STEPS), series, strict=True))
            out[f"39{letter}"] = Measured(series[-1], study)
    return out


CASE = Case("39", "Womersley flow", run, "a pressure of opposite sign, 10 % too strong", quick=True)
