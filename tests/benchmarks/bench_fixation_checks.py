"""Time of the geometric checks and of a proposal on the synthetic femur: run this file by itself.

The issue asks for checks without finite elements in under 0.2 s.
"""

import statistics
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "procedures"))

from synthetic_femur import femur

from surgitwin.procedures.fracture_fixation import PROCEDURE
from surgitwin.procedures.fracture_fixation.site import Site


def seconds(work, repeats):
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def main():
    context = femur("left")
    print(f"distance grid, once per surface: {seconds(lambda: Site.of(context), 1):.2f} s")
    print(f"proposal: {seconds(lambda: PROCEDURE.propose(context, None, {}), 3):.2f} s")
    for plan in PROCEDURE.propose(context, None, {}).plans:
        took = seconds(lambda plan=plan: PROCEDURE.check(context, plan), 9)
        print(f"check of {plan.name}: {1000 * took:.1f} ms (limit 200 ms)")
        if took > 0.2:
            raise SystemExit(f"check of {plan.name} took {took:.2f} s")


if __name__ == "__main__":
    main()
