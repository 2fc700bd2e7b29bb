"""Level L2: a frame of strut beams in frictional contact with a vessel's wall."""

from surgitwin.mechanics.fenicsx.frame.solve import solve_frame

__all__ = ["solve_frame"]
