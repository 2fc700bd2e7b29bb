"""Sheets of the laws with memory: formula, source, parameter sets with their curves."""

from __future__ import annotations

from functools import cache

from matplotlib.axes import Axes

from surgitwin.mechanics.point_laws.curves import PointSet, sheets
from surgitwin.verification.plots import CURVES_IN, svg_address, svg_plot, templates, value_words

COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7")
STYLES = ("-", "--", "-.", ":")
"""Told apart also without colour."""


@cache
def point_law_sheets_html() -> str:
    """HTML of all laws with memory for the verification sheet (some seconds, once a process)."""
    environment = templates()
    environment.filters.update(plot=_plot, value=value_words)
    return environment.get_template("point_law_sheets.html").render(laws=sheets())


def curves_svg(points: PointSet) -> str:
    """Stress over strain of every test of one parameter set."""

    def draw(axes: Axes) -> None:
        for n, curve in enumerate(points.curves):
            colour, style = COLOURS[n % len(COLOURS)], STYLES[n % len(STYLES)]
            axes.plot(100 * curve.strain, curve.stress_MPa, style, color=colour, lw=1.3, label=curve.label)
        axes.set_xlabel("strain (%)")
        axes.set_ylabel("stress (MPa)")
        axes.axhline(0, color="#9aa3ad", lw=0.6)

    return svg_plot(draw, CURVES_IN)


def _plot(points: PointSet) -> str:
    return svg_address(curves_svg(points))
