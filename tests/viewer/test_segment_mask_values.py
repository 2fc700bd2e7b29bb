"""Limits of the mask and of effects: HU for a CT; no unit and the range of the image for an MR."""

from __future__ import annotations

from dataclasses import replace

import pytest

from surgitwin.planning.session import Session
from surgitwin.segmentation.edit.effects import effect
from surgitwin.viewer.model import ViewModel
from surgitwin.viewer.segments.fields import Fields
from surgitwin.viewer.segments.label_editor import LabelEditor
from surgitwin.viewer.segments.mask import MaskPanel

pytestmark = pytest.mark.gui


@pytest.mark.parametrize(("modality", "unit", "words"), [("CT", "HU", " HU"), ("MR", "1", "")])
def test_the_unit_behind_a_value_is_that_of_the_image(
    modality, unit, words, meshed_case, tmp_path, qtbot
) -> None:
    session = Session.open(meshed_case.copy(tmp_path / "a.twin"))
    volume = replace(session.case.volume, modality=modality, unit=unit)
    editor = LabelEditor(session, ViewModel(volume))
    box = MaskPanel(editor)
    qtbot.addWidget(box)
    assert {box.low.suffix(), box.high.suffix()} == {words}
    assert volume.array.min() <= box.low.value() < box.high.value() <= max(volume.array.max(), 3071)
    fields = Fields(effect("threshold").parameters, editor)
    qtbot.addWidget(fields)
    of_image = [p.name for p in effect("threshold").parameters if p.unit == "HU"]
    assert of_image
    assert {fields[name].field.suffix() for name in of_image} == {words}
    session.close()
