"""The help beside the work: pages with links, back, contents, search, keys."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from PySide6.QtCore import QSignalBlocker, Qt, QUrl
from PySide6.QtWidgets import (
    QComboBox,
    QDockWidget,
    QHBoxLayout,
    QLineEdit,
    QTextBrowser,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from surgitwin.viewer.help_pages import ORDER, SHORTCUTS, result_page, shortcut_page, text, title
from surgitwin.viewer.icons import set_icon
from surgitwin.viewer.theme import set_role, themes

WIDTH_PX = 380
FOUND = "?"
"""Stands before the words of a search in the list of pages that were shown."""


class HelpPanel(QDockWidget):
    """`show_topic` opens it. keys: gives (group, keys, words) of every command now."""

    def __init__(
        self, keys: Callable[[], Iterable[tuple[str, str, str]]], parent: QWidget | None = None
    ) -> None:
        super().__init__("Help", parent)
        self.setObjectName("helpPanel")
        self.setAllowedAreas(Qt.DockWidgetArea.LeftDockWidgetArea | Qt.DockWidgetArea.RightDockWidgetArea)
        self._keys = keys
        self._shown: list[str] = []
        inside = QWidget(self)
        self.browser = QTextBrowser(inside)
        self.browser.setObjectName("helpText")
        self.browser.setAccessibleName("help text")
        self.browser.setOpenLinks(False)
        self.browser.anchorClicked.connect(self._follow)
        self.back = self._button("left", "Back to the page before", self.go_back)
        self.home = self._button("help", "First page", lambda: self.show_topic("index"))
        self.contents = QComboBox(inside)
        self.contents.setObjectName("helpContents")
        self.contents.setAccessibleName("contents of the help")
        for topic in ORDER:
            self.contents.addItem(title(topic), topic)
        self.contents.activated.connect(lambda _index: self.show_topic(str(self.contents.currentData())))
        self.search = QLineEdit(inside)
        self.search.setObjectName("helpSearch")
        self.search.setPlaceholderText("Search the help")
        self.search.setAccessibleName("search the help")
        self.search.setClearButtonEnabled(True)
        self.search.returnPressed.connect(self._search)
        row = QHBoxLayout()
        row.addWidget(self.back)
        row.addWidget(self.home)
        row.addWidget(self.contents, 1)
        column = QVBoxLayout(inside)
        column.addLayout(row)
        column.addWidget(self.search)
        column.addWidget(self.browser, 1)
        self.setWidget(inside)
        self.setMinimumWidth(280)
        inside.resize(WIDTH_PX, 600)
        themes().changed.connect(self._draw)
        self.hide()

    def _button(self, name: str, tip: str, clicked: Callable[[], object]) -> QToolButton:
        button = QToolButton(self)
        set_role(button, "flat")
        set_icon(button, name)
        button.setToolTip(tip)
        button.setAccessibleName(tip)
        button.clicked.connect(lambda _checked=False: clicked())
        return button

    @property
    def topic(self) -> str:
        """The page that is shown; "" before the first one."""
        return self._shown[-1] if self._shown else ""

    def show_topic(self, topic: str) -> None:
        """Open the panel with a page (InputError "help.missing")."""
        if topic != SHORTCUTS and not topic.startswith(FOUND):
            text(topic)
        if topic != self.topic:
            self._shown.append(topic)
        self._draw()
        self.show()
        self.raise_()

    def go_back(self) -> None:
        """The page before."""
        if len(self._shown) > 1:
            self._shown.pop()
            self._draw()

    def _draw(self) -> None:
        topic = self.topic
        if not topic:
            return
        if topic == SHORTCUTS:
            page = shortcut_page(self._keys())
        elif topic.startswith(FOUND):
            page = result_page(topic.removeprefix(FOUND))
        else:
            page = text(topic)
        self.browser.setMarkdown(page)
        self.back.setEnabled(len(self._shown) > 1)
        with QSignalBlocker(self.contents):
            self.contents.setCurrentIndex(self.contents.findData(topic))

    def _follow(self, link: QUrl) -> None:
        topic = link.toString().removesuffix(".md")
        if topic in ORDER:
            self.show_topic(topic)

    def _search(self) -> None:
        words = self.search.text().strip()
        if words:
            self.show_topic(FOUND + words)
