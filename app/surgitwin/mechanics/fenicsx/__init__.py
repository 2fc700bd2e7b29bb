"""The solver: DOLFINx, PETSc and MPI live here and nowhere else."""

from surgitwin.mechanics.fenicsx import runtime  # first: it loads MPI in the right order
from surgitwin.mechanics.fenicsx.solve import bone_hash, solve

__all__ = ["bone_hash", "runtime", "solve"]
