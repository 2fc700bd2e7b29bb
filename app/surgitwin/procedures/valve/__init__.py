"""Transcatheter aortic valve: sizing, size x depth matrix, deployment metrics, published risk groups."""

from surgitwin.procedures.valve.procedure import PROCEDURE, ValveProcedure
from surgitwin.procedures.valve.risk import RiskBand, RiskGroup, risk_bands

__all__ = ["PROCEDURE", "RiskBand", "RiskGroup", "ValveProcedure", "risk_bands"]
