"""Fracture fixation of the femoral shaft: plate or nail, checks, gap tissue, metrics."""

from surgitwin.procedures.fracture_fixation.procedure import PROCEDURE, FractureFixation

__all__ = ["PROCEDURE", "FractureFixation"]
