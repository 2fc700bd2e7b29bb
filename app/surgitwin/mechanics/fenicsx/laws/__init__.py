"""Elastic laws, one file each: formula, source, ranges, and the stored energy in UFL."""

from surgitwin.mechanics.fenicsx import runtime  # noqa: F401 - first: it loads MPI in the right order
from surgitwin.mechanics.fenicsx.laws.base import Law, Parameter
from surgitwin.mechanics.fenicsx.laws.registry import LAWS, check, faults, get_law

__all__ = ["LAWS", "Law", "Parameter", "check", "faults", "get_law"]
