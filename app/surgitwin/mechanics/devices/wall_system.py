"""A vessel's wall as equations: energy, forces and tangent of its nodes."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp

from surgitwin.core.arrays import FloatArray, IntArray
from surgitwin.core.errors import InputError
from surgitwin.core.wall import WallMesh
from surgitwin.mechanics import tet10
from surgitwin.mechanics.devices import wall_kernel
from surgitwin.mechanics.devices.pattern import Pattern, upper_values
from surgitwin.mechanics.devices.problem import Deployment
from surgitwin.mechanics.quadrature import tet_rule, triangle_rule

HELD = 1e3
"""Numerical setting: springs that hold the cut ends, in largest shear modulus times element size."""


class WallSystem:
    """Forces are gradients of the energy with respect to node places, N."""

    def __init__(self, task: Deployment) -> None:
        """Raises InputError "wall.no_material" when a layer has none."""
        wall = self.mesh = task.wall
        self.mu, self.c2, self.kappa = materials(task)
        points, rule = tet_rule(2)
        nodes = wall.points_mm[wall.cells]
        jacobian = tet10.jacobian(nodes, points)
        self.weights = np.ascontiguousarray(np.linalg.det(jacobian) * rule)
        inverse = np.linalg.inv(jacobian)
        gradient = np.einsum("qai,mqij->mqaj", tet10.shape_gradient(points), inverse)
        self.grads = np.ascontiguousarray(gradient)
        self.cells = np.ascontiguousarray(wall.cells)
        self.springs = _springs(task, float(self.mu.max()))
        self.volume_mm3 = float(self.weights.sum())

    def forces(self, x: FloatArray) -> tuple[FloatArray, float, float]:
        """Gradient (n, 3), energy and least J at places x (n, 3)."""
        force = np.zeros_like(x)
        energy, least = wall_kernel.residual(
            x, self.cells, self.grads, self.weights, self.mu, self.c2, self.kappa, force
        )
        u = (x - self.mesh.points_mm).ravel()
        held = self.springs @ u
        return force + held.reshape(-1, 3), energy + 0.5 * float(u @ held), least

    def tangent(self, x: FloatArray, p: FloatArray, pattern: Pattern, data: FloatArray) -> None:
        """Adds the tangent at places x with pressures p (cells, 4) to `data`."""
        wall_kernel.tangent(
            x, self.cells, self.grads, self.weights, self.mu, self.c2, self.kappa, p, pattern.cells, data
        )

    def spring_values(self, pattern: Pattern) -> FloatArray:
        """Values of foundation and end springs at the places of the pattern."""
        return upper_values(pattern, self.springs)

    def pressure(self, x: FloatArray, step: FloatArray | None = None) -> FloatArray:
        """(cells, 4) pressures after `step` (n, 3) from places x; of x itself without one."""
        p = np.empty((len(self.cells), wall_kernel.POINTS))
        moved = np.zeros_like(x) if step is None else step
        wall_kernel.pressure_step(x, moved, self.cells, self.grads, self.kappa, p)
        return p


def materials(task: Deployment) -> tuple[FloatArray, FloatArray, FloatArray]:
    """mu, c2 and kappa (m,) MPa of the cells: of the layer and of calcium by its share."""
    wall = task.wall
    missing = [name for name in wall.layers if name not in task.materials]
    if missing:
        raise InputError(
            "wall.no_material",
            f"The wall's layer {missing[0]} has no material.",
            hint="Give a material for each of: " + ", ".join(wall.layers) + ".",
            where=task.name,
        )
    rows = [task.materials[name] for name in wall.layers]
    own = np.array([(r.mu_MPa, r.c2_MPa, r.kappa_ratio * r.mu_MPa) for r in rows])[wall.layer]
    c = task.calcium
    hard = np.array([c.mu_MPa, c.c2_MPa, c.kappa_ratio * c.mu_MPa])
    mixed = own + wall.calcium[:, None] * (hard - own)
    mu, c2, kappa = (np.ascontiguousarray(column) for column in mixed.T)
    return mu, c2, kappa


def face_weights(points_mm: FloatArray, faces: IntArray) -> tuple[FloatArray, FloatArray]:
    """Shape functions (q, 6) at the points of the degree-4 rule and areas (f, q) mm2 that they stand for."""
    points, rule = triangle_rule()
    slope = np.einsum("qai,fak->fqik", tet10.triangle_shape_gradient(points), points_mm[faces])
    area = np.linalg.norm(np.cross(slope[:, :, 0], slope[:, :, 1]), axis=2) * rule
    return tet10.triangle_shape(points), area


def _springs(task: Deployment, mu: float) -> sp.csr_matrix:
    """Foundation on the outer surface, and stiff springs at the ends: along the vessel, or all ways."""
    wall = task.wall
    n = len(wall.points_mm)
    N, area = face_weights(wall.points_mm, wall.outer)
    mass = np.einsum("fq,qa,qb->fab", area, N, N) * task.foundation_MPa_per_mm
    rows, cols = np.repeat(wall.outer, 6, axis=1).ravel(), np.tile(wall.outer, (1, 6)).ravel()
    soft = sp.kron(sp.csr_matrix((mass.ravel(), (rows, cols)), shape=(n, n)), np.eye(3), format="csr")
    size = float(np.sqrt(np.median(face_weights(wall.points_mm, wall.lumen)[1].sum(1)) * 2))
    blocks = np.repeat(np.eye(3)[None], len(wall.ends), axis=0)
    if task.ends == "axial":
        along = end_directions(wall)
        blocks = along[:, :, None] * along[:, None, :]
    at = 3 * wall.ends[:, None, None] + np.arange(3)
    i = np.broadcast_to(at.transpose(0, 2, 1), blocks.shape)
    j = np.broadcast_to(at, blocks.shape)
    hard = sp.csr_matrix((HELD * mu * size * blocks.ravel(), (i.ravel(), j.ravel())), shape=(3 * n, 3 * n))
    return (soft + hard).tocsr()


def end_directions(wall: WallMesh) -> FloatArray:
    """(k, 3) direction of the vessel at each node of `wall.ends`: across the plane of its cut."""
    s = wall.lumen_s_mm[wall.ends]
    middle = np.nanmean(wall.lumen_s_mm)
    points = wall.points_mm[wall.ends]
    lumen = np.isfinite(s)
    first, last = points[lumen & (s < middle)], points[lumen & (s > middle)]
    out = np.empty_like(points)
    to_first = np.linalg.norm(points - first.mean(0), axis=1)
    near = to_first < np.linalg.norm(points - last.mean(0), axis=1)
    for mask in (near, ~near):
        group = points[mask]
        _, _, axes = np.linalg.svd(group - group.mean(0), full_matrices=False)
        out[mask] = axes[2]
    return out
