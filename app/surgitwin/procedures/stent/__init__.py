"""A stent in a narrowed artery: size, place, deploy, compare."""

from surgitwin.procedures.stent.procedure import PROCEDURE

__all__ = ["PROCEDURE"]
