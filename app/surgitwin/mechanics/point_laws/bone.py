"""Bone that yields earlier in tension than in compression, as stiff and strong as its density makes it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import numpy as np

from surgitwin.core.arrays import FloatArray
from surgitwin.mechanics.point_laws.base import Symbol, Updated, property_table
from surgitwin.mechanics.point_laws.compiled import compiled, finite, isotropic_tangent, split
from surgitwin.mechanics.point_laws.elastic import elastic_energy
from surgitwin.mechanics.point_laws.quadric import hessian, return_map
from surgitwin.mechanics.point_laws.zero_start import ZeroStart, updated

SYMBOLS = {
    "E_MPa": Symbol("Young's modulus, from the density"),
    "nu": Symbol("Poisson's ratio", lowest=-1.0, highest=0.5),
    "yield_strain_tension": Symbol("uniaxial elastic strain at tensile yield"),
    "yield_strain_compression": Symbol("size of the uniaxial elastic strain at compressive yield"),
    "zeta0": Symbol("interaction of the normal stresses in the quadric", None, -1.0, 0.5),
    "post_yield_ratio": Symbol("post-yield over elastic slope in compression", None, 0.0, 1.0, True),
    "damage_max": Symbol("largest loss of stiffness", 0.0, 0.0, 1.0, True),
    "damage_rate": Symbol("rate of damage with plastic strain", 0.0, lowest_allowed=True),
}

LARGEST_PLASTIC_STRAIN = 0.03
"""Numerical setting: "a few percent" of the range below in one number."""


class Bone(ZeroStart):
    """Isotropic quadric plasticity with associated flow, linear hardening and optional scalar damage.

    The strain limits are the same at every density, so the strengths E * limit follow the density through
    E (one value a point). The slope after yield is exact in compression; in tension it is smaller, since
    hardening is one number: H (limit_t / limit_c)^2. Hardening cannot soften: a falling curve would make
    results depend on the mesh. Bone here is isotropic; no fabric is used.
    """

    name: ClassVar[str] = "bone"
    symbols: ClassVar[Mapping[str, Symbol]] = SYMBOLS
    title: ClassVar[str] = "Bone: quadric plasticity with tension/compression asymmetry"
    formula: ClassVar[str] = (
        "Y = sqrt(a |s|^2 + b p^2) + 3 f p - (1 + h lambda) <= 0; a = (1 + zeta0) F^2, "
        "b = 3 (1 - 2 zeta0) F^2; F, f = (1/st +- 1/sc) / 2; "
        "st, sc = E limit_t, E limit_c; d eps_p = d lambda dY/dsigma; "
        "sigma = (1 - D) C (eps - eps_p), D = damage_max (1 - exp(-rate kappa))"
    )
    source: ClassVar[str] = (
        "Quadric and damage: Schwiedrzik, Wolfram & Zysset 2013, Biomech Model Mechanobiol 12:1155 and "
        "Schwiedrzik & Zysset 2013, ibid. 12:201 (isotropic case; equations seen in a public implementation, "
        "papers not re-read). Strain limits: see resources/materials/bone_yield.toml"
    )
    range: ClassVar[str] = (
        "monotonic and cyclic loading up to a few percent; no softening, crushing, creep or fracture"
    )
    state_names: ClassVar[tuple[str, ...]] = (
        "eps_p_xx", "eps_p_yy", "eps_p_zz", "eps_p_yz", "eps_p_xz", "eps_p_xy",
        "lambda_MPa", "plastic_strain", "damage", "dissipation_MPa",
    )  # fmt: skip

    def __init__(self, parameters: Mapping[str, float | FloatArray]) -> None:
        self._parameters, rows = property_table(self.name, SYMBOLS, parameters)
        self._rows = _derived(rows)

    @property
    def symmetric(self) -> bool:
        """Associated flow; damage breaks the symmetry."""
        return not bool((self._rows[:, 6] > 0.0).any())

    def update(self, strain: FloatArray, state: FloatArray) -> Updated:
        """Closest point return. Raises SolverError "point_law.not_converged"."""
        return updated(self, _update, self._rows, strain, state)

    def energy(self, stress: FloatArray, state: FloatArray) -> FloatArray:
        """(n,) elastic energy with the damaged stiffness; hardening counts as dissipated."""
        return elastic_energy(stress, self._rows[:, 0], self._rows[:, 1]) / (1.0 - state[:, 8])

    def notes(self, state: FloatArray) -> tuple[str, ...]:
        """Where bone would have softened and crushed, which the law does not know."""
        largest = float(state[:, 7].max(initial=0.0))
        if largest <= LARGEST_PLASTIC_STRAIN:
            return ()
        return (
            f"bone: plastic strain {largest:.3g} is beyond {LARGEST_PLASTIC_STRAIN:g}; real bone softens and "
            "breaks there, the law does not.",
        )


def _derived(rows: FloatArray) -> FloatArray:
    """(r, 8) 2 G, K, a, b, 3 f, h, damage_max, damage_rate."""
    e, nu, limit_t, limit_c, zeta, ratio, damage, rate = rows.T
    st, sc = e * limit_t, e * limit_c
    size, shift = 0.5 * (1.0 / st + 1.0 / sc), 0.5 * (1.0 / st - 1.0 / sc)
    hardening = e * ratio / (1.0 - ratio) / sc**2
    a, b = (1.0 + zeta) * size**2, 3.0 * (1.0 - 2.0 * zeta) * size**2
    columns = [e / (1 + nu), e / (3 - 6 * nu), a, b, 3 * shift, hardening, damage, rate]
    return np.ascontiguousarray(np.column_stack(columns))


@compiled
def _plastic(
    i: int, t_trial: float, p_trial: float, dl: float, q: float, r: FloatArray, new: FloatArray, c: FloatArray
) -> tuple[float, float, float, float]:
    """t, p, and the slopes of kappa along n and the trace; the tangent in (t, p) goes into `c` (4,)."""
    t = t_trial * q / (q + r[0] * r[2] * dl)
    p = (p_trial - r[4] * r[1] * dl) * q / (q + r[1] * r[3] * dl)
    nt, np_, m00, m01, m11 = hessian(t, p, q, dl, r)
    det = m00 * m11 - m01 * m01
    g0, g1 = (m11 * nt - m01 * np_) / det, (m00 * np_ - m01 * nt) / det
    full = nt * g0 + np_ * g1 + r[5]
    c[0] = m11 / det - g0 * g0 / full
    c[1] = -m01 / det - g0 * g1 / full
    c[2] = c[1]
    c[3] = m00 / det - g1 * g1 / full
    size = np.sqrt(nt * nt + np_ * np_ / 3.0)
    x, y = nt / size, np_ / (3.0 * size)
    new[i, 6] += dl
    new[i, 7] += dl * size
    along_n = x * (1.0 - c[0] / r[0]) - y * c[2] / r[1]
    along_m = y * (1.0 - c[3] / r[1]) - x * c[1] / r[0]
    return t, p, along_n, along_m


@compiled
def _update(
    strain: FloatArray,
    state: FloatArray,
    rows: FloatArray,
    stress: FloatArray,
    tangent: FloatArray,
    new: FloatArray,
) -> int:
    """Fill `stress`, `tangent` and `new`; the number of the first point without a stress, or -1."""
    n, elastic, c = np.empty(6), np.empty(6), np.empty(4)
    for i in range(len(strain)):
        if not finite(strain[i]):
            return i
        r = rows[i if len(rows) > 1 else 0]
        for j in range(6):
            elastic[j] = strain[i, j] - state[i, j]
        new[i] = state[i]
        norm, trace = split(elastic, n)
        t, p = r[0] * norm, r[1] * trace
        c[0], c[1], c[2], c[3] = r[0], 0.0, 0.0, r[1]
        perp, along_n, along_m, dl = r[0], 0.0, 0.0, 0.0
        q = np.sqrt(r[2] * t * t + r[3] * p * p)
        if q + r[4] * p > (1.0 + r[5] * state[i, 6]) * (1.0 + 1e-12):
            dl, q = return_map(t, p, state[i, 6], r)
            if dl < 0.0:
                return i
            t, p, along_n, along_m = _plastic(i, t, p, dl, q, r, new, c)
            perp = t / norm if norm > 0.0 else 0.0
            for j in range(6):
                new[i, j] += (norm - t / r[0]) * n[j] + ((trace - p / r[1]) / 3.0 if j < 3 else 0.0)
        fade = np.exp(-r[7] * new[i, 7])
        damage = r[6] * (1.0 - fade)
        left, growth = 1.0 - damage, r[6] * r[7] * fade
        energy = 0.5 * (t * t / r[0] + p * p / r[1])
        new[i, 9] += left * dl * (1.0 + r[5] * new[i, 6]) + energy * (damage - state[i, 8])
        new[i, 8] = damage
        for j in range(6):
            stress[i, j] = left * (t * n[j] + (p if j < 3 else 0.0))
        isotropic_tangent(
            tangent[i],
            n,
            left * perp,
            left * c[0] - growth * t * along_n,
            left * c[1] - growth * t * along_m,
            left * c[2] - growth * p * along_n,
            left * c[3] - growth * p * along_m,
        )
    return -1
