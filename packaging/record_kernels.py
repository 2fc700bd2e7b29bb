"""Write resources/kernel_types.toml: the argument types that numba's kernels were called with in some runs.

Choose an empty folder, set NUMBA_CACHE_DIR to it, run what users do (the demos, presets, repair, meshing),
then this script with the same variable. Rows that are already in the table stay while their kernel exists.
"""

from __future__ import annotations

import os
import re
import sys
from importlib import import_module
from pathlib import Path

import tomli_w
from numba.core.sigutils import normalize_signature

from surgitwin.core.kernels import known_kernels
from surgitwin.core.resources import load_table, resources_dir
from surgitwin.planning.kernels import TABLE

APP = Path(__file__).resolve().parents[1] / "app"
DECORATED = r"^@(compiled|kernel|inlined|patient_kernel)\b"
NOTE = """# The argument types that each kernel of numba is called with: setup compiles them beforehand.
# Written by packaging/record_kernels.py from runs of the program. A missing row costs a wait, never a result.

"""


def text_of(types: tuple) -> str:
    """The types as text that numba reads back as the same; empty when it cannot (a constant's type)."""
    text = re.sub(r"\bbool\b", "boolean", str(types))
    try:
        return text if normalize_signature(text)[0] == types else ""
    except (SyntaxError, NameError, TypeError):
        return ""


def import_kernels() -> None:
    """Import every module that has kernels."""
    for file in sorted((APP / "surgitwin").rglob("*.py")):
        if re.search(DECORATED, file.read_text(encoding="utf-8"), re.MULTILINE):
            import_module(".".join(file.relative_to(APP).with_suffix("").parts))


def main() -> int:
    if not os.environ.get("NUMBA_CACHE_DIR"):
        sys.stderr.write("Set NUMBA_CACHE_DIR to the folder of the recorded runs.\n")
        return 2
    import_kernels()
    rows: dict[str, dict[str, set[str]]] = {}
    known = known_kernels()
    path = resources_dir() / f"{TABLE}.toml"
    if path.is_file():
        for module, names in load_table(TABLE)["kernels"].items():
            for name, types in names.items():
                if f"{module}.{name}" in known:
                    rows.setdefault(module, {}).setdefault(name, set()).update(types)
    for full, kernel in known.items():
        module, name = full.rsplit(".", 1)
        for key in kernel._cache._cache_file._load_index():
            if text := text_of(key[0]):
                rows.setdefault(module, {}).setdefault(name, set()).add(text)
    # Those of the solver last: setup solves once at the same time, after which they are on the disk.
    order = sorted(rows, key=lambda m: (m.startswith("surgitwin.mechanics"), m))
    table = {"kernels": {m: {n: sorted(rows[m][n]) for n in sorted(rows[m])} for m in order}}
    path.write_text(NOTE + tomli_w.dumps(table), encoding="utf-8")
    print(f"{sum(map(len, rows.values()))} kernels in {path.name}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
