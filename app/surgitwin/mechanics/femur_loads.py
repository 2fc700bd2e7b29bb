"""Load cases of a femur: stance with the abductor, and the axial case that defines stiffness.

Vectors come from ``resources/load_cases/femur.toml`` as (medial, anterior, proximal); the hip force
acts at the head centre (carried to the head's surface, or to the neck cut when the image has no
head), the abductor on the lateral greater trochanter, and the distal cut is held.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from surgitwin.anatomy.types import FemurAnatomy
from surgitwin.core.arrays import FloatArray
from surgitwin.core.errors import GeometryError, InputError
from surgitwin.core.frame import Frame, Plane, anatomical_to_frame, medial_sign, rotation_about
from surgitwin.core.mesh import TetMesh
from surgitwin.core.resources import load_table
from surgitwin.mechanics.problem import LoadCase, Patch, RemoteLoad

BODY_WEIGHT_RANGE_KG = (2.0, 400.0)
"""Believable body weights; outside it the unit is wrong."""


def femur_loads(mesh: TetMesh, anatomy: FemurAnatomy, body_weight_kg: float) -> tuple[LoadCase, ...]:
    """The load cases of the table, in its order, on the boundary of `mesh` (LPS mm).

    Raises InputError "loads.body_weight", GeometryError "loads.no_patch".
    """
    return _cases(mesh, anatomy, body_weight_kg, _table()["cases"], np.zeros(3), 0.0, "")


def head_variants(
    mesh: TetMesh, anatomy: FemurAnatomy, body_weight_kg: float, case: str
) -> tuple[LoadCase, ...]:
    """`case` with the head centre moved by +/-10 mm medially, anteriorly and proximally.

    Names like "stance_full|head_medial+10". For a head that the image does not show.
    """
    shift = float(_table()["variants"]["head_mm"])
    out: list[LoadCase] = []
    for axis, word in enumerate(("medial", "anterior", "proximal")):
        for sign in (1, -1):
            move = sign * shift * np.eye(3)[axis]
            name = f"|head_{word}{sign * shift:+g}"
            out += _cases(mesh, anatomy, body_weight_kg, _rows(case), move, 0.0, name)
    return tuple(out)


def torsion_variants(
    mesh: TetMesh, anatomy: FemurAnatomy, body_weight_kg: float, case: str
) -> tuple[LoadCase, ...]:
    """`case` for a torsion 15 degrees larger and smaller than assumed, names like "stance_full|torsion+15".

    The neck is where the image shows it; what an unknown torsion leaves open is the direction of
    anterior. A larger torsion turns the true frame, and with it the forces, back about the shaft.
    """
    angle = float(_table()["variants"]["torsion_deg"])
    out: list[LoadCase] = []
    for sign in (1, -1):
        name = f"|torsion{sign * angle:+g}"
        out += _cases(mesh, anatomy, body_weight_kg, _rows(case), np.zeros(3), sign * angle, name)
    return tuple(out)


def _rows(case: str) -> dict[str, Any]:
    return {case: _table()["cases"][case]}


def proximal_patch(mesh: TetMesh, anatomy: FemurAnatomy) -> Patch:
    """Where the hip force enters: the neck cut, or the cap of the head that looks against the force."""
    if anatomy.proximal_cut is not None:
        return _cut_patch(mesh, anatomy.proximal_cut, "neck_cut")
    faces, centre, normal = _faces(mesh)
    head = anatomy.landmarks["head_centre"].point_mm
    settings = _table()["patches"]
    force = _vector_lps(anatomy.frame, anatomy.side, _table()["vectors"]["stance"]["hip"])
    away = centre - head
    near = np.linalg.norm(away, axis=1) <= settings["head_beyond"] * anatomy.head_radius_mm
    cap = -(normal @ force) / np.linalg.norm(force) >= np.cos(np.radians(settings["head_cap_deg"]))
    return _patch("head", faces[near & cap], "the femoral head")


def trochanter_patch(mesh: TetMesh, anatomy: FemurAnatomy) -> Patch:
    """Lateral surface of the greater trochanter (abductor)."""
    faces, centre, normal = _faces(mesh)
    settings = _table()["patches"]
    tip = anatomy.landmarks["greater_trochanter_tip"].point_mm
    lateral = -_vector_lps(anatomy.frame, anatomy.side, [1.0, 0.0, 0.0])
    near = np.linalg.norm(centre - tip, axis=1) <= settings["trochanter_radius_mm"]
    return _patch(
        "greater_trochanter",
        faces[near & (normal @ lateral >= settings["lateral_cosine"])],
        "the lateral greater trochanter",
    )


def distal_support(mesh: TetMesh, anatomy: FemurAnatomy) -> Patch:
    """The distal cut, which is held."""
    return _cut_patch(mesh, anatomy.distal_cut, "distal_cut")


def _cases(
    mesh: TetMesh,
    anatomy: FemurAnatomy,
    body_weight_kg: float,
    rows: dict[str, Any],
    head_shift: FloatArray,
    torsion_deg: float,
    suffix: str,
) -> tuple[LoadCase, ...]:
    low, high = BODY_WEIGHT_RANGE_KG
    if not low <= body_weight_kg <= high:
        raise InputError(
            "loads.body_weight",
            f"A body weight of {body_weight_kg} kg is not believable.",
            hint="Give the body weight in kg.",
            where="body weight",
        )
    table, frame, side = _table(), anatomy.frame, anatomy.side
    z = frame.axes[:, 2]
    turn = rotation_about(z, np.radians(-medial_sign(side) * torsion_deg))
    head = anatomy.landmarks["head_centre"].point_mm + _vector_lps(frame, side, head_shift)
    proximal = proximal_patch(mesh, anatomy)
    weight_N = body_weight_kg * float(table["gravity_m_s2"]["value"])
    out = []
    for name, row in rows.items():
        if "force_N" in row:
            line = anatomy.landmarks["distal_centre"].point_mm - head
            force = float(row["force_N"]) * line / np.linalg.norm(line)
            out.append(LoadCase(name + suffix, (RemoteLoad(proximal, head, force),)))
            continue
        scale = float(row["fraction"]) * weight_N / 100.0
        stance = table["vectors"]["stance"]
        hip, abductor = (turn @ _vector_lps(frame, side, stance[k]) * scale for k in ("hip", "abductor"))
        trochanter = trochanter_patch(mesh, anatomy)
        at = _centroid(mesh, trochanter)
        loads = (RemoteLoad(proximal, head, hip), RemoteLoad(trochanter, at, abductor))
        out.append(LoadCase(name + suffix, loads))
    return tuple(out)


def _table() -> dict[str, Any]:
    return load_table("load_cases/femur")


def _vector_lps(frame: Frame, side: Any, medial_anterior_proximal: npt.ArrayLike) -> FloatArray:
    return frame.vector_to_lps(anatomical_to_frame(medial_anterior_proximal, side))


def _faces(mesh: TetMesh) -> tuple[Any, FloatArray, FloatArray]:
    """Boundary triangles (f, 3), their centres and outward unit normals (f, 3)."""
    faces, _ = mesh.boundary_faces()
    a, b, c = (mesh.points_mm[faces[:, n]] for n in range(3))
    normal = np.cross(b - a, c - a)
    return faces, (a + b + c) / 3, normal / np.linalg.norm(normal, axis=1, keepdims=True)


def _cut_patch(mesh: TetMesh, plane: Plane, name: str) -> Patch:
    faces, _, normal = _faces(mesh)
    tolerance = float(_table()["patches"]["cut_distance_mm"])
    flat = (np.abs(plane.distance(mesh.points_mm[faces])) <= tolerance).all(axis=1)
    return _patch(name, faces[flat & (normal @ plane.normal > 0.9)], "the cut plane")


def _patch(name: str, triangles: Any, what: str) -> Patch:
    if not len(triangles):
        raise GeometryError(
            "loads.no_patch",
            f"The bone mesh has no surface at {what}.",
            hint="Check side, landmarks and cuts of the anatomy, or mesh more finely.",
            where=name,
        )
    return Patch(name, triangles)


def _centroid(mesh: TetMesh, patch: Patch) -> FloatArray:
    x = mesh.points_mm[patch.triangles]
    area = np.linalg.norm(np.cross(x[:, 1] - x[:, 0], x[:, 2] - x[:, 0]), axis=1)
    out: FloatArray = (area[:, None] * x.mean(axis=1)).sum(axis=0) / area.sum()
    return out
