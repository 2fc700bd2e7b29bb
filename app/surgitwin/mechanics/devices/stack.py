"""Energy of a stack of rings: their laws, their resistance to becoming oval, their links.

Each ring is a closed periodic cubic B-spline of its outer radius in its own plane, ANGLES values; shapes
below: r rings, t = ANGLES. Energy of a ring: Phi(D) with dPhi = T(D - thickness) d(pi D), D = perimeter / pi;
bending EI / (D/2)^3 of the waves of its radius, without the mean (the law has it) and without the first
(a shift is free); links hold the waves of neighbouring rings together.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from surgitwin.core.arrays import FloatArray, IntArray
from surgitwin.mechanics.devices.ring_law import RingLaw

ANGLES = 32
"""Numerical setting: values around a ring (devices-in-vessels.md)."""

HOLD = 1e-3
"""Numerical setting: N/mm, centring spring of a released ring, so that one that touches nowhere has a
place."""

_TURN = 2 * np.pi * np.arange(ANGLES) / ANGLES
_COS, _SIN = np.cos(_TURN), np.sin(_TURN)
_ROUND = (np.pi / ANGLES) / np.sin(np.pi / ANGLES)  # of a polygon to its circle


def _shift(n: int) -> FloatArray:
    return np.roll(np.eye(ANGLES), n, axis=0)


TO_RADII = 4 / 6 * np.eye(ANGLES) + (_shift(1) + _shift(-1)) / 6
"""B-spline values to radii at the angles."""

_NO_MEAN = np.eye(ANGLES) - 1 / ANGLES
_WAVES = (_shift(1) - 2 * np.eye(ANGLES) + _shift(-1)) / (2 * (1 - np.cos(2 * np.pi / ANGLES))) + np.eye(
    ANGLES
)
_WAVES = _NO_MEAN @ _WAVES  # w + w'': exactly zero for a shift
BENDING = _WAVES.T @ _WAVES * (2 * np.pi / ANGLES)
LINK = _NO_MEAN * (2 * np.pi / ANGLES)
_CENTRING = (2 / ANGLES) ** 2 * (np.outer(_COS, _COS) + np.outer(_SIN, _SIN))


@dataclass
class Drive:
    """What moves the rings.

    blend: 0 drives every ring to `diameter_mm` (r,) by springs of `stiffness_N_mm` (tension for a change of
    diameter) and keeps it round by `round_N_mm` of bending stiffness, as a balloon would: a thin ring that
    is pushed open would buckle. 1 leaves it to its law. centring_N_mm: spring on the shift of each ring.
    """

    diameter_mm: FloatArray
    blend: float = 0.0
    stiffness_N_mm: float = 50.0
    centring_N_mm: float = 1.0
    round_N_mm: float = 2.0


@dataclass(frozen=True, eq=False)
class StackForce:
    """gradient (r, t) and tangent of the energy: own (r, t, t) of each ring, link (r - 1, t, t) to the next.

    diameter_mm, tension_N (r,). shape_energy: N mm, bending, links and centring.
    """

    gradient: FloatArray
    own: FloatArray
    link: FloatArray
    diameter_mm: FloatArray
    tension_N: FloatArray
    shape_energy: float


class RingStack:
    """Rings with their laws. links_N_mm (r - 1,): stiffness of the links per wave amplitude."""

    def __init__(self, laws: Sequence[RingLaw], linked: float) -> None:
        """linked: share of the neighbouring crowns that are joined, 1 for closed cells."""
        self.laws = list(laws)
        self.thickness = np.array([law.ring.strut_thickness_mm for law in laws])
        self.linked = linked
        self.bending = np.ones(len(laws))
        self.freeze(np.array([law.start_mm for law in laws]) + self.thickness)

    @property
    def count(self) -> int:
        """Number of rings."""
        return len(self.laws)

    def freeze(self, diameter_mm: FloatArray) -> None:
        """Take the bending stiffness of the rings at these outer diameters (r,)."""
        mid = diameter_mm - self.thickness
        EI = np.array([law.bending_Nmm2(float(d)) for law, d in zip(self.laws, mid, strict=True)])
        self.bending = EI / (mid / 2) ** 3
        # Joined crowns resist a difference of waves about as much as the rings resist the waves themselves.
        self.links = self.linked * (self.bending[1:] + self.bending[:-1]) / 2

    def diameters(self, values: FloatArray) -> FloatArray:
        """(r,) outer diameters, perimeter / pi, of B-spline values (r, t)."""
        return _perimeter(values @ TO_RADII)[0]

    def law_tension(self, diameter_mm: FloatArray) -> tuple[FloatArray, FloatArray]:
        """(r,) tension and slope of the laws at outer diameters."""
        mid = diameter_mm - self.thickness
        pairs = [law.tension(np.array(d)) for law, d in zip(self.laws, mid, strict=True)]
        return np.array([float(p[0]) for p in pairs]), np.array([float(p[1]) for p in pairs])

    def force(self, values: FloatArray, drive: Drive) -> StackForce:
        """Gradient and tangent at B-spline values (r, t)."""
        radii = values @ TO_RADII
        D, g, curved = _perimeter(radii)
        T, slope = self.law_tension(D)
        b, k = drive.blend, drive.stiffness_N_mm
        T, slope = b * T + (1 - b) * k * (D - drive.diameter_mm), b * slope + (1 - b) * k
        centring = (1 - b) * drive.centring_N_mm + b * HOLD
        stiff = self.bending + (1 - b) * drive.round_N_mm
        soft = stiff[:, None, None] * BENDING + centring * _CENTRING
        bent = np.einsum("rij,rj->ri", soft, radii)
        gradient = np.pi * T[:, None] * g + bent
        energy = 0.5 * float((bent * radii).sum())
        own = np.pi * slope[:, None, None] * g[:, :, None] * g[:, None, :] + soft
        own += np.pi * T[:, None, None] * curved
        apart = np.diff(radii, axis=0) @ LINK * self.links[:, None]
        gradient[1:] += apart
        gradient[:-1] -= apart
        energy += 0.5 * float((apart * np.diff(radii, axis=0)).sum())
        own[1:] += self.links[:, None, None] * LINK
        own[:-1] += self.links[:, None, None] * LINK
        S = TO_RADII
        link = -(S @ LINK @ S) * self.links[:, None, None]
        return StackForce(gradient @ S, S @ own @ S, link, D, T, energy)


def _perimeter(radii: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """D = perimeter / pi (r,), dD/dR (r, t) and d2D/dR2 (r, t, t) of closed polygons, as their curves."""
    x, y = radii * _COS, radii * _SIN
    dx, dy = np.roll(x, -1, 1) - x, np.roll(y, -1, 1) - y
    length = np.hypot(dx, dy)
    ux, uy = dx / length, dy / length
    scale = _ROUND / np.pi
    g = ((np.roll(ux, 1, 1) - ux) * _COS + (np.roll(uy, 1, 1) - uy) * _SIN) * scale
    i = np.arange(ANGLES)
    n = (i + 1) % ANGLES
    xx, xy, yy = (1 - ux**2) / length, -ux * uy / length, (1 - uy**2) / length

    def along(a: IntArray, b: IntArray) -> FloatArray:
        c, s = (_COS, _SIN)
        out: FloatArray = c[a] * (xx * c[b] + xy * s[b]) + s[a] * (xy * c[b] + yy * s[b])
        return out

    curved = np.zeros((len(radii), ANGLES, ANGLES))
    curved[:, i, i] += along(i, i)
    curved[:, n, n] += along(n, n)
    curved[:, i, n] -= along(i, n)
    curved[:, n, i] -= along(n, i)
    return length.sum(1) * scale, g, curved * scale
