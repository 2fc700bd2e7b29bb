"""What of the anatomy is out of date, in words, with the button that mends it."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QFrame, QLabel, QPushButton, QVBoxLayout, QWidget

from surgitwin.planning.case import Case
from surgitwin.planning.freshness import measured_current, mesh_current
from surgitwin.planning.meshes.tissues import tissue_mesh_current
from surgitwin.planning.site import is_general
from surgitwin.viewer.icons import set_icon
from surgitwin.viewer.theme import set_role

READ_ONLY = "This case is open for reading only."


class StaleBanner(QFrame):
    """Hidden while everything is up to date. prepare: measures and meshes."""

    def __init__(self, prepare: Callable[[], object], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        set_role(self, "banner")
        self.words, self.button = QLabel(self), QPushButton("Measure and mesh", self)
        self.words.setWordWrap(True)
        self.button.setObjectName("measureAndMesh")
        set_role(self.button, "primary")
        set_icon(self.button, "running", "on_accent")
        self.button.clicked.connect(lambda _: prepare())
        inside = QVBoxLayout(self)
        inside.addWidget(self.words)
        inside.addWidget(self.button)

    def refresh(self, case: Case, wait: str) -> None:
        """wait: why it cannot be started now, "" when it can."""
        if is_general(case):
            self._refresh_general(case, wait)
            return
        labels = bool(case.state.get("labels"))
        measured = labels and measured_current(case)
        self.setVisible(labels and not mesh_current(case))
        if not measured:
            words = "The segments changed since the bone was measured: side, landmarks and mesh are old."
        elif case.state.get("mesh"):
            words = "The anatomy changed since the bone was meshed."
        else:
            words = "The bone is not meshed yet."
        self.words.setText(words)
        self.button.setText("Mesh the bone" if measured else "Measure and mesh")
        self.button.setEnabled(not wait)
        self.button.setToolTip(wait or "Runs in the background; about a minute")

    def _refresh_general(self, case: Case, wait: str) -> None:
        """Other anatomy is meshed, not measured."""
        self.setVisible(bool(case.state.get("labels")) and not tissue_mesh_current(case))
        old = bool(case.state.get("mesh"))
        self.words.setText(
            "The segments changed since they were meshed." if old else "The segments are not meshed yet."
        )
        self.button.setText("Mesh again" if old else "Mesh the segments")
        self.button.setEnabled(not wait)
        self.button.setToolTip(wait or "One conforming mesh of all segments, in the background")


def why_not_signed(case: Case, read_only: bool) -> str:
    """Why the anatomy cannot be signed now, "" when it can."""
    if read_only:
        return READ_ONLY
    if is_general(case):
        return "" if case.state.get("labels") else "Segment the image first."
    if not case.state.get("labels") or not case.state.get("anatomy"):
        return "Segment the bone first."
    return "" if measured_current(case) else "Measure the bone again first: the segments changed."
