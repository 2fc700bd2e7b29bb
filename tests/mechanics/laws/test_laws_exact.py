"""Laws against closed forms, against each other, and in their limits."""

from __future__ import annotations

import numpy as np
import pytest
from law_samples import WHOLE, deformations, fibres_of

from surgitwin.mechanics.fenicsx.laws import LAWS
from surgitwin.mechanics.fenicsx.laws.drivers import drive
from surgitwin.mechanics.fenicsx.laws.material_point import evaluate

FIBRES = [(0.8, 0.6, 0.0), (0.8, -0.6, 0.0)]
MU = 0.37
HIGHER = "c20 c30 c40 c50 c60"


def stress_of(law: str, values: dict[str, float], F: np.ndarray, fibres=()) -> np.ndarray:  # type: ignore[no-untyped-def,type-arg]
    return evaluate(LAWS[law], {**values, "bulk_MPa": 2.0}, F, fibres, tangent=False).piola


def test_neo_hookean_states_are_exact() -> None:
    """physics.md rows 21 and 22, and shear: sigma12 = mu gamma, sigma11 - sigma22 = mu gamma^2."""
    stretch = np.array([0.5, 1.1, 1.5, 2.0])
    one = drive("neo_hookean", {"mu_MPa": 1.0}, "uniaxial", stretch)
    np.testing.assert_allclose(one.cauchy[:, 0, 0], [-1.75, 0.300909, 1.583333, 3.5], rtol=1e-5)
    two = drive("neo_hookean", {"mu_MPa": 1.0}, "equibiaxial", stretch[1:])
    np.testing.assert_allclose(two.cauchy[:, 1, 1], [0.526987, 2.052469, 3.9375], rtol=1e-6)
    shear = drive("neo_hookean", {"mu_MPa": MU}, "simple_shear", [0.5]).cauchy[0]
    assert shear[0, 1] == pytest.approx(MU * 0.5)
    assert shear[0, 0] - shear[1, 1] == pytest.approx(MU * 0.25)


def test_mooney_rivlin_uniaxial_is_exact() -> None:
    a10, a01, a20, a11, a30 = 1.0, 0.4, 0.3, 0.2, 0.1
    values = {"a10_MPa": a10, "a01_MPa": a01, "a20_MPa": a20, "a11_MPa": a11, "a30_MPa": a30}
    s = np.array([0.7, 1.2, 1.6])
    x, y = s**2 + 2 / s - 3, 2 * s + 1 / s**2 - 3
    w1 = a10 + 2 * a20 * x + a11 * y + 3 * a30 * x**2
    w2 = a01 + a11 * x
    found = drive("mooney_rivlin", values, "uniaxial", s).cauchy[:, 0, 0]
    np.testing.assert_allclose(found, 2 * (s**2 - 1 / s) * (w1 + w2 / s), rtol=1e-9)


def test_reduced_polynomial_uniaxial_is_exact() -> None:
    c = np.array([0.5, 0.2, -0.1, 0.3, 0.05, 0.02])
    s = np.array([0.8, 1.3])
    x = s**2 + 2 / s - 3
    w1 = sum(i * c[i - 1] * x ** (i - 1) for i in range(1, 7))
    found = drive("reduced_polynomial", {f"c{i}0_MPa": v for i, v in enumerate(c, 1)}, "uniaxial", s)
    np.testing.assert_allclose(found.cauchy[:, 0, 0], 2 * w1 * (s**2 - 1 / s), rtol=1e-9)


def fibre_sheet(s1: float, s2: float) -> tuple[float, float, float]:
    """I1, I4 and the third stretch squared of an incompressible sheet stretched along x and y."""
    third = 1 / (s1 * s2) ** 2
    return s1**2 + s2**2 + third, 0.64 * s1**2 + 0.36 * s2**2, third


def test_gasser_2006_sheet_is_exact() -> None:
    """sigma_ii = 2 W1 (s_i^2 - s_3^2) + 2 W4 a_i^2 s_i^2 with the matrix c/2 (I1 - 3)."""
    c, k1, k2, kappa = 7.64e-3, 0.9966, 52.46, 0.226
    s1, s2 = 1.08, 1.05
    I1, I4, third = fibre_sheet(s1, s2)
    E = kappa * I1 + (1 - 3 * kappa) * I4 - 1
    slope = 2 * k1 * E * np.exp(k2 * E**2)  # both families
    w1, w4 = c / 2 + kappa * slope, (1 - 3 * kappa) * slope
    expected = [
        2 * w1 * (s1**2 - third) + 2 * w4 * 0.64 * s1**2,
        2 * w1 * (s2**2 - third) + 2 * w4 * 0.36 * s2**2,
    ]
    values = {"c_MPa": c, "k1_MPa": k1, "k2": k2, "kappa": kappa}
    found = drive("goh2006", values, "biaxial", [s1], FIBRES, second=[s2]).cauchy[0]
    np.testing.assert_allclose([found[0, 0], found[1, 1]], expected, rtol=1e-9)


