"""Implant pictures for lists: what is on disk at once, the rest from a process of its own."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QObject, QProcess, QTimer, Signal
from PySide6.QtGui import QPixmap

from surgitwin.planning.plans.implant_pictures import picture_file, pictures_folder

AT_ONCE = 6
LOOK_MS = 250
"""How often new pictures are looked for while they are drawn (setting of the screen)."""


class PictureMaker(QObject):
    """`pixmap(id)` gives a picture that is there; `want(ids)` draws the others, `arrived` tells each."""

    arrived = Signal(str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._files: dict[str, Path] = {}
        self._open: list[str] = []
        self._process: QProcess | None = None
        self._timer = QTimer(self)
        self._timer.setInterval(LOOK_MS)
        self._timer.timeout.connect(self._look)

    def _file(self, catalogue_id: str) -> Path:
        if catalogue_id not in self._files:
            self._files[catalogue_id] = picture_file(catalogue_id)
        return self._files[catalogue_id]

    def pixmap(self, catalogue_id: str) -> QPixmap | None:
        """The picture of an item, None while there is none."""
        path = self._file(catalogue_id)
        return QPixmap(str(path)) if path.is_file() else None

    def want(self, ids: Sequence[str]) -> None:
        """Draw what is missing, in this order; a former wish ends."""
        missing = [i for i in ids if not self._file(i).is_file()]
        self._end()
        self._open = missing
        if not missing:
            return
        self._process = QProcess(self)
        self._process.setStandardOutputFile(QProcess.nullDevice())
        self._process.setStandardErrorFile(QProcess.nullDevice())
        module = ["-m", "surgitwin.planning.plans.implant_pictures", str(pictures_folder()), *missing]
        self._process.finished.connect(self._finished)
        self._process.start(sys.executable, module)
        self._timer.start()

    def _look(self) -> None:
        # They come in the order asked for; a few at a time keep the window free.
        for _ in range(AT_ONCE):
            if not self._open or not self._file(self._open[0]).is_file():
                if self._process is None:
                    self._timer.stop()
                return
            self.arrived.emit(self._open.pop(0))

    def _finished(self) -> None:
        """Nothing more comes: the timer ends when what is there was told."""
        process, self._process = self._process, None
        if process is not None:
            process.deleteLater()

    def _end(self) -> None:
        self._timer.stop()
        process, self._process = self._process, None
        if process is not None:
            process.finished.disconnect(self._finished)
            if process.state() == QProcess.ProcessState.NotRunning:
                process.deleteLater()
                return
            # It goes when it has ended; waiting here would hold up the window.
            process.setParent(QCoreApplication.instance())
            process.finished.connect(process.deleteLater)
            process.kill()

    def release(self) -> None:
        """Stop drawing."""
        self._end()
        self._open = []
