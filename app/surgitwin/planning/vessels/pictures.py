"""Pictures of a vessel case: the anatomy, every plan with its device, contact pressure, unrolled maps,
charts.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from surgitwin.anatomy.root.types import RootAnatomy
from surgitwin.core.arrays import FloatArray
from surgitwin.planning.case import Case
from surgitwin.planning.output.pictures import Picture
from surgitwin.planning.titles import short_title
from surgitwin.planning.vessels.anatomy_store import vessel_anatomy
from surgitwin.planning.vessels.plans import procedure_of, vessel_context
from surgitwin.planning.vessels.results import Deployed, deployed
from surgitwin.planning.vessels.root_charts import calcium_chart, view_chart
from surgitwin.procedures.vessel import Chart
from surgitwin.report.curves import Line, curve_chart
from surgitwin.scene.fields import ColourScale
from surgitwin.scene.model import Layer
from surgitwin.scene.page import png
from surgitwin.scene.vessel_fields import vessel_scale
from surgitwin.scene.vessel_layers import (
    calcium_layer,
    face_layer,
    landmark_layers,
    lumen_face,
    outline_layers,
    painted_layer,
    strut_layer,
    tube_layers,
)
from surgitwin.scene.vessel_map import map_image, unroll
from surgitwin.scene.vessel_picture import opened, side_view, vessel_picture

SIZE = (560, 640)
STRUT_SHARE = 0.5
"""Radius of a drawn strut beside its width."""


def vessel_pictures(case: Case) -> list[Picture]:
    """The anatomy, then every deployed plan on one colour scale and in one size, then the chart."""
    found = {name: d for name in case.plans() if (d := deployed(case, name)) is not None}
    anatomy = vessel_anatomy(case)
    out = [_anatomy(case), *(_root_charts(anatomy) if isinstance(anatomy, RootAnatomy) else [])]
    pressures = [r.result.pressure_MPa for r in found.values()]
    for name, one in found.items():
        out += _plan(case, name, one, pressures)
    chart = chart_picture(case, found)
    return [*out, *([chart] if chart else [])]


def _anatomy(case: Case) -> Picture:
    anatomy = vessel_anatomy(case)
    layers: list[Layer] = list(tube_layers(anatomy.tube, 0.55))
    calcium = calcium_layer(anatomy.calcium)
    layers += [calcium] if calcium is not None else []
    if isinstance(anatomy, RootAnatomy):
        layers += outline_layers({"annulus": anatomy.outlines["annulus"]})
        layers += landmark_layers(
            (name, mark.point_mm, mark.corrected_mm is not None)
            for name, mark in anatomy.landmarks.items()
            if mark.point_mm is not None
        )
    title = "Anatomy: inner wall, calcium, landmarks"
    said = ("Sizing is indicative",) if anatomy.indicative else ()
    image = vessel_picture(layers, (title, *said), axis=_axis(case), size=SIZE)
    return Picture("anatomy", title, png(image), title)


def _root_charts(anatomy: RootAnatomy) -> list[Picture]:
    views = "C-arm views along the annulus plane"
    calcium = "Where the calcium lies, unrolled about the annulus axis"
    return [
        Picture("anatomy_views", views, view_chart(anatomy), views),
        Picture("anatomy_calcium", calcium, calcium_chart(anatomy), calcium),
    ]


def _axis(case: Case) -> FloatArray:
    """Up on the screen: towards the aorta; for an artery against the flow, so that proximal is above."""
    anatomy = vessel_anatomy(case)
    if isinstance(anatomy, RootAnatomy):
        return np.array(anatomy.annulus.normal)
    points = anatomy.tube.course.points_mm
    out: FloatArray = points[0] - points[-1]
    return out


def _plan(case: Case, name: str, one: Deployed, pressures: Sequence[FloatArray]) -> list[Picture]:
    short = short_title(one.plan)
    axis = _axis(case)
    wall, result = one.task.wall, one.result
    face = lumen_face(wall, result.displacement_mm)
    eye, _ = side_view(axis)
    cut = opened(eye, face.points_mm.mean(axis=0))
    device = device_layer(one)
    struts = [device] if device is not None else []
    calcium = calcium_layer(vessel_anatomy(case).calcium)
    scale = vessel_scale("contact_pressure", pressures)
    painted = painted_layer(face, "contact_pressure", result.pressure_MPa, cut)
    glass = [face_layer(face), *([calcium] if calcium is not None else [])]
    views: list[tuple[str, str, list[Layer], ColourScale | None]] = [
        ("pressure", f"{short}: contact pressure, wall opened", [painted, *struts], scale),
        ("device", f"{short}: device, calcium, deformed lumen", [*glass, *struts], None),
    ]
    out = []
    for key, title, layers, colours in views:
        image = vessel_picture(
            layers, (title, one.level), axis=axis, scale=colours, size=SIZE, hold_mm=face.points_mm
        )
        out.append(Picture(f"plan_{name}_{key}", title, png(image), title, name))
    return out


def device_layer(one: Deployed) -> Layer | None:
    """The struts of a deployed device as bars."""
    width = one.task.device.rings[0].strut_width_mm
    return strut_layer(one.result.struts_mm, STRUT_SHARE * width)


def matrix_picture(case: Case, one: Deployed, pressures: Sequence[FloatArray]) -> Picture:
    """The unrolled contact pressure of one plan for a cell of the picture grid: angle across, flow
    upwards.
    """
    unrolled = unroll(one.task.wall, one.result.pressure_MPa, (96, 64))
    image = map_image(unrolled, vessel_scale("contact_pressure", pressures), enlarge=3)
    title = f"{short_title(one.plan)}: contact pressure on the unrolled wall"
    return Picture(f"matrix_{one.plan.name}", title, png(image), title, one.plan.name)


def chart_picture(case: Case, found: dict[str, Deployed]) -> Picture | None:
    """The procedure's chart over the deployed plans; None without one."""
    if not found:
        return None
    first = next(iter(found.values())).plan
    procedure = procedure_of(case, first.procedure)
    chart = procedure.chart(vessel_context(case), {n: (d.plan, d.tasks, d.results) for n, d in found.items()})
    if chart is None:
        return None
    made = curve_chart(chart_lines(chart), chart.x_title, chart.y_title, zoom=2.0)
    return Picture("chart", chart.title, made, chart.title)


def chart_lines(chart: Chart) -> list[Line]:
    """A procedure's chart as the report and the window draw it."""
    return [Line(c.title, c.kind, c.x, c.y) for c in chart.curves]


def write_vessel_pictures(case: Case, folder: Path) -> list[Path]:
    """Write `vessel_pictures` as PNG files."""
    folder.mkdir(parents=True, exist_ok=True)
    files = []
    for one in vessel_pictures(case):
        path = folder / f"{one.name}.png"
        path.write_bytes(one.png)
        files.append(path)
    return files
