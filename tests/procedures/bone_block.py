"""A block of bone with a gap whose displacement is prescribed, so that every answer is known."""

from itertools import permutations

import numpy as np
from synthetic_femur import femur

from surgitwin.core.frame import Plane
from surgitwin.core.mesh import TetMesh
from surgitwin.core.plan import Fracture, PlacedImplant, Plan
from surgitwin.mechanics.problem import Bone, LoadSolution, Patch, Solution
from surgitwin.procedures import Solved

STAGE = "claes_heigele.initial_connective"
AT, GAP_MM, MODULUS = -100.0, 4.0, 17000.0


def lattice(size, low, high):
    """Linear tets (six per cube, positive) that fill a box; all corners on multiples of `size`."""
    axes = [np.arange(a, b + 1e-9, size) for a, b in zip(low, high, strict=True)]
    n = [len(a) for a in axes]
    points = np.stack(np.meshgrid(*axes, indexing="ij"), -1).reshape(-1, 3)
    at = np.stack(np.meshgrid(*(np.arange(k - 1) for k in n), indexing="ij"), -1).reshape(-1, 3)
    stride = np.array([n[1] * n[2], n[2], 1])
    base = at @ stride
    cells = []
    for order in permutations(range(3)):
        path = [np.zeros(3, int)]
        for axis in order:
            path.append(path[-1] + np.eye(3, dtype=int)[axis])
        corner = [base + p @ stride for p in path]
        odd = np.linalg.det(np.eye(3)[list(order)]) < 0
        cells.append(np.column_stack([corner[0], corner[2], corner[1], corner[3]] if odd else corner))
    return points, np.vstack(cells)


def block():
    """Context, plan and bone: a 28 mm block along the shaft with a 4 mm gap part at z = -100."""
    context = femur("left")
    frame = context.anatomy.frame
    points, cells = lattice(4.0, [-14, -2, -138], [14, 26, -62])
    z = points[cells][:, :, 2].mean(axis=1)
    part = np.where(np.abs(z - AT) < GAP_MM / 2, 2, 1)
    mesh = TetMesh(frame.to_lps(points), cells, part, {1: "bone", 2: "gap"}).with_midside_nodes()
    assert mesh.cell_volumes().min() > 0
    plane = Plane(frame.to_lps([0, 12, AT]), frame.vector_to_lps([0, 0, 1.0]))
    fracture = Fracture(plane, GAP_MM, STAGE, virtual=True)
    pose = frame.matrix @ np.array([[-1.0, 0, 0, -20], [0, -1, 0, 12], [0, 0, 1, AT], [0, 0, 0, 1]])
    holes = {"screw": "screw-locking-5.0", "holes": [1, 8], "lengths_mm": [50.0, 50.0]}
    plan = Plan("fracture_fixation", "p", "left", fracture, (PlacedImplant("plate-narrow-08", pose, holes),))
    m = len(mesh.cells)
    faces, _ = mesh.boundary_faces()
    intact = Bone(mesh, np.full((m, 4), MODULUS), np.full(m, 0.3), np.ones(m, bool), Patch("s", faces[:2]))
    return context, plan, intact


def solved(context, bone, displacement, name="stance_full", force=(0, 0, -1000.0), moved=(0, 0, -2.0)):
    frame = context.anatomy.frame
    load = LoadSolution(
        name=name,
        bone_displacement_mm=displacement,
        implant_displacement_mm=(),
        applied_N=frame.vector_to_lps(force),
        reaction_N=-frame.vector_to_lps(force),
        moment_imbalance=0.0,
        remote_displacement_mm=frame.vector_to_lps(moved),
        remote_rotation_rad=np.zeros(3),
        energy_mJ=1.0,
        iterations=1,
        rel_residual=0.0,
        solve_s=0.0,
    )
    return Solved(Solution(bone.mesh, (), (load,), {}), bone)


def halves(context, mesh, shift, turn):
    """The part above the gap moves rigidly (small rotation), the part below stays, the gap follows."""
    local = context.anatomy.frame.from_lps(mesh.points_mm)
    share = np.clip((local[:, 2] - AT + GAP_MM / 2) / GAP_MM, 0, 1)
    u = share[:, None] * (np.asarray(shift) + np.cross(turn, local - [0, 12, AT]))
    return context.anatomy.frame.vector_to_lps(u)
