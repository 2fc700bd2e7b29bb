"""Sheets of the elastic laws: formula, source, parameter sets with curves, and where each is elliptic."""

from __future__ import annotations

from functools import cache

import numpy as np
from matplotlib.axes import Axes

from surgitwin.mechanics.fenicsx.laws.ellipticity import LOST, NO_EQUILIBRIUM, EllipticRange
from surgitwin.mechanics.fenicsx.laws.sheets import Curve, SetSheet, law_curves
from surgitwin.verification.plots import CURVES_IN, svg_address, svg_plot, templates, value_words

BLUE, ORANGE, RED = "#0072B2", "#D55E00", "#b00020"
KPA_PER_MPA = 1e3
SOFT_MPA = 10.0
"""Curves that stay below are drawn in kPa."""


@cache
def law_sheets_html() -> str:
    """HTML of all elastic laws for the verification sheet (some 20 s, once a process)."""
    environment = templates()
    environment.filters.update(plot=_plot, words=range_words, value=value_words)
    return environment.get_template("law_sheets.html").render(laws=law_curves())


def curves_svg(sheet: SetSheet) -> str:
    """Cauchy stress over stretch of one parameter set; red dots where ellipticity is lost."""
    largest = max((float(np.abs(c.stress_MPa).max()) for c in sheet.curves if c.stress_MPa.size), default=0.0)
    factor, unit = (KPA_PER_MPA, "kPa") if largest < SOFT_MPA else (1.0, "MPa")

    def draw(axes: Axes) -> None:
        for curve in sheet.curves:
            _draw(axes, curve, factor)
        axes.set_xlabel("stretch")
        axes.set_ylabel(f"Cauchy stress ({unit})")
        axes.axhline(0, color="#9aa3ad", lw=0.6)

    return svg_plot(draw, CURVES_IN)


def range_words(found: EllipticRange) -> str:
    """One elliptic range as a sentence."""
    ends = []
    for limit, why, side in (
        (found.lower, found.lower_end, "below"),
        (found.upper, found.upper_end, "above"),
    ):
        if why == LOST:
            ends.append(f"ellipticity is lost {side} {limit:.3f}")
        elif why == NO_EQUILIBRIUM:
            ends.append(f"no equilibrium {side} {limit:.3f}")
        else:
            ends.append(f"elliptic {'down' if side == 'below' else 'up'} to {limit:.3g}, as far as looked at")
    if found.normal is not None:
        ends.append("normal of the band " + "({:.2f}, {:.2f}, {:.2f})".format(*found.normal))
    return "; ".join(ends)


def _draw(axes: Axes, curve: Curve, factor: float) -> None:
    colour = ORANGE if curve.label.endswith((", axial", ", across")) else BLUE
    style = "--" if curve.label.startswith("equi") else "-"
    axes.plot(curve.stretch, factor * curve.stress_MPa, style, color=colour, lw=1.3, label=curve.label)
    lost = ~curve.elliptic
    if lost.any():
        axes.plot(curve.stretch[lost], factor * curve.stress_MPa[lost], ".", color=RED, ms=4)


def _plot(sheet: SetSheet) -> str:
    return svg_address(curves_svg(sheet))
