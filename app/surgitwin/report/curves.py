"""A chart of curves: for a stent the lumen area along the centreline before, after and per plan."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from surgitwin.core.arrays import FloatArray
from surgitwin.report.chart_look import (
    DARK,
    LIGHT,
    NOTICE,
    SHAPES,
    Format,
    Size,
    figure_of,
    file_bytes,
    say_none,
)

DASHES = ("-", "--", ":")
"""With six colours eighteen plans can be told apart."""


@dataclass(frozen=True)
class Line:
    """One curve. kind "plan" has a colour of its own, "before" is dark, "reference" thin and grey."""

    title: str
    kind: Literal["before", "plan", "reference"]
    x: Sequence[float]
    y: Sequence[float]


@dataclass(frozen=True)
class Dots:
    """Single points with one entry in the legend. size: in points."""

    title: str
    x: Sequence[float] | FloatArray
    y: Sequence[float] | FloatArray
    size: float = 7.0


def curve_chart(
    lines: Sequence[Line],
    x_title: str,
    y_title: str,
    dark: bool = False,
    size: Size = (900, 420),
    *,
    dots: Sequence[Dots] = (),
    fmt: Format = "png",
    zoom: float = 1.0,
) -> bytes:
    """The curves with a legend and the notice, as PNG (zoom: its pixels for one px) or SVG."""
    look = DARK if dark else LIGHT
    with figure_of(size, look) as (figure, axes):
        n = 0
        for line in lines:
            if line.kind == "plan":
                colour, dash, width = look.colours[n % 6], DASHES[n // 6 % 3], 1.8
                n += 1
            elif line.kind == "before":
                colour, dash, width = look.ink, "-", 1.4
            else:
                colour, dash, width = look.stale, "--", 1.2
            axes.plot(line.x, line.y, dash, color=colour, linewidth=width, label=line.title)
        for k, one in enumerate(dots):
            colour = look.colours[k % 6]
            axes.plot(one.x, one.y, SHAPES[k % 6], color=colour, markersize=one.size, label=one.title)
        axes.set_xlabel(x_title)
        axes.set_ylabel(y_title)
        axes.grid(color=look.faint, linewidth=0.6)
        if not lines:
            say_none(axes, look, "No plan has been deployed.")
        else:
            figure.legend(loc="outside upper left", ncols=4, frameon=False, labelcolor=look.ink, fontsize=9)
        figure.text(0.995, 0.005, NOTICE.upper(), ha="right", va="bottom", fontsize=7, color=look.ink)
        return file_bytes(figure, fmt, zoom)


def dot_chart(
    groups: Sequence[Dots],
    x_title: str,
    y_title: str,
    dark: bool = False,
    size: Size = (560, 420),
    x_range: tuple[float, float] | None = None,
    y_range: tuple[float, float] | None = None,
    *,
    fmt: Format = "png",
    zoom: float = 2.0,
) -> bytes:
    """Groups of points in a plane, as PNG or SVG."""
    look = DARK if dark else LIGHT
    with figure_of(size, look) as (figure, axes):
        for k, one in enumerate(groups):
            colour = look.colours[k % 6]
            axes.plot(one.x, one.y, SHAPES[k % 6], color=colour, markersize=one.size, label=one.title)
        axes.set_xlabel(x_title)
        axes.set_ylabel(y_title)
        axes.grid(color=look.faint, linewidth=0.6)
        if x_range is not None:
            axes.set_xlim(*x_range)
        if y_range is not None:
            axes.set_ylim(*y_range)
        figure.legend(loc="outside upper left", ncols=4, frameon=False, labelcolor=look.ink, fontsize=9)
        figure.text(0.995, 0.005, NOTICE.upper(), ha="right", va="bottom", fontsize=7, color=look.ink)
        return file_bytes(figure, fmt, zoom)
