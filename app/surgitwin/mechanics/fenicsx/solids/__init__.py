"""The general solid engine: `solve_model` of `engine` solves a `mechanics.model.Model`."""

from surgitwin.mechanics.fenicsx.solids.engine import solve_model

__all__ = ["solve_model"]
