"""What a flow run returns: fields at the nodes, wall measures, outlet histories, and the facts of the run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from surgitwin.core.arrays import FloatArray, IntArray


@dataclass(frozen=True, eq=False)
class WallShear:
    """Shear traction of the fluid on a wall: facets (f, c) corner nodes, nodes (w,) of the wall.

    traction_Pa (w, d) at the nodes; mean_Pa: average of its length over the wall area.
    """

    nodes: IntArray
    facets: IntArray
    traction_Pa: FloatArray
    mean_Pa: float


@dataclass(frozen=True, eq=False)
class Snapshot:
    """One instant: velocity (n, d) m/s and pressure (n,) Pa at the mesh *corner and mid-side* nodes.

    outflow_m3_s: flow out of every boundary that is not wall or symmetry (m2/s in planar 2D);
    pressure_Pa: area average on the same boundaries; force: boundary -> (d,) N on it (N/m in planar 2D);
    probes: (k, d + 1) velocity and pressure; wall: boundary -> WallShear.
    """

    time_s: float
    velocity_m_s: FloatArray
    pressure_Pa: FloatArray
    outflow_m3_s: Mapping[str, float]
    mean_pressure_Pa: Mapping[str, float]
    force: Mapping[str, FloatArray]
    probes: FloatArray
    wall: Mapping[str, WallShear]


@dataclass(frozen=True, eq=False)
class FlowResult:
    """All kept instants (the last one is the steady state) and the facts.

    history: name -> (steps,) series at every step: "time_s", "flow.NAME", "pressure.NAME".
    facts: reynolds, unknowns, mass_imbalance (|sum of flows| / largest flow), residual (relative, of the last
    solve), newton_iterations, linear_iterations, seconds, cells, element, solver, continuation_steps.
    """

    name: str
    snapshots: tuple[Snapshot, ...]
    history: Mapping[str, FloatArray]
    facts: dict[str, Any]

    @property
    def last(self) -> Snapshot:
        """The last instant."""
        return self.snapshots[-1]

    def pressure_drop_Pa(self, upstream: str, downstream: str) -> float:
        """Difference of the area-averaged pressures of two boundaries at the last instant."""
        mean = self.last.mean_pressure_Pa
        return mean[upstream] - mean[downstream]
