"""History laws with large rotation, in the plane, in a ring: tangent, objectivity, Cauchy stress."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from point_part_models import J2, bar

from surgitwin.core.arrays import FloatArray
from surgitwin.mechanics.fenicsx.solids import solve_model
from surgitwin.mechanics.fenicsx.solids.history import part_history
from surgitwin.mechanics.fenicsx.solids.point_part import PointBulk
from surgitwin.mechanics.fenicsx.solids.result import ModelResult
from surgitwin.mechanics.fenicsx.solids.space import PartSpace
from surgitwin.mechanics.model.material import Material
from surgitwin.mechanics.model.model import Model
from surgitwin.mechanics.model.part import Part
from surgitwin.mechanics.model.shapes import box, ring
from surgitwin.mechanics.model.steps import Step, Stepping
from surgitwin.mechanics.model.supports import At, Fixed, Motion
from surgitwin.mechanics.point_laws.drivers import drive
from surgitwin.mechanics.point_laws.registry import point_law
from surgitwin.mechanics.point_laws.tables import bone_parameters, metal

PARTS = {
    "solid": (box((0, 0, 0), (1, 1, 1), (1, 1, 1), "tetrahedron"), "solid"),
    "plane_strain": (box((0, 0), (1, 1), (2, 2)), "plane_strain"),
    "axisymmetric": (ring(1.0, 2.0, (2, 2)), "axisymmetric"),
}
MATERIALS = {
    "j2": J2,
    "nitinol": Material("nitinol", metal("Nitinol").parameters),
    "bone": Material("bone", bone_parameters(17000.0, 0.3, damage=True)),
}


def put(bulk: PointBulk, u: FloatArray) -> FloatArray:
    bulk.u.x.array[:] = u
    return bulk.residual()


@pytest.mark.parametrize("large", [False, True])
@pytest.mark.parametrize("where", PARTS)
@pytest.mark.parametrize("law", MATERIALS)
def test_tangent_is_the_derivative_of_the_residual(where: str, law: str, large: bool) -> None:
    mesh, kinematics = PARTS[where]
    bulk = PointBulk(PartSpace(Part("p", mesh, MATERIALS[law], kinematics=kinematics)), large)
    rng = np.random.default_rng(3)
    n = len(bulk.u.x.array)
    put(bulk, rng.normal(size=n) * 2e-3)
    bulk.commit()
    u, du = rng.normal(size=n) * 3e-3, rng.normal(size=n)
    h = 1e-8
    exact = (put(bulk, u + h * du) - put(bulk, u - h * du)) / (2 * h)
    put(bulk, u)
    K = bulk.tangent()
    assert np.linalg.norm(K @ du - exact) < 2e-6 * np.linalg.norm(exact)
    if bulk.symmetric:
        assert abs(K - K.T).max() < 1e-9 * abs(K).max()


def test_a_turned_body_keeps_its_plastic_stress_turned_with_it() -> None:
    """Pull into the plastic range, then turn the whole body by 90 degrees: no flow, stress turned."""
    mesh = box((0, 0, 0), (1, 1, 1), (1, 1, 1))
    gradient = np.diag([-0.008, -0.008, 0.02])
    motions = (Motion("pull", "bar", At(), "xyz", gradient=gradient),)
    model = replace(bar(mesh, J2, [0.0], large=True), supports=motions, steps=(Step("pull", {"pull": 1.0}),))
    pulled = solve_model(model)
    R = np.array([[0.0, 0.0, 1.0], [0.0, 1.0, 0.0], [-1.0, 0.0, 0.0]])
    turned = R @ (np.eye(3) + gradient) - np.eye(3)
    bulk = pulled.system.assembly.bulks[0]
    peeq = bulk.history("peeq").copy()
    before = pulled.part().stress_at((0.5, 0.5, 0.5))[0]
    bulk.u.x.array[:] = (bulk.space.points_mm @ turned.T).ravel()
    bulk.commit()
    from surgitwin.mechanics.fenicsx.solids.recover import Recovery

    after = Recovery(bulk).stress_at(np.array([[0.5, 0.5, 0.5]]))[0]
    np.testing.assert_allclose(after, R @ before @ R.T, atol=1e-6)
    np.testing.assert_allclose(bulk.history("peeq"), peeq, rtol=1e-9)


def test_stretch_reads_the_green_lagrange_strain() -> None:
    """Bar at stretch 1.04: axial Green-Lagrange strain .0408, S from the law, Cauchy S l / (area ratio)."""
    mesh = box((0, 0, 0), (1, 1, 2), (1, 1, 2))
    result = solve_model(bar(mesh, J2, [0.04], large=True, first=0.25))
    stretch = 1.04
    exact = drive(point_law("j2", J2.parameters), np.array([0.5 * (stretch**2 - 1)]))
    lateral = np.sqrt(1 + 2 * exact.strain[0, 1])
    sigma = exact.stress[0, 0] * stretch / lateral**2
    assert result.part().stress_at((0.5, 0.5, 1.0))[0, 2, 2] == pytest.approx(sigma, rel=1e-4)
    assert result.reaction("pull").force_N[2] == pytest.approx(exact.stress[0, 0] * stretch, rel=1e-4)


def test_a_bent_nitinol_wire_springs_back() -> None:
    """Bent until its surface has transformed, then let go: no force, no martensite, no shape left."""
    mesh = box((0, 0, 0), (20, 1, 1), (6, 1, 2))
    model = Model(
        "wire",
        (Part("wire", mesh, MATERIALS["nitinol"]),),
        supports=(
            Fixed("clamp", "wire", "x0", "xyz"),
            Motion("tip", "wire", "x1", "z", translation_mm=(0.0, 0.0, 8.0)),
        ),
        steps=(Step("bend", {"tip": 1.0}), Step("back", {"tip": 0.0})),
        stepping=Stepping(first=0.1),
        large=True,
    )
    rows: list[tuple[float, float, float]] = []

    def keep(r: ModelResult) -> None:
        tip = r.increments[-1].factors["tip"]
        rows.append((tip, float(r.reaction("tip").force_N[2]), float(part_history(r, "martensite").max())))

    result = solve_model(model, accepted=keep)
    tip, force, martensite = np.array(rows).T
    assert martensite.max() > 0.3
    assert martensite[-1] == 0.0
    assert abs(force[-1]) < 1e-6 * force.max()
    assert np.abs(result.part().displacement_mm).max() < 1e-6
    top = int(tip.argmax())
    down = np.interp(0.5, tip[top:][::-1], force[top:][::-1])
    assert down < 0.8 * np.interp(0.5, tip[: top + 1], force[: top + 1])  # hysteresis


def test_what_lies_beyond_the_law_is_told() -> None:
    mesh = box((0, 0, 0), (1, 1, 2), (1, 1, 1))
    calm = solve_model(bar(mesh, MATERIALS["nitinol"], [0.05], first=0.25))
    assert not calm.warnings
    over = solve_model(bar(mesh, MATERIALS["nitinol"], [0.1], first=0.25))
    assert "flows plastically" in over.warnings[0]
    curve = {"curve_strain": np.array([0.0, 0.01]), "curve_stress_MPa": np.array([250.0, 400.0])}
    metal_ = Material("j2", {"E_MPa": 200e3, "nu": 0.3, **curve})
    assert "end of the hardening curve" in solve_model(bar(mesh, metal_, [0.03])).warnings[0]
    assert "real bone" in solve_model(bar(mesh, MATERIALS["bone"], [0.06])).warnings[0]
    stretched = solve_model(bar(mesh, J2, [0.2], large=True, first=0.1))
    assert any("Green-Lagrange" in w for w in stretched.warnings)
