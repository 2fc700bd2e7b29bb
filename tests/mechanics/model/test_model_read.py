"""Problems from TOML and JSON: what is read, and that all mistakes come together with their place."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

import meshio
import numpy as np
import pytest

from surgitwin.core.errors import InputError, SolverError
from surgitwin.mechanics.fenicsx.solids import solve_model
from surgitwin.mechanics.fenicsx.solids.check import law_faults
from surgitwin.mechanics.model.couplings import Contact, RigidShape, Side
from surgitwin.mechanics.model.loads import BodyForce, Pressure
from surgitwin.mechanics.model.model import Model
from surgitwin.mechanics.model.read import model_from, read_model
from surgitwin.mechanics.model.supports import At, Fixed, Motion

BLOCK = """
name = "block"
[[parts]]
name = "block"
[parts.mesh]
shape = "box"
low = [0, 0, 0]
high = [10, 10, 10]
counts = [2, 2, 2]
[parts.mesh.surfaces]
top = { z = 10.0 }
[parts.mesh.cells]
lower = { high_mm = [10, 10, 5] }
[parts.material]
law = "isotropic"
E_MPa = 1000
nu = 0.3
[[supports]]
kind = "fixed"
name = "floor"
part = "block"
on = "z0"
[[supports]]
kind = "motion"
name = "side"
part = "block"
on = { x = 0.0, z = 10.0 }
components = "x"
translation_mm = [0.1, 0, 0]
[[loads]]
kind = "pressure"
name = "push"
part = "block"
on = "top"
pressure_MPa = 3
[[outputs]]
name = "uz"
kind = "mean_displacement"
part = "block"
on = "top"
component = "z"
"""


def tables(**changes: Any) -> dict[str, Any]:
    return tomllib.loads(BLOCK) | changes


def refused(data: dict[str, Any], folder: Path = Path()) -> str:
    with pytest.raises(InputError) as found:
        model_from(data, folder, law_faults)
    assert found.value.code == "model.faults"
    return found.value.message


def test_a_file_becomes_a_model_and_solves(tmp_path: Path) -> None:
    file = tmp_path / "block.toml"
    file.write_text(BLOCK)
    model = read_model(file, law_faults)
    assert isinstance(model, Model)
    assert model.supports[0] == Fixed("floor", "block", "z0")
    side = model.supports[1]
    assert isinstance(side, Motion)
    assert isinstance(side.on, At)
    assert side.on.x == 0.0
    assert side.on.z == 10.0
    assert isinstance(model.loads[0], Pressure)
    assert set(model.parts[0].mesh.cell_sets["lower"]) == {0, 2, 4, 6}
    found = solve_model(model)
    assert found.load("push").force_N == pytest.approx([0, 0, -300])
    assert -0.04 < found.curves["uz"][0] < -0.01
    as_json = tmp_path / "block.json"
    as_json.write_text(json.dumps(tomllib.loads(BLOCK)))
    assert solve_model(read_model(as_json)).energy_mJ == pytest.approx(found.energy_mJ)


def test_all_mistakes_come_together_with_their_place() -> None:
    data = tables(larg=True)
    data["parts"][0]["mesh"]["counts"] = [2, 2, "x"]
    data["parts"][0]["material"]["E_MPa"] = "stiff"
    data["supports"][0]["on"] = "bottom"
    data["loads"][0]["pressure"] = data["loads"][0].pop("pressure_MPa")
    data["outputs"][0]["component"] = "w"
    message = refused(data)
    for words in (
        "larg: unknown section", "mesh.counts", "'stiff' is not a number", "no surface 'bottom'",
        "loads[0] 'push': pressure: unknown key", "loads[0] 'push': pressure_MPa: missing",
        "outputs[0] 'uz': component",
    ):  # fmt: skip
        assert words in message, words


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"parts": []}, "at least one part"),
        ({"supports": [{"kind": "glue", "name": "g"}]}, "kind: 'glue' is not one of fixed, motion"),
        ({"loads": {"name": "x"}}, "a list is wanted"),
        ({"steps": [{"name": "s", "factors": {"pull": 1.0}}]}, "nothing is called 'pull'"),
        ({"stepping": {"first": 2.0}}, "no fraction of a step"),
        ({"stepping": {"first": "half"}}, "stepping: first"),
        ({"linear": {"method": "magic"}}, "linear: method"),
        ({"large": "yes"}, "large"),
    ],
)
def test_one_mistake(change: dict[str, Any], words: str) -> None:
    assert words in refused(tables(**change))


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("law", "wood", "no law called 'wood'"),
        ("nu", 0.7, "nu"),
        ("E_MPa", 2e11, "was it given in Pa?"),
        ("G_MPa", 5, "no such parameter"),
    ],
)
def test_a_wrong_material(key: str, value: Any, words: str) -> None:
    data = tables()
    data["parts"][0]["material"][key] = value
    assert words in refused(data)


def test_wrong_units_are_questioned() -> None:
    data = tables(
        loads=[{"kind": "gravity", "name": "g", "part": "block", "density_t_per_mm3": 1.06,
                "acceleration_mm_per_s2": [0, 0, -9806.65]}]
    )  # fmt: skip
    assert "1 g/cm3 is 1e-9" in refused(data)


def test_couplings_and_body_forces() -> None:
    data = tables(
        contacts=[{"name": "ball", "slave": {"part": "block", "on": "top"}, "friction": 0.2,
                   "master": {"kind": "sphere", "point_mm": [5, 5, 15], "radius_mm": 5}}],
        loads=[{"kind": "body_force", "name": "b", "part": "block", "force_N_per_mm3": [0, 0, -1e-3]}],
    )  # fmt: skip
    model = model_from(data, Path(), law_faults)
    contact = model.contacts[0]
    assert isinstance(contact, Contact)
    assert contact.slave == Side("block", "top")
    assert isinstance(contact.master, RigidShape)
    assert contact.master.radius_mm == 5
    assert isinstance(model.loads[0], BodyForce)
    data["contacts"][0] |= {"sliding": "fast", "friction": -1.0}
    data["contacts"][0]["slave"]["part"] = "blok"
    message = refused(data)
    for words in ("sliding", "friction", "blok"):
        assert words in message


def test_a_mesh_from_a_file_needs_its_unit(tmp_path: Path) -> None:
    points = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1], [1, 1, 1]]) * 0.01
    cells = np.array([[0, 1, 2, 3], [1, 2, 3, 4]])
    meshio.Mesh(points, [("tetra", cells)]).write(tmp_path / "two.vtu")
    data = tables(supports=[], loads=[], outputs=[])
    data["parts"][0]["mesh"] = {"file": "two.vtu"}
    assert "unit" in refused(data, tmp_path)
    data["parts"][0]["mesh"] = {"file": "two.vtu", "unit": "m", "surfaces": {"foot": {"z": 0.0}}}
    part = model_from(data, tmp_path, law_faults).parts[0]
    assert np.ptp(part.mesh.points_mm[:, 0]) == pytest.approx(10.0)
    assert part.mesh.surfaces["foot"].shape == (1, 3)
    data["parts"][0]["mesh"] = {"file": "none.vtu", "unit": "mm"}
    assert "there is no file" in refused(data, tmp_path)
    (tmp_path / "broken.vtu").write_text("nothing")
    data["parts"][0]["mesh"] = {"file": "broken.vtu", "unit": "mm"}
    with pytest.raises(InputError) as found:
        model_from(data, tmp_path, law_faults)
    assert found.value.code == "mesh.unreadable"


def test_a_part_of_metre_size_is_questioned(tmp_path: Path) -> None:
    points = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1]]) * 10
    meshio.Mesh(points, [("tetra", np.array([[0, 1, 2, 3]]))]).write(tmp_path / "big.vtu")
    data = tables(supports=[], loads=[], outputs=[])
    data["parts"][0]["mesh"] = {"file": "big.vtu", "unit": "m"}
    assert "check the unit" in refused(data, tmp_path)


def test_a_file_that_is_not_toml_is_named(tmp_path: Path) -> None:
    file = tmp_path / "bad.toml"
    file.write_text("parts = [")
    with pytest.raises(InputError) as found:
        read_model(file)
    assert found.value.code == "model.unreadable"
    assert "bad.toml" in found.value.message


def test_a_vtu_file_with_text_in_it_is_read(tmp_path: Path) -> None:
    import pyvista as pv

    points = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1], [1, 1, 1]], float)
    cells = np.array([[0, 1, 2, 3], [1, 4, 2, 3]])
    grid = pv.UnstructuredGrid({pv.CellType.TETRA: cells}, points)
    grid.cell_data["part_id"] = np.array([1, 2])
    grid.field_data["units"] = ["points mm"]
    grid.save(tmp_path / "own.vtu")
    data = tables(supports=[], loads=[], outputs=[])
    data["parts"][0]["mesh"] = {"file": "own.vtu", "unit": "mm"}
    mesh = model_from(data, tmp_path, law_faults).parts[0].mesh
    assert set(mesh.cell_sets) == {"part_1", "part_2"}
    assert len(mesh.cells) == 2


def test_a_mesh_beyond_the_machine_is_refused_before_it_is_made() -> None:
    data = tables()
    data["parts"][0]["mesh"]["counts"] = [1000, 1000, 80]
    with pytest.raises(SolverError) as found:
        model_from(data, Path(), law_faults)
    assert found.value.code == "solver.too_large"
    assert "MB" in found.value.message
