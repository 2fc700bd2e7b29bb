"""Compile numba's kernels once, so that no first use of segmentation, meshing or contact waits for it.

Run as ``python -m surgitwin.planning.kernels``; with ``where`` it only says where they are kept. Types that
the table does not list are compiled on their first use, as without it. packaging/record_kernels.py writes it.
"""

from __future__ import annotations

import sys
import time
from importlib import import_module
from inspect import signature
from pathlib import Path
from typing import Any

from numba.core.sigutils import normalize_signature

from surgitwin.core.kernels import kept_in, known_kernels
from surgitwin.core.resources import load_table

TABLE = "kernel_types"


def listed() -> list[tuple[Any, list[Any]]]:
    """Each kernel of the table as numba's dispatcher, with tuples of numba's types that it is called with.

    Rows of kernels that are no more, or take another number of arguments by now, are left out.
    """
    table = load_table(TABLE)["kernels"]
    for module in table:
        import_module(module)
    known = known_kernels()
    return [
        (kernel, [row for text in types if len(row := normalize_signature(text)[0]) == count])
        for module, rows in table.items()
        for name, types in rows.items()
        if (kernel := known.get(f"{module}.{name}")) is not None
        for count in [len(signature(kernel.py_func).parameters)]
    ]


def compile_kernels() -> float:
    """Compile what is not yet kept on the disk; returns the seconds that it took."""
    started = time.perf_counter()
    for kernel, types in listed():
        for arguments in types:
            kernel.compile(arguments)  # as types, not as text: numba keeps it under what it is given
    return time.perf_counter() - started


def folders() -> list[Path]:
    """Where the machine code of the listed kernels is kept; empty where the user may write nowhere."""
    return sorted({place for kernel, _ in listed() if (place := kept_in(kernel)) is not None})


def main(arguments: list[str]) -> int:
    """Exit code 0; 1 when asked where they are kept and the answer is nowhere."""
    if arguments == ["where"]:
        found = folders()
        beside = found and all(place.name == "__pycache__" for place in found)
        if not found:
            sys.stderr.write("no folder can be written, so they are compiled at every start\n")
            return 1
        sys.stdout.write(f"kept {'beside the program' if beside else f'in {found[0].parent}'}\n")
        return 0
    sys.stdout.write(f"Kernels are compiled ({compile_kernels():.1f} s).\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
