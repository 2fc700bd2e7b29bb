"""Contact and large deformation: the iterative path against a direct solve of the same systems.

    .venv/bin/python tests/benchmarks/bench_contact.py [--sizes small,large] [--cases patch,press_fit,ring]

Each case is solved twice to the same Newton tolerance on the same mesh: by MUMPS (LDL^T, one thread) and by
conjugate gradients with the cycle over quadratic and linear displacements. The table gives unknowns, Newton
and linear iterations, seconds, and how far the answers are apart. The claim: above 200,000 unknowns the
iterative path is the quicker one.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Callable
from dataclasses import replace

import numpy as np

os.environ.setdefault("OMP_NUM_THREADS", "1")

from surgitwin.mechanics.fenicsx.solids import solve_model
from surgitwin.mechanics.model.couplings import Contact, RigidShape, Side
from surgitwin.mechanics.model.material import Material, elastic
from surgitwin.mechanics.model.model import Model
from surgitwin.mechanics.model.part import Part
from surgitwin.mechanics.model.shapes import box, tube
from surgitwin.mechanics.model.steps import LinearSolver, Stepping
from surgitwin.mechanics.model.supports import Fixed, Motion


def patch(n: int) -> Model:
    """Two blocks whose meshes do not match, pressed together."""
    low = Part("low", box((0, 0, 0), (10, 10, 5), (n, n, n // 2), "tetrahedron"), elastic(1000.0, 0.3))
    m = n + 1
    high = Part("high", box((0, 0, 5), (10, 10, 10), (m, m, m // 2), "tetrahedron"), elastic(1000.0, 0.3))
    supports = (
        *(Fixed(f"{p}{a}", p, f"{a}0", a) for p in ("low", "high") for a in "xy"),
        Fixed("floor", "low", "z0", "z"),
        Motion("press", "high", "z1", "z", translation_mm=(0, 0, -0.1)),
    )
    return Model(
        "patch", (low, high), supports, contacts=(Contact("c", Side("high", "z0"), Side("low", "z1")),)
    )


def press_fit(n: int) -> Model:
    """A quarter of a titanium bush in a cortical ring, 0.05 mm too large."""
    inner = Part("bush", tube(6, 10, 10, (n, 2 * n, n), cell="tetrahedron"), elastic(110e3, 0.3))
    outer = Part("ring", tube(10, 15, 10, (n, 2 * n + 1, n + 1), cell="tetrahedron"), elastic(17e3, 0.3))
    supports = (
        *(
            Fixed(f"{p} {s}", p, s, c)
            for p in ("bush", "ring")
            for s, c in (("y1", "x"), ("y0", "y"), ("z0", "z"))
        ),
    )
    fit = Contact("fit", Side("bush", "x1"), Side("ring", "x0"), interference_mm=0.05)
    return Model("press-fit", (inner, outer), supports, contacts=(fit,))


def ring(n: int) -> Model:
    """A quarter of a soft vessel opened by a rigid cylinder from 3.0 to 3.6 mm: finite strain and contact."""
    wall = Material("neo_hookean", {"mu_MPa": 0.05, "bulk_MPa": 0.5})
    vessel = Part("vessel", tube(3.1, 4.1, 6, (max(n // 3, 1), 2 * n, n), cell="tetrahedron"), wall)
    supports = tuple(Fixed(s, "vessel", s, c) for s, c in (("y1", "x"), ("y0", "y"), ("z0", "z")))
    balloon = RigidShape("cylinder", (0, 0, 0), (0, 0, 1), 3.0, inside=False, growth_mm=0.6)
    return Model(
        "stent ring",
        (vessel,),
        supports,
        contacts=(Contact("balloon", Side("vessel", "x0"), balloon, sliding="finite"),),
        stepping=Stepping(first=0.25, largest=0.25),
        large=True,
    )


CASES: dict[str, tuple[Callable[[int], Model], int, int]] = {
    "patch": (patch, 10, 22),
    "press_fit": (press_fit, 6, 15),
    "ring": (ring, 10, 26),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", default="patch,press_fit,ring")
    parser.add_argument("--sizes", default="small,large")
    arguments = parser.parse_args()
    heads = ("unknowns", "incr", "Newton", "linear", "s", "difference")
    print(f"{'case':12} {'method':10} " + " ".join(f"{h:>9}" for h in heads))
    for name in arguments.cases.split(","):
        make, small, large = CASES[name]
        for size in arguments.sizes.split(","):
            model = make(small if size == "small" else large)
            warm = replace(model, linear=LinearSolver("direct"))
            if size == "small":
                solve_model(warm)  # forms compiled before the clock runs
            ends = {}
            for method in ("direct", "iterative"):
                started = time.perf_counter()
                found = solve_model(replace(model, linear=LinearSolver(method)))
                spent = time.perf_counter() - started
                ends[method] = found.state.x
                counts = [sum(getattr(i, k) for i in found.increments) for k in ("newton", "linear")]
                gap = np.abs(found.state.x - ends["direct"]).max() / np.abs(ends["direct"]).max()
                numbers = (found.facts["unknowns"], len(found.increments), *counts)
                row = " ".join(f"{v:9d}" for v in numbers)
                print(
                    f"{name:12} {method:10} {row} {spent:9.1f} {gap:9.1e}  {found.facts['solver']}",
                    flush=True,
                )


if __name__ == "__main__":
    main()
