"""The toolbar above the views: window, axes, slab, layout, measuring tools, lists, crosshair, picture."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QMenu, QSplitter, QToolBar, QToolButton, QWidget

from surgitwin.planning.window_state import keep, remembered
from surgitwin.viewer.deidentify.going_out import PICTURES, write_out
from surgitwin.viewer.desk import Desk
from surgitwin.viewer.icons import set_icon
from surgitwin.viewer.latest import Latest
from surgitwin.viewer.plans.follower import PlanFollower
from surgitwin.viewer.theme import set_role
from surgitwin.viewer.tools.measure_overlay import MeasureOverlay
from surgitwin.viewer.tools.measure_store import MeasureStore
from surgitwin.viewer.tools.measure_tool import MeasureTool
from surgitwin.viewer.tools.window_tool import WindowTool
from surgitwin.viewer.views.four_up import LAYOUTS
from surgitwin.viewer.views.measure_panel import MeasurePanel
from surgitwin.viewer.views.measure_scene import MeasureScene
from surgitwin.viewer.views.saved_views_panel import SavedViewsPanel
from surgitwin.viewer.views.view_commands import BUTTONS, COMMANDS, LAYOUTS_OFFERED, MEASURED
from surgitwin.viewer.views.view_menus import AxesMenu, SlabMenu, WindowMenu
from surgitwin.viewer.views.view_pictures import views_pixels, write_picture

LAYOUT_KEY = "views.layout"
PANEL_PX = 270
ICON_PX = 20
WITH_MENU_PX = 40
TIGHT = (
    "QToolBar { spacing: 0px; padding: 0px; } QToolBar::separator { margin: 4px 2px; } "
    "QToolButton { padding: 3px 1px; }"
)
"""So that all tools are seen in a window 1280 px wide."""


class ViewBar(QWidget):
    """One slim row; belongs to one open case."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        assert desk.model is not None
        assert desk.views is not None
        assert desk.session is not None
        self._desk, self.model, self.views = desk, desk.model, desk.views
        self.setObjectName("viewBar")
        self.store = MeasureStore(desk.session, desk.model)
        self._overlay = MeasureOverlay(self.store, desk.say_error)
        self.model.add_overlay(self._overlay)
        self._in_scene = MeasureScene(self.store, self.views.scene)
        self._follower = PlanFollower(desk)
        self._pictures = Latest(self, desk.say_error)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        self._tools = QToolBar(self)  # on a narrow window the last tools go into its own menu
        self._tools.setMovable(False)
        self._tools.setStyleSheet(TIGHT)
        self._tools.setIconSize(QSize(ICON_PX, ICON_PX))
        rest = self._tools.findChild(QToolButton, "qt_toolbar_ext_button")
        if rest is not None:
            set_icon(rest, "more")
            rest.setToolTip("More tools")
        row.addWidget(self._tools)
        self._add_commands()
        self._make_side()
        self._menus = (WindowMenu(self.model, self), AxesMenu(self.model, self), SlabMenu(self.model, self))
        for menu in self._menus:
            self._tools.addWidget(menu)
        self._gap()
        for name in LAYOUTS_OFFERED:
            self._button(f"layout_{name}")
        self._gap()
        for name in ("tool_none", "tool_window"):
            self._button(name)
        for name, kinds in BUTTONS.items():
            self._measure_button(name, kinds)
        self._gap()
        for name in ("show_crosshair", "reset_views", "measure_panel", "views_panel", "picture"):
            self._button(name)
        self.model.tool_changed.connect(self._tool_changed)
        self.model.crosshair_changed.connect(self._crosshair_changed)
        self.store.changed.connect(self._say_words)
        self.views.layout_changed.connect(self._layout_changed)
        self.views.layouts_changed.connect(self._offer_layouts)
        self._offer_layouts()
        layout = remembered(LAYOUT_KEY, "four")
        self.views.set_layout(layout if layout in LAYOUTS else "four")
        self._layout_changed(self.views.layout_name)
        self._tool_changed()

    # ---- building ------------------------------------------------------------------------------

    def _gap(self) -> None:
        self._tools.addSeparator()

    def _button(self, command: str) -> QToolButton:
        button = self._desk.actions.button(command, self)
        button.setIconSize(QSize(ICON_PX, ICON_PX))
        button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        set_role(button, "flat")
        self._tools.addWidget(button)
        return button

    def _measure_button(self, name: str, kinds: tuple[str, ...]) -> None:
        button = self._button(f"measure_{kinds[0]}")
        if len(kinds) > 1:
            menu = QMenu(button)
            for kind in kinds:
                menu.addAction(self._desk.actions[f"measure_{kind}"])
            button.setMenu(menu)
            button.setPopupMode(QToolButton.ToolButtonPopupMode.MenuButtonPopup)
            menu.triggered.connect(button.setDefaultAction)
            button.setFixedWidth(WITH_MENU_PX)
        button.setObjectName(f"tool_{name}")

    def _add_commands(self) -> None:
        runs: dict[str, Callable[[], object]] = {
            "tool_none": self._no_tool, "tool_window": self._window, "show_crosshair": self._crosshair,
            "reset_views": self.reset, "measure_panel": partial(self._toggle_side, "measure"),
            "views_panel": partial(self._toggle_side, "views"), "picture": self.ask_picture,
            **{f"layout_{name}": partial(self._set_layout, name) for name in LAYOUTS_OFFERED},
            **{f"measure_{kind}": partial(self._measure, kind) for kind in MEASURED},
        }  # fmt: skip
        for c in COMMANDS:
            self._desk.actions.add(
                c.id, c.text, runs[c.id], shortcut=c.keys, icon=c.icon, tip=c.tip, group="Views",
                checkable=c.checkable,
            )  # fmt: skip

    def _make_side(self) -> None:
        self.side = QSplitter(Qt.Orientation.Vertical, self.views)
        self.side.setObjectName("viewSide")
        self.side.setFixedWidth(PANEL_PX)
        self.measure_panel = MeasurePanel(self._desk, self.store, self.side)
        self.views_panel = SavedViewsPanel(self._desk, self.side)
        self.side.hide()
        self._open: set[str] = set()

    # ---- what the commands do ------------------------------------------------------------------

    def _set_layout(self, name: str) -> None:
        self.views.set_layout(name)
        self._layout_changed(self.views.layout_name)

    def _layout_changed(self, name: str) -> None:
        for layout in LAYOUTS_OFFERED:
            self._desk.actions[f"layout_{layout}"].setChecked(layout == name)
        if name in LAYOUTS and name in LAYOUTS_OFFERED:
            keep(LAYOUT_KEY, name)

    def _offer_layouts(self) -> None:
        """Layouts that only some cases have."""
        for layout in LAYOUTS_OFFERED:
            self._desk.actions[f"layout_{layout}"].setVisible(layout in self.views.layouts)

    def _measure(self, kind: str) -> None:
        tool = self.model.tool
        if isinstance(tool, MeasureTool) and tool.kind == kind:
            self.model.set_tool(None)
            return
        if self.store.session.read_only:
            self._tool_changed()
            self._desk.say("The case is open for reading only: measurements cannot be kept.")
            return
        self.store.show(True)
        self.measure_panel.eye.setChecked(True)
        self.model.set_tool(MeasureTool(self.store, kind, self._desk.say_error))
        self._focus_view()

    def _no_tool(self) -> None:
        self.model.set_tool(None)
        self._tool_changed()

    def _window(self) -> None:
        on = not isinstance(self.model.tool, WindowTool)
        self.model.set_tool(WindowTool(self.model) if on else None)
        self._focus_view()

    def _focus_view(self) -> None:
        """Keys of a tool (Space, Enter, Escape) work at once, wherever the keyboard was before."""
        shown = [v for v in self.views.slices.values() if v.isVisible()]
        if shown and not any(v.hasFocus() for v in shown):
            shown[0].setFocus(Qt.FocusReason.OtherFocusReason)

    def _crosshair(self) -> None:
        self.model.show_crosshair(not self.model.crosshair_shown)

    def _crosshair_changed(self) -> None:
        self._desk.actions["show_crosshair"].setChecked(self.model.crosshair_shown)

    def _tool_changed(self) -> None:
        tool = self.model.tool
        kind = tool.kind if isinstance(tool, MeasureTool) else ""
        for name in MEASURED:
            self._desk.actions[f"measure_{name}"].setChecked(name == kind)
        self._desk.actions["tool_window"].setChecked(isinstance(tool, WindowTool))
        self._desk.actions["tool_none"].setChecked(tool is None)
        self._crosshair_changed()
        self._said = ""
        if isinstance(tool, WindowTool):
            self._desk.say(tool.words)
        self._say_words()

    def _say_words(self) -> None:
        """The next step of a measuring tool, when it is another one."""
        tool = self.model.tool
        if isinstance(tool, MeasureTool) and tool.words != self._said:
            self._said = tool.words
            self._desk.say(tool.words)

    def reset(self) -> None:
        """Fit the image in the slices and the scene in the 3D view."""
        for plane in self.model.planes:
            self.model.reset(plane)
        self.views.scene.look_from(self.views.scene.named_view)

    def _toggle_side(self, name: str) -> None:
        self._open ^= {name}
        self.show_side()

    def show_side(self) -> None:
        """The panels that are open, or none."""
        self.measure_panel.setVisible("measure" in self._open)
        self.views_panel.setVisible("views" in self._open)
        self._desk.actions["measure_panel"].setChecked("measure" in self._open)
        self._desk.actions["views_panel"].setChecked("views" in self._open)
        self.views.set_side(self.side if self._open else None)

    def ask_picture(self) -> None:
        """Ask for a file, then write the picture there."""
        assert self._desk.session is not None
        start = str(Path.home() / f"{self._desk.session.path.stem}.png")
        dialog = QFileDialog(self, "Save a picture of the views", start, "PNG pictures (*.png)")
        dialog.setObjectName("pictureDialog")
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix("png")
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(lambda name: self.save_picture(Path(name)))
        dialog.open()

    def save_picture(self, path: Path) -> None:
        """Write the views as they stand as a PNG file with the notice, in the background; the consent of the
        patient is asked."""
        scene = self.views.scene
        task = partial(write_picture, path, views_pixels(self.views), scene.title_lines, scene.scale)
        write_out(self._desk, self._pictures, PICTURES, task, lambda: f"Picture saved: {path}.")

    def release(self) -> None:
        """Stop listening; take the commands away."""
        self.model.set_tool(None)
        self.model.tool_changed.disconnect(self._tool_changed)
        self.model.crosshair_changed.disconnect(self._crosshair_changed)
        self.store.changed.disconnect(self._say_words)
        self.views.layout_changed.disconnect(self._layout_changed)
        self.views.layouts_changed.disconnect(self._offer_layouts)
        self._in_scene.release()
        self._follower.release()
        self._pictures.stop()
        self.measure_panel.release()
        self.views_panel.release()
        for menu in self._menus:
            menu.release()
        self.model.remove_overlay(self._overlay)
        self.store.release()
        for command in COMMANDS:
            self._desk.actions.remove(command.id)
