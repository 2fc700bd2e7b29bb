"""Procedures: one folder per operation, found through the entry points of installed packages."""

from surgitwin.procedures.base import (
    Context,
    Finding,
    Fit,
    Handles,
    Parameter,
    Procedure,
    Proposal,
    Solved,
    Step,
    parse_options,
)
from surgitwin.procedures.registry import Entry, get, registry

__all__ = [
    "Context",
    "Entry",
    "Finding",
    "Fit",
    "Handles",
    "Parameter",
    "Procedure",
    "Proposal",
    "Solved",
    "Step",
    "get",
    "parse_options",
    "registry",
]
