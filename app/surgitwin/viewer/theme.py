"""Colours by role, dark and light, and what is made from them: palette, style sheet, the present theme."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QApplication, QWidget

from surgitwin.viewer.style_sheet import style_sheet
from surgitwin.viewer.theme_roles import DARK, LIGHT, Theme

__all__ = ["DARK", "LIGHT", "NAMES", "STYLE", "Theme", "apply", "set_role", "theme", "themes"]

NAMES = ("dark", "light", "system")
"""What `apply` takes and what the settings may hold."""

DEFAULT_PT = 10.0
"""Size of text, points, when the system names none; every other size is a multiple of the application's."""

STYLE = style_sheet(DARK, DEFAULT_PT)
"""The dark style sheet at the default size, for a window without `apply`."""


@dataclass
class _Chosen:
    name: str = "dark"
    theme: Theme = DARK


class Themes(QObject):
    """Tells when the colours changed: `themes().changed.connect(...)`; then read `theme()` again."""

    changed = Signal()


_chosen = _Chosen()
_themes: list[Themes] = []


def themes() -> Themes:
    """The one object whose `changed` tells about another theme."""
    if not _themes:
        _themes.append(Themes())
    return _themes[0]


def theme() -> Theme:
    """The colours in use."""
    return _chosen.theme


def chosen_name() -> str:
    """The name that was applied last: "dark", "light" or "system"."""
    return _chosen.name


def apply(app: QApplication, name: str) -> None:
    """Use the theme "dark", "light" or "system" (what the desktop says) for every window.

    ValueError for another name. Icons set by `icons.set_icon` follow.
    """
    if name not in NAMES:
        raise ValueError(f"no theme {name!r}; there are {', '.join(NAMES)}")
    first = not app.property("themed")
    _chosen.name = name
    _chosen.theme = _resolve(app, name)
    if first:
        app.setStyle("Fusion")
        app.setProperty("themed", True)
        app.styleHints().colorSchemeChanged.connect(_system_changed)
    _restyle(app, _chosen.theme)
    themes().changed.emit()


def base_pt(app: QApplication) -> float:
    """Size of plain text in points: the desktop's, at least the default."""
    return max(app.font().pointSizeF(), DEFAULT_PT)


def _resolve(app: QApplication, name: str) -> Theme:
    if name == "system":
        return LIGHT if app.styleHints().colorScheme() == Qt.ColorScheme.Light else DARK
    return LIGHT if name == "light" else DARK


def _system_changed(_scheme: Qt.ColorScheme) -> None:
    app = QApplication.instance()
    if _chosen.name == "system" and isinstance(app, QApplication):
        apply(app, "system")


def _restyle(app: QApplication, roles: Theme) -> None:
    """Draw every widget and icon in other colours (some 0.1 s with a case open)."""
    from surgitwin.viewer.icons import recolour  # icons are drawn in the colours of this module

    app.setStyleSheet("")  # from one sheet to another takes four times as long as from none
    app.setPalette(palette(roles))
    app.setStyleSheet(style_sheet(roles, base_pt(app)))
    recolour(app)


def set_role(widget: QWidget, role: str) -> None:
    """Give a widget a role of the style sheet: title, heading, muted, ok, warning, error, stale, primary,
    danger, flat, card, banner ..."""
    if widget.property("role") == role:
        return
    widget.setProperty("role", role)
    widget.style().unpolish(widget)
    widget.style().polish(widget)


def palette(roles: Theme) -> QPalette:
    """Qt's palette in the theme's colours, for what the style itself draws."""
    out = QPalette()
    pairs = {
        QPalette.ColorRole.Window: roles.background,
        QPalette.ColorRole.WindowText: roles.text,
        QPalette.ColorRole.Base: roles.field,
        QPalette.ColorRole.AlternateBase: roles.panel,
        QPalette.ColorRole.Text: roles.text,
        QPalette.ColorRole.Button: roles.raised,
        QPalette.ColorRole.ButtonText: roles.text,
        QPalette.ColorRole.BrightText: roles.error,
        QPalette.ColorRole.ToolTipBase: roles.raised,
        QPalette.ColorRole.ToolTipText: roles.text,
        QPalette.ColorRole.PlaceholderText: roles.muted,
        QPalette.ColorRole.Highlight: roles.selection,
        QPalette.ColorRole.HighlightedText: roles.on_selection,
        QPalette.ColorRole.Link: roles.accent,
        QPalette.ColorRole.LinkVisited: roles.accent,
        QPalette.ColorRole.Light: roles.border,
        QPalette.ColorRole.Mid: roles.border,
        QPalette.ColorRole.Dark: roles.border,
        QPalette.ColorRole.Accent: roles.accent,
    }
    for role, colour in pairs.items():
        out.setColor(role, QColor(colour))
    for role in (
        QPalette.ColorRole.WindowText, QPalette.ColorRole.Text, QPalette.ColorRole.ButtonText,
    ):  # fmt: skip
        out.setColor(QPalette.ColorGroup.Disabled, role, QColor(roles.disabled))
    return out
