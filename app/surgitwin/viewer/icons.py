"""The program's own line icons (``resources/icons/*.svg``), drawn in the colours of the theme."""

from __future__ import annotations

from functools import cache

from PySide6.QtCore import QByteArray, QObject, QRectF, QSize, Qt
from PySide6.QtGui import QAction, QColor, QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel

from surgitwin.core.resources import resources_dir
from surgitwin.viewer.theme import theme

SIZES_PX = (16, 20, 24, 32, 48, 64)
"""Pixels of one edge that icons of buttons and menus are drawn at: up to 32 at a scale of 200 %."""

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


@cache
def _renderer(name: str) -> QSvgRenderer:
    return QSvgRenderer(QByteArray(_source(name).replace("currentColor", "#000000").encode()))


@cache
def _shape(name: str, size_px: int) -> QPixmap:
    """The icon in black: drawn once, for all colours and themes."""
    out = QPixmap(QSize(size_px, size_px))
    out.fill(Qt.GlobalColor.transparent)
    with QPainter(out) as painter:
        _renderer(name).render(painter, QRectF(0, 0, size_px, size_px))
    return out


def pixmap(name: str, colour: str, size_px: int) -> QPixmap:
    """The icon in one colour "#rrggbb", size_px pixels square. KeyError for an unknown name."""
    out = QPixmap(_shape(name, size_px))
    with QPainter(out) as painter:
        painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_SourceIn)
        painter.fillRect(out.rect(), QColor(colour))
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
    plain = getattr(roles, role)
    pressed = roles.on_selection if role == "text" else plain
    on, off = QIcon.State.On, QIcon.State.Off
    for size_px in SIZES_PX:
        out.addPixmap(pixmap(name, plain, size_px), QIcon.Mode.Normal, off)
        out.addPixmap(pixmap(name, pressed, size_px), QIcon.Mode.Normal, on)
        grey = pixmap(name, roles.disabled, size_px)
        for state in (on, off):
            out.addPixmap(grey, QIcon.Mode.Disabled, state)
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
        ratio = target.devicePixelRatioF()
        made = pixmap(name, getattr(theme(), role), round((size or 24) * ratio))
        made.setDevicePixelRatio(ratio)
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
