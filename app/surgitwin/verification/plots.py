"""What the pages of the verification sheet share: templates, plots as SVG, values in words."""

from __future__ import annotations

import base64
import io
from collections.abc import Callable

import matplotlib as mpl
from jinja2 import Environment, PackageLoader, StrictUndefined
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

WIDTH_IN = 5.2
CURVES_IN = 2.5
"""Height of a plot of material curves."""


def templates() -> Environment:
    """The templates of this package; everything is escaped, a name that is not given is an error."""
    return Environment(
        loader=PackageLoader("surgitwin.verification", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def svg_plot(draw: Callable[[Axes], None], height_in: float) -> str:
    """One pair of axes that `draw` fills, with a light grid and the legend beside it, as SVG.

    The same on every machine and day: letters are paths, no date is written.
    """
    with mpl.rc_context({"svg.fonttype": "path", "font.family": "DejaVu Sans", "font.size": 8}):
        figure = Figure(figsize=(WIDTH_IN, height_in), layout="constrained")
        FigureCanvasSVG(figure)
        axes = figure.add_subplot()
        axes.grid(True, which="both", color="#e3e6ea", lw=0.5)
        axes.spines[["top", "right"]].set_visible(False)
        draw(axes)
        axes.legend(loc="upper left", bbox_to_anchor=(1.01, 1), frameon=False, fontsize=7.5)
        stream = io.StringIO()
        figure.savefig(stream, format="svg", metadata={"Date": None})
    return stream.getvalue()


def svg_address(svg: str) -> str:
    """The picture as an address for <img>."""
    return f"data:image/svg+xml;base64,{base64.b64encode(svg.encode()).decode()}"


def value_words(name: str, number: float) -> str:
    """ "E_MPa", 193000.0 -> "E = 193000 MPa"."""
    for ending, unit in (("_MPa_C", " MPa/°C"), ("_MPa", " MPa"), ("_C", " °C")):
        if name.endswith(ending):
            return f"{name.removesuffix(ending)} = {number:.6g}{unit}"
    return f"{name} = {number:.6g}"
