"""What a killed compilation leaves in the form cache is cleared; a living one is left alone."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from surgitwin.mechanics.fenicsx.jit_cache import MARK, clear_unfinished, compiling


def unfinished(folder: Path, name: str = "libffcx_forms_abc") -> Path:
    file = folder / f"{name}.c"
    file.touch()
    return file


def test_an_unfinished_form_of_a_dead_process_is_removed(tmp_path: Path) -> None:
    stale, done = unfinished(tmp_path), unfinished(tmp_path, "libffcx_forms_done")
    (tmp_path / "libffcx_forms_done.c.cached").touch()
    ended = subprocess.Popen([sys.executable, "-c", "pass"])
    ended.wait()
    (tmp_path / f"{MARK}{ended.pid}").touch()
    with compiling(tmp_path):
        assert not stale.exists()
        assert done.exists()
        assert (tmp_path / f"{MARK}{os.getpid()}").exists()
    assert not list(tmp_path.glob(f"{MARK}*"))


def test_a_mark_of_completion_without_its_form_is_removed(tmp_path: Path) -> None:
    orphan = tmp_path / "libffcx_forms_abc.c.cached"
    orphan.touch()
    assert clear_unfinished(tmp_path) == ["libffcx_forms_abc"]
    assert not orphan.exists()


def test_the_form_of_a_process_that_compiles_now_stays(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path\n"
        "from surgitwin.mechanics.fenicsx.jit_cache import compiling\n"
        "with compiling(Path(sys.argv[1])):\n"
        "    print('compiles', flush=True); input()\n"
    )
    command = [sys.executable, "-c", code, str(tmp_path)]
    other = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        assert other.stdout is not None
        assert other.stdout.readline() == b"compiles\n"
        file = unfinished(tmp_path)
        assert clear_unfinished(tmp_path) == []
        assert file.exists()
    finally:
        other.kill()
        other.communicate()
    assert clear_unfinished(tmp_path) == [file.stem]


def test_a_killed_compilation_does_not_stop_the_next_one(tmp_path: Path) -> None:
    # The real thing: a form whose C file a killed process left empty is compiled by the next process.
    code = (
        "import sys; from pathlib import Path\n"
        "from surgitwin.mechanics.fenicsx import runtime\n"
        "import ufl; from dolfinx import fem, mesh; from mpi4py import MPI\n"
        "runtime.JIT_OPTIONS |= {'cache_dir': Path(sys.argv[1]), 'timeout': 5}\n"
        "line = mesh.create_unit_interval(MPI.COMM_SELF, 2)\n"
        "form = runtime.compile_form(fem.Constant(line, 1.0) * ufl.dx)\n"
        "print(fem.assemble_scalar(form))\n"
    )
    command = [sys.executable, "-c", code, str(tmp_path)]
    assert subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip() == "1.0"
    for ready in tmp_path.glob("*.c.cached"):
        ready.unlink()  # as if the compiler had been killed half way
    assert subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip() == "1.0"
