"""The virtual fracture that the sample case plans for (the images show the bone whole)."""

from __future__ import annotations

import numpy as np

from femur_fracture.femur_shape import centre_anterior
from femur_fracture.parameters import PhantomParameters
from femur_fracture.placement import direction_to_lps, to_lps

# Proximal third of the shaft, in the range that a plate and a nail both treat; a choice, not a measurement.
BELOW_LESSER_MM, GAP_MM = 70.0, 3.0
HEALING = "claes_heigele.initial_connective"  # a stage of resources/materials/callus.toml: fresh fracture


def _row(values: np.ndarray) -> str:
    return "[" + ", ".join(f"{v:.4f}" for v in values) + "]"


def fracture_toml(parameters: PhantomParameters) -> str:
    """Text of fracture.toml: a transverse gap square to the shaft's centre line, normal proximal, LPS."""
    p = -BELOW_LESSER_MM
    slope = float(centre_anterior(p + 1) - centre_anterior(p - 1)) / 2
    normal = np.array([0.0, slope, 1.0]) / np.hypot(slope, 1.0)
    return "\n".join(
        [
            "# Made by make.py from the phantom's geometry. SYNTHETIC, NOT FOR CLINICAL USE.",
            f"# Transverse, {BELOW_LESSER_MM:g} mm below the lesser trochanter, {parameters.side}.",
            "[fracture]",
            f"point_mm = {_row(to_lps((0.0, float(centre_anterior(p)), p), parameters))}",
            f"normal = {_row(direction_to_lps(normal, parameters))}",
            f"gap_mm = {GAP_MM}",
            f'healing = "{HEALING}"',
            "virtual = true",
            "",
        ]
    )
