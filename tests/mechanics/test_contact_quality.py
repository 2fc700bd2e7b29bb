"""With contact and glue the energy summed from the fields is still the loads' work less that of contact."""

from __future__ import annotations

import pytest
import test_bone_contact as blocks

from surgitwin.planning.solving.numerics import checks, field_record

parts = blocks.parts


@pytest.mark.parametrize("model", ["contact", "glued"])
def test_energy_and_penetration_of_contact(parts, model):
    contact = blocks.ContactSettings(model=model, friction=0.3)
    solution = blocks.run(parts, contact, (0.0, 0.0, -100.0))
    (load,) = solution.loads
    row = {
        "load_case": load.name,
        "rel_residual": load.rel_residual,
        "applied_N": load.applied_N,
        "reaction_N": load.reaction_N,
        "moment_imbalance": load.moment_imbalance,
        "energy_mJ": load.energy_mJ,
        "parts": [{"name": "block", "min_scaled_jacobian": 0.5}],
        "quality": field_record(load, solution.facts),
    }
    found = {c.id: c for c in checks(row)}
    assert found["energy"].value < 1e-6
    assert found["energy"].verdict == "ok"
    if model == "contact":
        assert found["penetration"].verdict == "ok"
        assert 0 < found["penetration"].value <= contact.penetration_mm
    else:
        assert found["penetration"].value is None
