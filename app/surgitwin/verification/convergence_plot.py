"""Convergence plots: error against mesh size or unknowns, both axes logarithmic, with the observed order."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes

from surgitwin.mechanics.grid_convergence import gci
from surgitwin.verification.outcome import Outcome
from surgitwin.verification.plots import svg_plot

COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#6b5b95", "#555555")
"""Okabe and Ito's colours, told apart also by those who see few."""
MARKERS = "osD^vPX*"
HEIGHT_IN = 3.0
LEAST_ERROR = 1e-16
"""Below this an error is rounding and has no place on a logarithmic axis."""


def convergence_svg(outcomes: Sequence[Outcome]) -> str:
    """One plot for all values of a row that have a study of at least two meshes, as SVG; "" when none has."""
    lines = [(o, points) for o in outcomes if len(points := error_points(o)) >= 2]
    if not lines:
        return ""

    def draw(axes: Axes) -> None:
        for n, (outcome, points) in enumerate(lines):
            _line(axes, n, outcome, np.array(points))
        _dress(axes, lines[0][0])

    return svg_plot(draw, HEIGHT_IN)


def error_points(outcome: Outcome) -> list[tuple[float, float]]:
    """(mesh size or unknowns, error) of a study, coarse to fine, without errors that are rounding.

    Errors are against the reference, relative where the tolerance is. The study of an order of convergence
    holds errors already.
    """
    r = outcome.reference
    if r.measure == "order":
        pairs = [(x, abs(y)) for x, y in outcome.study]
    else:
        pairs = [(x, abs(r.error(y))) for x, y in outcome.study]
    return [(x, y) for x, y in pairs if x > 0 and math.isfinite(y) and y > LEAST_ERROR]


def order_text(outcome: Outcome) -> str:
    """The observed order of three meshes where it exists; else the slope of the error."""
    sizes = [x for x, _ in outcome.study[-3:]]
    if outcome.reference.measure != "order" and len(sizes) == 3 and sizes[0] > sizes[1] > sizes[2]:
        (h3, f3), (h2, f2), (h1, f1) = outcome.study[-3:]
        order = gci(f1, f2, f3, h1, h2, h3).order
        return "no order" if order is None else f"p {order:.2f}"
    points = error_points(outcome)
    (x0, y0), (x1, y1) = points[-2:]
    return f"slope {math.log(y1 / y0) / math.log(x1 / x0):.2f}" if x0 != x1 else "no order"


def _line(axes: Axes, n: int, outcome: Outcome, points: np.ndarray) -> None:  # type: ignore[type-arg]
    colour = COLOURS[n % len(COLOURS)]
    label = f"{outcome.reference.id}  {order_text(outcome)}"
    axes.loglog(*points.T, color=colour, marker=MARKERS[n % len(MARKERS)], ms=4, lw=1.2, label=label)
    if outcome.reference.measure != "order":
        axes.axhline(outcome.reference.tolerance, color=colour, lw=0.8, ls=(0, (4, 3)), alpha=0.7)


def _dress(axes: Axes, outcome: Outcome) -> None:
    x = [pair[0] for pair in outcome.study]
    sizes = x[0] > x[-1]
    axes.set_xlabel("mesh size" if sizes else "unknowns")
    if sizes:
        axes.invert_xaxis()
    order = outcome.reference.measure == "order"
    axes.set_ylabel("error" if order else "error against the reference")
    ticks = sorted({float(v) for v in x})
    axes.set_xticks(ticks, [f"{t:.3g}" if t < 1e4 else f"{t / 1000:.0f}k" for t in ticks])
    axes.minorticks_off()
