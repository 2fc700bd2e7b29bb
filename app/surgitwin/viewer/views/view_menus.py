"""Buttons with menus for the slices: window presets, axes, slab."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QMenu, QToolButton, QWidget

from surgitwin.scene.reslice import Slab
from surgitwin.viewer.icons import set_icon
from surgitwin.viewer.model import ViewModel
from surgitwin.viewer.planes import AXES
from surgitwin.viewer.theme import set_role
from surgitwin.viewer.windows import presets

ARROW_PX = 6
"""Room for the menu's arrow."""
SLABS_MM = (5.0, 10.0, 20.0, 40.0)
MODES = {"max": "brightest (MIP)", "mean": "mean", "min": "darkest"}
AXES_TITLES = {"scanner": "Scanner", "bone": "Bone", "implant": "Implant"}


class MenuButton(QToolButton):
    """A flat button with words that opens a menu."""

    def __init__(self, name: str, tip: str, icon: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.setAccessibleName(tip)
        self.setToolTip(tip)
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextOnly)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        set_icon(self, icon)
        set_role(self, "flat")
        self.choices = QMenu(self)
        self.choices.setToolTipsVisible(True)
        self.setMenu(self.choices)

    def say(self, words: str) -> None:
        """Words on the button, never cut short."""
        self.setText(words)
        self.setMinimumWidth(self.sizeHint().width() + ARROW_PX)

    def add(self, text: str, group: QActionGroup | None = None) -> QAction:
        """A new entry; in a group it can be checked."""
        action = self.choices.addAction(text)
        if group is not None:
            action.setCheckable(True)
            group.addAction(action)
        return action


class WindowMenu(MenuButton):
    """Window presets of the image."""

    def __init__(self, model: ViewModel, parent: QWidget) -> None:
        super().__init__("windowMenu", "Window: how values become grey (keys 1 to 6)", "level", parent)
        self._model = model
        group = QActionGroup(self)
        self._rows = []
        for preset in presets(model.volume):
            words = (
                f"{preset.name.capitalize()}   W {preset.width:.0f}  L {preset.level:.0f}\t{preset.number}"
            )
            action = self.add(words, group)
            action.triggered.connect(lambda _=False, n=preset.number: model.preset(n))
            self._rows.append((preset, action))
        self._other = self.add("By hand", group)
        self._other.setEnabled(False)
        self._other.setToolTip("Drag with the window tool, or Ctrl+drag over a region in a slice.")
        model.window_changed.connect(self._show)
        self._show()

    def _show(self) -> None:
        now = (self._model.window, self._model.level)
        name = "By hand"
        for preset, action in self._rows:
            if (preset.width, preset.level) == now:
                name = preset.name.capitalize()
                action.setChecked(True)
                break
        else:
            self._other.setChecked(True)
        self.say(name)

    def release(self) -> None:
        """Stop listening."""
        self._model.window_changed.disconnect(self._show)


class AxesMenu(MenuButton):
    """Along what the slices are cut."""

    def __init__(self, model: ViewModel, parent: QWidget) -> None:
        super().__init__("axesMenu", "Along what the slices are cut", "orientation", parent)
        self._model = model
        group = QActionGroup(self)
        self._rows = {name: self.add(AXES_TITLES[name], group) for name in AXES}
        for name, action in self._rows.items():
            action.setData(name)
            action.triggered.connect(partial(self._choose, name))
        model.axes_changed.connect(self._show)
        self._show()

    def _choose(self, name: str, _checked: bool = False) -> None:
        if not self._model.axes_reason(name):
            self._model.set_axes(name)

    def _show(self) -> None:
        model = self._model
        for name, action in self._rows.items():
            reason = model.axes_reason(name)
            words = {
                "scanner": "Along the scanner's axes",
                "bone": "Along the bone",
                "implant": f"Along the implant{f': {model.implant_title}' if model.implant_title else ''}",
            }[name]
            action.setText(words)
            action.setEnabled(not reason)
            action.setToolTip(reason[:1].upper() + reason[1:] if reason else words)
            action.setChecked(name == model.axes_name)
        self.say(AXES_TITLES[model.axes_name])

    def release(self) -> None:
        """Stop listening."""
        self._model.axes_changed.disconnect(self._show)


class SlabMenu(MenuButton):
    """How thick the slices are and what is shown of the values across."""

    def __init__(self, model: ViewModel, parent: QWidget) -> None:
        super().__init__("slabMenu", "Slab: slices of some thickness", "slab", parent)
        self._model = model
        thick, mode = QActionGroup(self), QActionGroup(self)
        self._thick = {0.0: self.add("Thin slices", thick)}
        self._thick |= {mm: self.add(f"{mm:g} mm thick", thick) for mm in SLABS_MM}
        self.choices.addSeparator()
        self._modes = {m: self.add(f"Show the {words} value", mode) for m, words in MODES.items()}
        self.choices.addSeparator()
        where = QActionGroup(self)
        titles = {"": "In all slices", **{plane: f"In the {plane} slice only" for plane in model.planes}}
        self._where = {plane: self.add(title, where) for plane, title in titles.items()}
        self._where[""].setChecked(True)
        self._plane = ""
        for plane, action in self._where.items():
            action.triggered.connect(lambda _=False, p=plane: self._set_plane(p))
        for mm, action in self._thick.items():
            action.triggered.connect(lambda _=False, mm=mm: self._set(mm, self._now.mode))
        for m, action in self._modes.items():
            action.triggered.connect(lambda _=False, m=m: self._set(self._now.thickness_mm or 10.0, m))
        model.plane_changed.connect(self._show)
        self._show()

    @property
    def _now(self) -> Slab:
        return self._model.planes[self._plane or "axial"].slab

    def _set_plane(self, plane: str) -> None:
        self._plane = plane
        self._show()

    def _set(self, thickness_mm: float, mode: str) -> None:
        self._model.set_slab(self._plane, Slab(thickness_mm, mode))  # type: ignore[arg-type]  # a key of MODES

    def _show(self, _plane: str = "") -> None:
        slab = self._now
        for mm, action in self._thick.items():
            action.setChecked(mm == slab.thickness_mm)
        for mode, action in self._modes.items():
            action.setChecked(mode == slab.mode and slab.thickness_mm > 0)
        thick = {s.slab.thickness_mm for s in self._model.planes.values()}
        if len(thick) > 1:
            self.say("Mixed")
        else:
            self.say(f"{slab.thickness_mm:g} mm" if slab.thickness_mm else "Thin")

    def release(self) -> None:
        """Stop listening."""
        self._model.plane_changed.disconnect(self._show)
