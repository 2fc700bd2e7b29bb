"""The Reynolds number of a run and the openings that it is made with."""

from __future__ import annotations

import numpy as np
from dolfinx import fem

from surgitwin.core.arrays import FloatArray, IntArray
from surgitwin.mechanics.fenicsx.flow.domain import scalar
from surgitwin.mechanics.fenicsx.flow.equations import Equations
from surgitwin.mechanics.flow.mesh import FlowMesh, node_corners
from surgitwin.mechanics.flow.problem import FlowProblem


def reynolds(problem: FlowProblem, eq: Equations, flows: dict[str, float]) -> float:
    """rho U L / mu: U the given speed, else the largest mean velocity of the open boundaries (of all in a
    closed box); L the given length, else the hydraulic diameter of that boundary (the mesh's extent)."""
    length, speed = problem.reference_length_m, 0.0
    for name, flow in flows.items():
        area, rim = opening(problem, name, eq)
        if abs(flow) / area > speed * (1 + 1e-12):
            speed = abs(flow) / area
            length = problem.reference_length_m or 4 * area / rim
    if speed <= 1e-9 * float(np.abs(eq.velocity()).max(initial=0.0)):
        speed = float(np.abs(eq.velocity()).max(initial=0.0))
        length = problem.reference_length_m or float(np.ptp(problem.mesh.points_m, axis=0).max())
    speed = problem.reference_speed_m_s or speed
    return problem.fluid.density_kg_m3 * speed * length / problem.fluid.law.reference_Pas


def opening(problem: FlowProblem, name: str, eq: Equations) -> tuple[float, float]:
    """Area and wetted rim of a cap, along the curved edges of the cells: 3D m2 and m; planar 2D m and 2 (two
    walls); axisymmetric the full circle from the largest radius."""
    mesh = problem.mesh
    facets = mesh.boundaries[name]
    if mesh.dim == 2:
        x = mesh.points_m[facets]
        if problem.axisymmetric:
            low, high = float(x[..., 1].min()), float(x[..., 1].max())
            return np.pi * (high**2 - low**2), 2 * np.pi * high
        return float(np.linalg.norm(x[:, 1] - x[:, 0], axis=1).sum()), 2.0
    area = scalar(eq.weight * fem.Constant(eq.domain.mesh, 1.0) * eq.on(name))
    corners = facets.shape[1]
    edges = np.sort(np.concatenate([facets[:, [k, (k + 1) % corners]] for k in range(corners)]), axis=1)
    unique, count = np.unique(edges, axis=0, return_counts=True)
    return area, float(lengths(mesh, unique[count == 1]).sum())


def lengths(mesh: FlowMesh, edges: IntArray) -> FloatArray:
    """(e,) m of the edges (e, 2) between corner nodes: parabolas through middle nodes if there are any."""
    a, b = mesh.points_m[edges[:, 0]], mesh.points_m[edges[:, 1]]
    middle: FloatArray = 0.5 * (a + b)
    if mesh.cell.order == 2:
        local = [(k, *pair) for k, pair in enumerate(node_corners(mesh.kind)) if len(pair) == 2]
        nodes = np.concatenate([mesh.cells[:, list(row)] for row in local])
        ends = np.sort(nodes[:, 1:], axis=1)
        at = {tuple(pair): k for pair, k in zip(ends.tolist(), nodes[:, 0].tolist(), strict=True)}
        middle = mesh.points_m[[at[tuple(pair)] for pair in np.sort(edges, axis=1).tolist()]]
    points, weights = np.polynomial.legendre.leggauss(6)
    # x(s) = (a + b) / 2 s^2 - m s^2 + (b - a) / 2 s + m on -1..1
    speed = (b - a)[:, None] / 2 + points[None, :, None] * (a + b - 2 * middle)[:, None]
    out: FloatArray = np.linalg.norm(speed, axis=2) @ weights
    return out
