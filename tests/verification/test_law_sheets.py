"""The sheets of the elastic laws: their numbers, and the HTML made of them."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import numpy as np
import pytest

from surgitwin.mechanics.fenicsx.laws import LAWS
from surgitwin.mechanics.fenicsx.laws.drivers import drive
from surgitwin.mechanics.fenicsx.laws.ellipticity import LOOKED_AT, LOST, NO_EQUILIBRIUM, EllipticRange
from surgitwin.mechanics.fenicsx.laws.material_point import MaterialPoints
from surgitwin.mechanics.fenicsx.laws.sheets import STATIONS, SetSheet, set_sheet
from surgitwin.mechanics.law_sets import drawing, parameter_set, parameter_sets
from surgitwin.verification.law_sheets import curves_svg, law_sheets_html, range_words


def sheet_of(name: str) -> SetSheet:
    row = parameter_set(name)
    law = LAWS[row.law]
    return set_sheet(MaterialPoints(law, row.values, STATIONS, row.fibres(law.fibres)), row)


def test_curves_of_a_fibrous_set() -> None:
    sheet = sheet_of("hgo_carotid_media")
    labels = [c.label for c in sheet.curves]
    assert labels == [
        "uniaxial, circumferential", "uniaxial, axial", "equibiaxial, circumferential", "equibiaxial, axial"
    ]  # fmt: skip
    one = sheet.curves[0]
    k = int(np.argmin(np.abs(one.stretch - 1.2)))
    row = sheet.set
    by_driver = drive(row.law, row.values, "uniaxial", [one.stretch[k]], row.fibres(2)).cauchy[0, 0, 0]
    assert one.stress_MPa[k] == pytest.approx(by_driver, rel=1e-8)
    assert sheet.curves[2].stress_MPa[-1] > sheet.curves[3].stress_MPa[-1]  # stiffer around than along
    assert sheet.fan.lost_at is None
    assert [r.lost for r in sheet.ranges] == [False, False, False]


def test_curves_end_where_no_tissue_carries_more_and_where_equilibrium_ends() -> None:
    steep = sheet_of("gasser_adventitia")
    limit = drawing().stress_limit_MPa
    assert all(np.abs(c.stress_MPa).max() <= limit for c in steep.curves)
    assert all(c.stretch.min() < 1 < c.stretch.max() for c in steep.curves)
    linear = sheet_of("plaque_calcified_linear")
    both = linear.ranges[linear.labels.index("equibiaxial")]
    assert (both.lower_end, both.upper_end) == (LOST, NO_EQUILIBRIUM)
    assert linear.fan.lost_at is not None
    assert not linear.curves[1].elliptic.all()
    low, high = drawing().linear_stretch
    assert all(low <= c.stretch.min() and c.stretch.max() <= high for c in linear.curves)


def test_a_plot_is_a_picture_with_its_curves() -> None:
    text = curves_svg(sheet_of("lally_artery"))
    root = ElementTree.fromstring(text)
    assert root.tag.endswith("svg")
    assert "Date" not in text


def test_ranges_in_words() -> None:
    found = EllipticRange("uniaxial", 0.5, 1.4, LOST, LOOKED_AT, 0.1, 0.6, (1.0, 0.0, 0.0))
    words = range_words(found)
    assert "ellipticity is lost below 0.500" in words
    assert "elliptic up to 1.4, as far as looked at" in words
    assert "normal of the band (1.00, 0.00, 0.00)" in words
    ended = EllipticRange("uniaxial", 0.5, 1.4, LOOKED_AT, NO_EQUILIBRIUM, 0.1, 0.6, None)
    assert "no equilibrium above 1.400" in range_words(ended)


@pytest.mark.slow
def test_every_law_and_set_is_on_the_sheet() -> None:
    html = law_sheets_html()
    for law in LAWS.values():
        assert f"<code>{law.name}</code>" in html
    for row in parameter_sets().values():
        assert f"<code>{row.name}</code>" in html
    whole = [row for row in parameter_sets().values() if not row.open]
    assert len(re.findall(r"<img ", html)) == len(whole)
    assert "not verified" in html
