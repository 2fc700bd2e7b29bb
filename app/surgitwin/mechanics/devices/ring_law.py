"""Force against diameter of a zig-zag ring from the shape of its struts and its metal.

With phi between strut and axis: pi D = 2 n L sin(phi), n crowns on one side, and the hoop tension that the
end moment M0 of the struts makes is T = 2 M0 / (L cos phi), positive when the ring wants to shrink. Method
and settings: devices-in-vessels.md. Crowns are sharp and rigid, axial force does not bend, nothing buckles.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from surgitwin.core.arrays import FloatArray, readonly
from surgitwin.core.device import Expansion, ZigzagRing
from surgitwin.core.errors import InputError
from surgitwin.mechanics.devices.fibres import NitinolFibre, PlasticFibre, load_fibre
from surgitwin.mechanics.devices.strut import BendingCurve, Strut, plastic_curve, superelastic_curves

TABLE = 600
"""Numerical setting: points of a law's table."""

PHI = (0.03, 1.45)
"""Numerical setting: rad, the angles between which a law is given; straight lines beyond."""


@dataclass(frozen=True, eq=False)
class RingLaw:
    """Hoop tension of one ring against its mid-surface diameter.

    diameter_mm (k,): evenly spaced. tension_N (k,): after full inflation (balloon-expandable) or on release
    (self-expanding, the lower branch). loading_N (k,): while being inflated, or crimped (the upper branch,
    sign as above: negative, the ring pushes outwards). start_mm: diameter at which `tension_N` starts.
    free_mm: diameter without load. recoil: (start - free) / start of the outer diameter, 0 when
    self-expanding. peak_strain: largest of a fibre on the way; strain_limit: what the metal bears.
    """

    ring: ZigzagRing
    E_MPa: float
    G_MPa: float
    diameter_mm: FloatArray
    tension_N: FloatArray
    loading_N: FloatArray
    start_mm: float
    free_mm: float
    recoil: float
    peak_strain: float
    strain_limit: float

    @property
    def strain_too_high(self) -> bool:
        """Whether the metal is bent further than it bears."""
        return self.peak_strain > self.strain_limit

    def tension(self, diameter_mm: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Tension N and its slope N/mm at mid-surface diameters; straight lines between and beyond."""
        x, y = self.diameter_mm, self.tension_N
        step = x[1] - x[0]
        i = np.clip(((np.asarray(diameter_mm) - x[0]) / step).astype(int), 0, len(x) - 2)
        slope = (y[i + 1] - y[i]) / step
        return y[i] + slope * (diameter_mm - x[i]), slope

    def bending_Nmm2(self, diameter_mm: float) -> float:
        """EI of the ring against becoming oval: struts bend and twist out of the cylinder."""
        r = self.ring
        phi = ring_angle(r, np.array(diameter_mm))
        plate = r.strut_width_mm * r.strut_thickness_mm**3 / 12
        thin, wide = sorted((r.strut_width_mm, r.strut_thickness_mm))
        twist = wide * thin**3 * (1 / 3 - 0.21 * thin / wide)
        s2 = float(np.sin(phi) ** 2)
        return float(np.sin(phi)) / (s2 / (self.E_MPa * plate) + (1 - s2) / (self.G_MPa * twist))

    def length_mm(self, diameter_mm: float) -> float:
        """Axial length of the ring."""
        return float(self.ring.strut_length_mm * np.cos(ring_angle(self.ring, np.array(diameter_mm))))

    def radial_N_per_mm(self, diameter_mm: float, loading: bool = False) -> float:
        """Radial force per axial length, positive outwards: 2 pi |T| / length.

        Of a self-expanding ring this is the chronic outward force, and with `loading` the radial resistive
        force of a ring crimped from its rest diameter.
        """
        branch = self.loading_N if loading else self.tension_N
        T = float(np.interp(diameter_mm, self.diameter_mm, branch))
        return -2 * np.pi * T / self.length_mm(diameter_mm)


def ring_angle(ring: ZigzagRing, diameter_mm: FloatArray) -> FloatArray:
    """phi, rad, between struts and axis at mid-surface diameters."""
    share = np.pi * np.asarray(diameter_mm, float) / (2 * ring.crowns * ring.strut_length_mm)
    out: FloatArray = np.arcsin(np.clip(share, 0.0, 0.999))
    return out


@lru_cache(maxsize=256)
def ring_law(
    ring: ZigzagRing,
    metal: str,
    kind: Expansion,
    balloon_diameter_mm: float | None = None,
    crimped_diameter_mm: float | None = None,
) -> RingLaw:
    """The law of a ring. Diameters are outer ones.

    balloon_diameter_mm: full inflation, needed by "balloon_expandable". crimped_diameter_mm: on the
    catheter, needed by "self_expanding"; for the other kind it is the way the metal went before, and is
    left out when None.

    Raises InputError "device.no_diameter" without the diameter that the kind needs, "device.too_large" when
    the struts cannot reach it, "device.metal_kind" when the metal does not suit the kind.
    """
    fibre = load_fibre(metal)
    if kind == "balloon_expandable" and isinstance(fibre, PlasticFibre):
        return _plastic_law(
            ring, fibre, _reachable(ring, balloon_diameter_mm, "balloon"), crimped_diameter_mm
        )
    if kind == "self_expanding" and isinstance(fibre, NitinolFibre):
        return _superelastic_law(ring, fibre, _reachable(ring, crimped_diameter_mm, "crimped"))
    raise InputError(
        "device.metal_kind",
        f"A {kind.replace('_', '-')} device cannot be of {metal}.",
        hint="Balloon-expandable devices need a metal that yields, self-expanding ones Nitinol.",
        where="device",
    )


def _reachable(ring: ZigzagRing, outer_mm: float | None, what: str) -> float:
    """Mid-surface diameter of an outer one that the ring can have."""
    if outer_mm is None:
        raise InputError("device.no_diameter", f"The {what} diameter is missing.", where="device")
    mid = outer_mm - ring.strut_thickness_mm
    longest = 2 * ring.crowns * ring.strut_length_mm * np.sin(PHI[1]) / np.pi
    if not 0 < mid < longest:
        raise InputError(
            "device.too_large",
            f"A ring of {2 * ring.crowns} struts of {ring.strut_length_mm:g} mm reaches "
            f"{longest + ring.strut_thickness_mm:.2f} mm, not {outer_mm:.2f} mm.",
            hint="Choose a smaller diameter or a larger device.",
            where="device",
        )
    return float(mid)


def _strut(ring: ZigzagRing) -> Strut:
    return Strut(ring.strut_length_mm, ring.strut_width_mm, ring.strut_thickness_mm)


def _table(ring: ZigzagRing) -> tuple[FloatArray, FloatArray]:
    """Diameters of the table and the turn of a strut from its rest there."""
    reach = 2 * ring.crowns * ring.strut_length_mm / np.pi
    D = np.linspace(reach * np.sin(PHI[0]), reach * np.sin(PHI[1]), TABLE)
    return D, ring_angle(ring, D) - ring_angle(ring, np.array(ring.rest_diameter_mm))


def _tension(ring: ZigzagRing, D: FloatArray, moment: FloatArray) -> FloatArray:
    out: FloatArray = 2 * moment / (ring.strut_length_mm * np.cos(ring_angle(ring, D)))
    return out


def _plastic_law(ring: ZigzagRing, metal: PlasticFibre, top_mm: float, crimped_mm: float | None) -> RingLaw:
    """Crimped, inflated to `top_mm`, then unloaded; turning back follows Masing's rule (kinematic
    hardening).
    """
    curve = plastic_curve(_strut(ring), metal)
    D, turn = _table(ring)
    rest = float(ring_angle(ring, np.array(ring.rest_diameter_mm)))
    top = float(ring_angle(ring, np.array(top_mm))) - rest
    back = 0.0
    if crimped_mm is not None:
        back = max(0.0, rest - float(ring_angle(ring, np.array(crimped_mm - ring.strut_thickness_mm))))

    def inflating(at: FloatArray) -> FloatArray:
        again = curve.moment(np.array(-back)) + 2 * curve.moment((at + back) / 2)
        return np.where(at >= back, curve.moment(at), again)

    reached = inflating(np.array(top))
    stiff = 6 * metal.E_MPa * _strut(ring).inertia / ring.strut_length_mm
    down = np.where(turn <= top, reached - 2 * curve.moment((top - turn) / 2), reached + stiff * (turn - top))
    T = _tension(ring, D, down)
    free = float(np.interp(0.0, T, D))
    outer = top_mm + ring.strut_thickness_mm
    peak = float(np.interp(max(top, back), curve.turn, curve.strain))
    loading = _tension(ring, D, inflating(turn))
    return _law(ring, metal, D, T, loading, top_mm, free, (top_mm - free) / outer, peak)


def _superelastic_law(ring: ZigzagRing, metal: NitinolFibre, crimped_mm: float) -> RingLaw:
    """Crimped from the heat-set shape, then released; beyond that shape austenite bends the other way."""
    rest = float(ring_angle(ring, np.array(ring.rest_diameter_mm)))
    D, turn = _table(ring)
    most = rest - float(ring_angle(ring, np.array(crimped_mm)))
    up, back = superelastic_curves(_strut(ring), metal, max(most, 1e-6))
    stiff = 6 * metal.E_MPa * _strut(ring).inertia / ring.strut_length_mm

    def branch(curve: BendingCurve) -> FloatArray:
        closed = -np.interp(-turn, curve.turn, curve.moment_Nmm)
        further = closed - stiff * np.maximum(-turn - most, 0.0)
        return np.where(turn > 0, stiff * turn, further)

    T, loading = _tension(ring, D, branch(back)), _tension(ring, D, branch(up))
    return _law(ring, metal, D, T, loading, crimped_mm, ring.rest_diameter_mm, 0.0, float(up.strain[-1]))


def _law(
    ring: ZigzagRing,
    metal: PlasticFibre | NitinolFibre,
    D: FloatArray,
    T: FloatArray,
    loading: FloatArray,
    start: float,
    free: float,
    recoil: float,
    peak: float,
) -> RingLaw:
    return RingLaw(
        ring, metal.E_MPa, metal.G_MPa, readonly(D), readonly(T), readonly(loading), start, free, recoil,
        peak, metal.strain_limit,
    )  # fmt: skip
