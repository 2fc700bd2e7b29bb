"""Procedures: one folder per operation, found through the entry points of installed packages."""

from surgitwin.procedures.base import (
    BoneProcedure,
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
from surgitwin.procedures.registry import Entry, bone_procedure, get, registry, vessel_procedure
from surgitwin.procedures.vessel import VesselContext, VesselProcedure

__all__ = [
    "BoneProcedure",
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
    "VesselContext",
    "VesselProcedure",
    "bone_procedure",
    "get",
    "parse_options",
    "registry",
    "vessel_procedure",
]
