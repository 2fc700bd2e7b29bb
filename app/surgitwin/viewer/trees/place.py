"""The vessel tree of the open case: which tree, which branch, which place in it; linked to the crosshair."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
from PySide6.QtCore import QObject, Signal

from surgitwin.anatomy.tree import findings, trunk_of
from surgitwin.core.errors import InputError
from surgitwin.planning.segments.tree_names import KEY, branch_title, renamed_trees
from surgitwin.viewer.desk import Desk
from surgitwin.viewer.latest import Latest
from surgitwin.viewer.trees.reading import TreeReading, first_segment, read_tree, same_segment
from surgitwin.viewer.trees.walk import Spot

FOLLOWED = frozenset({KEY, "labels", "voxels"})


class TreePlace(QObject):
    """reading: the tree that is shown, None without one. spot: the place that is looked at.

    changed: another tree, other names, or another answer to whether it is current. moved: another place.
    While `on` (the page is shown) a crosshair inside a vessel chooses its branch and place.
    """

    changed = Signal()
    moved = Signal()

    def __init__(self, desk: Desk, parent: QObject | None = None) -> None:
        super().__init__(parent)
        assert desk.session is not None
        assert desk.model is not None
        self.desk, self.session, self.model = desk, desk.session, desk.model
        self.segment = first_segment(self.session.case)
        self.reading: TreeReading | None = None
        self.spot: Spot | None = None
        self.angle_rad = 0.0
        self.on = False
        self._moving = False
        self._reader = Latest(self, desk.say_error)
        self.session.changed.connect(self._session_changed)
        self.model.crosshair_changed.connect(self._crosshair_changed)
        self.read()

    # ---- reading ------------------------------------------------------------------------------------

    @property
    def segments(self) -> tuple[str, ...]:
        """Segments of the case."""
        labels = self.session.labels
        return () if labels is None else tuple(s.name for s in labels.segments)

    def _session_changed(self, topics: frozenset[str]) -> None:
        if topics & FOLLOWED:
            if self.segment not in self.segments:
                self.segment = same_segment(self.session.case, self.reading)
            self.read()

    def read(self) -> None:
        """The tree of the present snapshot, in a worker."""
        task = partial(read_tree, self.session.case, self.segment, self.reading)
        self._reader.ask(task, self._arrived)

    def _arrived(self, reading: TreeReading | None) -> None:
        before, self.reading = self.reading, reading
        if reading is None:
            self.spot = None
        elif before is None or before.blob != reading.blob:
            self.spot = self._kept_spot(reading) or reading.walk.first_spot(_worst_branch(reading))
        self.changed.emit()
        self.moved.emit()

    def _kept_spot(self, reading: TreeReading) -> Spot | None:
        """The place of the crosshair, where a tree was shown before."""
        return reading.walk.nearest(self.model.crosshair_mm) if self.spot is not None else None

    def set_segment(self, name: str) -> None:
        """Show the tree of another segment."""
        if name != self.segment:
            self.segment, self.spot = name, None
            self.read()

    # ---- places -------------------------------------------------------------------------------------

    def choose(self, number: int) -> None:
        """Look at another branch: at its worst narrowing, else in its middle."""
        if self.reading is not None and (self.spot is None or self.spot.branch != number):
            self.go(self.reading.walk.first_spot(number))

    def move(self, s_mm: float) -> None:
        """Look at another place of the branch; arc length from its start, held inside."""
        if self.reading is not None and self.spot is not None:
            low, high = self.reading.walk.span(self.reading.tree.branch(self.spot.branch))
            self.go(Spot(self.spot.branch, float(np.clip(s_mm, low, high))))

    def turn(self, angle_rad: float) -> None:
        """Look at the reformats from another side."""
        self.angle_rad = float(np.mod(angle_rad, 2 * np.pi))
        self.moved.emit()

    def go(self, spot: Spot) -> None:
        """Look at a place; the crosshair and with it the slices come along."""
        if self.reading is None:
            return
        self.spot, self._moving = spot, True
        try:
            self.model.set_crosshair(self.reading.walk.point(spot))
        finally:
            self._moving = False
        self.moved.emit()

    def _crosshair_changed(self) -> None:
        """A click in a slice or in 3D: the branch there, none beside every vessel."""
        if self._moving or not self.on or self.reading is None:
            return
        spot = self.reading.walk.nearest(self.model.crosshair_mm)
        if spot is None or spot == self.spot:
            return
        low, high = self.reading.walk.span(self.reading.tree.branch(spot.branch))
        self.spot = Spot(spot.branch, float(np.clip(spot.s_mm, low, high)))
        self.moved.emit()

    # ---- changes ------------------------------------------------------------------------------------

    def title(self, number: int) -> str:
        """Name of a branch."""
        return branch_title({} if self.reading is None else self.reading.names, number)

    def rename(self, number: int, name: str) -> None:
        """Another name of a branch: one undo step."""
        if self.reading is None or name.strip() == self.title(number):
            return
        case, segment = self.session.case, self.reading.segment

        def edit() -> None:
            state = {KEY: renamed_trees(case, segment, number, name)}
            self.session.edit(f"Name of branch {number}", state=state)

        if not self.desk.attempt(edit):
            self.changed.emit()  # the table shows the old name again

    def measure(self, least_mm: float = 0.0, *, at_crosshair: bool = False, leave_out: bool = False) -> None:
        """Queue the job. least_mm: diameter under which branches are left out. at_crosshair: the tree begins
        there. leave_out: without the free end of the branch that is looked at.
        """
        jobs, before = self.desk.jobs, self._settings()
        if jobs is None:
            return
        without = list(before.get("without") or ())
        if leave_out:
            without.append(self._free_end())
        arguments: dict[str, Any] = {
            "segment": self.segment, "label": self._label(), "least_radius_mm": least_mm / 2,
            "without": without, "ends": before.get("ends") or [],
            "only_given": bool(before.get("only_given")),
            "root": [float(v) for v in self.model.crosshair_mm] if at_crosshair else before.get("root"),
            "prune": before.get("prune"), "fwhm_mm": before.get("fwhm_mm"),
        }  # fmt: skip
        title = f"Vessel tree of {self.segment.replace('_', ' ')}"
        self.desk.attempt(partial(jobs.start, "tree", arguments, title))

    def _label(self) -> int | None:
        """Label of the segment: it says which one is meant when names change before the job is over."""
        labels = self.session.labels
        known = () if labels is None else labels.segments
        return next((s.label for s in known if s.name == self.segment), None)

    def _settings(self) -> dict[str, Any]:
        """Settings of the tree that the case holds of the segment."""
        row = (self.session.case.state.get(KEY) or {}).get(self.segment) or {}
        return dict(row.get("settings") or {})

    @property
    def has_tree(self) -> bool:
        """Whether the case holds a tree of the segment."""
        return bool(self._settings())

    @property
    def least_mm(self) -> float:
        """Diameter under which branches were left out."""
        return 2 * float(self._settings().get("least_radius_mm") or 0.0)

    @property
    def at_free_end(self) -> bool:
        """Whether the branch that is looked at ends freely, and is not the only one."""
        if self.reading is None or self.spot is None or len(self.reading.tree.branches) < 2:
            return False
        return not self.reading.tree.branch(self.spot.branch).children

    def _free_end(self) -> list[float]:
        if self.reading is None or self.spot is None or not self.at_free_end:
            raise InputError(
                "tree.missing", "No branch with a free end is chosen.", hint="Choose one in the table.",
                where=self.segment,
            )  # fmt: skip
        return [float(v) for v in self.reading.tree.branch(self.spot.branch).points_mm[-1]]

    @property
    def busy(self) -> bool:
        """Whether a tree is being read."""
        return self._reader.busy

    def release(self) -> None:
        """Stop listening and reading."""
        self.session.changed.disconnect(self._session_changed)
        self.model.crosshair_changed.disconnect(self._crosshair_changed)
        self._reader.stop()


def _worst_branch(reading: TreeReading) -> int:
    """The branch with the worst narrowing that can be told, else the one that holds the most blood."""
    found = [(q.diameter_percent, b.id) for b in reading.tree.branches for q in findings(reading.tree, b)]
    return max(found)[1] if found else trunk_of(reading.tree).id
