"""Panels of effects, livewire, mask and scissors with depth, by mouse and keys."""

import dataclasses
import os

import numpy as np
import pytest

pytestmark = pytest.mark.gui
if not os.environ.get("DISPLAY"):
    pytest.skip("needs a display: run under xvfb-run -a", allow_module_level=True)

from PySide6.QtCore import Qt  # noqa: E402
from test_anatomy_page import CANAL, FEMUR, LEFT, labels, page, settle, window  # noqa: E402, F401

from surgitwin.segmentation.edit.effects import effects  # noqa: E402
from surgitwin.viewer.help_finder import topic_for  # noqa: E402
from surgitwin.viewer.help_pages import COMMANDS, text  # noqa: E402
from surgitwin.viewer.segments.palette import TOOLS  # noqa: E402


def apply(window, page, qtbot, name, **values):  # noqa: F811
    """Set fields, apply, and give the labels."""
    page.tools.activate(name)
    effect = page.tools.effects[name]
    for key, value in values.items():
        effect.fields[key].set_value(value)
    qtbot.mouseClick(effect.apply_button, LEFT)
    settle(window, qtbot)
    return labels(window)


def test_every_effect_has_a_button_fields_and_help(window, page):  # noqa: F811
    names = {e.name for e in effects() if not e.mouse}
    assert names == set(page.tools.effects)
    for name in names:
        page.tools.activate(name)
        effect = page.tools.effects[name]
        assert set(effect.fields.values()) <= {p.name for p in effect.spec.parameters}
        assert effect.fields.isVisible()
        assert topic_for(window) == COMMANDS[name]
        assert len(text(COMMANDS[name])) > 200
    assert names <= set(TOOLS)


def test_effects_preview_apply_and_undo(window, page, qtbot):  # noqa: F811
    before = labels(window)
    page.tools.activate("margin")
    effect = page.tools.effects["margin"]
    effect.fields["mm"].set_value(4.0)
    qtbot.mouseClick(effect.preview_button, LEFT)
    settle(window, qtbot)
    assert page.preview.on
    assert np.array_equal(labels(window), before)
    after = apply(window, page, qtbot, "margin", mm=4.0)
    assert (after == FEMUR).sum() > (before == FEMUR).sum()
    assert window.desk.session.undo_name == "Margin of femur"
    window.undo()
    assert np.array_equal(labels(window), before)
    apply(window, page, qtbot, "margin", mm=0.5)
    assert effect.nothing.isVisible()
    assert "thinner than a voxel" in effect.nothing.text()
    apply(window, page, qtbot, "boolean", operation="subtract", other=CANAL, other_mm=0.0)
    assert "one segment only" in page.tools.effects["boolean"].nothing.text()
    joined = apply(window, page, qtbot, "boolean", operation="union", other=CANAL)
    assert np.array_equal(joined == FEMUR, (before == FEMUR) | (before == CANAL))
    window.undo()
    mirrored = apply(window, page, qtbot, "mirror", plane="coronal")
    assert page.editor.segments[-1].name == "femur mirrored"
    assert (mirrored == page.editor.segments[-1].label).any()
    window.undo()
    assert len(page.editor.segments) == 3
    assert np.array_equal(labels(window), before)


def test_a_preview_does_not_outlive_a_lock(window, page, qtbot):  # noqa: F811
    before = labels(window)
    page.tools.activate("margin")
    effect = page.tools.effects["margin"]
    effect.fields["mm"].set_value(4.0)
    qtbot.mouseClick(effect.preview_button, LEFT)
    settle(window, qtbot)
    assert page.preview.on
    page.editor.model.set_segment_look(CANAL, locked=True)
    assert not page.preview.on
    qtbot.mouseClick(effect.apply_button, LEFT)
    settle(window, qtbot)
    after = labels(window)
    assert np.array_equal(after == CANAL, before == CANAL)
    assert (after == FEMUR).sum() > (before == FEMUR).sum()


