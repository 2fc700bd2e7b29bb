"""Outlets that answer to the flow: their pressure at the end of a step, and their memory. No DOLFINx."""

from __future__ import annotations

from surgitwin.mechanics.flow.problem import PressureOutlet, ResistanceOutlet, WindkesselOutlet
from surgitwin.mechanics.flow.reduced import Windkessel
from surgitwin.mechanics.flow.waveform import amount_at


class OutletState:
    """Pressure of an outlet at the end of a step as `level` + `slope` * Q."""

    def __init__(self, boundary: PressureOutlet | ResistanceOutlet | WindkesselOutlet) -> None:
        self.boundary = boundary
        self.model: Windkessel | None = None
        self.charge_Pa = 0.0
        if isinstance(boundary, WindkesselOutlet):
            b = boundary
            self.model = Windkessel(
                b.proximal_Pa_s_m3, b.capacitance_m3_Pa, b.distal_resistance_Pa_s_m3, b.distal_Pa
            )
            self.charge_Pa = b.initial_Pa

    def relation(self, time_s: float, dt_s: float | None, flow_before: float) -> tuple[float, float]:
        """(level, slope) at a time; dt None: the steady relation."""
        b, model = self.boundary, self.model
        if isinstance(b, PressureOutlet):
            return amount_at(b.pressure_Pa, time_s), 0.0
        if isinstance(b, ResistanceOutlet):
            return b.distal_Pa, b.resistance_Pa_s_m3
        if model is None:
            raise AssertionError("a Windkessel outlet has its model")
        if dt_s is None:
            return model.distal_Pa, model.proximal_Pa_s_m3 + model.distal_resistance_Pa_s_m3
        decay, a0, a1 = model.weights(dt_s)
        level = model.distal_Pa + decay * (self.charge_Pa - model.distal_Pa) + a0 * flow_before
        return level, model.proximal_Pa_s_m3 + a1

    def commit(self, level: float, slope: float, flow: float) -> None:
        """Keep the charge of a finished step."""
        if self.model is not None:
            self.charge_Pa = level + (slope - self.model.proximal_Pa_s_m3) * flow

    def settle(self, flow: float) -> None:
        """Take the charge of a steady flow."""
        if self.model is not None:
            self.charge_Pa = self.model.steady_Pa(flow) - self.model.proximal_Pa_s_m3 * flow
