"""Time of checks, proposals and adjustments by hand: run this file by itself.

On the synthetic femur, or on a case (a folder) that is given as the argument. The issue asks for checks
without finite elements in under 0.2 s, also while an implant is dragged.
"""

import statistics
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "procedures"))

from synthetic_femur import femur

from surgitwin.implants import build
from surgitwin.planning.case import Case
from surgitwin.planning.plans.step import context_of
from surgitwin.procedures.fracture_fixation import PROCEDURE
from surgitwin.procedures.fracture_fixation.site import Site

LIMIT_S = 0.2


def seconds(work, repeats):
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def vessel(context):
    """20 000 surface points of a tube of 4 mm radius along the shaft, 30 mm medial of it."""
    t, z = np.meshgrid(np.linspace(0, 2 * np.pi, 50), np.linspace(-250, 50, 400))
    tube = np.stack([4 * np.cos(t) + 30, 4 * np.sin(t), z], -1).reshape(-1, 3)
    return context.anatomy.frame.to_lps(tube)


def told(words, work, repeats=9, limit=LIMIT_S):
    took = seconds(work, repeats)
    print(f"{words}: {1000 * took:.1f} ms (limit {1000 * limit:.0f} ms)")
    return [] if took <= limit else [f"{words} took {took:.2f} s"]


def adjustments(context, plan):
    """Every adjustment by hand with the check after it."""
    name = plan.name
    works = {
        "check": lambda: PROCEDURE.check(context, plan),
        "snap": lambda: PROCEDURE.check(context, PROCEDURE.snap(context, plan, 0)),
        "slide": lambda: PROCEDURE.check(context, PROCEDURE.slide(context, plan, 0, -3.0)),
        "turn": lambda: PROCEDURE.check(context, PROCEDURE.turn(context, plan, 0, 5.0)),
        "refit screws": lambda: PROCEDURE.check(context, PROCEDURE.refit_screws(context, plan, 0)),
        "handles": lambda: PROCEDURE.handles(context, plan, 0),
    }
    late = []
    for words, work in works.items():
        late += told(f"{name}, {words}{'' if words in ('check', 'handles') else ' and check'}", work)
    return late


def main():
    context = context_of(Case.open(sys.argv[1])) if len(sys.argv) > 1 else femur("left")
    bone = context.surface.points_mm[::8] + np.array([0, 0, 120.0])
    context = replace(context, keep_out={"artery": vessel(context)}, other_bone=bone)
    print(f"distance grid, once per surface: {seconds(lambda: Site.of(context), 1):.2f} s")
    print(f"proposal: {seconds(lambda: PROCEDURE.propose(context, None, {}), 3):.2f} s")
    late = []
    for plan in PROCEDURE.propose(context, None, {}).plans:
        print(f"{plan.name}: {plan.implants[0].catalogue_id}, {len(build(plan.implants[0]).solids)} solids")
        late += adjustments(context, plan)
    if late:
        raise SystemExit("; ".join(late))


if __name__ == "__main__":
    main()
