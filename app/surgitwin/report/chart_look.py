"""How charts look: colours, shapes, paper, legend, the words below."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal

import matplotlib
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from surgitwin.report.chart_data import Mark
from surgitwin.report.summary import band_words
from surgitwin.report.words import name_text, uncapital

Format = Literal["png", "svg"]
Size = tuple[int, int]
"""Width and height in px."""

COLOURS = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00")
DARK_COLOURS = ("#5AB0F0", "#E69F00", "#2CC295", "#E29BC2", "#A9DDF7", "#FF8A4C")
SHAPES = ("o", "s", "^", "D", "v", "P")
"""Colour and shape of the first to sixth plan."""
DPI = 100
BAND_WORDS = "Bar or whisker: the band."
HOLLOW_WORDS = "Hollow: surfaces would touch, which the model does not know; the value is an overestimate."
STALE_WORDS = "Grey: out of date, not to be compared."
NOTICE = "Not for clinical use"


@dataclass(frozen=True)
class Look:
    """Colours of one kind of paper."""

    paper: str
    ink: str
    faint: str
    limit: str
    stale: str
    colours: tuple[str, ...]


LIGHT = Look("#ffffff", "#171d24", "#c9d0d8", "#8f1d2c", "#9aa3ad", COLOURS)
DARK = Look("#14171b", "#eceff3", "#3a424b", "#ff938a", "#6b7580", DARK_COLOURS)


def wrap(text: str, width: int) -> str:
    """`text` broken at blanks into lines of at most `width` letters where possible."""
    lines = [""]
    for word in text.split():
        if lines[-1] and len(lines[-1]) + len(word) + 1 > width:
            lines.append(word)
        else:
            lines[-1] = f"{lines[-1]} {word}".strip()
    return "\n".join(lines)


def say_none(axes: Axes, look: Look, words: str) -> None:
    """Why the chart is empty."""
    axes.text(0.5, 0.5, words, color=look.ink, ha="center", va="center", transform=axes.transAxes)


@contextmanager
def figure_of(size: Size, look: Look) -> Iterator[tuple[Figure, Axes]]:
    """A figure without any window (its own canvas, safe in a thread)."""
    with matplotlib.rc_context({"font.family": "DejaVu Sans", "font.size": 9, "svg.hashsalt": "surgitwin"}):
        figure = Figure(
            figsize=(size[0] / DPI, size[1] / DPI), dpi=DPI, facecolor=look.paper, layout="constrained"
        )
        FigureCanvasAgg(figure)
        axes = figure.add_subplot(facecolor=look.paper)
        axes.set_axisbelow(True)
        axes.tick_params(colors=look.ink)
        axes.xaxis.label.set_color(look.ink)
        axes.yaxis.label.set_color(look.ink)
        for side, spine in axes.spines.items():
            spine.set_visible(side in ("left", "bottom"))
            spine.set_color(look.faint)
        yield figure, axes


def finish(
    figure: Figure,
    compare: Mapping[str, Any],
    plans: Mapping[str, str],
    drawn: Sequence[Mark],
    look: Look,
    stage: str,
    names: Mapping[str, str],
    *,
    bars: bool = False,
) -> None:
    """Legend with colour and shape of every plan, limit, what the signs mean, and the notice."""
    axes = figure.axes[0]
    for k, plan in enumerate(compare["plans"]):
        stale = bool(plan.get("stale"))
        colour = look.stale if stale else look.colours[k % 6]
        title = plans.get(plan["name"]) or name_text(plan["name"]).capitalize()
        shape = "s" if bars else SHAPES[k % 6]
        axes.plot(
            [], [], shape, color=colour, markersize=8, label=title + (" (out of date)" if stale else "")
        )
    axes.plot([], [], "-", color=look.limit, linewidth=1.8, label="Limit")
    legend = figure.legend(
        loc="outside upper left", ncols=4, frameon=False, labelcolor=look.ink, fontsize=9, borderaxespad=0.2
    )
    legend.set_in_layout(True)
    lines = [f"{BAND_WORDS} {band_words(compare)}"]
    if any(not m.judged for m in drawn):
        lines.append(HOLLOW_WORDS)
    if any(m.stale for m in drawn):
        lines.append(STALE_WORDS)
    if stage:
        lines.append(f"Healing stage: {uncapital(name_text(stage, names))}.")
    wide = round(figure.get_size_inches()[0] * 15)
    text = "\n".join([*(wrap(x, wide) for x in lines), NOTICE.upper() + "."])
    figure.supxlabel(text, x=0.01, ha="left", fontsize=8, color=look.ink)


def file_bytes(figure: Figure, fmt: Format, zoom: float) -> bytes:
    """The finished file; zoom: pixels of a PNG for one of its size (sharp text on dense screens)."""
    buffer = io.BytesIO()
    about = {"Description": NOTICE} | ({} if fmt == "png" else {"Date": None})
    figure.savefig(buffer, format=fmt, dpi=DPI * zoom, metadata=about, facecolor=figure.get_facecolor())
    return buffer.getvalue()
