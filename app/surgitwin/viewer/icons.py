"""The program's own line icons (``resources/icons/*.svg``), drawn in the colours of the theme."""

from __future__ import annotations

from functools import cache

from PySide6.QtCore import QByteArray, QObject, QRectF, QSize, Qt
from PySide6.QtGui import QAction, QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel

from surgitwin.core.resources import resources_dir
from surgitwin.viewer.theme import theme

SIZES_PX = (16, 20, 24, 32, 48, 64, 96, 128)
"""Pixels of one edge that every icon is drawn at: up to 64 at a scale of 200 %."""

NAME = "surgitwinIcon"
ROLE = "surgitwinIconRole"
SIZE = "surgitwinIconSize"
"""Properties by which `recolour` finds what carries an icon."""


@cache
def names() -> frozenset[str]:
    """Every icon there is."""
    return frozenset(f.stem for f in (resources_dir() / "icons").glob("*.svg"))


@cache
def _source(name: str) -> str:
    if name not in names():
        raise KeyError(f"no icon {name!r}; there are {', '.join(sorted(names()))}")
    return (resources_dir() / "icons" / f"{name}.svg").read_text(encoding="utf-8")


def pixmap(name: str, colour: str, size_px: int) -> QPixmap:
    """The icon in one colour "#rrggbb", size_px pixels square. KeyError for an unknown name."""
    renderer = QSvgRenderer(QByteArray(_source(name).replace("currentColor", colour).encode()))
    out = QPixmap(QSize(size_px, size_px))
    out.fill(Qt.GlobalColor.transparent)
    painter = QPainter(out)
    renderer.render(painter, QRectF(0, 0, size_px, size_px))
    painter.end()
    return out


def icon(name: str, role: str = "text") -> QIcon:
    """The icon in a colour of the theme, with its disabled and its checked form, sharp up to 200 %.

    role: a field of `theme_roles.Theme` ("text", "accent", "warning", "on_accent" ...). KeyError for an
    unknown name. For a button or an action use `set_icon`, which follows a change of the theme.
    """
    return _icon(name, role, theme().name)


@cache
def _icon(name: str, role: str, _theme: str) -> QIcon:
    roles = theme()
    out = QIcon()
    forms = (
        (QIcon.Mode.Normal, QIcon.State.Off, getattr(roles, role)),
        (QIcon.Mode.Normal, QIcon.State.On, roles.on_selection if role == "text" else getattr(roles, role)),
        (QIcon.Mode.Disabled, QIcon.State.Off, roles.disabled),
        (QIcon.Mode.Disabled, QIcon.State.On, roles.disabled),
    )
    for mode, state, colour in forms:
        for size_px in SIZES_PX:
            out.addPixmap(pixmap(name, colour, size_px), mode, state)
    return out


def set_icon(
    target: QAction | QAbstractButton | QLabel, name: str, role: str = "text", size: int = 0
) -> None:
    """Give an action, a button or a label its icon (size: logical pixels of one edge); follows the theme."""
    target.setProperty(NAME, name)
    target.setProperty(ROLE, role)
    target.setProperty(SIZE, size)
    _draw(target)


def _draw(target: QObject) -> None:
    name, role, size = (target.property(p) for p in (NAME, ROLE, SIZE))
    if isinstance(target, QLabel):
        made = icon(name, role).pixmap(QSize(size or 24, size or 24), target.devicePixelRatioF())
        target.setPixmap(made)
    elif isinstance(target, QAction | QAbstractButton):
        target.setIcon(icon(name, role))
        if size and isinstance(target, QAbstractButton):
            target.setIconSize(QSize(size, size))


def recolour(app: QApplication) -> None:
    """Draw every icon given by `set_icon` again, in the colours of now."""
    for window in app.topLevelWidgets():
        for kind in (QAction, QAbstractButton, QLabel):
            for target in (window, *window.findChildren(kind)):
                if isinstance(target, kind) and target.property(NAME):
                    _draw(target)
