"""The direction of imports: the contracts hold, and a planted violation is seen to break them."""

from __future__ import annotations

import ast
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

SOLVER_LIBRARIES = {"dolfinx", "dolfinx_solver", "ufl", "basix", "ffcx", "petsc4py", "slepc4py", "mpi4py"}
WINDOW_LIBRARIES = {"PySide6", "shiboken6", "pyvistaqt", "qtpy"}

VIOLATIONS = {
    "upwards": ("core/planted.py", "import surgitwin.planning\n", "Imports run one way"),
    "sideways": ("meshing/planted.py", "import surgitwin.implants\n", "Imports run one way"),
    "inside a function": (
        "imaging/planted.py",
        "def f():\n    from surgitwin.report import x\n",
        "Imports run one way",
    ),
    "unlisted room": ("attic/__init__.py", "", "Imports run one way"),
    "solver outside its folder": (
        "planning/planted.py",
        "import dolfinx\n",
        "Only mechanics.fenicsx knows DOLFINx",
    ),
    "window below the viewer": (
        "report/planted.py",
        "from PySide6 import QtCore\n",
        "Only the viewer knows Qt",
    ),
}


def lint(root: Path) -> subprocess.CompletedProcess[str]:
    """`lint-imports` on the package under root/app with root's pyproject.toml."""
    return subprocess.run(
        [sys.executable, "-c", "from importlinter.cli import lint_imports_command as c; c()", "--no-cache"],
        cwd=root,
        env={**os.environ, "PYTHONPATH": str(root / "app"), "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.fixture
def copy(repo_root: Path, tmp_path: Path) -> Path:
    """The source alone, in a folder of its own."""
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(repo_root / "app" / "surgitwin", tmp_path / "app" / "surgitwin", ignore=ignored)
    shutil.copy(repo_root / "pyproject.toml", tmp_path)
    return tmp_path


def test_contracts_hold(copy: Path) -> None:
    done = lint(copy)
    assert done.returncode == 0, done.stdout + done.stderr
    assert " 0 broken" in done.stdout


@pytest.mark.parametrize("kind", VIOLATIONS)
def test_planted_violation_breaks_its_contract(copy: Path, kind: str) -> None:
    place, text, contract = VIOLATIONS[kind]
    planted = copy / "app" / "surgitwin" / place
    planted.parent.mkdir(exist_ok=True)
    planted.write_text(text, encoding="utf-8")
    done = lint(copy)
    assert done.returncode != 0
    assert f"{contract} BROKEN" in done.stdout, done.stdout + done.stderr
    module = ".".join(Path(place).with_suffix("").parts).removesuffix(".__init__")
    assert f"surgitwin.{module}" in done.stdout.split("Broken contracts")[1]


def imported_roots(source: str) -> set[str]:
    """First parts of all absolutely imported names, wherever in the file."""
    roots: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            roots |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            roots.add(node.module.split(".")[0])
    return roots


@pytest.mark.parametrize(
    ("libraries", "allowed"), [(SOLVER_LIBRARIES, "mechanics/fenicsx"), (WINDOW_LIBRARIES, "viewer")]
)
def test_libraries_stay_in_their_folder(repo_root: Path, libraries: set[str], allowed: str) -> None:
    """Also for modules that the contracts' lists forgot."""
    package = repo_root / "app" / "surgitwin"
    outside = [
        f"{path.relative_to(package)}: {', '.join(sorted(found))}"
        for path in sorted(package.rglob("*.py"))
        if not path.relative_to(package).as_posix().startswith(f"{allowed}/")
        and (found := imported_roots(path.read_text(encoding="utf-8")) & libraries)
    ]
    assert outside == []


def test_imported_roots_sees_nested_imports() -> None:
    assert imported_roots("def f():\n    import dolfinx.fem\n    from ufl import dx\n") == {"dolfinx", "ufl"}
