"""Faces of head phantoms: the front is gone and says nothing of the nose; brain and skull stay."""

from __future__ import annotations

import dicom_factory as factory
import numpy as np
import pytest
from head_phantom import CT, MR, head
from scipy import ndimage

from surgitwin.core.image import ImageGrid, Volume
from surgitwin.exchange.deidentify import Options, deidentify
from surgitwin.exchange.deidentify.face_region import face_region
from surgitwin.imaging import load_series, scan

UNITS = {"CT": "HU", "MR": "1"}


@pytest.fixture(scope="module")
def person():
    return head()


@pytest.mark.parametrize(("kind", "table"), [("CT", CT), ("MR", MR)])
def test_front_is_gone_and_brain_and_skull_stay(person, kind, table, record_property):
    volume = Volume(person.values(table), person.grid, kind, UNITS[kind])
    face = face_region(volume)
    gone = (face & person.face).sum() / person.face.sum()
    brain = 1 - (face & person.brain).sum() / person.brain.sum()
    skull = 1 - (face & person.skull).sum() / person.skull.sum()
    record_property("kept", f"{kind}: face gone {gone:.4f}, brain {brain:.4f}, skull {skull:.4f}")
    assert gone > 0.99
    assert brain > 0.99
    assert kind == "MR" or skull > 0.99


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "table"), [("CT", CT), ("MR", MR)])
def test_what_is_left_says_nothing_of_the_nose(kind, table):
    """Two people who differ in nose and chin alone cannot be told apart by the surface that is left."""
    left = []
    for person in (head(22, 12), head(30, 22)):
        values = person.values(table, noise=0)
        volume = Volume(values, person.grid, kind, UNITS[kind])
        values = np.where(face_region(volume), table["air"], values)
        left.append(values > (table["air"] + table["skin"]) / 2)
    before = [p.parts["skin"] for p in (head(22, 12), head(30, 22))]
    assert (left[0] ^ left[1]).sum() < 0.05 * (before[0] ^ before[1]).sum()


def test_any_orientation_of_the_array(person):
    values = person.values(CT)
    wanted = face_region(Volume(values, person.grid, "CT", "HU"))
    # The same head stored sagittally: i = y, j = -z, k = -x.
    turned = np.flip(values.transpose(2, 0, 1), (0, 1)).copy()
    corner = person.grid.index_to_lps((person.grid.shape[2] - 1, 0, person.grid.shape[0] - 1))
    direction = np.array([[0, 0, -1], [1, 0, 0], [0, -1, 0]], float)
    grid = ImageGrid(turned.shape, corner, person.grid.spacing_mm, direction)
    found = face_region(Volume(turned, grid, "CT", "HU"))
    assert np.array_equal(np.flip(found, (0, 1)).transpose(1, 2, 0), wanted)


def test_no_head_no_face():
    grid = ImageGrid((40, 40, 40), (0, 0, 0), (1, 1, 1), np.eye(3))
    assert face_region(Volume(np.full((40, 40, 40), -1000, np.int16), grid, "CT", "HU")) is None


@pytest.mark.slow
def test_face_is_cut_from_the_files(person, tmp_path):
    values = person.values(CT)
    factory.write_series(
        tmp_path / "in", values, person.grid, edit=lambda d, k: setattr(d, "BodyPartExamined", "HEAD")
    )
    report = deidentify([tmp_path / "in"], tmp_path / "out", Options(deface=True))
    assert len(report.series_defaced) == 1
    assert any("not a guarantee" in w for w in report.warnings)
    made = load_series(next(iter(scan(tmp_path / "out"))))
    changed = made.array != values
    wanted = face_region(Volume(values, person.grid, "CT", "HU"))
    assert np.array_equal(changed & ~wanted, np.zeros_like(wanted))
    assert (made.array[wanted] == -1000).all()
    skin = made.array > -300
    surface = skin & ndimage.binary_dilation(~skin)
    assert (surface & person.face).sum() < 0.01 * person.face.sum()
