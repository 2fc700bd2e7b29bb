"""Locking indicators: does a mesh keep a solid from deforming as it should? From arrays, for any engine.

Volumetric: nearly incompressible cells that cannot keep their volume otherwise lock, and their pressure then
jumps from cell to cell. The oscillation is the root mean square of the pressure about its own smoothed field,
over the larger of the smoothed pressure and the von Mises stress (root mean squares).

Bending: linear cells follow bending only in steps. Zienkiewicz and Zhu's estimate of the energy they miss
(Int J Numer Meth Eng 1987, 24:337) is, under given loads, the part of the deflection that is missing: for
one, two and four linear tetrahedra across a cantilever it says 41, 31 and 16 % where 78, 49 and 21 % are
missing, so it is a lower estimate on coarse meshes. It sees any under-resolved linear mesh. Stresses of
neighbours with very different stiffness jump by right, which it counts as well.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from surgitwin.core.arrays import FloatArray, IntArray

NEARLY_INCOMPRESSIBLE = 0.47
"""Poisson's ratio from which displacement cells are not to be trusted (physics.md 7.3, measured)."""
OSCILLATING = 0.3
"""Numerical setting: measured up to 0.11 on sound meshes and from 0.62 on locked ones (Lame cylinder, Cook's
membrane, Poisson's ratio 0.4999; tests/mechanics/test_locking.py)."""
MISSING = 0.10
"""Numerical setting: more missing deflection than this is named."""


@dataclass(frozen=True, eq=False)
class StressSamples:
    """Stress at q points of every cell.

    corners (m, c): corner nodes. shape (q, c): values of the corners' linear shape functions at the points.
    stress (m, q, 3, 3): MPa. weights (m, q): volume that each point stands for, mm3.
    """

    corners: IntArray
    shape: FloatArray
    stress: FloatArray
    weights: FloatArray


@dataclass(frozen=True)
class Locking:
    """oscillation: of the pressure, 1. missing: share of the deflection that linear cells miss, else nan.
    locked, stiff: what is wrong, with the remedy in `findings`.
    """

    oscillation: float
    missing: float
    locked: bool
    stiff: bool
    findings: tuple[str, ...]


def locking(
    samples: StressSamples, poisson: FloatArray, modulus_MPa: FloatArray, *, degree: int, mixed: bool
) -> Locking:
    """Both indicators of one part.

    poisson, modulus_MPa: (m,) of every cell or (1,); of the tangent where material flows without change of
    volume. degree: of the displacement. mixed: with a pressure unknown.
    """
    oscillation = pressure_oscillation(samples)
    near = float(np.max(poisson)) >= NEARLY_INCOMPRESSIBLE
    missing = missing_energy(samples, poisson, modulus_MPa) if degree == 1 else float("nan")
    locked = near and oscillation > OSCILLATING
    stiff = degree == 1 and missing > MISSING and not locked
    findings = _findings(float(np.max(poisson)), oscillation, missing, locked, stiff, mixed)
    return Locking(oscillation, missing, locked, stiff, findings)


def _findings(
    nu: float, oscillation: float, missing: float, locked: bool, stiff: bool, mixed: bool
) -> tuple[str, ...]:
    """What is wrong and what helps, in words."""
    remedy = 'Use formulation = "mixed" with degree 2.'
    if mixed:
        remedy = (
            "This pair of displacement and pressure is not stable: degree 2 with a continuous pressure is."
        )
    out = []
    if locked:
        out.append(
            f"Volumetric locking: with a Poisson's ratio of {nu:.4g} the pressure jumps from cell to cell by "
            f"{oscillation:.2g} times the stress. {remedy}"
        )
    elif nu >= NEARLY_INCOMPRESSIBLE and not mixed:
        out.append(
            f"Poisson's ratio reaches {nu:.4g} without a pressure unknown: displacements of degree 2 may do, "
            'stresses at points do not. Use formulation = "mixed".'
        )
    if stiff:
        out.append(
            f"Too stiff: linear cells miss at least {100 * missing:.0f} % of the deflection (bending). "
            "Use degree 2, or at least eight linear cells across the bent thickness."
        )
    return tuple(out)


def pressure_oscillation(samples: StressSamples) -> float:
    """Root mean square of the pressure about its smoothed field, over the larger stress scale."""
    p = np.trace(samples.stress, axis1=2, axis2=3) / 3.0
    smooth = smoothed(samples, p)
    deviator = samples.stress - p[..., None, None] * np.eye(3)
    mises = np.sqrt(1.5 * (deviator**2).sum(axis=(2, 3)))
    scale = max(_rms(smooth, samples.weights), _rms(mises, samples.weights))
    return _rms(p - smooth, samples.weights) / scale if scale > 0.0 else 0.0


def missing_energy(samples: StressSamples, poisson: FloatArray, modulus_MPa: FloatArray) -> float:
    """Energy of the difference to the smoothed stress, over that energy and the one found."""
    error = samples.stress - smoothed(samples, samples.stress)
    lost = _energy(error, poisson, modulus_MPa, samples.weights)
    found = _energy(samples.stress, poisson, modulus_MPa, samples.weights)
    return lost / (lost + found) if found > 0.0 else 0.0


def smoothed(samples: StressSamples, values: FloatArray) -> FloatArray:
    """(m, q, ...) values averaged at the nodes over the cells around them, back at the points."""
    corners, weights = samples.corners, samples.weights
    volume = weights.sum(axis=1)
    tail = values.shape[2:]
    flat = values.reshape(*values.shape[:2], -1)
    mean = np.einsum("mq,mqk->mk", weights, flat) / volume[:, None]
    nodes = int(corners.max()) + 1
    total, share = np.zeros((nodes, flat.shape[2])), np.zeros(nodes)
    np.add.at(share, corners.ravel(), np.repeat(volume, corners.shape[1]))
    np.add.at(total, corners.ravel(), np.repeat(mean * volume[:, None], corners.shape[1], axis=0))
    at_nodes = total / np.where(share > 0.0, share, 1.0)[:, None]
    out: FloatArray = np.einsum("qc,mck->mqk", samples.shape, at_nodes[corners])
    return out.reshape(*values.shape[:2], *tail)


def _energy(stress: FloatArray, poisson: FloatArray, modulus: FloatArray, weights: FloatArray) -> float:
    """Integral of half sigma : S sigma with isotropic compliance, mJ."""
    trace = np.trace(stress, axis1=2, axis2=3)
    square = (stress**2).sum(axis=(2, 3))
    nu, e = (np.reshape(v, (-1, 1)) for v in (poisson, modulus))
    return float((weights * ((1.0 + nu) * square - nu * trace**2) / (2.0 * e)).sum())


def _rms(values: FloatArray, weights: FloatArray) -> float:
    return float(np.sqrt((weights * values**2).sum() / weights.sum()))
