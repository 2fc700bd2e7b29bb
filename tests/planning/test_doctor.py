"""`surgitwin doctor`: what it finds here, and that it notices what is missing."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import pytest

from surgitwin.planning import doctor
from surgitwin.planning.doctor import Check, run_checks


def by_name(checks: list[Check]) -> dict[str, Check]:
    assert len({c.name for c in checks}) == len(checks)
    return {c.name: c for c in checks}


def solver_check(name: str, argument: str) -> Check:
    return doctor._probe(name, "surgitwin.mechanics.fenicsx.probe", argument, hint="step")


def test_all_checks_of_the_contract(tmp_path: Path) -> None:
    checks = by_name(run_checks(tmp_path))
    assert {"DOLFINx import", "form compiler", "VTK off-screen", "Qt", "memory", "disk", "vtk"} <= set(checks)
    for check in checks.values():
        assert set(asdict(check)) == {"name", "ok", "optional", "detail", "hint"}
        assert check.detail, check.name
        assert bool(check.hint) != check.ok, check.name
    for name in ("DOLFINx import", "form compiler", "VTK off-screen", "SimpleITK", "pydicom"):
        assert checks[name].ok, checks[name]


def test_no_compiler_on_the_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("CC", raising=False)
    check = solver_check("form compiler", "compile")
    assert not check.ok
    assert "No such file" in check.detail
    assert check.hint == "step"
    assert solver_check("DOLFINx import", "import").ok


def test_compiler_variable_points_nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CC", "/nowhere/cc")
    check = solver_check("form compiler", "compile")
    assert not check.ok
    assert "/nowhere/cc" in check.detail


def test_a_probe_that_dies_is_a_failed_check(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "dies.py").write_text("import os, signal\nos.kill(os.getpid(), signal.SIGABRT)\n")
    (tmp_path / "hangs.py").write_text("import time\ntime.sleep(60)\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    died = doctor._probe("x", "dies", hint="h")
    assert not died.ok
    assert "SIGABRT" in died.detail
    monkeypatch.setattr(doctor, "PROBE_TIMEOUT_S", 0.5)
    hung = doctor._probe("x", "hangs", hint="h", optional=True)
    assert (hung.ok, hung.optional) == (False, True)
    assert "no answer" in hung.detail


def test_qt_without_a_display_fails_with_its_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISPLAY", ":987")
    monkeypatch.setenv("QT_QPA_PLATFORM", "xcb")
    check = doctor._probe("Qt", "surgitwin.viewer.probe", hint="h")
    assert not check.ok
    assert "could not connect to display" in check.detail or "xcb" in check.detail
    assert check.hint == "h"


def test_missing_package_memory_and_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    missing = doctor._package("no-such-distribution")
    assert (missing.ok, missing.detail) == (False, "not installed")
    monkeypatch.setattr(doctor, "MEMORY_NEEDED_GIB", 1e6)
    monkeypatch.setattr(doctor, "DISK_NEEDED_GIB", 1e9)
    memory, disk = doctor._memory(), doctor._disk(tmp_path / "not" / "yet" / "there")
    assert not memory.ok
    assert "advised" in memory.hint
    assert not disk.ok
    assert str(tmp_path) in disk.detail


def test_a_container_with_little_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "_container_limit", lambda: doctor.GIB)
    assert doctor._memory().detail == "1.0 GiB available"
    assert not doctor._memory().ok


def test_optional_programs_do_not_fail_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    check = doctor._program("CalculiX", "ccx", "why")
    assert (check.ok, check.optional, check.hint) == (False, True, "why")
