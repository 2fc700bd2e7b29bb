"""A new case begins as a femur only where its image may show one."""

from __future__ import annotations

from pathlib import Path

import dicom_factory as factory
import numpy as np
import pytest

from surgitwin.core.image import ImageGrid, Volume
from surgitwin.planning.case import Case
from surgitwin.planning.images.first_site import WITHOUT_FEMUR, first_site
from surgitwin.planning.images.new_case import new_case
from surgitwin.planning.site import BONE, GENERAL, site_of

GRID = ImageGrid((2, 2, 2), np.zeros(3), np.ones(3), np.eye(3))


def volume(modality: str) -> Volume:
    return Volume(
        np.zeros((2, 2, 2), np.int16), GRID, modality=modality, unit="HU" if modality == "CT" else "1"
    )


@pytest.mark.parametrize("part", ["", "THIGH", "HIP", "EXTREMITY", "ABDOMEN", "PELVIS"])
def test_a_ct_that_may_show_a_femur_begins_with_it(part: str) -> None:
    assert first_site(volume("CT"), part) == BONE
    assert first_site(volume("MR"), part) == GENERAL


@pytest.mark.parametrize("part", sorted(WITHOUT_FEMUR))
def test_parts_without_a_femur_begin_as_other_anatomy(part: str) -> None:
    assert first_site(volume("CT"), f" {part.lower()} ") == GENERAL


def test_the_header_of_a_spine_is_believed(tmp_path: Path) -> None:
    grid = factory.grid_like()

    def spine(dataset, k: int) -> None:
        dataset.BodyPartExamined = "LSPINE"

    factory.write_series(tmp_path / "dicom", factory.ramp(grid), grid, edit=spine)
    made = new_case(tmp_path / "a.twin", tmp_path / "dicom")
    assert site_of(Case.open(made.folder.path)) == GENERAL
