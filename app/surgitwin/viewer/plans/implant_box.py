"""The implants of the plan in hand: which one is meant, add, change, remove."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from surgitwin.implants import item, material
from surgitwin.planning.plans.rows import implant_words
from surgitwin.viewer.icons import set_icon
from surgitwin.viewer.plans.bench import PlanBench
from surgitwin.viewer.plans.implant_browser import ImplantBrowser
from surgitwin.viewer.theme import set_role


class ImplantBox(QWidget):
    """Chooser among several implants, its data, and the buttons to the implant list."""

    def __init__(self, bench: PlanBench, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._bench = bench
        self.browser: ImplantBrowser | None = None
        self.chooser = QComboBox(self)
        self.chooser.setObjectName("implantChooser")
        self.chooser.setAccessibleName("Implant in hand")
        self.chooser.activated.connect(bench.set_index)
        self.words = QLabel(self)
        self.words.setWordWrap(True)
        self.words.setTextFormat(Qt.TextFormat.PlainText)
        set_role(self.words, "muted")
        row = QHBoxLayout()
        self.buttons: dict[str, QPushButton] = {}
        for key, mark, text, tip in (
            ("change", "search", "Change ...", "Another size or implant in its place"),
            ("add", "add", "Add ...", "One more plate or nail"),
            ("remove", "remove", "Remove", "Take the implant out of the plan"),
        ):
            button = QPushButton(text, self)
            button.setObjectName(f"implant_{key}")
            button.setProperty("tip", tip)
            set_icon(button, mark)
            self.buttons[key] = button
            row.addWidget(button)
        self.buttons["change"].clicked.connect(lambda: self.browse(replace=True))
        self.buttons["add"].clicked.connect(lambda: self.browse(replace=False))
        self.buttons["remove"].clicked.connect(bench.remove_implant)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.chooser)
        column.addWidget(self.words)
        column.addLayout(row)
        bench.plan_changed.connect(self.refresh)
        bench.ready_changed.connect(lambda _on: self.refresh())
        self.refresh()

    def refresh(self) -> None:
        """The implants of the plan in hand."""
        bench, plan = self._bench, self._bench.plan
        implants = () if plan is None else plan.implants
        self.chooser.blockSignals(True)
        self.chooser.clear()
        self.chooser.addItems([implant_words(p) for p in implants])
        self.chooser.setCurrentIndex(bench.index if implants else -1)
        self.chooser.blockSignals(False)
        self.chooser.setVisible(bool(implants))
        self.words.setText("No implant yet. Choose one from the list.")
        if implants:
            found = item(implants[bench.index].catalogue_id)
            data = "data verified" if found.verified else "data not verified"
            self.words.setText(f"{found.title}. {material(found.material).title}, {data}.")
        reasons = {
            "change": bench.why_not(implant=True, bone=True),
            "add": bench.why_not(bone=True),
            "remove": bench.why_not(implant=True),
        }
        for key, button in self.buttons.items():
            button.setEnabled(not reasons[key])
            button.setToolTip(reasons[key] or str(button.property("tip")))

    def browse(self, *, replace: bool) -> None:
        """Open the implant list; what is chosen goes into the plan as one undo step."""
        bench, plan = self._bench, self._bench.plan
        if plan is None:
            return
        replace = replace and bool(plan.implants)
        current = plan.implants[bench.index].catalogue_id if replace else ""
        browser = ImplantBrowser(bench, current, self)
        browser.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        browser.chosen.connect(bench.exchange_implant if replace else bench.add_implant)
        browser.finished.connect(self._closed)
        self.browser = browser
        browser.open()

    def _closed(self, _result: int) -> None:
        self.browser = None

    def release(self) -> None:
        """Close the list when it is open."""
        if self.browser is not None:
            self.browser.reject()
