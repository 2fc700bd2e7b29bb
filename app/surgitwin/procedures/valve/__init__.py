"""Transcatheter aortic valve: size and depth compared before the operation."""

from surgitwin.procedures.valve.procedure import PROCEDURE
from surgitwin.procedures.valve.risk import risk_bands

__all__ = ["PROCEDURE", "risk_bands"]
