"""Buttons that put an implant or the cut into the hand: handles in slices and 3D, checks while dragging."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QToolButton, QVBoxLayout, QWidget

from surgitwin.core.plan import Plan
from surgitwin.viewer.icons import set_icon
from surgitwin.viewer.plans.bench import PlanBench
from surgitwin.viewer.tools.base import Tool
from surgitwin.viewer.tools.cut_tool import CutTool
from surgitwin.viewer.tools.implant_tool import ImplantPreview, ImplantTool

BUTTONS = (
    ("implant", "handle", "Move implant", "Handles at the implant, in the slices and in 3D"),
    ("cut", "cut-plane", "Move cut", "Grips at the fracture: place, tilt, gap"),
)


class HandTools(QWidget):
    """Tools are made when they are first wanted: they need the views."""

    def __init__(self, bench: PlanBench, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._bench = bench
        self.implant: ImplantTool | None = None
        self.cut: CutTool | None = None
        self.buttons: dict[str, QToolButton] = {}
        row = QHBoxLayout()
        for key, mark, text, tip in BUTTONS:
            button = QToolButton(self)
            button.setObjectName(f"tool_{key}")
            button.setText(text)
            button.setCheckable(True)
            button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
            button.setProperty("tip", tip)
            set_icon(button, mark)
            button.clicked.connect(lambda on, key=key: self._choose(key, on))
            self.buttons[key] = button
            row.addWidget(button)
        row.addStretch(1)
        self.stay = QCheckBox("Stay on the bone while dragging", self)
        self.stay.setToolTip("Plates stay on the bone and nails in the canal; hold Shift to drag freely once")
        self.stay.setChecked(True)
        self.stay.toggled.connect(self._snap)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addLayout(row)
        column.addWidget(self.stay)
        bench.plan_changed.connect(self.refresh)
        model = bench.desk.model
        assert model is not None
        self._model = model
        model.tool_changed.connect(self._tool_changed)
        self.refresh()

    def tool(self, key: str) -> Tool:
        """The tool of a button."""
        desk = self._bench.desk
        if key == "implant":
            if self.implant is None:
                self.implant = ImplantTool(desk)
                self.implant.previewed.connect(self._implant_previewed)
                self.implant.hold.selected_changed.connect(self._selected)
                self.implant.snap_to_bone = self.stay.isChecked()
            return self.implant
        if self.cut is None:
            self.cut = CutTool(desk)
            self.cut.previewed.connect(self._cut_previewed)
        return self.cut

    def _choose(self, key: str, on: bool) -> None:
        tool = self.tool(key)
        self._model.set_tool(tool if on else None)
        if on and key == "implant" and self.implant is not None and self._bench.has_implant:
            self.implant.hold.select(self._bench.index)

    def put_away(self) -> None:
        """Give the mouse back when one of these tools has it."""
        if self._model.tool is not None and self._model.tool in (self.implant, self.cut):
            self._model.set_tool(None)

    def _tool_changed(self) -> None:
        for key, tool in (("implant", self.implant), ("cut", self.cut)):
            self.buttons[key].setChecked(tool is not None and self._model.tool is tool)

    def _snap(self, on: bool) -> None:
        if self.implant is not None:
            self.implant.snap_to_bone = on

    def _selected(self, index: int | None) -> None:
        if index is not None:
            self._bench.set_index(index)

    def _implant_previewed(self, preview: ImplantPreview | None) -> None:
        if preview is None:
            self._bench.check()
        else:
            self._bench.show_findings(preview.findings)

    def _cut_previewed(self, plan: Plan | None) -> None:
        self._bench.check(plan)

    def refresh(self) -> None:
        """Which tools can do something with the plan in hand."""
        bench, plan = self._bench, self._bench.plan
        no_cut = bench.why_not()
        if not no_cut and plan is not None and plan.fracture is None:
            no_cut = "The plan has no fracture: add one under Fracture."
        for key, why in (("implant", bench.why_not(implant=True)), ("cut", no_cut)):
            self.buttons[key].setEnabled(not why)
            self.buttons[key].setToolTip(why or str(self.buttons[key].property("tip")))
        if self.implant is not None and self.implant is self._model.tool and bench.has_implant:
            self.implant.hold.select(bench.index)

    def release(self) -> None:
        """Stop listening; the mouse is free."""
        self.put_away()
        self._model.tool_changed.disconnect(self._tool_changed)
        if self.implant is not None:
            self.implant.previewed.disconnect(self._implant_previewed)
            self.implant.hold.selected_changed.disconnect(self._selected)
        if self.cut is not None:
            self.cut.previewed.disconnect(self._cut_previewed)
