"""Reduce a displaced fragment: where the cut lies, which side moves, by how much, apply or take back."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtWidgets import QComboBox, QFormLayout, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from surgitwin.planning.plans.reduction import BONE_SEGMENTS, Fragment, reduction_notes, reductions
from surgitwin.viewer.desk import Desk
from surgitwin.viewer.icons import set_icon
from surgitwin.viewer.image_follower import ImageFollower
from surgitwin.viewer.theme import set_role
from surgitwin.viewer.tools.reduce_tool import ReduceTool
from surgitwin.viewer.widgets.number_box import NumberBox

MOST_MM, MOST_DEG = 200.0, 90.0
ABOUT = (
    "Only for a bone that is broken and displaced in the image: the fragment is put back before anything is "
    "measured or planned."
)
WARNING = (
    "Apply changes image and segments. Densities in the moved part, above all next to the fracture, are then "
    "interpolated, not measured. The image as it was stays in the case."
)


class ReduceBox(QWidget):
    """Hosts `ReduceTool`. `stop` when the page is left, `release` when the case is closed."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        assert desk.session is not None
        assert desk.model is not None
        self._desk, self._session, self._model = desk, desk.session, desk.model
        self.tool = ReduceTool(desk)
        self._follower = ImageFollower(desk, self)
        self._build()
        self.tool.changed.connect(self.refresh)
        self._session.changed.connect(self._session_changed)
        self._model.tool_changed.connect(self.refresh)
        if desk.jobs is not None:
            for signal in (desk.jobs.queued, desk.jobs.finished, desk.jobs.failed, desk.jobs.cancelled):
                signal.connect(self._jobs_changed)
        self.refresh()

    def _build(self) -> None:
        self.about, self.moved, self.done = (QLabel(self) for _ in range(3))
        self.about.setText(ABOUT)
        for label in (self.about, self.moved, self.done):
            label.setWordWrap(True)
        set_role(self.about, "muted")
        set_role(self.done, "muted")
        self.start = self._button("Reduce a fragment", "reduceStart", "fragment", self._toggle)
        self.start.setCheckable(True)
        self.place = self._button("Cut at crosshair", "reducePlace", "crosshair", self.tool.place_cut)
        self.take = self._button("Take the fragment", "reduceTake", "handle", self._take)
        set_role(self.take, "primary")
        self.part = QComboBox(self)
        self.part.setObjectName("reducePart")
        self.part.setAccessibleName("Which part moves")
        self.part.currentIndexChanged.connect(self._part_chosen)
        self.numbers = QWidget(self)
        form = QFormLayout(self.numbers)
        form.setContentsMargins(0, 0, 0, 0)
        self.boxes: list[NumberBox] = []
        self.names: list[QLabel] = []
        for n in range(6):
            unit, most, step = ("mm", MOST_MM, 0.5) if n < 3 else ("°", MOST_DEG, 0.5)
            box = NumberBox("", unit, -most, most, step, self.numbers)
            box.setObjectName(f"reduce_{n}")
            box.edited.connect(lambda value, at=n: self._typed(at, value))
            self.boxes.append(box)
            self.names.append(QLabel(self.numbers))
            form.addRow(self.names[-1], box)
        self.apply = self._button("Apply", "reduceApply", "ok", self._apply)
        set_role(self.apply, "primary")
        self.cancel = self._button("Cancel", "reduceCancel", "cancel", self.stop)
        self.back = self._button("Take the reduction back", "reduceBack", "undo", self._take_back)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        for item in (self.about, self.start, self.part, (self.place, self.take), self.numbers, self.moved,
                     (self.apply, self.cancel), self.done, self.back):  # fmt: skip
            if isinstance(item, tuple):
                row = QHBoxLayout()
                for button in item:
                    row.addWidget(button)
                column.addLayout(row)
            else:
                column.addWidget(item)

    def _button(self, text: str, name: str, mark: str, run: object) -> QPushButton:
        out = QPushButton(text, self)
        out.setObjectName(name)
        set_icon(out, mark)
        out.clicked.connect(lambda _checked=False: run())  # type: ignore[operator]
        return out

    # ---- what the user does ---------------------------------------------------------------------

    def _toggle(self) -> None:
        self._model.set_tool(self.tool if self._model.tool is not self.tool else None)

    def _part_chosen(self, _index: int) -> None:
        self.tool.below = self.part.currentData() != "above"

    def _take(self) -> None:
        part = str(self.part.currentData())
        self.tool.take(None if part in ("above", "below") else Fragment((part,)))

    def _typed(self, at: int, value: float) -> None:
        motion = self.tool.motion
        numbers = [*motion.mm, *motion.degrees]
        numbers[at] = value
        a, b, c, d, e, f = numbers
        self.tool.set_motion(replace(motion, mm=(a, b, c), degrees=(d, e, f)))

    def _apply(self) -> None:
        held = self.tool.held
        if held is None or self._desk.jobs is None:
            return
        arguments = {"fragment": held.fragment.as_dict(), "matrix": self.tool.matrix.tolist()}
        self._desk.jobs.start("reduce", arguments, "Reduce the fragment")
        self.stop()

    def _take_back(self) -> None:
        if self._desk.jobs is not None:
            self._desk.jobs.start("reduce", {"undo": True}, "Take the reduction back")

    def stop(self) -> None:
        """Put the tool away; the image stays as it is."""
        if self._model.tool is self.tool:
            self._model.set_tool(None)

    # ---- following ------------------------------------------------------------------------------

    def _session_changed(self, topics: frozenset[str]) -> None:
        if topics & {"labels", "reduction", "anatomy"}:
            self.refresh()

    def _jobs_changed(self, _job: object) -> None:
        self.refresh()

    def why_not(self) -> str:
        """Why no fragment can be reduced now."""
        if self._session.read_only:
            return "The case is open for reading only."
        if self._session.labels is None:
            return "Segment the bone first."
        if self._desk.jobs is not None and self._desk.jobs.busy:
            return "Wait until the running job is done."
        return ""

    def refresh(self) -> None:
        """Everything as tool and case are now."""
        why, on, state = self.why_not(), self._model.tool is self.tool, self.tool.state
        held = self.tool.held
        self.start.setEnabled(not why)
        self.start.setChecked(on)
        self.start.setToolTip(why or ABOUT)
        self._fill_parts()
        for widget in (self.part, self.place, self.take):
            widget.setVisible(on and held is None)
        self.take.setEnabled(state == "cut" and not why)
        self.take.setText("Looking for it ..." if state == "taking" else "Take the fragment")
        for shown in (self.numbers, self.moved, self.apply, self.cancel):
            shown.setVisible(on and held is not None)
        if held is not None:
            words = [f"Move {w}" for w in held.axes.move_words] + [f"Turn {w}" for w in held.axes.turn_words]
            motion = self.tool.motion
            for box, label, word, value in zip(
                self.boxes, self.names, words, (*motion.mm, *motion.degrees), strict=True
            ):
                label.setText(word)
                box.setAccessibleName(word)
                box.show_value(value)
            self.moved.setText(f"Fragment of {held.volume_ml:.0f} ml. {WARNING}")
            unmoved = all(abs(v) < 0.05 for v in (*motion.mm, *motion.degrees))
            self.apply.setEnabled(not unmoved and not why)
            self.apply.setToolTip(
                why or ("Move the fragment first" if unmoved else "Change image and segments")
            )
        notes = reduction_notes(self._session.case.state)
        self.done.setText("\n".join(notes))
        self.done.setVisible(bool(notes))
        self.back.setVisible(bool(reductions(self._session.case.state)))
        self.back.setEnabled(not why)

    def _fill_parts(self) -> None:
        labels = self._session.labels
        others = [] if labels is None else [s.name for s in labels.segments if s.name not in BONE_SEGMENTS]
        rows = [("below", "The part below the cut moves"), ("above", "The part above the cut moves")]
        rows += [(name, f"The segment {name.replace('_', ' ')} moves") for name in others]
        if [self.part.itemData(n) for n in range(self.part.count())] != [r[0] for r in rows]:
            self.part.blockSignals(True)
            self.part.clear()
            for key, words in rows:
                self.part.addItem(words, key)
            self.part.blockSignals(False)

    def release(self) -> None:
        """Stop listening and reading."""
        self.stop()
        self._session.changed.disconnect(self._session_changed)
        self._model.tool_changed.disconnect(self.refresh)
        jobs = self._desk.jobs
        if jobs is not None:
            for signal in (jobs.queued, jobs.finished, jobs.failed, jobs.cancelled):
                signal.disconnect(self._jobs_changed)
        self._follower.release()
