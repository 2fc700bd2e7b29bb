"""Segment automatically: choose a preset, see its steps and what they catch, click where it asks, start
it.
"""

from __future__ import annotations

from typing import Any

from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from surgitwin.planning.segments.last_run import last_run
from surgitwin.planning.site import BONE, is_general, site_of
from surgitwin.planning.vessels.anatomy_store import KEY
from surgitwin.segmentation import load_preset
from surgitwin.segmentation.presets import Preset
from surgitwin.segmentation.preview import can_preview
from surgitwin.viewer.desk import Desk
from surgitwin.viewer.icons import set_icon
from surgitwin.viewer.segments.preset_choice import PresetChoice
from surgitwin.viewer.segments.preset_points import PresetPoints
from surgitwin.viewer.segments.preset_steps import PresetSteps
from surgitwin.viewer.segments.previews import Preview, preset_overlay
from surgitwin.viewer.theme import set_role


class PresetPanel(QWidget):
    """`parameters`: what differs from the preset's own values. The preview follows the sliders."""

    def __init__(self, desk: Desk, preview: Preview, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        assert desk.model is not None
        assert desk.session is not None
        self._desk, self._session, self._preview = desk, desk.session, preview
        self._why, self._again = "", False
        self.choice = PresetChoice(desk.model.volume, self)
        self.steps, self.points = PresetSteps(self), PresetPoints(desk, self)
        self.makes, self.legend, self.notes = QLabel(self), QLabel(self), QLabel(self)
        for label, role in ((self.makes, "muted"), (self.legend, "small"), (self.notes, "warning")):
            label.setWordWrap(True)
            set_role(label, role)
        self.notes.setObjectName("presetNotes")
        self.live = QCheckBox("Show in the slices", self)
        self.add = QCheckBox("Add to the segments that are there", self)
        self.add.setObjectName("addSegments")
        self.add.setToolTip(
            "New segments go where nothing is labelled yet; a vertebra that is clicked again is made anew. "
            "Without it they replace the old ones"
        )
        self.more, self.reset = QPushButton("More settings", self), QPushButton("Reset", self)
        self.more.setCheckable(True)
        self.reset.setToolTip("Back to the preset's own values")
        set_icon(self.reset, "reset")
        self.start = QPushButton("Segment", self)
        self.start.setObjectName("segmentNow")
        set_icon(self.start, "play", "on_accent")
        set_role(self.start, "primary")
        self._lay_out()
        self._choose_known()
        self._fill()
        self.choice.currentIndexChanged.connect(lambda _: self._fill())
        self.live.toggled.connect(lambda _: self.show_preview())
        self.more.toggled.connect(self.steps.show_all)
        self.steps.changed.connect(self._slid)
        self.points.changed.connect(self._follow)
        self.reset.clicked.connect(lambda _: self._reset())
        self.start.clicked.connect(lambda _: self.run())

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        row = QHBoxLayout()
        row.addWidget(self.more)
        row.addWidget(self.reset)
        for part in (self.choice, self.makes, self.points, self.steps, self.live, self.legend):
            column.addWidget(part)
        column.addLayout(row)
        column.addWidget(self.add)
        column.addWidget(self.start)
        column.addWidget(self.notes)
        self.legend.hide()
        self.notes.hide()

    def _choose_known(self) -> None:
        """The preset that made the segments of the case, or the first that reads the image: the femur's, but
        where the case is about other anatomy.
        """
        case, reasons = self._session.case, self.choice.reasons
        known = str((case.state.get("labels") or {}).get("preset") or "")
        usable = [name for name, why in reasons.items() if not why]
        if is_general(case) and len(usable) > 1:
            usable = [name for name in usable if name != BONE]
        self.choice.choose(known if known in reasons else next(iter(usable), BONE))

    def _fill(self) -> None:
        """The chosen preset with the values and clicks of its last run, or else at its own values."""
        preset = load_preset(self.choice.currentData())
        run = last_run(self._session.case.state, preset.name)
        self.steps.show_preset(preset, run.parameters)
        self.points.show_preset(preset, run.points)
        self.makes.setText(f"{preset.makes}.")
        seen, words = can_preview(preset)
        why = self.choice.reasons[preset.name]
        seen = seen and not why
        self.live.setEnabled(seen)
        self.live.setToolTip(
            "Paint over the slices what these values catch, while the sliders move"
            if seen
            else why or "What this preset catches follows from the whole image: start it to see it"
        )
        self.legend.setText(words)
        if not seen:
            self.live.setChecked(False)
        self.more.setVisible(self.steps.has_more)
        self.reset.setVisible(bool(self.steps.numbers))
        self.show_preview()
        self._follow()

    def _reset(self) -> None:
        """Back to the preset's own values; clicks stay."""
        self.steps.show_preset(load_preset(self.choice.currentData()), {})
        self.show_preview()
        self._follow()

    def _slid(self) -> None:
        if self.live.isEnabled() and not self.live.isChecked():
            self.live.setChecked(True)
        self.show_preview()

    @property
    def numbers(self) -> dict[str, Any]:
        """The settings' widgets by parameter."""
        return dict(self.steps.numbers)

    @property
    def parameters(self) -> dict[str, float]:
        """Values that differ from the preset's own."""
        return self.steps.parameters

    @property
    def preset(self) -> Preset:
        """The chosen preset with the values of now."""
        return load_preset(self.choice.currentData(), self.parameters)

    def show_preview(self) -> None:
        """Paint what the values catch, when that is wanted."""
        on = self.live.isChecked() and self._desk.model is not None
        self.legend.setVisible(self.live.isChecked())
        if on and self._desk.model is not None:
            self._preview.show(preset_overlay(self._desk.model, self.preset))
        else:
            self._preview.show(None)

    def show_marks(self, on: bool) -> None:
        """Clicks and strokes in the slices while the page is shown."""
        self.points.show_marks(on)

    def run(self) -> None:
        """Start the segmentation as a job; a vessel's preset turns to the pages of its site."""
        self.live.setChecked(False)
        self.points.stop()
        preset, jobs = self.preset, self._desk.jobs
        if preset.site:
            state = {"site": preset.site, KEY: None}
            words = f"Plan on the {preset.title[:1].lower()}{preset.title[1:]}"
            self._desk.attempt(lambda: self._session.edit(words, state=state))
        elif jobs is not None:
            arguments = {
                "preset": preset.name,
                "parameters": self.parameters,
                "clicks": self.points.clicks or None,
                "add": self._adding,
            }
            title = "Segment the bone" if preset.name == BONE else f"Segment: {preset.title}"
            self._desk.attempt(lambda: jobs.start("segment", arguments, title))

    @property
    def _adding(self) -> bool:
        return self.add.isVisible() and self.add.isChecked()

    def refresh(self, why_not: str, again: bool) -> None:
        """why_not: why it cannot start now. again: there are segments that would be replaced."""
        self._why, self._again = why_not, again
        self._follow()
        words = self._noted()
        self.notes.setText("\n".join(words))
        self.notes.setVisible(bool(words))

    @property
    def has_notes(self) -> bool:
        """Whether the presets that made the segments had something to say."""
        return bool(self._noted())

    def _noted(self) -> list[str]:
        labels = self._session.case.state.get("labels") or {}
        runs = [labels, *labels.get("added", ())]
        return list(dict.fromkeys(n["text"] for run in runs for n in run.get("notes", ())))

    def _follow(self) -> None:
        """Words and state of the button."""
        preset = load_preset(self.choice.currentData())
        joins = self._again and preset.name != BONE and not preset.site
        self.add.setVisible(joins)
        why = self._why or self.choice.reasons[preset.name] or self._missing() or self._other_site(preset)
        self.start.setEnabled(not why)
        words = "Segment again" if self._again else "Segment"
        tip = "Find the bone in the image" if preset.name == BONE else f"Make: {preset.makes}"
        if preset.site:
            words, tip = "Go there", "Its page asks for two clicks, measures the vessel and plans on it"
        elif self._again and preset.name == BONE:
            tip = "Find the bone anew: corrections by hand go, segments that you added stay. It can be undone"
        elif self._again:
            words = "Segment"
        self.start.setText(words)
        self.start.setToolTip(why or tip)

    def _missing(self) -> str:
        missing = self.points.missing
        return f"Place the point {missing!r} first." if missing else ""

    def _other_site(self, preset: Preset) -> str:
        """Why plans keep the case from being about something else; "" when nothing does."""
        case = self._session.case
        stays = preset.name == site_of(case) or (self._again and self.add.isChecked() and not preset.site)
        if case.plans() and not stays:
            return "The case has plans: add to its segments, delete the plans, or import the image anew."
        return ""
