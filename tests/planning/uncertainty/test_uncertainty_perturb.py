"""Draws applied to a plan: loads turn and scale, meshes follow, the nominal draw changes nothing."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from small_case import SmallCase
from surgitwin.core.errors import GeometryError
from surgitwin.core.mesh import TetMesh
from surgitwin.mechanics.femur_boundaries import boundary_sets
from surgitwin.mechanics.femur_loads import femur_loads, torsion_variants
from surgitwin.meshing.quality import scaled_jacobian
from surgitwin.planning.case import Case
from surgitwin.planning.solving.build import PlanModel, plan_model
from surgitwin.planning.solving.inputs import SolveInputs, SolveOptions, settle_inputs
from surgitwin.planning.uncertainty import morph
from surgitwin.planning.uncertainty.inputs import uncertain_inputs
from surgitwin.planning.uncertainty.morph import grown, with_gap
from surgitwin.planning.uncertainty.perturb import drawn_loads, variant

PLAN = "plate"


@pytest.fixture(scope="module")
def built(meshed_case: SmallCase) -> tuple[Case, SolveInputs, PlanModel]:
    case = Case.open(meshed_case.path)
    inputs = settle_inputs(case, SolveOptions())
    case, model = plan_model(case, case.plans()[PLAN], inputs)
    return case, inputs, model


def _draw(inputs: SolveInputs, **changes: float | str) -> dict[str, float | str]:
    plain = {i.name: inputs.law if i.name == "law" else i.nominal for i in uncertain_inputs()}
    return {**plain, **changes}


def test_the_nominal_draw_is_the_plan_itself(built: tuple[Case, SolveInputs, PlanModel]) -> None:
    case, inputs, model = built
    made = variant(case, inputs, case.plans()[PLAN], model.problem, _draw(inputs)).problem
    assert made.bone.mesh.hash == model.problem.bone.mesh.hash
    np.testing.assert_allclose(made.bone.modulus_MPa, model.problem.bone.modulus_MPa, rtol=1e-12)
    for a, b in zip(made.implants, model.problem.implants, strict=True):
        np.testing.assert_allclose(a.mesh.points_mm, b.mesh.points_mm, atol=1e-9)
    for a, b in zip(drawn_loads(made.loads, case.anatomy, _draw(inputs)), femur_loads(
        made.bone.mesh, case.anatomy, inputs.body_weight_kg
    ), strict=True):  # fmt: skip
        assert a.name == b.name
        for x, y in zip(a.loads, b.loads, strict=True):
            np.testing.assert_allclose(x.force_N, y.force_N, rtol=1e-12)


def test_scales_reach_bone_and_callus_apart(built: tuple[Case, SolveInputs, PlanModel]) -> None:
    case, inputs, model = built
    draw = _draw(inputs, modulus_scale=1.1, callus_scale=2.0)
    made = variant(case, inputs, case.plans()[PLAN], model.problem, draw).problem.bone
    gap = made.mesh.part == made.mesh.part_id("gap")
    ratio = made.modulus_MPa / model.problem.bone.modulus_MPa
    np.testing.assert_allclose(ratio[gap], 2.0)
    np.testing.assert_allclose(ratio[~gap], 1.1)


def test_a_shift_of_hu_stiffens_bone_only(built: tuple[Case, SolveInputs, PlanModel]) -> None:
    case, inputs, model = built
    made = variant(case, inputs, case.plans()[PLAN], model.problem, _draw(inputs, hu_shift=20.0)).problem.bone
    gap = made.mesh.part == made.mesh.part_id("gap")
    ratio = made.modulus_MPa / model.problem.bone.modulus_MPa
    np.testing.assert_allclose(ratio[gap], 1.0)
    assert ratio[~gap].min() >= 1.0
    assert ratio[~gap].max() > 1.001


def test_implants_slide_along_the_shaft_and_keep_their_shape(
    built: tuple[Case, SolveInputs, PlanModel],
) -> None:
    case, inputs, model = built
    made = variant(case, inputs, case.plans()[PLAN], model.problem, _draw(inputs, slide=1.0))
    moved = made.problem.implants[0].mesh.points_mm - model.problem.implants[0].mesh.points_mm
    np.testing.assert_allclose(moved, np.broadcast_to(moved[0], moved.shape), atol=1e-9)
    assert np.linalg.norm(moved[0]) == pytest.approx(1.0)
    assert moved[0] @ case.anatomy.frame.axes[:, 2] > 0.95
    assert made.plan is not None
    np.testing.assert_allclose(
        made.plan.implants[0].pose[:3, 3] - case.plans()[PLAN].implants[0].pose[:3, 3], moved[0]
    )


def test_loads_turn_as_the_table_says(built: tuple[Case, SolveInputs, PlanModel]) -> None:
    case, inputs, model = built
    anatomy, plain = case.anatomy, _draw(inputs)
    frame = anatomy.frame

    def hip(**changes: float) -> np.ndarray:  # type: ignore[type-arg]
        found = drawn_loads(model.problem.loads, anatomy, {**plain, **changes})
        return next(c for c in found if c.name == "stance_full").loads[0].force_N  # type: ignore[no-any-return]

    before, size = hip(), np.linalg.norm(hip())
    assert np.linalg.norm(hip(load_size=1.2)) == pytest.approx(1.2 * size)
    # The force points down: with its head end tipped medially its lower end goes laterally.
    medial = frame.axes[:, 0] * (1 if anatomy.side == "left" else -1)
    for axis, name in ((medial, "load_frontal"), (frame.axes[:, 1], "load_sagittal")):
        turned = hip(**{name: 6.0})
        assert np.linalg.norm(turned) == pytest.approx(size)
        assert (turned - before) @ axis < 0
    flat = before - (before @ frame.axes[:, 1]) * frame.axes[:, 1]
    spun = hip(load_frontal=6.0)
    spun_flat = spun - (spun @ frame.axes[:, 1]) * frame.axes[:, 1]
    angle = np.degrees(np.arccos(flat @ spun_flat / np.linalg.norm(flat) / np.linalg.norm(spun_flat)))
    assert angle == pytest.approx(6.0, abs=1e-6)
    more = next(
        c for c in torsion_variants(model.problem.bone.mesh, anatomy, inputs.body_weight_kg, "stance_full")
    )
    np.testing.assert_allclose(hip(torsion=15.0), more.loads[0].force_N, rtol=1e-9)


def test_the_axial_case_keeps_its_size(built: tuple[Case, SolveInputs, PlanModel]) -> None:
    case, inputs, model = built
    draw = _draw(inputs, load_size=1.2, load_frontal=5.0, head_medial=10.0)
    axial = next(c for c in drawn_loads(model.problem.loads, case.anatomy, draw) if c.name == "axial").loads[
        0
    ]
    assert np.linalg.norm(axial.force_N) == pytest.approx(1000.0)
    line = case.anatomy.landmarks["distal_centre"].point_mm - axial.point_mm
    np.testing.assert_allclose(np.cross(line, axial.force_N), 0.0, atol=1e-6)


def test_a_gap_is_as_wide_as_drawn_and_the_bone_follows(built: tuple[Case, SolveInputs, PlanModel]) -> None:
    case, _, model = built
    fracture, mesh = case.plans()[PLAN].fracture, model.problem.bone.mesh
    assert fracture is not None
    wide, changed = with_gap(mesh, fracture, fracture.gap_mm + 0.5, 12.0)
    gap = wide.part == wide.part_id("gap")
    height = changed.plane.distance(wide.points_mm[np.unique(wide.corners[gap])])
    assert np.ptp(height) == pytest.approx(fracture.gap_mm + 0.5, abs=1e-6)
    far = np.abs(fracture.plane.distance(mesh.points_mm)) > 12.0 + fracture.gap_mm / 2
    np.testing.assert_array_equal(wide.points_mm[far], mesh.points_mm[far])
    with pytest.raises(GeometryError) as error:
        with_gap(mesh, fracture, 0.05, 12.0)
    assert error.value.code == "mesh.gap_width"


def test_a_grown_bone_is_larger_all_round_and_flat_at_its_cut(
    built: tuple[Case, SolveInputs, PlanModel],
) -> None:
    case, _, model = built
    mesh, anatomy, field = model.problem.bone.mesh, case.anatomy, case.closed_surface.field
    fracture = case.plans()[PLAN].fracture
    by = 0.4
    big = grown(mesh, field, anatomy, fracture, by, 18.0)
    faces, _ = mesh.boundary_faces()
    on_cut = np.abs(anatomy.distal_cut.distance(mesh.points_mm)) < 1e-3
    assert on_cut.any()
    np.testing.assert_allclose(anatomy.distal_cut.distance(big.points_mm[on_cut]), 0.0, atol=1e-3)
    outer = np.setdiff1d(np.unique(faces), np.flatnonzero(on_cut))
    moved = np.linalg.norm(big.points_mm[outer] - mesh.points_mm[outer], axis=1)
    assert np.median(moved) == pytest.approx(by, rel=0.1)
    area = np.linalg.norm(
        np.cross(*(mesh.points_mm[faces[:, k]] - mesh.points_mm[faces[:, 0]] for k in (1, 2))), axis=1
    )
    more = big.cell_volumes().sum() - mesh.cell_volumes().sum()
    assert more == pytest.approx(by * area.sum() / 2, rel=0.15)
    with pytest.raises(GeometryError):
        grown(mesh, field, anatomy, fracture, 30.0, 18.0)


def test_boundary_sets_are_at_least_three_ways_with_their_patches(
    built: tuple[Case, SolveInputs, PlanModel],
) -> None:
    case, inputs, model = built
    mesh = model.problem.bone.mesh
    sets = {s.name: s for s in boundary_sets(mesh, case.anatomy, inputs.body_weight_kg)}
    assert len(sets) >= 3
    assert len({s.support.name for s in sets.values()}) >= 2
    table = {c.name: c for c in femur_loads(mesh, case.anatomy, inputs.body_weight_kg)}
    ours, theirs = sets["hip_abductor"].load.loads, table["stance_full"].loads
    for a, b in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(a.force_N, b.force_N)
        np.testing.assert_allclose(a.point_mm, b.point_mm)
    muscles = sets["hip_muscles"].load.loads
    assert [r.patch.name for r in muscles] == ["head", *["greater_trochanter"] * 3, "vastus_lateralis"]
    weight = inputs.body_weight_kg * 9.80665
    assert np.linalg.norm(muscles[4].force_N) == pytest.approx(
        weight * np.hypot(np.hypot(0.9, 18.5), 92.9) / 100
    )
    clamp, hinge, pot = (
        sets[n].support.triangles for n in ("hip_only", "hip_abductor_hinged", "hip_abductor_potted")
    )
    assert 0 < len(hinge) < len(clamp) < len(pot)
    assert replace(model.problem.bone, support=sets["hip_only"].support).support.name == "distal_cut"


def test_cells_that_a_shift_would_flatten_go_together(monkeypatch: pytest.MonkeyPatch) -> None:
    base = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0]], float)
    points = np.vstack([base, [[0.3, 0.3, 0.2]]])
    mesh = TetMesh(points, np.array([[0, 1, 2, 3]]), np.ones(1, np.int32), {1: "bone"})
    shift = np.zeros((4, 3))
    shift[3] = [0, 0, -0.17]  # nearly flat
    with monkeypatch.context() as patch:
        patch.setattr(morph, "ROUNDS", 0)
        with pytest.raises(GeometryError):
            morph._shifted(mesh, shift, lambda now: now, "segmentation")
    moved = morph._shifted(mesh, shift, lambda now: now, "segmentation")
    before, after = (scaled_jacobian(m.points_mm, m.corners)[0] for m in (mesh, moved))
    assert after == pytest.approx(before)
    np.testing.assert_allclose(
        (moved.points_mm - mesh.points_mm).mean(axis=0), shift.mean(axis=0)
    )  # on the whole it goes as far
