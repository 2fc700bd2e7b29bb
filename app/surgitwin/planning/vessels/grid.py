"""The picture grid of a procedure with sizes and depths: one cell a plan, read at a glance."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from surgitwin.core.plan import Plan
from surgitwin.planning.case import Case
from surgitwin.planning.site import ARTERY, ROOT
from surgitwin.planning.titles import short_title
from surgitwin.planning.vessels.pictures import matrix_picture
from surgitwin.planning.vessels.plans import procedure_of
from surgitwin.planning.vessels.results import deployed
from surgitwin.procedures.vessel import MatrixPlace
from surgitwin.report.data import ReportPicture
from surgitwin.report.document import GridCell, PictureGrid
from surgitwin.report.words import value_text


@dataclass(frozen=True)
class Key:
    """A number that decides. part "": the first part that the plan gives. short: for a narrow cell."""

    id: str
    part: str
    short: str


KEYS: Mapping[str, tuple[Key, ...]] = {
    ROOT: (
        Key("valve_oversizing_area", "", "Oversizing, area"),
        Key("valve_diameter", "annulus", "Diameter at annulus"),
        Key("valve_eccentricity", "annulus", "Eccentricity"),
        Key("valve_contact_index", "", "Contact on conduction region"),
        Key("valve_contact_pressure", "", "Pressure there"),
        Key("valve_gap_area", "", "Gap at skirt"),
        Key("valve_leak_high", "", "Leak, upper end"),
        Key("valve_coronary_clearance", "left", "Clearance, left coronary"),
    ),
    ARTERY: (
        Key("stent_min_area", "", "Smallest lumen area"),
        Key("stent_residual_stenosis", "", "Residual narrowing"),
        Key("stent_struts_malapposed", "", "Struts off the wall"),
        Key("stent_recoil", "", "Recoil"),
        Key("stent_wall_stress", "", "Wall stress, 99th percentile"),
        Key("stent_drop_after", "", "Pressure drop after"),
    ),
}
"""The numbers that decide, by site: columns of the key table and lines of the grid's cells."""


@dataclass(frozen=True)
class Matrix:
    """Plans by depth (rows) and size (columns). names [row][column]: plan or None."""

    columns: tuple[str, ...]
    rows: tuple[str, ...]
    names: tuple[tuple[str | None, ...], ...]


def matrix_of(case: Case) -> Matrix | None:
    """The grid of the case's plans; None when their procedure has none or fewer than two plans are in it."""
    places: dict[str, MatrixPlace] = {}
    for name, plan in case.plans().items():
        place = procedure_of(case, plan.procedure).matrix_place(plan)
        if place is not None:
            places[name] = place
    if len(places) < 2:
        return None
    columns = sorted({(p.column_value, p.column) for p in places.values()})
    rows = sorted({(p.row_value, p.row) for p in places.values()})
    at = {(p.row, p.column): name for name, p in reversed(places.items())}
    names = tuple(tuple(at.get((r, c)) for _, c in columns) for _, r in rows)
    return Matrix(tuple(c for _, c in columns), tuple(r for _, r in rows), names)


def picture_grid(case: Case, compare: Mapping[str, Any]) -> PictureGrid | None:
    """The grid for the report; None without one."""
    matrix = matrix_of(case)
    if matrix is None:
        return None
    plans = case.plans()
    rows = {p["name"]: p for p in compare["plans"]}
    found = {n: d for n in plans if (d := deployed(case, n)) is not None}
    pressures = [d.result.pressure_MPa for d in found.values()]

    def cell(name: str | None) -> GridCell | None:
        if name is None:
            return None
        picture = None
        if name in found:
            made = matrix_picture(case, found[name], pressures)
            picture = ReportPicture(made.title, made.png, made.alt)
        return GridCell(_title(plans[name], rows[name]), tuple(_lines(rows[name])), picture)

    cells = tuple(tuple(cell(name) for name in row) for row in matrix.names)
    return PictureGrid("Depth \\ size", matrix.columns, matrix.rows, cells)


def _title(plan: Plan, row: Mapping[str, Any]) -> str:
    return short_title(plan) + (" (out of date)" if row["stale"] else "")


def _lines(row: Mapping[str, Any]) -> list[str]:
    found = [(key, best(row, key)) for key in KEYS[ROOT if row["procedure"] == "valve" else ARTERY]]
    out = [f"{k.short}: {value_text(m)}" for k, m in found if m is not None and m["value"] is not None]
    return out if row["levels"][-1] != "L0" else [*out, "Not deployed: geometry only."]


def best(plan: Mapping[str, Any], key: Key) -> Mapping[str, Any] | None:
    """The number of a plan (row of ``compare.json``) at its highest level, None when it has none."""
    found = [m for m in plan["metrics"] if m["id"] == key.id and key.part in ("", m["part"])]
    given = [m for m in found if m["value"] is not None] or found
    return max(given, key=lambda m: m["level"], default=None)
