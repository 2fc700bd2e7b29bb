"""The table plans x healing stages of the Simulate page: one card for each result to be had."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QGridLayout, QLabel, QScrollArea, QVBoxLayout, QWidget

from surgitwin.mechanics.materials import callus_stages
from surgitwin.planning.solving.simulation import Cell, Matrix, scheme, schemes
from surgitwin.planning.titles import stage_words
from surgitwin.viewer.job_center import Job
from surgitwin.viewer.simulating.cell import SimulationCell
from surgitwin.viewer.theme import set_role

CELL_PX = 190
NAME_PX = 150
Key = tuple[str, str | None]


class SimulationTable(QScrollArea):
    """Rows plans, columns healing stages. `ticks` are the chosen cells; emits `ticks_changed`."""

    ticks_changed = Signal()
    cancel_asked = Signal(object)
    again_asked = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("simulationTable")
        self.setAccessibleName("plans and healing stages")
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.cells: dict[Key, SimulationCell] = {}
        self.ticks: set[Key] = set()
        self._form: object = None

    def show_matrix(
        self,
        matrix: Matrix,
        titles: dict[Key, str],
        job_of: Callable[[Cell], Job | None],
        took_of: Callable[[Cell], str],
        can_tick: str,
    ) -> None:
        """Bring the cards up to date; they are made anew only when rows or columns are others."""
        form = (matrix.stages, tuple((r.name, r.title, [c and c.own for c in r.cells]) for r in matrix.rows))
        if form != self._form:
            self._form = form
            self._build(matrix, titles)
        for cell in matrix.cells:
            card = self.cells[cell.plan, cell.stage]
            card.show_cell(cell, job_of(cell), took_of(cell), can_tick=can_tick)
            card.tick.setChecked((cell.plan, cell.stage) in self.ticks)

    def _build(self, matrix: Matrix, titles: dict[Key, str]) -> None:
        self.cells = {}
        inner = QWidget()
        outer = QVBoxLayout(inner)
        grid = QGridLayout()
        grid.setSpacing(6)
        for n, stage in enumerate(matrix.stages):
            if stage is not None:
                grid.addWidget(_head(stage, inner), 0, n + 1)
            grid.setColumnMinimumWidth(n + 1, CELL_PX)
            grid.setColumnStretch(n + 1, 1)
        grid.setColumnMinimumWidth(0, NAME_PX)
        for r, row in enumerate(matrix.rows, start=1):
            name = QLabel(row.title, inner)
            name.setTextFormat(Qt.TextFormat.PlainText)
            name.setWordWrap(True)
            set_role(name, "heading")
            grid.addWidget(name, r, 0)
            spans = sum(c is not None for c in row.cells) == 1 and len(row.cells) > 1
            for n, cell in enumerate(row.cells):
                if cell is not None:
                    card = self._card(cell, titles[cell.plan, cell.stage], inner)
                    grid.addWidget(card, r, n + 1, 1, len(row.cells) - n if spans else 1)
        outer.addLayout(grid)
        outer.addStretch(1)
        self.setWidget(inner)
        self.ticks &= set(self.cells)

    def _card(self, cell: Cell, title: str, parent: QWidget) -> SimulationCell:
        card = SimulationCell(cell, title, parent)
        key = (cell.plan, cell.stage)
        self.cells[key] = card

        def ticked(on: bool) -> None:
            (self.ticks.add if on else self.ticks.discard)(key)
            self.ticks_changed.emit()

        card.ticked.connect(ticked)
        card.cancel_asked.connect(self.cancel_asked)
        card.again_asked.connect(self.again_asked)
        return card


def _head(stage: str, parent: QWidget) -> QWidget:
    """Name of a healing stage, the stiffness that stands for it, and its source as a tip."""
    tissue = callus_stages()[stage]
    out = QWidget(parent)
    column = QVBoxLayout(out)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(0)
    mark = "" if tissue.verified else ", not verified"
    for words, role in (
        (stage_words(stage), "heading"),
        (schemes()[scheme(stage)], "small"),
        (f"{tissue.modulus_MPa:g} MPa{mark}", "small"),
    ):
        label = QLabel(words, out)
        label.setTextFormat(Qt.TextFormat.PlainText)
        label.setWordWrap(True)
        label.setAlignment(Qt.AlignmentFlag.AlignCenter)
        set_role(label, role)
        column.addWidget(label)
    out.setToolTip(f"{tissue.title}\nStiffness of the gap: {tissue.modulus_MPa:g} MPa\n{tissue.source}")
    return out
