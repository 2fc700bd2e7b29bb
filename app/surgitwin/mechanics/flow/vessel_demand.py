"""How much blood a vessel has to carry: entered, from the myocardium's mass, or from a table by vessel."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from surgitwin.core.errors import UsageError
from surgitwin.core.resources import load_table
from surgitwin.mechanics.flow.reduced import PASCAL_PER_MMHG

M3_S_PER_ML_MIN = 1e-6 / 60


def flow_table() -> dict[str, Any]:
    """``resources/vessel_flow.toml``."""
    return load_table("vessel_flow")


@dataclass(frozen=True)
class Demand:
    """What feeds and drains a vessel.

    resting_mL_min: through its inlet at rest, without a narrowing. hyperaemia: resistance of the tissue under
    adenosine over that at rest; None where the vessel has no such state. split_exponent: n of the flow's
    share ~ d^n. basis: where the flow comes from, in words; verified as in the table.
    """

    resting_mL_min: float
    hyperaemia: float | None
    aortic_mmHg: float
    venous_mmHg: float
    split_exponent: float
    basis: str
    verified: bool

    def resistance_Pa_s_m3(self, *, hyperaemic: bool) -> float:
        """Of all tissue behind the vessel: (Pa - Pv) / Q at rest, times `hyperaemia`."""
        rest = (self.aortic_mmHg - self.venous_mmHg) * PASCAL_PER_MMHG
        rest /= self.resting_mL_min * M3_S_PER_ML_MIN
        return rest * (self.hyperaemia or 1.0) if hyperaemic else rest

    def scaled(self, factor: float) -> Demand:
        """The same with another resting flow."""
        return replace(self, resting_mL_min=self.resting_mL_min * factor)


def demand(
    reference_mm: float,
    *,
    flow_mL_min: float | None = None,
    mass_g: float | None = None,
    vessel: str | None = None,
) -> Demand:
    """Flow of a vessel whose healthy inlet is `reference_mm` wide.

    flow_mL_min: entered, at rest. mass_g: myocardium that the vessel supplies. vessel: a row of the table;
    None takes "coronary" up to the table's limit of diameter, else "external_iliac", and says so. Raises
    UsageError "flow.demand" for both flow and mass, values that are not positive or an unknown vessel.
    """
    table = flow_table()
    _require(flow_mL_min, mass_g, vessel, table)
    assumed = vessel is None
    if vessel is None:
        small = reference_mm <= float(table["settings"]["coronary_limit_mm"]) or mass_g is not None
        vessel = "coronary" if small else "external_iliac"
    row = table["vessels"][vessel]
    resting, basis, verified = _resting(reference_mm, flow_mL_min, mass_g, row, table)
    if assumed:
        basis += f". Taken for: {row['title'].lower()} (not named)"
    return Demand(
        resting,
        float(table["hyperaemia"]["factor"]) if row["hyperaemic"] else None,
        float(table["pressures"]["aortic_mmHg"]),
        float(table["pressures"]["venous_mmHg"]),
        float(load_table("materials/blood")["murray"][table["settings"]["split"]]),
        basis,
        verified,
    )


def _resting(
    reference_mm: float, flow: float | None, mass: float | None, row: dict[str, Any], table: dict[str, Any]
) -> tuple[float, str, bool]:
    """Flow at rest (mL/min), where it comes from, and whether that is verified."""
    if flow is not None:
        return flow, f"{flow:g} mL/min at rest, entered", True
    if mass is not None:
        rate = table["myocardium"]
        each = float(rate["flow_mL_min_g"])
        return each * mass, f"{mass:g} g of myocardium at {each:g} mL/min/g", bool(rate["verified"])
    if "flow_mL_min" in row:
        return float(row["flow_mL_min"]), f"table: {row['title']}", bool(row["verified"])
    law = float(row["coefficient"]) * (reference_mm * 1e-3) ** float(row["exponent"]) / M3_S_PER_ML_MIN
    return law, f"table: {row['title'].lower()} of {reference_mm:.1f} mm", bool(row["verified"])


def _require(flow: float | None, mass: float | None, vessel: str | None, table: dict[str, Any]) -> None:
    if flow is not None and mass is not None:
        fact = "Both a flow and a mass of myocardium were given."
    elif any(v is not None and not v > 0 for v in (flow, mass)):
        fact = f"A flow or mass must be positive, not {flow if flow is not None else mass:g}."
    elif vessel is not None and vessel not in table["vessels"]:
        fact = f"No flow is known for the vessel {vessel!r}."
    else:
        return
    raise UsageError(
        "flow.demand",
        fact,
        hint=f"Give the flow (mL/min) or the mass (g), or one of: {', '.join(table['vessels'])}.",
        where="flow",
    )