def test_holzapfel_2005_sheet_is_exact() -> None:
    """The paper's W = mu (I1-3) + k1/k2 (exp(k2 [(1-rho)(I1-3)^2 + rho (I4-1)^2]) - 1) with I4 = I6."""
    mu, k1, k2, rho = 1.27e-3, 21.6e-3, 8.21, 0.25
    s1, s2 = 1.2, 1.1
    I1, I4, third = fibre_sheet(s1, s2)
    e = np.exp(k2 * ((1 - rho) * (I1 - 3) ** 2 + rho * (I4 - 1) ** 2))
    w1, w4 = mu + 2 * k1 * (1 - rho) * (I1 - 3) * e, 2 * k1 * rho * (I4 - 1) * e
    expected = [
        2 * w1 * (s1**2 - third) + 2 * w4 * 0.64 * s1**2,
        2 * w1 * (s2**2 - third) + 2 * w4 * 0.36 * s2**2,
    ]
    values = {"mu_MPa": mu, "k1_MPa": k1, "k2": k2, "rho": rho}
    found = drive("holzapfel2005", values, "biaxial", [s1], FIBRES, second=[s2]).cauchy[0]
    np.testing.assert_allclose([found[0, 0], found[1, 1]], expected, rtol=1e-9)


def test_guccione_along_and_across_the_fibre() -> None:
    """Simple differences of W = C/2 (exp Q - 1) at a stretched, sheared state, by the components of E."""
    C, bf, bt, bfs = 2e-3, 8.0, 2.0, 4.0
    F = deformations(3, 0.1)
    F /= np.cbrt(np.linalg.det(F))[:, None, None]
    E = (F.transpose(0, 2, 1) @ F - np.eye(3)) / 2
    Q = bf * E[:, 0, 0] ** 2 + bt * (E[:, 1, 1] ** 2 + E[:, 2, 2] ** 2 + 2 * E[:, 1, 2] ** 2)
    Q += 2 * bfs * (E[:, 0, 1] ** 2 + E[:, 0, 2] ** 2)
    values = {"C_MPa": C, "bf": bf, "bt": bt, "bfs": bfs}
    found = evaluate(LAWS["guccione"], values, F, [(1.0, 0.0, 0.0)]).energy
    np.testing.assert_allclose(found, C / 2 * (np.exp(Q) - 1), rtol=1e-9)


def test_laws_reduce_to_simpler_ones() -> None:
    F = deformations(4, 0.15)
    plain = stress_of("neo_hookean", {"mu_MPa": MU}, F)
    fibre = {"k1_MPa": 0.0, "k2": 0.8}
    reductions = [
        stress_of("hgo2000", {"c_MPa": MU, **fibre}, F, FIBRES),
        stress_of("goh2006", {"c_MPa": MU, "kappa": 0.1, **fibre}, F, FIBRES),
        stress_of("holzapfel2005", {"mu_MPa": MU / 2, "rho": 0.3, **fibre}, F, FIBRES),
        stress_of("mooney_rivlin", {"a10_MPa": MU / 2, **dict.fromkeys(zeros("a01 a20 a11 a30"), 0.0)}, F),
        stress_of("reduced_polynomial", {"c10_MPa": MU / 2, **dict.fromkeys(zeros(HIGHER), 0.0)}, F),
    ]  # fmt: skip
    for reduced in reductions:
        np.testing.assert_allclose(reduced, plain, atol=1e-13)
    strong = {"k1_MPa": 0.5, "k2": 0.8, "c_MPa": MU}
    np.testing.assert_allclose(
        stress_of("goh2006", {**strong, "kappa": 0.0}, F, FIBRES), stress_of("hgo2000", strong, F, FIBRES)
    )


def zeros(names: str) -> list[str]:
    return [f"{n}_MPa" for n in names.split()]


def test_full_dispersion_is_isotropic() -> None:
    """kappa = 1/3, or rho = 0: the direction of the fibres no longer matters."""
    F = deformations(4, 0.15)
    turned = [(0.0, 0.6, 0.8), (1.0, 0.0, 0.0)]
    for law, values in (
        ("goh2006", {"c_MPa": MU, "k1_MPa": 0.5, "k2": 0.8, "kappa": 1 / 3}),
        ("holzapfel2005", {"mu_MPa": MU, "k1_MPa": 0.5, "k2": 0.8, "rho": 0.0}),
    ):
        np.testing.assert_allclose(
            stress_of(law, values, F, FIBRES), stress_of(law, values, F, turned), atol=1e-13
        )


