"""Sheets of the laws with memory: formula, source, parameter sets with their curves."""

from __future__ import annotations

import base64
import io
from functools import cache

import matplotlib as mpl
from jinja2 import Environment, PackageLoader, StrictUndefined
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

from surgitwin.mechanics.point_laws.curves import PointSet, sheets

COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7")
STYLES = ("-", "--", "-.", ":")
"""Told apart also without colour."""


@cache
def point_law_sheets_html() -> str:
    """HTML of all laws with memory for the verification sheet (some seconds, once a process)."""
    environment = Environment(
        loader=PackageLoader("surgitwin.verification", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(plot=_plot, value=_value)
    return environment.get_template("point_law_sheets.html").render(laws=sheets())


def curves_svg(points: PointSet) -> str:
    """Stress over strain of every test of one parameter set."""
    with mpl.rc_context({"svg.fonttype": "path", "font.family": "DejaVu Sans", "font.size": 8}):
        figure = Figure(figsize=(5.2, 2.5), layout="constrained")
        FigureCanvasSVG(figure)
        axes = figure.add_subplot()
        for n, curve in enumerate(points.curves):
            colour, style = COLOURS[n % len(COLOURS)], STYLES[n % len(STYLES)]
            axes.plot(100 * curve.strain, curve.stress_MPa, style, color=colour, lw=1.3, label=curve.label)
        axes.set_xlabel("strain (%)")
        axes.set_ylabel("stress (MPa)")
        axes.axhline(0, color="#9aa3ad", lw=0.6)
        axes.grid(True, color="#e3e6ea", lw=0.5)
        axes.spines[["top", "right"]].set_visible(False)
        axes.legend(loc="upper left", bbox_to_anchor=(1.01, 1), frameon=False, fontsize=7.5)
        stream = io.StringIO()
        figure.savefig(stream, format="svg", metadata={"Date": None})
    return stream.getvalue()


def _plot(points: PointSet) -> str:
    return f"data:image/svg+xml;base64,{base64.b64encode(curves_svg(points).encode()).decode()}"


def _value(name: str, number: float) -> str:
    """ "E_MPa", 193000.0 -> "E = 193000 MPa"."""
    for ending, unit in (("_MPa_C", " MPa/°C"), ("_MPa", " MPa"), ("_C", " °C")):
        if name.endswith(ending):
            return f"{name.removesuffix(ending)} = {number:.6g}{unit}"
    return f"{name} = {number:.6g}"
