"""Fields of a flow run as VTK files (metres, m/s, Pa) for ParaView and the viewer."""

from __future__ import annotations

from pathlib import Path

import meshio
import numpy as np

from surgitwin.core.arrays import FloatArray
from surgitwin.core.errors import StorageError
from surgitwin.mechanics.flow.problem import FlowProblem
from surgitwin.mechanics.flow.read_mesh import VOLUME
from surgitwin.mechanics.flow.result import FlowResult, Snapshot

MESHIO_NAME = {ours: theirs for theirs, ours in VOLUME.items()}


def write_fields(problem: FlowProblem, result: FlowResult, folder: Path) -> list[Path]:
    """One `flow-0001.vtu` per kept instant: velocity, pressure, wall shear (0 inside). Returns the files.

    Raises StorageError "flow.write".
    """
    paths = []
    for number, snapshot in enumerate(result.snapshots, start=1):
        path = folder / f"flow-{number:04d}.vtu"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            _mesh(problem, snapshot).write(path)
        except OSError as error:
            raise StorageError(
                "flow.write",
                f"{path.name} could not be written: {error.strerror or error}.",
                hint="Check the folder and the space on the disk.",
                where=str(path),
            ) from error
        paths.append(path)
    return paths


def _mesh(problem: FlowProblem, snapshot: Snapshot) -> meshio.Mesh:
    mesh, shear = problem.mesh, np.zeros((len(problem.mesh.points_m), 3))
    for wall in snapshot.wall.values():
        shear[wall.nodes, : mesh.dim] = wall.traction_Pa
    fields = {
        "velocity_m_s": _three(snapshot.velocity_m_s),
        "pressure_Pa": snapshot.pressure_Pa,
        "wall_shear_Pa": shear,
    }
    return meshio.Mesh(_three(mesh.points_m), [(MESHIO_NAME[mesh.kind], mesh.cells)], point_data=fields)


def _three(values: FloatArray) -> FloatArray:
    out = np.zeros((len(values), 3))
    out[:, : values.shape[1]] = values
    return out
