"""Colours by role, the style sheet, and the icons in every theme."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from dataclasses import asdict
from pathlib import Path

import pytest
from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QAction, QColor, QIcon
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QApplication, QLabel, QPushButton

from surgitwin.core.resources import resources_dir
from surgitwin.viewer import icons
from surgitwin.viewer import theme as themes_module
from surgitwin.viewer.style_sheet import style_sheet
from surgitwin.viewer.theme import DARK, LIGHT, apply, set_role, theme, themes
from surgitwin.viewer.theme_roles import Theme, contrast

BOTH = pytest.mark.parametrize("roles", [DARK, LIGHT], ids=lambda r: r.name)
SVGS = sorted((resources_dir() / "icons").glob("*.svg"))
ART = ("up", "down", "check", "dash", "dot")


@pytest.fixture
def app(qapp: QApplication):
    yield qapp
    apply(qapp, "dark")


def test_contrast_is_that_of_wcag() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)  # the known near miss


@BOTH
def test_text_can_be_read(roles: Theme) -> None:
    low = []
    for paper in ("background", "panel", "raised", "field"):
        for ink in ("text", "muted", "accent", "ok", "warning", "error", "stale"):
            if contrast(getattr(roles, ink), getattr(roles, paper)) < 4.5:
                low.append((ink, paper))
    for ink, paper in (
        ("on_accent", "accent"), ("on_selection", "selection"), ("on_notice", "notice"),
        ("view_text", "view"),
    ):  # fmt: skip
        if contrast(getattr(roles, ink), getattr(roles, paper)) < 4.5:
            low.append((ink, paper))
    for frame in ("axial", "sagittal", "coronal", "scene", "disabled"):  # WCAG 1.4.11: graphics 3:1
        if contrast(getattr(roles, frame), roles.background) < 3:
            low.append((frame, "background"))
    assert not low


@BOTH
def test_the_style_sheet_is_whole(roles: Theme) -> None:
    text = style_sheet(roles, 10.0)
    assert "$" not in text
    assert text.count("{") == text.count("}")
    used = set(re.findall(r"#[0-9a-f]{6}\b", text))
    assert used <= set(asdict(roles).values())
    art = set(re.findall(r'url\("([^"]+)"\)', text))
    assert {Path(a).stem for a in art} == set(ART)
    assert all(Path(a).is_file() for a in art)
    small, large = style_sheet(roles, 10.0), style_sheet(roles, 20.0)
    assert "font-size: 19.0pt" in small
    assert "font-size: 38.0pt" in large


@BOTH
def test_marks_of_the_style_sheet_have_the_theme_colours(roles: Theme) -> None:
    for name in ART:
        text = (resources_dir() / "theme" / roles.name / f"{name}.svg").read_text(encoding="utf-8")
        assert set(re.findall(r"#[0-9a-f]{6}", text)) <= {roles.muted, roles.on_accent}, name


@pytest.mark.parametrize("file", SVGS, ids=lambda f: f.stem)
def test_every_svg_is_a_small_icon_in_the_colour_of_text(file: Path, qapp: QApplication) -> None:
    root = ET.parse(file).getroot()
    assert root.get("viewBox") == "0 0 24 24"
    assert root.get("stroke") == "currentColor"
    colours = set(re.findall(r'(?:fill|stroke)="([^"]+)"', file.read_text(encoding="utf-8")))
    assert colours <= {"currentColor", "none"}
    renderer = QSvgRenderer(str(file))
    assert renderer.isValid()
    image = icons.pixmap(file.stem, "#ff0000", 48).toImage()
    painted = [
        (x, y) for x in range(48) for y in range(48) if image.pixelColor(x, y).alpha() > 128
    ]  # fmt: skip
    assert len(painted) > 60
    edge = [p for p in painted if 0 in p or 47 in p]
    assert not edge, "cut off at its edge"
    assert all(image.pixelColor(x, y).red() > 200 and image.pixelColor(x, y).green() < 60 for x, y in painted)


def named_in_code(tree: ast.AST) -> set[str]:
    """Literal icon names: first argument of icon(), second of set_icon() and of keywords `icon=`."""
    found = set()
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
        given: list[ast.expr] = [k.value for k in node.keywords if k.arg in ("icon", "icon_name")]
        if name == "icon":
            given += node.args[:1]
        elif name == "set_icon":
            given += node.args[1:2]
        for arg in given:
            parts = [arg.body, arg.orelse] if isinstance(arg, ast.IfExp) else [arg]
            found |= {p.value for p in parts if isinstance(p, ast.Constant) and isinstance(p.value, str)}
    return found - {""}


def test_every_icon_that_the_code_names_exists(repo_root: Path) -> None:
    for file in sorted((repo_root / "app" / "surgitwin" / "viewer").rglob("*.py")):
        unknown = named_in_code(ast.parse(file.read_text(encoding="utf-8"))) - icons.names()
        assert not unknown, f"{file.name}: {unknown}"


def test_the_search_for_icon_names_sees_them() -> None:
    source = 'set_icon(b, "eye" if on else "eye-off")\nicon("nope")\nact(icon="save")\nfolder.icon(x)'
    assert named_in_code(ast.parse(source)) == {"eye", "eye-off", "nope", "save"}


def test_an_unknown_icon_is_an_error(app: QApplication) -> None:
    with pytest.raises(KeyError, match="no icon 'nothing'"):
        icons.icon("nothing")
    with pytest.raises(ValueError, match="no theme"):
        apply(app, "pink")


def colour_of(icon: QIcon, mode: QIcon.Mode = QIcon.Mode.Normal, ratio: float = 1.0) -> str:
    image = icon.pixmap(QSize(32, 32), ratio, mode, QIcon.State.Off).toImage()
    return max(
        (image.pixelColor(x, y) for x in range(image.width()) for y in range(image.height())),
        key=QColor.alpha,
    ).name()


def test_icons_are_cached_sharp_and_greyed_when_disabled(app: QApplication) -> None:
    apply(app, "dark")
    made = icons.icon("brush")
    assert icons.icon("brush") is made
    assert colour_of(made) == DARK.text
    assert colour_of(made, QIcon.Mode.Disabled) == DARK.disabled
    doubled = made.pixmap(QSize(32, 32), 2.0)
    assert (doubled.width(), doubled.devicePixelRatio()) == (64, 2.0)


def test_a_change_of_theme_reaches_icons_palette_and_listeners(app: QApplication, qtbot) -> None:
    apply(app, "dark")
    button = QPushButton("Save")
    qtbot.addWidget(button)
    action, label = QAction("Open", button), QLabel(button)
    for target in (button, action, label):
        icons.set_icon(target, "save")
    with qtbot.waitSignal(themes().changed):
        apply(app, "light")
    assert theme() is LIGHT
    assert themes_module.chosen_name() == "light"
    assert colour_of(button.icon()) == colour_of(action.icon()) == LIGHT.text
    assert app.palette().window().color().name() == LIGHT.background
    assert LIGHT.panel in app.styleSheet()


def test_system_follows_the_desktop(app: QApplication) -> None:
    apply(app, "system")
    light = app.styleHints().colorScheme() == Qt.ColorScheme.Light
    assert theme() is (LIGHT if light else DARK)


def test_a_role_shows_at_once(app: QApplication, qtbot) -> None:
    apply(app, "dark")
    label = QLabel("late")
    qtbot.addWidget(label)
    set_role(label, "error")
    label.ensurePolished()
    assert label.palette().windowText().color().name() == DARK.error


def test_an_unknown_icon_leaves_no_painter_behind() -> None:
    """A painter that outlives its pixmap writes into freed memory: the program dies some time later."""
    script = (
        "from PySide6.QtWidgets import QApplication; app = QApplication([])\n"
        "from surgitwin.viewer.icons import pixmap\n"
        "for n in range(300):\n"
        "    try:\n"
        "        pixmap(f'none-{n}', '#ffffff', 24)\n"
        "    except KeyError:\n"
        "        pass\n"
    )
    there = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, env=there, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "Cannot destroy paint device" not in done.stderr
