"""The help: a page for every step and tool, links that lead somewhere, F1 and search in the window."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from PySide6.QtCore import Qt, QUrl
from PySide6.QtWidgets import QApplication, QLineEdit, QMainWindow, QToolButton

from surgitwin.core.errors import InputError
from surgitwin.core.resources import resources_dir
from surgitwin.planning.step_state import STEPS
from surgitwin.viewer import help_pages
from surgitwin.viewer.actions import Actions
from surgitwin.viewer.help_finder import FOLDS, set_topic, topic_for
from surgitwin.viewer.help_pages import COMMANDS, ORDER, SHORTCUTS, TOOLS, search, shortcut_page, text, title
from surgitwin.viewer.widgets.help_panel import HelpPanel

PAGES = [t for t in ORDER if t != SHORTCUTS]


def classes_of_tools(folder: Path) -> set[str]:
    """Classes below Tool in the tools' files."""
    found = set()
    for file in folder.glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef) and any(
                isinstance(b, ast.Name) and b.id == "Tool" for b in node.bases
            ):
                found.add(node.name)
    return found


def test_every_step_and_tool_has_a_page(repo_root: Path) -> None:
    tools = classes_of_tools(repo_root / "app" / "surgitwin" / "viewer" / "tools")
    assert len(tools) >= 7
    assert tools - set(TOOLS) == set(), "name their topics in help_pages.TOOLS"
    for topic in (*STEPS, *TOOLS.values(), *COMMANDS.values(), *FOLDS.values()):
        assert topic in ORDER
        assert len(text(topic)) > 200, topic


def test_topics_and_files_are_the_same() -> None:
    files = {f.stem for f in (resources_dir() / "help").glob("*.md")}
    assert files == set(PAGES)
    assert len(set(ORDER)) == len(ORDER)


@pytest.mark.parametrize("topic", PAGES)
def test_pages_are_short_and_their_links_lead_somewhere(topic: str) -> None:
    page = text(topic)
    assert page.startswith("# ")
    assert len(page) < 3000
    assert page.count("\n# ") == 0
    for link in re.findall(r"\]\(([^)]+)\)", page):
        assert link.removesuffix(".md") in ORDER, link
    assert not re.search(r"\b[a-z]+_(mm|hu|deg)\b|fracture_fixation", page), "no machine's words"


def test_search_and_keys() -> None:
    assert search("") == ORDER
    assert search("scissors depth")[0] == "scissors"
    assert search("zzzz") == ()
    assert "Nothing found" in help_pages.result_page("zzzz")
    assert "(brush.md)" in help_pages.result_page("brush")
    page = shortcut_page([("File", "Ctrl+S", "Save"), ("File", "", "Nothing")])
    assert "| Save | **Ctrl+S** |" in page
    assert "Nothing" not in page
    assert "## In 3D" in page
    assert title(SHORTCUTS) == "Keys"
    with pytest.raises(InputError):
        text("nothing")


@pytest.fixture
def panel(qtbot):
    made = HelpPanel(lambda: [("File", "Ctrl+S", "Save")])
    qtbot.addWidget(made)
    return made


def test_the_panel_shows_follows_and_goes_back(qtbot, panel) -> None:
    panel.show_topic("import")
    assert panel.isVisible()
    assert "Makes a case" in panel.browser.toPlainText()
    assert panel.contents.currentData() == "import"
    panel.browser.anchorClicked.emit(QUrl("anatomy.md"))
    assert panel.topic == "anatomy"
    qtbot.mouseClick(panel.back, Qt.MouseButton.LeftButton)
    assert panel.topic == "import"
    assert not panel.back.isEnabled()
    panel.contents.setCurrentIndex(panel.contents.findData(SHORTCUTS))
    panel.contents.activated.emit(panel.contents.currentIndex())
    assert "Ctrl+S" in panel.browser.toPlainText()
    panel.search.setFocus()
    qtbot.keyClicks(panel.search, "cobb")
    qtbot.keyClick(panel.search, Qt.Key.Key_Return)
    assert "Measure" in panel.browser.toPlainText()
    panel.browser.anchorClicked.emit(QUrl("https://example.test/"))
    assert panel.topic == "?cobb", "only our own pages open"
    with pytest.raises(InputError):
        panel.show_topic("nothing")


class Window(QMainWindow):
    """As much of the window as the finder asks for."""

    def __init__(self) -> None:
        super().__init__()
        self.actions_ = Actions(self)
        self.desk = type("Desk", (), {"model": None})()
        self.page = type("Page", (), {"step": "plans"})()


def test_the_topic_follows_tool_then_focus_then_page(qtbot) -> None:
    window = Window()
    qtbot.addWidget(window)
    field = QLineEdit(window)
    window.setCentralWidget(field)
    window.show()
    qtbot.waitExposed(window)
    assert topic_for(window) == "plans"
    set_topic(window, "measure")
    field.setFocus()
    window.activateWindow()
    qtbot.waitUntil(lambda: QApplication.focusWidget() is field)
    assert topic_for(window) == "measure"
    window.actions_.add("grow", "Grow", checkable=True).setChecked(True)
    assert topic_for(window) == "grow"
    tool = type("ScissorsTool", (), {})()
    window.desk.model = type("Model", (), {"tool": tool})()
    assert topic_for(window) == "scissors"
    with pytest.raises(ValueError, match="no help page"):
        set_topic(QToolButton(window), "nothing")
