"""Charts of a comparison, for report and window: values against limits, over loads, over healing stages.

Readable with red-green colour blindness: plans differ by colour (Okabe and Ito) and by shape.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from surgitwin.report.chart_data import Mark, heaviest_load, loads_of, marks
from surgitwin.report.chart_look import (
    DARK,
    LIGHT,
    SHAPES,
    Format,
    Look,
    Size,
    figure_of,
    file_bytes,
    finish,
    say_none,
    wrap,
)
from surgitwin.report.words import SIGNS, name_text, number, sentence, uncapital

MOST_PERCENT = 250.0
"""End of the axis of shares; what lies beyond is drawn at the end with its number (display only)."""


def metric_chart(
    compare: Mapping[str, Any],
    metric_ids: Sequence[str],
    names: Mapping[str, str],
    plans: Mapping[str, str],
    dark: bool = False,
    size: Size = (900, 480),
    *,
    load: str = "",
    stage: str = "",
    fmt: Format = "png",
    zoom: float = 1.0,
) -> bytes:
    """Every metric that has a limit as a share of it, all plans in one row, with bands.

    names: machine names to words; plans: plan name to title. size in px. load: "" for the heaviest of the
    ranking's loads; stage: healing stage, "" for each plan's own. PNG (zoom: its pixels for one px) or
    SVG, with the notice.
    """
    at = load or heaviest_load(compare)
    rows = [(m, found) for m in metric_ids if (found := _limited(compare, m, at, stage))]
    look = DARK if dark else LIGHT
    with figure_of(size, look) as (figure, axes):
        reach = 110.0
        for n, (_, found) in enumerate(rows):
            for mark in found:
                reach = max(reach, mark.share(mark.high))
                _share_mark(axes, compare, mark, n, look)
        axes.axvline(100, color=look.limit, linewidth=1.6)
        axes.set_xlim(0, min(1.06 * reach, MOST_PERCENT))
        axes.set_ylim(len(rows) - 0.4, -0.6)
        axes.set_yticks(range(len(rows)), [_row_title(m, found, names) for m, found in rows])
        axes.set_xlabel(f"Per cent of the limit, {uncapital(name_text(at, names))} (100 % = limit)")
        axes.grid(axis="x", color=look.faint, linewidth=0.6)
        if not rows:
            say_none(axes, look, "No number with a limit under this load.")
        finish(figure, compare, plans, [m for _, found in rows for m in found], look, stage, names)
        return file_bytes(figure, fmt, zoom)


def load_chart(
    compare: Mapping[str, Any],
    metric: str,
    names: Mapping[str, str],
    plans: Mapping[str, str],
    dark: bool = False,
    size: Size = (900, 420),
    *,
    stage: str = "",
    fmt: Format = "png",
    zoom: float = 1.0,
) -> bytes:
    """One metric under every load: a bar per plan with its band, and the limits as lines."""
    look = DARK if dark else LIGHT
    loads = loads_of(compare, metric)
    order = [p["name"] for p in compare["plans"]]
    width = 0.8 / max(len(order), 1)
    drawn: list[Mark] = []
    with figure_of(size, look) as (figure, axes):
        for n, load in enumerate(loads):
            for mark in marks(compare, metric, load, stage):
                k = order.index(mark.plan)
                x = n - 0.4 + (k + 0.5) * width
                colour = look.stale if mark.stale else look.colours[k % 6]
                face = colour if mark.judged else "none"
                axes.bar(x, mark.value, 0.9 * width, facecolor=face, edgecolor=colour, linewidth=1.5)
                axes.vlines(x, mark.low, mark.high, color=look.ink, linewidth=1.4)
                axes.plot([x, x], [mark.low, mark.high], "_", color=look.ink, markersize=7)
                if mark.limit is not None:
                    axes.hlines(mark.limit, x - width / 2, x + width / 2, color=look.limit, linewidth=1.8)
                drawn.append(mark)
        axes.set_xticks(range(len(loads)), [wrap(sentence(name_text(x, names)), 18) for x in loads])
        axes.axhline(0, color=look.ink, linewidth=0.8)
        axes.set_ylabel(_title(metric, drawn, names))
        axes.grid(axis="y", color=look.faint, linewidth=0.6)
        if not drawn:
            say_none(axes, look, "No plan has this number.")
        finish(figure, compare, plans, drawn, look, stage, names, bars=True)
        return file_bytes(figure, fmt, zoom)


def healing_chart(
    compare: Mapping[str, Any],
    metric: str,
    load: str,
    stages: Sequence[str],
    names: Mapping[str, str],
    plans: Mapping[str, str],
    dark: bool = False,
    size: Size = (900, 420),
    *,
    fmt: Format = "png",
    zoom: float = 1.0,
) -> bytes:
    """One metric under one load over the healing stages, in their order, with bands and limits."""
    look = DARK if dark else LIGHT
    order = [p["name"] for p in compare["plans"]]
    drawn: list[Mark] = []
    with figure_of(size, look) as (figure, axes):
        for k, plan in enumerate(order):
            only = {**compare, "plans": [p for p in compare["plans"] if p["name"] == plan]}
            found = [(n, m) for n, s in enumerate(stages) for m in marks(only, metric, load, s)]
            if not found:
                continue
            drawn += [m for _, m in found]
            colour = look.stale if found[0][1].stale else look.colours[k % 6]
            x = np.array([n for n, _ in found]) + 0.06 * (k - (len(order) - 1) / 2)
            axes.plot(x, [m.value for _, m in found], color=colour, linewidth=1.4)
            for at, (_, mark) in zip(x, found, strict=True):
                face = colour if mark.judged else look.paper
                axes.vlines(at, mark.low, mark.high, color=colour, linewidth=3, alpha=0.5)
                axes.plot(at, mark.value, SHAPES[k % 6], color=colour, markerfacecolor=face, markersize=8)
        for n, stage in enumerate(stages):
            for limit in {m.limit for m in marks(compare, metric, load, stage) if m.limit is not None}:
                axes.hlines(limit, n - 0.4, n + 0.4, color=look.limit, linewidth=1.8)
        axes.set_xticks(range(len(stages)), [wrap(sentence(name_text(s, names)), 16) for s in stages])
        axes.set_xlim(-0.6, len(stages) - 0.4)
        axes.set_ylabel(_title(metric, drawn, names))
        axes.set_title(sentence(name_text(load, names)), fontsize=10, color=look.ink, loc="left")
        axes.grid(axis="y", color=look.faint, linewidth=0.6)
        if not drawn:
            say_none(axes, look, "No plan was simulated at these healing stages.")
        finish(figure, compare, plans, drawn, look, "", names)
        return file_bytes(figure, fmt, zoom)


def _limited(compare: Mapping[str, Any], metric: str, load: str, stage: str) -> list[Mark]:
    return [m for m in marks(compare, metric, load, stage) if m.limit]


def _share_mark(axes: Axes, compare: Mapping[str, Any], mark: Mark, row: int, look: Look) -> None:
    """A shape at the value, a bar over the band; beyond the axis an arrow with the number."""
    order = [p["name"] for p in compare["plans"]]
    k = order.index(mark.plan)
    y = row + 0.7 * ((k + 0.5) / len(order) - 0.5)
    colour = look.stale if mark.stale else look.colours[k % 6]
    low, value, high = (mark.share(v) for v in (mark.low, mark.value, mark.high))
    if value > MOST_PERCENT:
        axes.annotate(
            f"{number(value)} % \u25b8", (0.99 * MOST_PERCENT, y), ha="right", va="center", color=colour,
            fontsize=9, fontweight="bold",
        )  # fmt: skip
        return
    axes.hlines(y, low, high, color=colour, linewidth=6, alpha=0.45)
    face = colour if mark.judged else look.paper
    axes.plot(value, y, SHAPES[k % 6], color=colour, markerfacecolor=face, markersize=8, markeredgewidth=1.6)


def _row_title(metric: str, found: Sequence[Mark], names: Mapping[str, str]) -> str:
    limits = sorted({(m.limit, m.comparator) for m in found if m.limit is not None})
    unit = "" if found[0].unit == "1" else f" {found[0].unit}"
    said = " or ".join(f"{SIGNS.get(c, c)} {number(v)}{unit}" for v, c in limits)
    return f"{wrap(sentence(name_text(metric, names)), 34)}\n(limit {said})"


def _title(metric: str, drawn: Sequence[Mark], names: Mapping[str, str]) -> str:
    unit = drawn[0].unit if drawn else "1"
    return wrap(sentence(name_text(metric, names)), 30) + ("" if unit == "1" else f" [{unit}]")
