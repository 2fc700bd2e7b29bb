"""A moved implant against the first plan: from placement to result, everything else reused.

    .venv/bin/python tests/benchmarks/bench_moved_implant.py --case CASE.twin [--plan plate] [--shift 2]

The case is copied. First: its bone is meshed again from the surface, the plan solved (with the intact bone,
which every plan is compared with). Then the plan's implants are shifted along their own axis and the plan is
solved again. Claim: the second takes less than half of the first. Wall and processor time (of all processes)
are given; on a busy machine the processor time is the one to compare.
"""

from __future__ import annotations

import argparse
import json
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import tomli_w


def timed(*arguments: str) -> tuple[float, float, dict[str, object]]:
    """Wall and processor seconds of one command, and what it printed."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    started = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", "surgitwin", *arguments, "--json"], capture_output=True, text=True, check=False
    )
    wall = time.perf_counter() - started
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        raise SystemExit(f"{arguments}: {done.stdout}{done.stderr[-2000:]}")
    spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return wall, spent, json.loads(done.stdout)


def shifted(case: Path, plan: str, shift_mm: float) -> None:
    """Write the plan back with every implant moved along its own z axis."""
    import tomllib

    file = case / "plans" / f"{plan}.toml"
    data = tomllib.loads(file.read_text(encoding="utf-8"))
    for implant in data["implants"]:
        pose = np.array(implant["pose"], float).reshape(4, 4)
        pose[:3, 3] += shift_mm * pose[:3, 2]
        implant["pose"] = pose.tolist()
    file.write_text(tomli_w.dumps(data), encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--case", type=Path, required=True)
    parser.add_argument("--plan", default="plate")
    parser.add_argument("--shift", type=float, default=2.0)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        case = Path(folder) / "case.twin"
        shutil.copytree(arguments.case, case)
        shutil.rmtree(case / "results", ignore_errors=True)
        mesh = timed("mesh", str(case))
        first = timed("solve", str(case), "--plan", arguments.plan, "--cores", "1")
        shifted(case, arguments.plan, arguments.shift)
        moved = timed("solve", str(case), "--plan", arguments.plan, "--cores", "1")
    runs = [r for r in moved[2]["runs"] if r["plan"] == arguments.plan]  # type: ignore[attr-defined]
    assert not any(r["cached"] for r in runs)
    print(f"{arguments.plan}: {runs[0]['dofs']} unknowns, {len(runs)} loads")
    for k, unit in enumerate(("wall", "processor")):
        whole = mesh[k] + first[k]
        print(
            f"{unit:10} mesh {mesh[k]:6.1f} s, first solve {first[k]:6.1f} s, moved {moved[k]:6.1f} s: "
            f"{moved[k] / whole:.2f} of the first from the bone's surface"
        )


if __name__ == "__main__":
    main()
