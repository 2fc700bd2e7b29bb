"""Tried by `surgitwin doctor` in a process of its own: starts Qt on the screen at hand (or without one)."""

from __future__ import annotations

import os
import sys


def start() -> str:
    """Version of Qt and the platform plug-in that started."""
    from PySide6 import QtCore, QtWidgets

    application = QtWidgets.QApplication([])
    name = application.platformName()
    application.quit()
    return f"Qt {QtCore.qVersion()}, platform {name}"


if __name__ == "__main__":
    if sys.platform.startswith("linux") and not (
        os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    ):
        os.environ["QT_QPA_PLATFORM"] = "offscreen"
    sys.stdout.write(start() + "\n")
