"""Meshers of libraries in a process of their own."""

from pathlib import Path

import numpy as np
import psutil
import pytest

from surgitwin.core.errors import GeometryError
from surgitwin.core.progress import SILENT, Cancelled
from surgitwin.meshing.meshers.apart import run_apart, used_points

ONE = """
corners = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1], [9, 9, 9]], float) * size_mm
np.savez(out, points=corners, tets=[[0, 1, 2, 3]])
"""


def nothing(folder: Path) -> Path:
    return folder / "surface"


def test_what_the_program_made_comes_back() -> None:
    points, tets = run_apart("it", ONE, nothing, 2.0, SILENT)
    points, tets = used_points(points, tets)
    assert points.tolist() == [[0, 0, 0], [2, 0, 0], [0, 2, 0], [0, 0, 2]]
    assert tets.tolist() == [[0, 1, 2, 3]]


@pytest.mark.parametrize(
    ("program", "said"),
    [
        ("import os; os.abort()", "its process ended with code -6"),
        ("raise RuntimeError('a facet is crossed')", "RuntimeError: a facet is crossed"),
        ("np.savez(out, points=np.zeros((0, 3)), tets=np.zeros((0, 4), int))", "it made no tetrahedra"),
        ("pass", "its process ended with code 0"),
    ],
)
def test_a_library_that_fails_or_aborts_is_an_error(program: str, said: str) -> None:
    with pytest.raises(GeometryError) as caught:
        run_apart("it", program, nothing, 1.0, SILENT)
    assert caught.value.code == "mesh.mesher_failed"
    assert said in caught.value.message


def test_files_that_it_leaves_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    run_apart("it", "open('_skipped.face', 'w').close()" + ONE, nothing, 1.0, SILENT)
    assert not list(tmp_path.iterdir())


def test_cancelled_it_ends() -> None:
    def stop(*_said: object) -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        run_apart("it", "import time; time.sleep(60)", nothing, 1.0, stop)  # type: ignore[arg-type]
    assert not [p for p in psutil.Process().children() if "time.sleep(60)" in " ".join(p.cmdline())]


def test_points_without_a_tetrahedron_go() -> None:
    points, tets = used_points(np.arange(18.0).reshape(6, 3), np.array([[5, 1, 2, 3]]))
    assert points[:, 0].tolist() == [3, 6, 9, 15]
    assert tets.tolist() == [[3, 0, 1, 2]]
