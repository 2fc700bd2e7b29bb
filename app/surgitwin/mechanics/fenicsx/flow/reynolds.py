"""The Reynolds number of a run and the openings that it is made with."""

from __future__ import annotations

import numpy as np

from surgitwin.mechanics.fenicsx.flow.equations import Equations
from surgitwin.mechanics.flow.problem import FlowProblem


def reynolds(problem: FlowProblem, eq: Equations, flows: dict[str, float]) -> float:
    """rho U L / mu: U the given speed, else the largest mean velocity of the open boundaries (of all in a
    closed box); L the given length, else the hydraulic diameter of that boundary (the mesh's extent)."""
    length, speed = problem.reference_length_m, 0.0
    for name, flow in flows.items():
        area, rim = opening(problem, name)
        if abs(flow) / area > speed * (1 + 1e-12):
            speed = abs(flow) / area
            length = problem.reference_length_m or 4 * area / rim
    if speed <= 1e-9 * float(np.abs(eq.velocity()).max(initial=0.0)):
        speed = float(np.abs(eq.velocity()).max(initial=0.0))
        length = problem.reference_length_m or float(np.ptp(problem.mesh.points_m, axis=0).max())
    speed = problem.reference_speed_m_s or speed
    return problem.fluid.density_kg_m3 * speed * length / problem.fluid.law.reference_Pas


def opening(problem: FlowProblem, name: str) -> tuple[float, float]:
    """Area and wetted rim of a straight-sided cap: 3D m2 and m; planar 2D m and 2 (two walls); axisymmetric
    the full circle from the largest radius."""
    mesh = problem.mesh
    facets = mesh.boundaries[name]
    x = mesh.points_m[facets]
    if mesh.dim == 2:
        if problem.axisymmetric:
            low, high = float(x[..., 1].min()), float(x[..., 1].max())
            return np.pi * (high**2 - low**2), 2 * np.pi * high
        return float(np.linalg.norm(x[:, 1] - x[:, 0], axis=1).sum()), 2.0
    centre = x.mean(axis=1, keepdims=True)
    spokes, following = x - centre, np.roll(x, -1, axis=1) - centre
    area = float(np.linalg.norm(np.cross(spokes, following), axis=2).sum() / 2)
    corners = facets.shape[1]
    edges = np.sort(np.concatenate([facets[:, [k, (k + 1) % corners]] for k in range(corners)]), axis=1)
    unique, count = np.unique(edges, axis=0, return_counts=True)
    ends = mesh.points_m[unique[count == 1]]
    return area, float(np.linalg.norm(ends[:, 1] - ends[:, 0], axis=1).sum())