def test_lengths_need_a_scale(window, page, qtbot, monkeypatch):  # noqa: F811
    before, errors = labels(window), []
    window.desk.error_said.connect(lambda e: errors.append(e.code))
    bare = dataclasses.replace(page.editor.model.volume, scale_known=False)
    monkeypatch.setattr(page.editor.model, "volume", bare)
    assert np.array_equal(apply(window, page, qtbot, "margin", mm=4.0), before)
    assert errors == ["image.no_scale"]
    joined = apply(window, page, qtbot, "boolean", operation="union", other=CANAL)
    assert not np.array_equal(joined, before)
    assert errors == ["image.no_scale"]


def test_the_mask_limits_effects_and_is_shown(window, page, qtbot):  # noqa: F811
    before, limits = labels(window), page.tools.limits
    limits.where.setCurrentIndex(limits.where.findText("outside the femur canal"))
    limits.masked.setChecked(True)
    limits.low.setValue(-200)
    limits.high.setValue(5000)
    assert page.editor.mask.range_hu == (-200, 5000)
    assert limits._shown.on
    after = apply(window, page, qtbot, "margin", mm=4.0)
    assert np.array_equal(after == CANAL, before == CANAL)
    changed = after != before
    assert changed.any()
    assert (window.desk.model.volume.array[changed] >= -200).all()
    window.go_to("plans")
    assert not limits._shown.on, "the tint goes with the page"


def click(view, point, qtbot):
    """A left click at an LPS point."""
    qtbot.mouseMove(view, view.position_of(point).toPoint())
    qtbot.mouseClick(view, LEFT, pos=view.position_of(point).toPoint())


def test_a_livewire_round_the_bone_is_filled_on_one_slice(window, page, qtbot):  # noqa: F811
    model = window.desk.model
    model.set_axes("scanner")
    page.list._add("vessel")
    made = page.editor.chosen
    before = labels(window)
    page.tools.activate("livewire")
    view = window.desk.views.slices["axial"]
    k = int(np.rint(page.editor.grid.lps_to_index(model.crosshair_mm))[2])
    rows = np.argwhere((before[k] == FEMUR) | (before[k] == CANAL))
    turn, (j, i) = np.radians(np.arange(0, 360, 45)), rows.mean(axis=0)
    radius = np.sqrt(len(rows) / np.pi)
    points = [
        page.editor.grid.index_to_lps([i + radius * np.cos(t), j + radius * np.sin(t), k]) for t in turn
    ]
    page.editor.set(overwrite="visible")
    for point in points:
        click(view, point, qtbot)
    view.setFocus()
    qtbot.keyClick(view, Qt.Key.Key_Return)
    settle(window, qtbot)
    after = labels(window)
    assert window.desk.session.undo_name == "Livewire vessel"
    gained = after == made
    assert np.unique(np.nonzero(gained)[0]).tolist() == [k]
    assert gained[k].sum() == pytest.approx(len(rows), rel=0.35), "the outline of the shaft"
    click(view, points[0], qtbot)
    qtbot.keyClick(view, Qt.Key.Key_Escape)
    assert np.array_equal(labels(window), after), "given up"


def test_scissors_take_their_depth_from_the_fields(window, page):  # noqa: F811
    page.tools.activate("scissors")
    fields, tool = page.tools._panels["scissors"].fields, page.tools.scissors
    assert tool.depth_mm is None
    fields["depth"].set_value("symmetric")
    fields["depth_mm"].field.setValue(7)
    assert tool.depth_mm == 7
    fields["depth"].set_value("from_to")
    fields["from_mm"].field.setValue(2)
    fields["to_mm"].field.setValue(12)
    assert tool.depth_mm == (2, 12)
    assert not fields["depth_mm"].isVisible()
    fields["action"].set_value("fill inside")
    assert tool.action == "fill inside"
