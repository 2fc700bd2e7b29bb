"""Femur load cases: directions on both sides, patches, fractions, variants, and the sign test."""

from __future__ import annotations

import numpy as np
import pytest

from mechanics.mechanics_cases import bone_of, tube
from surgitwin.anatomy.types import FemurAnatomy, Landmark
from surgitwin.core.errors import GeometryError, InputError
from surgitwin.core.frame import Frame, Plane, frame_to_anatomical, rotation_about
from surgitwin.core.mesh import TetMesh
from surgitwin.mechanics.femur_loads import (
    distal_support,
    femur_loads,
    head_variants,
    torsion_variants,
)
from surgitwin.mechanics.problem import Problem

TURN = rotation_about([1, 2, 3], 0.7)
SHIFT = np.array([30.0, -40.0, 200.0])


def anatomy_of(side, frame, landmarks, distal, proximal):
    return FemurAnatomy(
        side=side, frame=frame, landmarks=landmarks, distal_cut=distal, proximal_cut=proximal, stations=(),
        head_radius_mm=24.0, torsion_deg=14.0, torsion_estimated=True, side_confidence="sure",
    )  # fmt: skip


def straight_femur(side="left"):
    """A tube as a shaft, turned in space, with landmarks where a femur has them."""
    mesh = tube(7, 14, 120, (2, 24, 15))
    frame = Frame(TURN @ [0, 0, 100] + SHIFT, TURN)
    mesh = TetMesh(mesh.points_mm @ TURN.T + SHIFT, mesh.cells, mesh.part)
    medial = 1 if side == "left" else -1

    def mark(x, y, z, estimated=False):
        return Landmark(frame.to_lps([x, y, z]), estimated, "test")

    landmarks = {
        "head_centre": mark(medial * 43, 10, 43, True),
        "lesser_trochanter": mark(medial * 14, 0, 0),
        "greater_trochanter_tip": mark(-medial * 14, 0, 15),
        "distal_centre": mark(0, 0, -100),
    }
    down = Plane(frame.to_lps([0, 0, -100]), -TURN[:, 2])
    up = Plane(frame.to_lps([0, 0, 20]), TURN[:, 2])
    return mesh, anatomy_of(side, frame, landmarks, down, up)


@pytest.mark.parametrize("side", ["left", "right"])
def test_stance_vectors_in_anatomical_directions(side):
    mesh, anatomy = straight_femur(side)
    cases = {c.name: c for c in femur_loads(mesh, anatomy, 70.0)}
    assert list(cases) == ["stance_full", "stance_partial", "toe_touch", "axial"]
    weight = 70 * 9.80665
    hip, abductor = cases["stance_full"].loads
    local = frame_to_anatomical(anatomy.frame.vector_from_lps(hip.force_N), side)
    assert local == pytest.approx(np.array([-0.54, -0.328, -2.292]) * weight)
    local = frame_to_anatomical(anatomy.frame.vector_from_lps(abductor.force_N), side)
    assert local == pytest.approx(np.array([0.58, 0.043, 0.865]) * weight)
    assert np.allclose(hip.point_mm, anatomy.landmarks["head_centre"].point_mm)
    assert np.allclose(cases["stance_partial"].loads[0].force_N, hip.force_N / 2)
    axial = cases["axial"].loads[0]
    line = anatomy.landmarks["distal_centre"].point_mm - axial.point_mm
    assert np.linalg.norm(axial.force_N) == pytest.approx(1000)
    assert np.allclose(np.cross(axial.force_N, line), 0, atol=1e-6)
    assert axial.force_N @ line > 0
    # the abductor acts on the lateral side
    x = anatomy.frame.from_lps(mesh.points_mm[abductor.patch.triangles].mean(axis=(0, 1)))
    assert frame_to_anatomical(x, side)[0] < -5


def test_head_variants_move_the_head_only():
    mesh, anatomy = straight_femur()
    base = femur_loads(mesh, anatomy, 70.0)[0]
    variants = {c.name: c for c in head_variants(mesh, anatomy, 70.0, "stance_full")}
    assert len(variants) == 6
    moved = variants["stance_full|head_medial+10"].loads[0]
    shift = moved.point_mm - base.loads[0].point_mm
    assert anatomy.frame.vector_from_lps(shift) == pytest.approx([10, 0, 0])
    assert moved.force_N == pytest.approx(base.loads[0].force_N)


@pytest.mark.parametrize("side", ["left", "right"])
def test_torsion_variants_turn_the_forces_alike_on_both_sides(side):
    mesh, anatomy = straight_femur(side)
    base = femur_loads(mesh, anatomy, 70.0)[0].loads[0]
    variants = {c.name: c for c in torsion_variants(mesh, anatomy, 70.0, "stance_full")}
    assert set(variants) == {"stance_full|torsion+15", "stance_full|torsion-15"}
    turned = variants["stance_full|torsion+15"].loads[0]
    assert turned.point_mm == pytest.approx(base.point_mm), "the head is where the image shows it"
    a, b = (frame_to_anatomical(anatomy.frame.vector_from_lps(f.force_N), side) for f in (base, turned))
    assert b[2] == pytest.approx(a[2])
    angle = np.degrees(np.arctan2(b[1], b[0]) - np.arctan2(a[1], a[0]))
    assert (angle + 180) % 360 - 180 == pytest.approx(-15), "towards retroversion, whatever the side"


@pytest.mark.parametrize("side", ["left", "right"])
def test_medial_cortex_is_compressed_and_lateral_stretched(side):
    pytest.importorskip("dolfinx_solver")
    from surgitwin.mechanics.fenicsx import solve
    from surgitwin.mechanics.postprocess import cell_strain

    mesh, anatomy = straight_femur(side)
    bone = bone_of(mesh)
    bone = type(bone)(mesh, bone.modulus_MPa, bone.poisson, bone.tie_mask, distal_support(mesh, anatomy), 2)
    full = femur_loads(mesh, anatomy, 70.0)[:1]
    s = solve([Problem("stance", bone, (), full)])[0]
    strain = cell_strain(s.bone_mesh, s.loads[0].bone_displacement_mm, [[0.25, 0.25, 0.25]])[:, 0]
    z = anatomy.frame.axes[:, 2]
    axial = np.einsum("i,mij,j->m", z, strain, z)
    x = frame_to_anatomical(anatomy.frame.from_lps(mesh.points_mm[mesh.corners].mean(axis=1)), side)
    middle = np.abs(x[:, 2] + 40) < 20
    assert axial[middle & (x[:, 0] > 9)].max() < 0
    assert axial[middle & (x[:, 0] < -9)].min() > 0
    # reaction moment about the support equals r x F of the applied forces
    assert s.loads[0].moment_imbalance < 1e-6


def test_missing_patch_and_unbelievable_weight_are_refused():
    mesh, anatomy = straight_femur()
    with pytest.raises(InputError) as error:
        femur_loads(mesh, anatomy, 70000.0)
    assert error.value.code == "loads.body_weight"
    away = Plane(anatomy.distal_cut.point_mm + 5, anatomy.distal_cut.normal)
    elsewhere = anatomy_of("left", anatomy.frame, anatomy.landmarks, away, None)
    with pytest.raises(GeometryError) as geometry:
        distal_support(mesh, elsewhere)
    assert geometry.value.code == "loads.no_patch"
