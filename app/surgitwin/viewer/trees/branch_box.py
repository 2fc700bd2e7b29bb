"""The branch that is looked at: its sizes and narrowings, the turn of its reformats, its end left out."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from surgitwin.anatomy.tree import TreeBranch
from surgitwin.planning.segments.tree_table import BranchRow, narrowest_words
from surgitwin.report.data import Fact
from surgitwin.viewer.icons import set_icon
from surgitwin.viewer.trees.place import TreePlace
from surgitwin.viewer.trees.reading import TreeReading
from surgitwin.viewer.vessel.facts_table import FactsTable
from surgitwin.viewer.widgets.number import Number

LEAVE_OUT = "Measure the tree again without the end of this branch"
NOT_FREE = "Only a branch that ends freely can be left out: this one has branches behind it."


class BranchBox(QWidget):
    """Follows the place."""

    def __init__(self, place: TreePlace, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._place = place
        self._leave: Callable[[], object] = lambda: None
        self._shown: tuple[object, ...] = ()
        self.turn = Number(
            "Turn", "°", 0.0, 360.0, 0.0, self, decimals=0, tip="Turns the reformats about the vessel"
        )
        self.turn.setObjectName("treeTurn")
        self.turn.changed.connect(lambda degrees: place.turn(float(np.radians(degrees))))
        self.facts = FactsTable("treeFacts", self)
        self.leave_out = QPushButton("Leave this end out", self)
        self.leave_out.setObjectName("treeLeaveOut")
        set_icon(self.leave_out, "cancel")
        self.leave_out.clicked.connect(lambda _: self._leave())
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        for part in (self.turn, self.facts, self.leave_out):
            column.addWidget(part)

    def refresh(self, why_not: str, leave: Callable[[], object]) -> None:
        """why_not: why nothing can be measured now, "". leave: measures without the end of the branch."""
        self._leave = leave
        reading, spot = self._place.reading, self._place.spot
        self.setVisible(reading is not None and spot is not None)
        if reading is None or spot is None:
            return
        self.turn.setEnabled(reading.tree.metric)
        why = why_not or ("" if self._place.at_free_end else NOT_FREE)
        self.leave_out.setEnabled(not why)
        self.leave_out.setToolTip(why or LEAVE_OUT)
        key = (reading, spot.branch)
        if key != self._shown:
            self._shown = key
            self.facts.show_facts(branch_facts(reading, spot.branch))


def branch_facts(reading: TreeReading, number: int) -> tuple[Fact, ...]:
    """What is known of a branch, as rows."""
    row, branch = reading.row(number), reading.tree.branch(number)
    out = [Fact("Branch", row.name, f"from {row.parent_name}" if row.parent_name else "begins at the root")]
    if row.length_mm is not None and row.mean_mm is not None:
        out.append(Fact("Length", f"{row.length_mm:.1f} mm", f"tortuosity {row.tortuosity:.2f}"))
        plus = "" if row.uncertainty_mm is None else f" ± {row.uncertainty_mm:.1f}"
        out.append(Fact("Mean diameter", f"{row.mean_mm:.1f}{plus} mm", f"least {row.least_mm:.1f}{plus} mm"))
        out += _angles(reading, branch)
        out.append(_narrowest(row))
    return (*out, *(Fact("Note", words[:1].upper() + words[1:], "", verified=False) for words in row.flags))


def _narrowest(row: BranchRow) -> Fact:
    q = row.narrowest
    if q is None:
        return Fact("Narrowing", row.unseen or "none found", "", verified=not row.unseen)
    if q.doubt:
        return Fact(
            "Narrowing", "not judged", f"at {q.at_mm:.1f} mm from the start: {q.doubt}", verified=False
        )
    return Fact(
        "Narrowing", narrowest_words(row), f"Ø {q.least_mm:.1f} mm at {q.at_mm:.1f} mm from the start"
    )


def _angles(reading: TreeReading, branch: TreeBranch) -> list[Fact]:
    """How the branch leaves its parent."""
    joint = next(j for j in reading.tree.joints if j.id == branch.start)
    if branch.parent is None or not joint.turn_deg:
        return []
    turn = joint.turn_deg[joint.outgoing.index(branch.id)]
    return [Fact("Leaves its parent", f"{turn:.0f}°", "0°: straight on")]
