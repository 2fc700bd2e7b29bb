"""Shared by all tests: paths, off-screen drawing, a repeatable hypothesis."""

from __future__ import annotations

import atexit
import os
import shutil
import sys
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

import small_case

ROOT = Path(__file__).resolve().parents[1]
SHARED_DATA = ROOT.parent / "shared" / "data"

if sys.platform.startswith("linux") and not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ["PYVISTA_OFF_SCREEN"] = "true"  # read when pyvista is imported, wherever that is

# What the program remembers of the user stays out of the home folder.
_STATE = tempfile.mkdtemp(prefix="surgitwin-state-")
atexit.register(shutil.rmtree, _STATE, ignore_errors=True)
os.environ["SURGITWIN_STATE"], os.environ["SURGITWIN_CASES"] = _STATE, str(Path(_STATE) / "cases")

# The same examples in every run, and few: a failure can be repeated, and the unit tier stays fast.
settings.register_profile(
    "surgitwin",
    derandomize=True,
    deadline=None,
    max_examples=25,
    database=None,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("surgitwin")


@pytest.fixture(scope="session")
def repo_root() -> Path:
    """The root of this checkout."""
    return ROOT


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real images; the test is skipped where it is absent."""
    if not SHARED_DATA.is_dir():
        pytest.skip("real images are absent: ../shared/data is not there")
    return SHARED_DATA


@pytest.fixture(scope="session")
def meshed_case() -> small_case.SmallCase:
    """The small case with meshes and proposed plans (some 10 s of processor time, once)."""
    return small_case.meshed_case()


@pytest.fixture(scope="session")
def solved_case() -> small_case.SmallCase:
    """The small case with solved plans (some 90 s of processor time, once): mark its tests `e2e`."""
    return small_case.solved_case()


@pytest.fixture(autouse=True)
def _off_screen(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Plotters draw without a window, but for tests of real widgets."""
    pyvista = sys.modules.get("pyvista")
    if pyvista is not None:
        monkeypatch.setattr(pyvista, "OFF_SCREEN", request.node.get_closest_marker("gui") is None)


_SOLVING = (
    "tests/mechanics/solids/", "tests/mechanics/laws/", "tests/mechanics/flow/", "tests/mechanics/fenicsx/",
    "tests/mechanics/test_bone_contact", "tests/mechanics/test_mechanics_",
    "tests/mechanics/contact/test_contact_solids",
    "tests/mechanics/model/test_model_shapes", "tests/mechanics/model/test_problem_examples",
    "tests/mechanics/test_failure", "tests/mechanics/test_field_quality",
    "tests/verification/test_law_sheets", "tests/verification/test_point_law_sheets", "tests/jobs/test_sweep",
    "tests/planning/uncertainty/test_study_run",
    "tests/cli/test_cli_problem", "tests/cli/test_cli_failure_list",
)  # fmt: skip
"""Tests that compile forms and solve: they run in the second tier, so that the unit tier stays short."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what solves with finite elements, and skip real widgets where no screen is (not in CI)."""
    for item in items:
        if item.path.relative_to(ROOT).as_posix().startswith(_SOLVING):
            item.add_marker(pytest.mark.fe)
    if not sys.platform.startswith("linux") or os.environ.get("DISPLAY") or os.environ.get("CI"):
        return
    skip = pytest.mark.skip(reason="needs a screen: run `bash packaging/test.sh`, which starts Xvfb")
    for item in items:
        if item.get_closest_marker("gui"):
            item.add_marker(skip)
