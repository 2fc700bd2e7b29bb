"""The picture grid of sizes and depths as plain cells: unrolled contact, numbers with bars. Without Qt."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from surgitwin.anatomy.root.types import RootAnatomy
from surgitwin.core.arrays import FloatArray
from surgitwin.planning.vessels.grid import Key, best
from surgitwin.procedures.valve.place import annulus_s
from surgitwin.report.words import band_text, figures, status, unit_text, value_text
from surgitwin.scene.fields import ColourScale
from surgitwin.scene.vessel_map import map_image, unroll
from surgitwin.viewer.vessel.compare_model import VesselComparison


@dataclass(frozen=True)
class Line:
    """One line of a cell: words, the numbers in it (the last one gives the bar), what stands between."""

    words: str
    keys: tuple[Key, ...]
    between: str = " / "
    plain: bool = False


def _line(words: str, *keys: tuple[str, str], between: str = " / ", plain: bool = False) -> Line:
    return Line(words, tuple(Key(id_, part, words) for id_, part in keys), between, plain)


NUMBERS = (
    _line(
        "Ø in, ann., out", ("valve_diameter", "inflow"), ("valve_diameter", "annulus"),
        ("valve_diameter", "outflow"), plain=True,
    ),
    _line("Eccentricity", ("valve_eccentricity", "annulus")),
    _line("Contact index", ("valve_contact_index", "")),
    _line("Contact max.", ("valve_contact_pressure", "")),
    _line("Gap at skirt", ("valve_gap_area", "")),
    _line("Leak", ("valve_leak_low", ""), ("valve_leak_high", ""), between=" to "),
    _line("Coronary L, R", ("valve_coronary_clearance", "left"), ("valve_coronary_clearance", "right")),
)  # fmt: skip
"""The lines of a cell, in the order in which they are read."""
BEFORE = (
    _line("Oversize, area", ("valve_oversizing_area", "")),
    _line("Oversize, perim.", ("valve_oversizing_perimeter", "")),
    _line("Coronary L, R", ("valve_virtual_clearance", "left"), ("valve_virtual_clearance", "right")),
)
"""The lines of a cell that was not deployed."""
ROUNDING = 1e-6
MAP_SIZE = (96, 44)
MARGIN_MM = 3.0
"""The pictures reach so far beyond the devices (display only)."""
ANNULUS_RGB, SEPTUM_RGB = (255, 255, 255), (120, 230, 255)


@dataclass(frozen=True)
class CellNumber:
    """One line of a cell. share: of the largest such number in the grid, 0 to 1; None without a value."""

    words: str
    text: str
    share: float | None
    tip: str
    light: str


@dataclass(frozen=True, eq=False)
class MatrixCell:
    """One plan. picture: (h, w, 3) uint8 of the unrolled contact pressure, None without a result."""

    name: str
    title: str
    state: str
    level: str
    picture: npt.NDArray[Any] | None
    numbers: tuple[CellNumber, ...]
    tip: str


@dataclass(frozen=True, eq=False)
class MatrixPicture:
    """cells [row][column], None where no plan stands. cusps: share 0 to 1 across the pictures and letter."""

    columns: tuple[str, ...]
    rows: tuple[str, ...]
    cells: tuple[tuple[MatrixCell | None, ...], ...]
    scale: ColourScale | None
    cusps: tuple[tuple[float, str], ...]


def make_matrix(comparison: VesselComparison) -> MatrixPicture | None:
    """The grid with its pictures; None when the procedure has none. For a worker."""
    matrix = comparison.matrix
    if matrix is None:
        return None
    scale = comparison.scale("contact_pressure")
    rows = {p["name"]: p for p in comparison.compare["plans"]}
    names = [n for row in matrix.names for n in row if n is not None]
    largest = {x: _largest([rows[n] for n in names], x.keys[-1]) for x in (*NUMBERS, *BEFORE)}
    between = _stretch(comparison)
    cells = tuple(
        tuple(None if n is None else _cell(comparison, n, rows[n], scale, largest, between) for n in row)
        for row in matrix.names
    )
    return MatrixPicture(matrix.columns, matrix.rows, cells, scale, _cusps(comparison.anatomy))


def _stretch(comparison: VesselComparison) -> tuple[float, float] | None:
    """Arc lengths that hold every device: the same for all pictures, so that heights can be compared."""
    ends = []
    for one in comparison.found.values():
        under = one.task.wall.lumen_s_mm[np.isfinite(one.result.gap_mm)]
        under = under[np.isfinite(under)]
        if len(under):
            ends.append((float(under.min()), float(under.max())))
    if not ends:
        return None
    return min(a for a, _ in ends) - MARGIN_MM, max(b for _, b in ends) + MARGIN_MM


def _largest(rows: list[Any], key: Key) -> float:
    values = [m["value"] for r in rows if (m := best(r, key)) is not None and m["value"] is not None]
    most = max((abs(v) for v in values), default=0.0)
    return most if most > ROUNDING else 0.0


def _cell(
    comparison: VesselComparison,
    name: str,
    row: Any,
    scale: ColourScale | None,
    largest: Mapping[Line, float],
    between: tuple[float, float] | None,
) -> MatrixCell:
    plan, one = comparison.find(name), comparison.found.get(name)
    picture = None
    if one is not None and scale is not None:
        made = unroll(one.task.wall, one.result.pressure_MPa, MAP_SIZE, between)
        picture = map_image(made, scale, _lines(comparison.anatomy))
    wanted = NUMBERS if one is not None else BEFORE
    numbers = tuple(n for line in wanted if (n := _number(line, row, largest[line])) is not None)
    level = "L0" if one is None else one.level
    return MatrixCell(name, plan.short, plan.state, level, picture, numbers, plan.title)


def _number(line: Line, row: Any, largest: float) -> CellNumber | None:
    """A line of a cell; None when the plan knows none of its numbers."""
    found = [m for k in line.keys if (m := best(row, k)) is not None]
    given = [m for m in found if m["value"] is not None]
    if not found:
        return None
    if not given:
        return CellNumber(line.words, "not given", None, f"{line.words}: {found[0]['reason']}", "missing")
    unit = unit_text(given[-1]["unit"]).replace("mm2", "mm²")
    text = line.between.join(_figures(m["value"], m["unit"]) for m in given) + unit
    tips = [f"{m['part'] or line.words}: {_value(m)}" for m in given]
    share = None if line.plain else abs(given[-1]["value"]) / largest if largest else 0.0
    return CellNumber(line.words, text, share, "\n".join(tips), status(given[-1]).kind)


def _figures(value: float, unit: str) -> str:
    """Three figures; what is zero but for rounding is zero."""
    return figures(0.0 if abs(value) < ROUNDING else value, unit)


def _value(metric: Any) -> str:
    band = band_text(metric)
    return value_text(metric) + (f", band {band}" if band else "") + f" ({metric['level']})"


def _lines(anatomy: object) -> list[tuple[float, tuple[int, int, int]]]:
    """The annulus and the lower end of the membranous septum, as arc lengths on the course."""
    if not isinstance(anatomy, RootAnatomy):
        return []
    s = annulus_s(anatomy)
    out: list[tuple[float, tuple[int, int, int]]] = [(s, ANNULUS_RGB)]
    if anatomy.septum_length_mm is not None:
        out.append((s - anatomy.septum_length_mm, SEPTUM_RGB))
    return out


def _cusps(anatomy: object) -> tuple[tuple[float, str], ...]:
    """Where the hinge points lie across the unrolled pictures: L, R, N; and S for the septum."""
    if not isinstance(anatomy, RootAnatomy):
        return ()
    points, _, e1, e2 = (x[0] for x in anatomy.tube.course.frames_at(np.array([annulus_s(anatomy)])))
    out = []
    for name, letter in (
        ("hinge_left", "L"), ("hinge_right", "R"), ("hinge_non", "N"), ("membranous_septum", "S"),
    ):  # fmt: skip
        mark = anatomy.landmarks.get(name)
        if mark is not None and mark.point_mm is not None:
            out.append((_turn(mark.point_mm - points, e1, e2), letter))
    return tuple(out)


def _turn(away: FloatArray, e1: FloatArray, e2: FloatArray) -> float:
    return float(np.mod(np.arctan2(away @ e2, away @ e1), 2 * np.pi) / (2 * np.pi))