def test_equal_moduli_make_transverse_isotropy_isotropic() -> None:
    E, nu = 12.0, 0.28
    values = {"E_axial_MPa": E, "E_transverse_MPa": E, "nu_axial": nu, "nu_transverse": nu,
              "G_axial_MPa": E / (2 * (1 + nu))}  # fmt: skip
    F = deformations(4, 0.2)
    one = evaluate(LAWS["transversely_isotropic"], values, F, [(0.6, 0.0, 0.8)])
    two = evaluate(LAWS["isotropic"], {"E_MPa": E, "nu": nu}, F)
    np.testing.assert_allclose(one.energy, two.energy, rtol=1e-12)
    np.testing.assert_allclose(one.piola, two.piola, atol=1e-12)
    np.testing.assert_allclose(one.tangent, two.tangent, atol=1e-11)


def test_transverse_isotropy_inverts_its_compliance() -> None:
    """The five constants read back from unit stresses."""
    Ea, Et, nu_a, nu_t, G = 17.0, 11.5, 0.30, 0.25, 3.3
    values = {
        "E_axial_MPa": Ea,
        "E_transverse_MPa": Et,
        "nu_axial": nu_a,
        "nu_transverse": nu_t,
        "G_axial_MPa": G,
    }
    state = evaluate(LAWS["transversely_isotropic"], values, np.eye(3), [(0.0, 0.0, 1.0)], small=True)
    assert state.tangent is not None
    S = np.linalg.inv(state.tangent[0][[0, 1, 2], [0, 1, 2]][:, [0, 1, 2], [0, 1, 2]])
    np.testing.assert_allclose(np.diag(S), [1 / Et, 1 / Et, 1 / Ea], rtol=1e-12)
    np.testing.assert_allclose([S[0, 1], S[0, 2], S[2, 1]], [-nu_t / Et, -nu_a / Ea, -nu_a / Ea], rtol=1e-12)
    assert state.tangent[0, 0, 2, 0, 2] == pytest.approx(G)
    assert state.tangent[0, 0, 1, 0, 1] == pytest.approx(Et / (2 * (1 + nu_t)))


@pytest.mark.parametrize(
    ("name", "shear_MPa"),
    [
        ("lally_artery", 2 * (18.90e-3 + 2.75e-3)),
        ("lally_plaque", 2 * (506.61e-3 - 495.96e-3)),
        ("gastaldi_media", 2 * 6.52e-3),
        ("gasser_adventitia", 7.64e-3),
        ("holzapfel_intima", 2 * 27.90e-3),
        ("hgo_carotid_media", 3.0e-3),
    ],
)
def test_small_strain_limit(name: str, shear_MPa: float) -> None:
    """The slope in shear at no load: 2 (a10 + a01), 2 c10, c, 2 mu (fibres are off at exactly no load)."""
    row = WHOLE[name]
    state = evaluate(LAWS[row.law], row.values, np.eye(3), fibres_of(row))
    assert state.tangent is not None
    assert state.tangent[0, 0, 1, 0, 1] == pytest.approx(shear_MPa, rel=1e-10)


def test_fibres_carry_tension_only() -> None:
    values = {"c_MPa": MU, "k1_MPa": 5.0, "k2": 2.0}
    along = drive("hgo2000", values, "uniaxial", [0.8, 1.2], [(1.0, 0.0, 0.0)] * 2).cauchy[:, 0, 0]
    plain = drive("neo_hookean", {"mu_MPa": MU}, "uniaxial", [0.8, 1.2]).cauchy[:, 0, 0]
    assert along[0] == pytest.approx(plain[0], rel=1e-9)
    assert along[1] > 5 * plain[1]


def test_finite_bulk_modulus_tends_to_incompressible() -> None:
    s = [0.8, 1.3]
    exact = drive("neo_hookean", {"mu_MPa": 1.0}, "uniaxial", s)
    near = drive("neo_hookean", {"mu_MPa": 1.0, "bulk_MPa": 1e5}, "uniaxial", s)
    np.testing.assert_allclose(near.cauchy[:, 0, 0], exact.cauchy[:, 0, 0], rtol=1e-4)
    np.testing.assert_allclose(np.linalg.det(exact.F), 1, atol=1e-11)


def test_uniaxial_stress_off_the_fibre_axis_is_free_of_shear() -> None:
    row = WHOLE["cortical_axial"]
    path = drive(row.law, row.values, "uniaxial", [1.002], [(0.8, 0.6, 0.0)])
    stress = path.cauchy[0].copy()
    assert stress[0, 0] > 20
    stress[0, 0] = 0
    np.testing.assert_allclose(stress, 0, atol=1e-7)
