"""Every example of packaging/docs/problems is solved, and one number of each is held against a formula."""

from __future__ import annotations

import math
import tomllib
from inspect import signature
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.optimize import brentq

from surgitwin.core.errors import InputError
from surgitwin.core.progress import SILENT
from surgitwin.jobs.problem_task import run
from surgitwin.mechanics.fenicsx.solids.check import law_faults
from surgitwin.mechanics.law_sets import parameter_set
from surgitwin.mechanics.model.read import model_from
from surgitwin.mechanics.model.source import SHAPES
from surgitwin.mechanics.point_laws.tables import metal

DOCS = Path(__file__).parents[3] / "packaging" / "docs"
EXAMPLES = DOCS / "problems"
RADIUS_M, MU, RHO, FLOW = 1.5e-3, 3.5e-3, 1060.0, 1e-6


def solved(name: str) -> dict[str, Any]:
    return run({"problem": str(EXAMPLES / f"{name}.toml")}, SILENT)


def test_every_example_is_linked_and_tested() -> None:
    here = Path(__file__).read_text(encoding="utf-8")
    said = "".join((DOCS / page).read_text(encoding="utf-8") for page in ("problem.md", "flow.md"))
    names = sorted(p.stem for p in EXAMPLES.glob("*.toml"))
    assert len(names) == 10
    for name in names:
        assert f'solved("{name}")' in here, name
        assert f"(problems/{name}.toml)" in said, name


def test_keys_and_surfaces_of_every_shape_are_documented() -> None:
    lines = (DOCS / "problem.md").read_text(encoding="utf-8").splitlines()
    section = lines[lines.index("## Meshes") : lines.index("## Loads and couplings")]
    for name, (make, _, surfaces) in SHAPES.items():
        (row,) = [line for line in section if line.startswith("|") and f"`{name}`" in line.split("|")[1]]
        shared = next(line for line in section if "`ring` (2D)" in line) if name == "tube" else ""
        for word in (*signature(make).parameters, *surfaces):
            assert f"`{word}`" in row + shared, (name, word)


def artery(**changes: Any) -> dict[str, Any]:
    data = tomllib.loads((EXAMPLES / "artery_ring.toml").read_text(encoding="utf-8"))
    data["parts"][0]["material"] |= changes
    return data


def test_a_named_set_gives_law_values_and_fibres_and_can_be_overridden() -> None:
    media = parameter_set("hgo_carotid_media")
    material = model_from(artery(k2=0.9), Path(), law_faults).parts[0].materials[""]
    assert material.law == media.law
    assert dict(material.parameters) == {**media.values, "k2": 0.9}
    assert [f.angle_deg for f in material.fibres] == [29.0, -29.0]
    assert all(f.axis == (0, 0, 1) for f in material.fibres)
    own = artery(fibres=[{"direction": [1, 0, 0]}, {"direction": [0, 1, 0]}])
    with pytest.raises(InputError, match="axis"):  # fibres of its own leave nothing for an axis to say
        model_from(own, Path(), law_faults)
    del own["parts"][0]["material"]["axis"]
    assert [f.axis for f in model_from(own, Path()).parts[0].materials[""].fibres] == [None, None]


def test_an_unknown_set_names_those_there_are() -> None:
    with pytest.raises(InputError, match="gasser_adventitia") as found:
        model_from(artery(set="carotid"), Path(), law_faults)
    assert found.value.code == "model.faults"


def test_cantilever() -> None:
    length, side, E = 100.0, 10.0, 1000.0
    bending = length**3 / (3 * E * side**4 / 12)
    shear = length / (5 / 6 * E / 2 * side**2)
    (row,) = solved("cantilever")["runs"]
    assert row["outputs"]["tip_mm"] == pytest.approx(-(bending + shear), rel=0.003)


def test_blocks_with_friction() -> None:
    row = solved("friction_blocks")["runs"][-1]
    assert abs(row["outputs"]["friction_N"]) == pytest.approx(0.3 * 1.0 * 10.0, rel=1e-3)


