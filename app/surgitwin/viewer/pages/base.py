"""What a page of the window is: a panel at the left and, when it needs the whole width, a centre."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QWidget

if TYPE_CHECKING:
    from surgitwin.viewer.desk import Desk


class Page(QWidget):
    """One step. The page itself is the panel at the left (some 340 px, it scrolls).

    centre: a widget that takes the place of the four views while the page is shown, None to keep them.
    Pages live as long as one open case (the import page as long as the window): connect to
    `desk.session.changed` in `__init__` and disconnect in `release`.
    """

    step = ""
    title = ""
    centre: QWidget | None = None

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.desk = desk
        self.setObjectName(f"page_{self.step}")

    def entered(self) -> None:
        """The page is shown now."""

    def left(self) -> None:
        """Another page is shown now: put tools away, end previews."""

    def release(self) -> None:
        """The case is closed: stop listening, stop workers, close render windows."""
