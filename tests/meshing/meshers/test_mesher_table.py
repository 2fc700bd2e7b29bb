"""The committed table of meshers: complete, without a failure that has no remedy, and still true in part."""

from __future__ import annotations

import sys
import tomllib
from pathlib import Path

import pytest

from surgitwin.meshing import get_mesher
from surgitwin.meshing.meshers.measure import measure

HERE = Path(__file__).resolve()
ROWS = tomllib.loads((HERE.parent / "mesher_table.toml").read_text())["row"]
MESHERS = ("stuffing", "stuffing-mmg3d", "netgen", "gmsh", "tetgen")


@pytest.fixture
def shapes(shared_data, monkeypatch):
    monkeypatch.setattr(sys, "path", [str(HERE.parents[2] / "benchmarks"), *sys.path])
    from mesher_surfaces import SURFACES

    return {s.name: s for s in SURFACES}


def test_every_surface_has_a_row_of_every_mesher_and_failures_have_a_remedy():
    surfaces = {r["surface"] for r in ROWS}
    assert len(surfaces) == 7
    assert {(r["surface"], r["mesher"]) for r in ROWS} == {(s, m) for s in surfaces for m in MESHERS}
    for row in ROWS:
        assert ("cells" in row) != ("failure" in row)
        assert row.get("remedy", "") or "failure" not in row
    # The remedy that is named has meshed every surface. 10.4 degrees was the least angle measured; the 10.7
    # of Labelle & Shewchuk are proven for their choice of diagonals, not for ours.
    ours = [r for r in ROWS if r["mesher"] == "stuffing"]
    assert all(r["min_dihedral_deg"] > 10 and r["min_scaled_jacobian"] > 0.05 for r in ours)
    femora = [r for r in ours if r["surface"].startswith("femur_meshes")]
    assert len(femora) == 2
    assert all(r["min_dihedral_deg"] >= 15 for r in femora)


@pytest.mark.real_data
@pytest.mark.parametrize("name", ["femur_meshes left", "vertebra_ct labels"])
def test_rows_of_stuffing_are_what_it_makes_today(shapes, name):
    row = next(r for r in ROWS if (r["surface"], r["mesher"]) == (name, "stuffing"))
    surface = shapes[name].make()
    assert len(surface.triangles) == row["triangles"]
    found = measure(get_mesher("stuffing").fill(surface, row["size"]), surface).as_dict()
    assert found["cells"] == pytest.approx(row["cells"], rel=0.01)
    assert found["volume_change"] == pytest.approx(row["volume_change"], abs=1e-3)
    for key, tolerance in {
        "min_dihedral_deg": 1.0, "min_scaled_jacobian": 0.02, "p1_scaled_jacobian": 0.01,
        "to_surface_mm": 0.05, "from_surface_mm": 0.05,
    }.items():  # fmt: skip
        assert found[key] == pytest.approx(row[key], abs=tolerance), key
