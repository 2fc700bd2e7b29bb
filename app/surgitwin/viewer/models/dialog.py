"""Choose an automatic model and its segments, agree to what it loads, and run it as a job."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QFontDatabase
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QFormLayout,
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from surgitwin.viewer.desk import Desk
from surgitwin.viewer.icons import set_icon
from surgitwin.viewer.latest import Latest
from surgitwin.viewer.models.facts import ModelFacts, free_GB, look_up
from surgitwin.viewer.theme import set_role

CAUTION = (
    "A network is sure of itself also where it is wrong. Its segments come locked, with name and version; "
    "look at their whole border. Nothing of the image leaves this computer."
)


class ModelsDialog(QDialog):
    """Beside the work. The job bar shows progress and cancels; undo takes the segments back."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("modelsDialog")
        self.setWindowTitle("Automatic model")
        self.setMinimumWidth(520)
        self._desk = desk
        self._facts: list[ModelFacts] = []
        self._looking = Latest(desk, desk.say_error)
        self.choice = QComboBox(self)
        self.choice.setObjectName("modelChoice")
        self.about, self.loads, self.caution = (QLabel(self) for _ in range(3))
        self.install = QLabel(self)
        self.install.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self.install.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.install.setObjectName("modelInstall")
        for label, role in ((self.about, ""), (self.install, "muted"), (self.loads, "warning")):
            label.setWordWrap(True)
            set_role(label, role)
        self.caution.setText(CAUTION)
        self.caution.setWordWrap(True)
        set_role(self.caution, "muted")
        self.search, self.segments = QLineEdit(self), QListWidget(self)
        self.search.setPlaceholderText("Find a segment")
        self.search.setClearButtonEnabled(True)
        self.segments.setObjectName("modelSegments")
        self.consent = QCheckBox("Load them now: this once, by the network", self)
        self.consent.setObjectName("modelConsent")
        self.start = QPushButton("Segment", self)
        self.start.setObjectName("modelStart")
        set_icon(self.start, "play", "on_accent")
        set_role(self.start, "primary")
        self._lay_out()
        self.choice.currentIndexChanged.connect(lambda _: self._show())
        self.search.textChanged.connect(self._filter)
        self.segments.itemChanged.connect(lambda _: self._judge())
        self.consent.toggled.connect(lambda _: self._judge())
        self.start.clicked.connect(lambda _: self.run())
        desk.closing.connect(self.close)
        self.about.setText("Looking for installed models ...")
        self._judge()
        self._looking.ask(look_up, self._found)

    def _lay_out(self) -> None:
        column, form = QVBoxLayout(self), QFormLayout()
        form.addRow("&Model", self.choice)
        column.addLayout(form)
        for part in (self.about, self.install, self.search, self.segments, self.loads, self.consent):
            column.addWidget(part)
        column.addWidget(self.caution)
        column.addWidget(self.start)

    def _found(self, facts: list[ModelFacts]) -> None:
        self._facts = facts
        for one in facts:
            self.choice.addItem(f"{one.name} {one.version}".strip(), one.name)
        usable = [n for n, f in enumerate(facts) if not f.why_not(self._modality)]
        self.choice.setCurrentIndex(usable[0] if usable else 0)
        self._show()

    @property
    def _modality(self) -> str:
        return "" if self._desk.model is None else self._desk.model.volume.modality

    @property
    def facts(self) -> ModelFacts | None:
        """Of the chosen model."""
        at = self.choice.currentIndex()
        return self._facts[at] if 0 <= at < len(self._facts) else None

    @property
    def chosen(self) -> list[str]:
        """Names of the segments that are ticked."""
        items = [self.segments.item(n) for n in range(self.segments.count())]
        return [i.text() for i in items if i.checkState() == Qt.CheckState.Checked]

    def _show(self) -> None:
        """What is known of the chosen model."""
        facts = self.facts
        if facts is None:
            return
        why = facts.why_not(self._modality)
        if facts.missing:
            why += f"\n\n{facts.terms}\nTo install it, run in a terminal:"
        self.about.setText(why or f"For {facts.modality} images; {len(facts.segments)} segments.")
        self.install.setText(facts.install)
        self.install.setVisible(bool(facts.missing))
        self.segments.clear()
        for name in facts.segments:
            item = QListWidgetItem(name, self.segments)
            item.setCheckState(Qt.CheckState.Unchecked)
        asked = bool(facts.loads) and not facts.missing
        self.loads.setText(f"It needs {facts.loads}. Free on this disk: {free_GB():.0f} GB.")
        self.consent.setChecked(False)
        self.loads.setVisible(asked)
        self.consent.setVisible(asked)
        self.search.setEnabled(not why)
        self.segments.setEnabled(not why)
        self._filter(self.search.text())
        self._judge()

    def _filter(self, words: str) -> None:
        for n in range(self.segments.count()):
            item = self.segments.item(n)
            item.setHidden(words.lower() not in item.text().lower().replace("_", " "))

    def _judge(self) -> None:
        """Why it cannot be started, on the button."""
        facts = self.facts
        why = "No model was found." if facts is None else facts.why_not(self._modality)
        if not why and not self.chosen:
            why = "Tick the segments that you want."
        if not why and self.consent.isVisibleTo(self) and not self.consent.isChecked():
            why = "Its weights are not on this computer: agree to load them, or place them yourself."
        self.start.setEnabled(not why)
        self.start.setToolTip(why or "Runs in the background; the job bar shows how far it is.")

    def run(self) -> None:
        """Queue the job."""
        facts, jobs = self.facts, self._desk.jobs
        if facts is None or jobs is None or not self.start.isEnabled():
            return
        arguments = {
            "name": facts.name,
            "segments": self.chosen,
            "allow_download": self.consent.isVisibleTo(self) and self.consent.isChecked(),
        }
        if jobs.start("model", arguments, f"Segments by {facts.name}") is not None:
            self.accept()
