"""Pictures and reports of a head that leave through the window: the face is warned of, the consent asked."""

from __future__ import annotations

import os
from pathlib import Path
from types import SimpleNamespace

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
pytest.importorskip("PySide6")
pytestmark = pytest.mark.gui

from PySide6.QtCore import QObject, Signal  # noqa: E402
from PySide6.QtWidgets import QWidget  # noqa: E402

from planning.test_leaving import made  # noqa: E402
from surgitwin.viewer.actions import Actions  # noqa: E402
from surgitwin.viewer.deidentify.going_out import NUMBERS, PICTURES, ReportNotes, write_out  # noqa: E402
from surgitwin.viewer.deidentify.purpose import PROPERTY  # noqa: E402
from surgitwin.viewer.desk import Desk  # noqa: E402
from surgitwin.viewer.latest import Latest  # noqa: E402
from surgitwin.viewer.widgets.error_card import ErrorCard  # noqa: E402


class Jobs(QObject):
    finished = Signal(object)


@pytest.fixture
def place(qtbot, tmp_path: Path):
    """A desk with a head whose skin is a segment; what it said, and its card."""
    window = QWidget()
    qtbot.addWidget(window)
    desk, card = Desk(Actions(window), window), ErrorCard(window)
    desk.session = SimpleNamespace(case=made(tmp_path / "a.twin", 12))
    desk.jobs = Jobs(desk)
    desk.warned.connect(card.show_warning)
    desk.error_said.connect(card.show_error)
    said: list[str] = []
    desk.said.connect(said.append)
    return SimpleNamespace(desk=desk, card=card, said=said, writer=Latest(desk, desk.say_error), out=tmp_path)


def written(place, qtbot, what: str) -> Path:
    out = place.out / f"{what}.png"
    write_out(place.desk, place.writer, what, lambda: out.write_bytes(b"1"), lambda: "Saved.")
    qtbot.waitUntil(lambda: not place.writer.busy, timeout=10000)
    return out


def test_a_picture_of_a_face_is_warned_of_until_put_away(qtbot, place) -> None:
    assert written(place, qtbot, NUMBERS).is_file()
    assert place.card.isHidden()
    assert "No consent is recorded" in place.said[-1]
    assert written(place, qtbot, PICTURES).is_file()
    assert "A face can be recognised" in place.card.words.text()
    assert not place.card.isHidden()


def test_nothing_is_written_outside_the_consent(qtbot, place) -> None:
    place.desk.setProperty(PROPERTY, "research")
    assert not written(place, qtbot, NUMBERS).exists()
    assert "consent.outside_scope" in place.card.words.text()


def test_a_report_of_a_face_is_warned_of(qtbot, place) -> None:
    notes = ReportNotes(place.desk, place.desk)
    place.desk.jobs.finished.emit(SimpleNamespace(kind="solve", arguments={}))
    place.desk.jobs.finished.emit(SimpleNamespace(kind="report", arguments={"path": "/x/r.pdf"}))
    qtbot.waitUntil(lambda: "A face can be recognised" in place.card.words.text(), timeout=10000)
    assert place.said == ["The report is in /x: r.pdf."]
    notes.release()
