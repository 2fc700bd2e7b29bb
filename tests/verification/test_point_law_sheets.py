"""The HTML of the laws with memory holds every law, set and curve."""

from __future__ import annotations

import numpy as np
import pytest

from surgitwin.mechanics.point_laws.curves import PointSheet, sheets
from surgitwin.mechanics.point_laws.registry import LAWS
from surgitwin.mechanics.point_laws.tables import bone_limits, metals
from surgitwin.verification.point_law_sheets import curves_svg, point_law_sheets_html


@pytest.fixture(scope="module")
def made() -> tuple[PointSheet, ...]:
    return sheets()


def test_every_law_with_memory_and_every_set_has_curves(made: tuple[PointSheet, ...]) -> None:
    assert {s.law.name for s in made} == set(LAWS) - {"isotropic"}
    names = {p.name for s in made for p in s.sets}
    assert set(metals()) | set(bone_limits()) <= names
    for sheet in made:
        for points in sheet.sets:
            assert points.curves
            for curve in points.curves:
                assert np.isfinite(curve.stress_MPa).all()
                assert np.ptp(curve.stress_MPa) > 10.0


def test_the_loop_that_is_drawn_is_the_loop_of_row_37(made: tuple[PointSheet, ...]) -> None:
    loop = next(s for s in made if s.law.name == "nitinol").sets[0].curves[0]
    up = loop.strain.argmax()
    assert np.interp(0.04, loop.strain[: up + 1], loop.stress_MPa[: up + 1]) == pytest.approx(483.2, rel=1e-3)
    down = slice(None, up - 1, -1)
    assert np.interp(0.04, loop.strain[down], loop.stress_MPa[down]) == pytest.approx(231.51, rel=1e-3)


def test_html_and_drawing(made: tuple[PointSheet, ...]) -> None:
    html = point_law_sheets_html()
    for sheet in made:
        assert sheet.law.title.replace("&", "&amp;") in html
        for name in sheet.law.symbols:
            assert f"<code>{name}</code>" in html
    assert html.count('<img class="plot"') == sum(len(s.sets) for s in made)
    svg = curves_svg(made[0].sets[0])
    assert svg.startswith("<?xml")
    assert svg.count("<path") > len(made[0].sets[0].curves)
