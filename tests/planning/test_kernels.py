"""The table of the kernels that setup compiles, and the places that keep their machine code."""

from __future__ import annotations

import inspect
import os
import subprocess
import sys
from pathlib import Path

import pytest

from surgitwin.planning.kernels import listed

USE = """
import numpy as np
from surgitwin.anatomy.root import contour
contour._smooth_ring(np.ones(8))
hits, misses = contour._smooth_ring.stats.cache_hits, contour._smooth_ring.stats.cache_misses
print(len(hits), len(misses), contour._smooth_ring(np.ones(8))[0])
"""


def run(code: str, **variables: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=120,
        env={**os.environ, **variables},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_rows_are_calls_that_their_kernels_take() -> None:
    rows = listed()
    assert sum(bool(types) for _, types in rows) > 90  # else: packaging/record_kernels.py
    for kernel, types in rows:
        count = len(inspect.signature(kernel.py_func).parameters)
        assert {len(arguments) for arguments in types} <= {count}, kernel.py_func


def test_what_is_compiled_once_is_read_from_the_disk(tmp_path: Path) -> None:
    place = {"NUMBA_CACHE_DIR": str(tmp_path)}
    compile_one = (
        "from surgitwin.planning.kernels import listed\n"
        "[k.compile(t) for k, types in listed() for t in types if k.py_func.__name__ == '_smooth_ring']"
    )
    run(compile_one, **place)
    assert run(USE, **place).split()[:2] == ["1", "0"]


@pytest.mark.skipif(os.name != "posix", reason="folders without the right to write")
def test_where_nothing_can_be_written_kernels_are_compiled_all_the_same(tmp_path: Path) -> None:
    nowhere = str(tmp_path / "file" / "below")
    (tmp_path / "file").write_text("")
    closed = (
        "from numba.core import caching as c\n"
        "c.CacheImpl._locator_classes = [c.UserProvidedCacheLocator]\n"  # as if program and home were closed
    )
    answer = run(closed + USE, NUMBA_CACHE_DIR=nowhere)
    assert answer.split() == ["0", "1", "1.0"]
    where = "from surgitwin.planning.kernels import main; print(main(['where']))"
    assert run(closed + where, NUMBA_CACHE_DIR=nowhere) == "1\n"