def test_press_fit() -> None:
    inner, middle, outer, gap = 6.0, 10.0, 15.0, 0.05
    bone = ((outer**2 + middle**2) / (outer**2 - middle**2) + 0.3) / 17e3
    sleeve = ((middle**2 + inner**2) / (middle**2 - inner**2) - 0.3) / 110e3
    (row,) = solved("press_fit")["runs"]
    exact = gap / (middle * (bone + sleeve))
    assert row["couplings"]["fit"]["mean_pressure_MPa"] == pytest.approx(exact, rel=0.005)
    assert f"{exact:.2f} MPa" in (EXAMPLES / "press_fit.toml").read_text()


def test_tied_bars() -> None:
    (row,) = solved("tie")["runs"]
    assert row["outputs"]["end_mm"] == pytest.approx(100 / 100 * (20 / 1000 + 10 / 500), rel=2e-3)


def test_bolted_joint() -> None:
    tightened, pulled = (r["couplings"]["bolt"]["section_force_N"] for r in solved("bolt")["runs"])
    assert tightened == pytest.approx(1000.0, rel=1e-6)
    assert pulled == pytest.approx(1000.0 + 500.0 / (1 + 4), rel=5e-3)


def test_plastic_bar() -> None:
    data = solved("plastic_bar")
    numbers = metal("316L").parameters
    strain = (300.0 - float(numbers["yield_MPa"])) / float(numbers["hardening_MPa"])
    assert data["runs"][-1]["outputs"]["end_mm"] == pytest.approx(10 * strain, rel=1e-4)
    assert any("316L" in w and "not verified" in w for w in data["warnings"])


def test_nitinol_bar() -> None:
    data = solved("nitinol_bar")
    numbers = metal("Nitinol").parameters
    stress = float(numbers["E_martensite_MPa"]) * (0.07 - float(numbers["strain_L"]))
    up, down = (r["outputs"] for r in data["runs"])
    assert up["force_N"] == pytest.approx(stress, rel=0.01)
    assert up["martensite"] == pytest.approx(1.0)
    assert down["force_N"] == pytest.approx(0.0, abs=0.1)
    assert down["martensite"] == pytest.approx(0.0, abs=1e-6)


def wall_pressure(inner_mm: float) -> float:
    """MPa that keep the artery's inner radius: integral over the incompressible wall of the example."""
    media = parameter_set("hgo_carotid_media")
    c, k1, k2 = (media.values[k] for k in ("c_MPa", "k1_MPa", "k2"))
    assert media.fibre_angle_deg is not None
    around = math.cos(math.radians(media.fibre_angle_deg)) ** 2
    grown = inner_mm**2 - 1.0

    def slope(r: float) -> float:
        stretch = r / math.sqrt(r * r - grown)
        over = around * (stretch**2 - 1)
        fibres = 4 * k1 * over * math.exp(k2 * over**2) * stretch**2 * around
        return (c * (stretch**2 - stretch**-2) + fibres) / r

    return float(quad(slope, inner_mm, math.sqrt(1.3**2 + grown))[0])


def test_artery_ring() -> None:
    data = solved("artery_ring")
    radius = float(brentq(lambda a: wall_pressure(a) - 0.005, 1.0 + 1e-9, 3.0))
    assert data["runs"][-1]["outputs"]["inner_mm"] == pytest.approx(radius - 1.0, rel=0.01)
    assert any("hgo_carotid_media" in w and "not verified" in w for w in data["warnings"])


def test_steady_pipe() -> None:
    (row,) = solved("steady_pipe")["runs"]
    assert row["reynolds"] == pytest.approx(4 * RHO * FLOW / (math.pi * MU * 2 * RADIUS_M), rel=1e-3)
    shear = 4 * MU * FLOW / (math.pi * RADIUS_M**3)
    assert row["wall_shear_mean_Pa"]["wall"] == pytest.approx(shear, rel=0.01)
    assert row["wall_shear_max_Pa"]["wall"] == pytest.approx(shear, rel=0.03)


def test_pulsatile_pipe_into_a_windkessel() -> None:
    data = solved("windkessel_pipe")
    cycle = data["curves"]["pressure.outlet"][-40:]  # 0.8 s of steps of 0.02 s
    assert np.mean(cycle) == pytest.approx((1e9 + 1e10) * FLOW, rel=2e-3)
    assert data["warnings"] == []
    assert data["runs"][0]["wall_cycle"]["wall"]["osi"]["max"] < 0.5
