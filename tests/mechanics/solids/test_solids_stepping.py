"""Increments: cut-back, limit points, failure with its reason, and going on from the last good one."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from surgitwin.core.errors import Cancelled, SolverError, StorageError
from surgitwin.core.progress import Progress
from surgitwin.mechanics.fenicsx.solids import solve_model
from surgitwin.mechanics.model.loads import Pressure
from surgitwin.mechanics.model.material import Material
from surgitwin.mechanics.model.model import Model
from surgitwin.mechanics.model.outputs import Output
from surgitwin.mechanics.model.part import Part
from surgitwin.mechanics.model.shapes import box, ring
from surgitwin.mechanics.model.steps import Stepping
from surgitwin.mechanics.model.supports import Fixed, Motion

RUBBER = Material("neo_hookean", {"mu_MPa": 1.0, "bulk_MPa": float("inf")})


def sphere(pressure: float | None, stepping: Stepping) -> Model:
    """A thick sphere blown up by a pressure, or (None) by moving its inner wall to twice the radius."""
    part = Part(
        "sphere", ring(10, 15, (3, 6)), RUBBER, "axisymmetric", formulation="mixed", pressure="discontinuous"
    )
    supports: tuple[Fixed | Motion, ...] = (
        Fixed("equator", "sphere", "y0", "y"), Fixed("axis", "sphere", "y1", "x"),
    )  # fmt: skip
    if pressure is None:
        supports = (*supports, Motion("blow", "sphere", "x0", gradient=np.eye(2).tolist()))
        return Model("sphere", (part,), supports, stepping=stepping, large=True)
    loads = (Pressure("p", "sphere", "x0", pressure),)
    return Model("sphere", (part,), supports, loads, stepping=stepping, large=True)


def test_a_pressure_beyond_the_limit_stops_with_its_reason_and_keeps_the_last_good_increment(
    tmp_path: Path,
) -> None:
    # The largest pressure is 0.4935 MPa; asked for is 0.6.
    file = tmp_path / "restart.npz"
    with pytest.raises(SolverError) as stopped:
        solve_model(sphere(0.6, Stepping(first=0.2, smallest=0.01)), restart=file)
    assert stopped.value.code == "solver.step_failed"
    assert "displacement" in stopped.value.hint
    with np.load(file) as kept:
        assert '"fraction": 0.8' in str(kept["plain"])


def test_cut_back_reaches_a_load_that_one_step_cannot() -> None:
    with pytest.raises(SolverError):
        solve_model(sphere(0.48, Stepping(smallest=0.9, max_iterations=5)))
    found = solve_model(sphere(0.48, Stepping(max_iterations=5)))
    assert found.state.failed > 0
    assert len(found.increments) > 1
    assert found.increments[-1].fraction == 1.0


def test_going_on_from_a_restart_gives_the_same_end(tmp_path: Path) -> None:
    stepping = Stepping(first=0.25, largest=0.25, growth=1.0)
    whole = solve_model(sphere(None, stepping))
    file = tmp_path / "restart.npz"
    calls = []

    def stop_late() -> bool:
        calls.append(1)
        return len(calls) > 2

    with pytest.raises(Cancelled):
        solve_model(sphere(None, stepping), Progress(cancelled=stop_late), restart=file)
    rest = solve_model(sphere(None, stepping), restart=file)
    assert len(rest.increments) == len(whole.increments)
    assert rest.part().displacement_mm == pytest.approx(whole.part().displacement_mm, abs=1e-9)


def test_a_restart_of_another_model_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "restart.npz"
    solve_model(sphere(0.1, Stepping()), restart=file)
    with pytest.raises(StorageError) as found:
        solve_model(sphere(0.2, Stepping()), restart=file)
    assert found.value.code == "solver.restart_differs"
    file.write_bytes(b"no archive")
    with pytest.raises(StorageError) as damaged:
        solve_model(sphere(0.1, Stepping()), restart=file)
    assert damaged.value.code == "storage.damaged"


def test_a_limit_point_on_the_way_is_told() -> None:
    # A slender clamped column that is pressed together: beyond its Euler load the straight path is unstable.
    column = Part(
        "column",
        box((0, 0), (1, 20), (2, 20)),
        Material("isotropic", {"E_MPa": 1000.0, "nu": 0.0}),
        "plane_strain",
    )
    supports = (Fixed("foot", "column", "y0"), Motion("press", "column", "y1", translation_mm=(0, -0.6)))
    model = Model("column", (column,), supports, stepping=Stepping(first=0.1, largest=0.1), large=True)
    found = solve_model(model)
    # Clamped at both ends (sideways too): critical strain 4 pi^2 I / (A L^2) = pi^2/3 (h/L)^2 = 0.00822.
    assert len(found.warnings) >= 1
    assert "negative pivots" in found.warnings[0]
    before = float(found.warnings[0].split("at ")[1].split("%")[0]) / 100 * 0.6 / 20
    assert 0.008 < before < 0.0125


def test_the_predictor_saves_iterations() -> None:
    stepping = Stepping(first=0.05, largest=0.05)
    counts = {}
    for predictor in (True, False):
        model = sphere(None, replace(stepping, predictor=predictor))
        counts[predictor] = sum(i.newton for i in solve_model(model).increments)
    assert counts[True] < counts[False]


def test_outputs_are_recorded_at_every_increment() -> None:
    block = Part(
        "block",
        box((0, 0, 0), (1, 1, 1), (1, 1, 1)),
        Material("neo_hookean", {"mu_MPa": 1.0, "bulk_MPa": 5.0}),
    )
    supports = (
        Fixed("x", "block", "x0", "x"), Fixed("y", "block", "y0", "y"), Fixed("z", "block", "z0", "z"),
        Motion("pull", "block", "x1", "x", translation_mm=(0.5, 0, 0)),
    )  # fmt: skip
    outputs = (
        Output("force", "reaction", of="pull", component="x"),
        Output("stress", "stress", "block", component="xx", point_mm=(0.5, 0.5, 0.5)),
        Output("volume", "volume", "block"),
        Output("energy", "energy"),
    )
    stepping = Stepping(first=0.25, largest=0.25)
    found = solve_model(Model("m", (block,), supports, stepping=stepping, outputs=outputs, large=True))
    curves = found.curves
    assert {len(v) for v in curves.values()} == {4}
    assert (np.diff(curves["force"]) > 0).all()
    # Work of the force (its trapezoid is not exact) is the stored energy.
    path = np.concatenate([[0.0], curves["force"]])
    assert np.trapezoid(path, dx=0.125) == pytest.approx(curves["energy"][-1], rel=0.02)
    assert curves["volume"][-1] > 1.0
