"""Memory that a solution will need, told before anything is assembled.

Measured as peak resident memory above that of the loaded program, on tubes of quadratic tetrahedra of
36,000 to 1,013,000 unknowns, one process (tests/benchmarks/bench_solver.py, 22 November 2026). Bodies that
are not slender fill a factorisation more: an estimate within a factor of two. Plane models: squares of
quadratic triangles of 81,000 and 389,000 unknowns (3080 and 3145 bytes an unknown with MUMPS, same day).
Flow: hexahedra of 25,000 to 90,000 unknowns (0.6 to 2 GB), unsymmetric factors with pressure.
"""

from __future__ import annotations

import psutil

from surgitwin.core.errors import SolverError

PROGRAM_MB = 230.0
"""The loaded program, each process."""
CG_BYTES = 620.0
"""Bytes an unknown: mesh, spaces, cell table, linear level and its aggregates, vectors of one load."""
RANK_BYTES = 200.0
"""Bytes an unknown for each further process: every one keeps the mesh and the linear level."""
LOAD_BYTES = 100.0
"""Bytes an unknown for each further load of a block."""
BLOCK = 8
"""Most loads that are solved together."""
MATRIX_BYTES = 1900.0
"""Bytes an unknown of the cycle on assembled matrices (contact, rigid patches, 14-point stiffness)."""
DIRECT_BYTES = 2000.0
FILL_BYTES = 127.0
"""MUMPS: bytes an unknown, and bytes times the unknowns to the power of 4/3 (nested dissection in 3D)."""
PLANE_BYTES = 3150.0
"""MUMPS in 2D: bytes an unknown, where factors grow hardly faster than the unknowns."""
FLOW_FILL_BYTES = 2e9 / 90_000 ** (4 / 3)
FLOW_PLANE_BYTES = 4000.0
"""The same of flow problems: everything in 3D, and bytes an unknown in 2D."""
METHODS = ("cg", "cg-assembled", "mumps", "mumps-flow")


def memory_MB(unknowns: int, method: str, loads: int = 1, processes: int = 1, dimension: int = 3) -> float:
    """Peak resident memory, MB, of all processes together; ValueError for another method than METHODS.

    method: "cg" (matrix-free), "cg-assembled", "mumps" (solids) or "mumps-flow". loads: independent ones.
    dimension: of the mesh, 2 or 3; the fill of factors depends on it.
    """
    if method == "cg":
        each = CG_BYTES + LOAD_BYTES * (min(loads, BLOCK) - 1) + 24.0 * max(loads - BLOCK, 0)
        variable = (each + RANK_BYTES * (processes - 1)) * unknowns
    elif method == "cg-assembled":
        variable = (MATRIX_BYTES + 24.0 * loads) * unknowns
    elif method == "mumps":
        factors = PLANE_BYTES if dimension == 2 else DIRECT_BYTES + FILL_BYTES * unknowns ** (1 / 3)
        variable = (factors + 24.0 * loads) * unknowns
    elif method == "mumps-flow":
        factors = FLOW_PLANE_BYTES if dimension == 2 else FLOW_FILL_BYTES * unknowns ** (1 / 3)
        variable = factors * unknowns
    else:
        raise ValueError(f"no estimate for {method!r}; there are {', '.join(METHODS)}")
    return PROGRAM_MB * processes + variable / 1e6


def free_MB() -> float:
    """Memory that this machine can still give, MB."""
    return float(psutil.virtual_memory().available) / 1e6


def require_memory(
    unknowns: int,
    method: str,
    loads: int = 1,
    processes: int = 1,
    where: str = "",
    free: float | None = None,
    dimension: int = 3,
) -> float:
    """The estimate, MB; SolverError "solver.too_large" when it is more than `free` (None: asked)."""
    need = memory_MB(unknowns, method, loads, processes, dimension)
    have = free_MB() if free is None else free
    if need > have:
        less = ' or solve with the method "cg"' if method == "mumps" else ""
        raise SolverError(
            "solver.too_large",
            f"{unknowns} unknowns need about {need:.0f} MB ({method}); {have:.0f} MB are free.",
            hint=f"Use larger elements{less}, close other programs, or use a machine with more memory.",
            where=where,
        )
    return need
